"""What a profiler in another process saw, laid over the user's functions and lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from paradvisor.analysis.source import Function, Program
from paradvisor.model import ExternalSampling, Frame

ENOUGH = 30
"""Looks at the user's code from which on they tell more than the heartbeat does."""


class Place(NamedTuple):
    """A frame of a sample, resolved."""

    function: Function
    line: int


Stack = tuple[Place, ...]


def resolve(program: Program, frame: Frame) -> Place | None:
    """The user's function that a frame is in; None for a library's."""
    module = program.modules.get(frame.file)
    return None if module is None else Place(module.function_at(frame.line), frame.line)


def by_function(external: ExternalSampling, program: Program) -> dict[Function, Counter[Stack]]:
    """Innermost function of the user's -> how often each stack of the user's was seen at work."""
    found: dict[Function, Counter[Stack]] = defaultdict(Counter)
    for seen in external.stacks:
        places = (resolve(program, frame) for frame in seen.stack)
        stack = tuple(dict.fromkeys(place for place in places if place is not None))
        if stack:
            found[stack[-1].function][stack] += seen.count
    return dict(found)


def less(
    stacks: Mapping[Stack, float], seconds: float, native: Mapping[int, float]
) -> dict[Stack, float]:
    """Of a function's seconds on each stack, what is left without those of library functions.

    ``native``: innermost line -> seconds that library functions took for it.
    """
    whole = sum(stacks.values())
    if not whole:
        return {}
    each = seconds / whole
    lines: dict[int, float] = defaultdict(float)
    for stack, count in stacks.items():
        lines[stack[-1].line] += count * each
    return {
        stack: count * each * max(0.0, 1 - native.get(stack[-1].line, 0.0) / line_s)
        for stack, count in stacks.items()
        if (line_s := lines[stack[-1].line]) > 0
    }
