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
    traced = _traced(profile, attribution.own())
    total = sum(traced.values())
    sampled = {
        function: attribution.seconds(sample for _, sample in entries) / attribution.wall_s
        for function, entries in attribution.own().items()
    }
    apart = [
        (function, share, traced.get(function, 0.0) / total)
        for function, share in sampled.items()
        if total and abs(share - traced.get(function, 0.0) / total) > _POINTS
    ]
    apart.sort(key=lambda entry: -abs(entry[1] - entry[2]))
    return tuple(
        f"{function.qualname} takes {share:.0%} by the sampler and {other:.0%} by cProfile, which "
        + ("adds to the time of every call" if other > share else "slows down the rest")
        + ": the sampler is believed"
        for function, share, other in apart[:_MOST]
    )


def _traced(profile: Profile, known: Iterable[Function]) -> dict[Function, float]:
    """Seconds of each function by cProfile, with those of the libraries that it calls."""
    graph = profile.calls
    found: dict[Function, float] = defaultdict(float)
    places = {(function.module.path, function.first_line): function for function in known}
    for number, call in enumerate(graph.functions if graph is not None else ()):
        function = places.get((call.file, call.line))
        if function is None or graph is None:
            continue
        below = sum(
            edge.total_s
            for edge in graph.edges
            if edge.caller == number and graph.functions[edge.callee].file not in profile.sources
        )
        found[function] += call.own_s + below
    return found
