"""The functions of the user's where the time goes, and why: computing or waiting, and at what."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import sqrt

from paradvisor.analysis.attribution import Attribution, call_name
from paradvisor.analysis.source import Function
from paradvisor.model import (
    KINDS,
    WAITING,
    Bound,
    Evidence,
    HotLine,
    Hotspot,
    Kind,
    Location,
    Profile,
    Sample,
    TimeByKind,
)

_SMALLEST_SHARE = 0.02
_MOST = 10
_LINES = 5

_WORDS: dict[Kind, str] = {
    "python": "computing in Python bytecode",
    "native_gil": "in C code that holds the interpreter lock",
    "native_nogil": "in C code that releases the interpreter lock",
    "io": "waiting for input or output",
    "lock": "waiting for a lock",
    "child": "waiting for a child process",
}


def find(profile: Profile, attribution: Attribution) -> tuple[Hotspot, ...]:
    """Functions with at least 2 % of the time, by own time; libraries are billed to callers."""
    own = attribution.own()
    ranking = sorted(
        (
            (attribution.seconds(sample for _, sample in entries), function, entries)
            for function, entries in own.items()
        ),
        key=lambda entry: -entry[0],
    )
    chosen = [entry for entry in ranking if entry[0] >= _SMALLEST_SHARE * attribution.wall_s]
    return tuple(
        _hotspot(f"H{number}", profile, attribution, function, seconds, entries)
        for number, (seconds, function, entries) in enumerate(chosen[:_MOST], 1)
    )


def whole(attribution: Attribution) -> TimeByKind:
    """Seconds of the main thread by kind; the interpreter's start counts as Python."""
    total = {kind: attribution.startup_s if kind == "python" else 0.0 for kind in KINDS}
    groups = [[sample for _, sample in entries] for entries in attribution.own().values()]
    groups.append([sample for stack, sample in attribution.samples if not stack])
    for group in groups:
        part = attribution.by_kind(group)
        for kind in KINDS:
            total[kind] += getattr(part, kind)
    return TimeByKind(**total)


def bound_of(time: TimeByKind) -> Bound:
    """``io`` if more than half of the time is waiting of any kind."""
    waiting = sum(getattr(time, kind) for kind in WAITING)
    return "io" if waiting > sum(getattr(time, kind) for kind in KINDS) / 2 else "compute"


def kind_of(time: TimeByKind) -> Kind:
    """The largest kind on the side, computing or waiting, that the time is bound by."""
    side = bound_of(time)
    return max(
        (kind for kind in KINDS if (kind in WAITING) == (side == "io")),
        key=lambda kind: float(getattr(time, kind)),
    )


def location(function: Function, line: int | None = None, end_line: int | None = None) -> Location:
    """A place in a function: all of it where no lines are given."""
    return Location(
        function.module.path,
        function.qualname,
        line or function.first_line,
        end_line or function.end_line,
    )


def _hotspot(
    name: str,
    profile: Profile,
    attribution: Attribution,
    function: Function,
    seconds: float,
    entries: list[tuple[int, Sample]],
) -> Hotspot:
    samples = [sample for _, sample in entries]
    time = attribution.by_kind(samples)
    kind = kind_of(time)
    share = seconds / attribution.wall_s
    return Hotspot(
        id=name,
        location=location(function),
        wall_s=seconds,
        share=share,
        calls=_calls(profile, function),
        bound=bound_of(time),
        kind=kind,
        confidence=_confidence(attribution, time, kind, seconds),
        evidence=_evidence(profile, attribution, function, samples, time, kind),
        lines=_lines(profile, attribution, function, entries),
    )


def _confidence(attribution: Attribution, time: TimeByKind, kind: Kind, seconds: float) -> float:
    """The kind's part of the time, less the sampling error of that part."""
    beats = max(1.0, attribution.beats * seconds / attribution.wall_s)
    part: float = getattr(time, kind) / max(sum(getattr(time, other) for other in KINDS), 1e-9)
    return round(max(0.05, attribution.certainty * (part - 0.5 / sqrt(beats))), 2)


def _calls(profile: Profile, function: Function) -> int | None:
    graph = profile.calls
    if graph is None or not graph.complete or function.qualname == "<module>":
        return None
    return (
        sum(
            call.calls
            for call in graph.functions
            if call.file == function.module.path
            and call.line == function.first_line
            and not call.name.endswith("comp>")
        )
        or None
    )


