"""How numbers and findings read in reports for people."""

from __future__ import annotations

import signal

from msgspec.structs import replace

from paradvisor.model import (
    KINDS,
    Advice,
    Baseline,
    Interval,
    Location,
    Loop,
    Measurement,
    Report,
    Skip,
    ThreadTime,
)

KIND_WORDS = {
    "python": "Python bytecode",
    "native_gil": "C code holding the GIL",
    "native_nogil": "C code without the GIL",
    "io": "input and output",
    "lock": "locks",
    "child": "child processes",
}


def place(location: Location) -> str:
    """Where, as an editor understands it, and in which function."""
    return f"{location.file}:{location.line} {location.function}"


def speedup(interval: Interval) -> str:
    """An estimate with its bounds: 1.9x (1.7 to 2.0)."""
    return f"{interval.mid:.2f}x ({interval.low:.2f} to {interval.high:.2f})"


def command(report: Report) -> str:
    """What was run."""
    target = report.target
    what = target.script if target.module is None else f"-m {target.module}"
    return " ".join([str(what), *target.args])


def ending(exit_code: int) -> str:
    """How a program ended, that did not end well."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was ended by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was ended by signal {-exit_code}"


def headline(report: Report) -> str:
    """The whole program in one sentence."""
    baseline = report.baseline
    total = sum(getattr(report.time, kind) for kind in KINDS) or 1.0
    parts = sorted(KINDS, key=lambda kind: -float(getattr(report.time, kind)))
    shares = ", ".join(
        f"{100 * getattr(report.time, kind) / total:.0f} % {KIND_WORDS[kind]}"
        for kind in parts
        if getattr(report.time, kind) >= 0.03 * total
    )
    bound = "compute-bound" if report.bound == "compute" else "I/O-bound (it waits)"
    return f"{bound}: {baseline.wall_s:.2f} s, of which {shares}"


def thread(thread: ThreadTime) -> str:
    """What a thread did with its time."""
    kinds = sorted(KINDS, key=lambda kind: -float(getattr(thread.time, kind)))
    parts = [
        f"{getattr(thread.time, kind) / thread.wall_s:.0%} {KIND_WORDS[kind]}"
        for kind in kinds
        if getattr(thread.time, kind) >= 0.03 * thread.wall_s
    ]
    waits = f"; waited in {', '.join(thread.waited_in[:2])}" if thread.waited_in else ""
    return f"{thread.wall_s:.2f} s, {thread.cpu_s:.2f} s of CPU: {', '.join(parts)}{waits}"


def differences(baseline: Baseline, most: int = 3) -> list[str]:
    """How the program differed from itself, the first of it, and what to do about that."""
    said = list(baseline.differences[:most])
    if len(baseline.differences) > most:
        said.append(f"and {len(baseline.differences) - most} more differences")
    if any("written only by the first" in entry for entry in baseline.differences):
        said.append("if the first run made its input, profile it again: now that is there")
    return said


def noise(baseline: Baseline) -> str:
    """How far the program's times can be trusted."""
    if len(baseline.runs) < 2:
        return "one run"
    return f"runs differ by {baseline.noise:.0%}"


def counts(loop: Loop) -> str:
    """How often a loop turned."""
    if loop.iterations is None:
        return "iterations not counted"
    times = f", entered {loop.entries:,} times" if loop.entries and loop.entries > 1 else ""
    return f"{loop.iterations:,} iterations{times}"


def evidence(loop: Loop) -> str | None:
    """What a verdict rests on: the source, or iterations that were tried out."""
    tried = loop.tried
    trial = None
    if tried is not None and tried.iterations:
        trial = (
            f"{tried.iterations:,} of {tried.of_iterations:,} iterations "
            f"gave the same in {len(tried.orders)} orders"
        )
    if loop.verdict != "safe":
        return None
    if loop.proof == "static":
        return "proved from the source" + (f"; {trial}" if trial else "")
    return f"observed, not proved: {trial}"


def advice_title(advice: Advice) -> str:
    """What to do, where."""
    what = {
        "threads": f"share the loop among {advice.workers} threads",
        "fork": f"share the loop among {advice.workers} forked processes",
        "native": "rewrite these lines in C or Cython",
    }.get(advice.strategy, advice.strategy)
    return f"{what}: {place(advice.location)}"


def unique_skips(report: Report, most: int) -> list[Skip]:
    """The first refusals that say something new, each with all strategies of which it is said."""
    seen: dict[tuple[str, int, str], list[Skip]] = {}
    for skip in report.skipped:
        seen.setdefault((skip.location.file, skip.location.line, skip.reason), []).append(skip)
    return [_of_all(alike) for alike in list(seen.values())[:most]]


def _of_all(alike: list[Skip]) -> Skip:
    """One refusal for several strategies."""
    strategies = dict.fromkeys(skip.strategy for skip in alike if skip.strategy)
    return replace(alike[0], strategy=" and ".join(strategies) or None)


def measured(measurement: Measurement) -> str:
    """The verdict of a measurement with its interval."""
    return (
        f"{measurement.verdict}: {speedup(measurement.speedup)}, "
        f"{len(measurement.before_s)} pairs of runs"
    )


def leave_it(report: Report) -> str | None:
    """What to say where no change is recommended that ``apply`` could make."""
    if not report.advice and report.baseline.wall_s < 0.2:
        return (
            f"The program takes {report.baseline.wall_s * 1000:.0f} ms: there is nothing to gain. "
            "Give it a larger input if that is not how it is used."
        )
    if (open_ := _open(report)) is not None:
        assert open_.predicted is not None
        where = f"{open_.location.file}:{open_.location.line}"
        return (
            f"Whether the loop at {where} is safe is for you to judge, see below. Shared out it "
            f"would give {open_.predicted.program_speedup.mid:.1f}x; apply keeps it only if the "
            "program does the same in other orders and with other teams."
        )
    if any(advice.loop is not None for advice in report.advice):
        return None
    hidden = next((skip for skip in report.skipped if skip.code == "PA212"), None)
    if hidden is not None:
        return (
            f"The loop at {hidden.location.file}:{hidden.location.line} is a library's: see below."
        )
    if report.advice:
        return None
    return "Leave it as it is: nothing that paradvisor knows would make it much faster."


def _open(report: Report) -> Skip | None:
    """The refusal with the largest gain that a person could overrule, if nothing can be applied."""
    if any(advice.loop is not None for advice in report.advice):
        return None
    found = [skip for skip in report.skipped if skip.code == "PA206" and skip.predicted is not None]
    gains = {id(skip): skip.predicted.program_speedup.mid for skip in found if skip.predicted}
    return max(found, key=lambda skip: gains[id(skip)], default=None)


def next_command(report: Report) -> str | None:
    """The command to type next."""
    if report.baseline.differences:
        return None
    best = next((advice for advice in report.advice if advice.loop is not None), None)
    if best is not None:
        return f"paradvisor apply --strategy {best.strategy}"
    open_ = _open(report)
    return f"paradvisor apply --unsafe --loop {open_.location.line}" if open_ is not None else None
