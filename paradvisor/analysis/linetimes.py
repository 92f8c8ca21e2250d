"""Which lines of a function have its time, where the sampler sees only where the GIL is given away.

That is where a function is entered, at jumps and after calls of C (ceval.c). What is seen as a
function is entered went by before that, in its caller: none of its own lines has run yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from paradvisor.analysis.outside import Place, Stack
from paradvisor.analysis.source import Function
from paradvisor.model import Sample

Parts = Mapping[int, float]


def seen(samples: Iterable[tuple[Stack, Sample]]) -> dict[Function, dict[int, float]]:
    """Function -> its lines that it was seen on, not as it was entered -> seconds."""
    found: dict[Function, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for stack, sample in samples:
        if not _is_entry(stack[-1]):
            found[stack[-1].function][stack[-1].line] += sample.seconds
    return found


def before_calls(samples: Iterable[tuple[Stack, Sample]]) -> dict[Function, dict[int, float]]:
    """Function -> its lines, with what went by before their callees were entered -> seconds.

    Of functions that were about to call others at all.
    """
    samples = list(samples)
    own = seen(samples)
    found: dict[Function, dict[int, float]] = {}
    for stack, sample in samples:
        if len(stack) > 1 and _is_entry(stack[-1]):
            function, line = stack[-2]
            lines = found.setdefault(function, defaultdict(float, own.get(function, {})))
            lines[line] += sample.seconds
    return found


def settled(had: Parts, seconds: float, parts: Parts) -> dict[int, float]:
    """Line -> seconds, in sum as given, near those that it had and nearer to the parts.

    What that is more goes to lines that have less than their part; what it is less is taken from
    those that have more.
    """
    gain, whole = seconds - sum(had.values()), sum(parts.values())
    if not whole:
        return {line: each * seconds / (seconds - gain) for line, each in had.items()}
    apart = {
        line: seconds * parts.get(line, 0.0) / whole - had.get(line, 0.0) for line in {*parts, *had}
    }
    apart = {line: each for line, each in apart.items() if each * gain > 0}
    factor = gain / sum(apart.values()) if apart else 0.0
    return {line: had.get(line, 0.0) + factor * apart.get(line, 0.0) for line in {*had, *apart}}


def within(
    samples: Iterable[tuple[Stack, Sample]], parts: Mapping[Function, Parts]
) -> list[tuple[Stack, Sample]]:
    """Samples with those seen as a function was entered spread over its lines, by their parts."""
    found = []
    for stack, sample in samples:
        lines = parts.get(stack[-1].function, {}) if stack and _is_entry(stack[-1]) else {}
        whole = sum(lines.values())
        for line, part in lines.items() if whole else ():
            found.append(
                ((*stack[:-1], Place(stack[-1].function, line)), sample.scaled(part / whole))
            )
        if not whole:
            found.append((stack, sample))
    return found


def _is_entry(place: Place) -> bool:
    return place.function.is_entry(place.line)