def _evidence(
    profile: Profile,
    attribution: Attribution,
    function: Function,
    samples: list[Sample],
    time: TimeByKind,
    kind: Kind,
) -> Evidence:
    seconds = attribution.seconds(samples)
    cpu_s = attribution.scale * sum(sample.cpu_s for sample in samples)
    waited: dict[str, float] = defaultdict(float)
    leaves: dict[str, float] = defaultdict(float)
    for sample in samples:
        if sample.kind in WAITING and sample.detail:
            waited[sample.detail] += sample.seconds * attribution.scale
        if sample.leaf:
            leaves[sample.leaf] += sample.seconds * attribution.scale
    into = [f"{leaf} ({spent:.2f} s)" for leaf, spent in Counter(leaves).most_common(3)]
    into += [text for text in _built_ins(profile, function) if text.split(" (")[0] not in leaves]
    return Evidence(
        wall_s=seconds,
        cpu_s=cpu_s,
        time=time,
        waited_in=tuple(
            f"{what} ({spent:.2f} s)" for what, spent in Counter(waited).most_common(3)
        ),
        calls_into=tuple(into[:5]),
        summary=_summary(seconds, cpu_s, time, kind, waited, leaves),
    )


def _summary(
    seconds: float,
    cpu_s: float,
    time: TimeByKind,
    kind: Kind,
    waited: dict[str, float],
    leaves: dict[str, float],
) -> str:
    percent = 100 * getattr(time, kind) / max(seconds, 1e-9)
    said = f"{percent:.0f} % of {seconds:.2f} s {_WORDS[kind]} ({cpu_s:.2f} s of CPU time)"
    if kind in WAITING and waited:
        said += f", in {max(waited, key=lambda name: waited[name])}"
    if leaves and max(leaves.values()) > seconds / 4:
        said += f", under {max(leaves, key=lambda name: leaves[name])}"
    return said


def _built_ins(profile: Profile, function: Function) -> list[str]:
    """Library functions that it called, by cProfile's time: name and number of calls."""
    graph = profile.calls
    if graph is None:
        return []
    callers = {
        number
        for number, call in enumerate(graph.functions)
        if call.file == function.module.path
        and function.first_line <= call.line <= function.end_line
    }
    spent: dict[str, list[float]] = {}
    for edge in graph.edges:
        callee = graph.functions[edge.callee]
        if edge.caller in callers and callee.file not in profile.sources:
            entry = spent.setdefault(call_name(callee), [0.0, 0])
            entry[0] += edge.total_s
            entry[1] += edge.calls
    best = sorted(spent.items(), key=lambda item: -item[1][0])[:3]
    least = "" if graph.complete else "at least "
    return [
        f"{name} ({least}{calls:,.0f} calls, about {_short(seconds / calls)} each)"
        for name, (seconds, calls) in best
        if calls
    ]


def _short(seconds: float) -> str:
    """A short time, to two digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"  # 610, and not 6.1e+02
    return f"{max(seconds / 1e-6, 0.1):.1f} us"


def _lines(
    profile: Profile,
    attribution: Attribution,
    function: Function,
    entries: list[tuple[int, Sample]],
) -> tuple[HotLine, ...]:
    seconds: dict[int, float] = defaultdict(float)
    for line, sample in entries:
        seconds[line] += sample.seconds * attribution.scale
    hits = line_hits(profile, function)
    text = function.module.lines
    return tuple(
        HotLine(
            line=line,
            share=spent / attribution.wall_s,
            hits=hits.get(line),
            text=text[line - 1].strip() if 0 < line <= len(text) else "",
        )
        for line, spent in sorted(seconds.items(), key=lambda item: -item[1])[:_LINES]
    )


def line_hits(profile: Profile, function: Function) -> dict[int, int]:
    """Line -> how often it ran, for a function that line_profiler watched to the end of the run."""
    found: dict[int, int] = {}
    if profile.lines is None or not profile.lines.complete:
        return found
    for entry in profile.lines.functions:
        inside = function.first_line <= entry.first_line <= function.end_line
        if entry.file == function.module.path and inside:
            for hit in entry.lines:
                found[hit.line] = max(hit.hits, found.get(hit.line, 0))
    return found
