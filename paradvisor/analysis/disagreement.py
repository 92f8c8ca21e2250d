"""Where the sampler and cProfile disagree on a function's share, which is believed, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from paradvisor.analysis.attribution import Attribution
from paradvisor.analysis.source import Function
from paradvisor.model import Profile

_POINTS = 0.10
_MOST = 3


def notes(profile: Profile, attribution: Attribution) -> tuple[str, ...]:
    """A line for each function whose shares are over 10 points apart; the sampler's count."""
    graph = profile.calls
    if graph is None or not graph.complete or not attribution.beats:
        return ()
    own = attribution.own()
    traced = _traced(profile, own)
    total = sum(call.own_s for call in graph.functions)
    apart = []
    for function, seconds in traced.items():
        share = attribution.seconds(sample for _, sample in own[function]) / attribution.wall_s
        other = seconds / total if total else share
        if abs(share - other) > _POINTS:
            apart.append((function, share, other))
    apart.sort(key=lambda entry: -abs(entry[1] - entry[2]))
    return tuple(
        f"{function.qualname} takes {share:.0%} by the sampler and {other:.0%} by cProfile, which "
        + ("adds to the time of every call" if other > share else "slows down the rest")
        + ": the sampler is believed"
        for function, share, other in apart[:_MOST]
    )


def _traced(profile: Profile, known: Iterable[Function]) -> dict[Function, float]:
    """Seconds of each function by cProfile, with those of built-ins.

    Not of functions that call libraries written in Python: what those do is billed to their callers
    by the sampler, and cProfile does not tell how much of it is the program's own, called back.
    """
    graph = profile.calls
    assert graph is not None
    found: dict[Function, float] = defaultdict(float)
    places = {(function.module.path, function.first_line): function for function in known}
    for number, call in enumerate(graph.functions):
        function = places.get((call.file, call.line))
        callees = [edge for edge in graph.edges if edge.caller == number]
        files = {graph.functions[edge.callee].file for edge in callees}
        if call.name.endswith("<module>"):  # which begins at a line of some function, too
            continue
        if function is not None and files <= {"~", *profile.sources}:
            built_in = (e for e in callees if graph.functions[e.callee].file == "~")
            found[function] += call.own_s + sum(edge.total_s for edge in built_in)
    return found
