"""The pipeline, composed in one place: a target is measured, analysed and reported on."""

from __future__ import annotations

import sys
import tokenize
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from paradvisor import machine, strategies
from paradvisor._version import __version__
from paradvisor.analysis import evidence, plan
from paradvisor.errors import TargetTimeout
from paradvisor.instruments import baseline
from paradvisor.instruments.harness import Harness
from paradvisor.instruments.process import Sink, Stdin
from paradvisor.model import (
    Baseline,
    CallGraph,
    LineCounts,
    Plan,
    Profile,
    Report,
    Run,
    Sampling,
    Tool,
    Trials,
)
from paradvisor.target import Target, is_users

PASSES = ("waits", "functions", "lines", "trials")
_BARE_RUNS = 2
_SLOWEST_PASS = 20.0  # an instrumented pass may take this many times the bare run
_SHORTEST_LIMIT_S = 60.0
_TRACE = 1.5  # CPU time for line_profiler, in runs of the program
_SHORTEST_TRACE_S = 2.0
_ROUNDS = 2  # of trials
_WATCHED = 12  # functions for line_profiler
_WATCHED_SHARE = 0.02

Phase = Callable[[str, float | None], AbstractContextManager[object]]
"""Tells the user what runs now, and for how many seconds, if that is known."""


@dataclass(frozen=True)
class Conditions:
    """How the target is run: its limits, its input, and where its output goes."""

    folder: Path
    """Scratch space that the caller removes."""
    stdin: Stdin
    timeout_s: float | None = None
    passes: tuple[str, ...] = PASSES
    stdout: Sink | None = None
    stderr: Sink | None = None
    trial_budget: float = 5.0
    """Seconds that the trials of a loop may take, in times of the loop's own; 0 for none."""
    phase: Phase = field(default=lambda name, seconds: nullcontext())  # noqa: ARG005


def profile(target: Target, conditions: Conditions) -> Profile:
    """Measure a target: bare runs first, then one run for each instrument.

    Raises:
        TargetTimeout: it did not end within the time allowed.
    """
    here = machine.inspect_machine()
    measured = _bare_runs(target, conditions)
    limit = max(_SHORTEST_LIMIT_S, _SLOWEST_PASS * measured.wall_s)
    if conditions.timeout_s is not None:
        limit = min(limit, _SLOWEST_PASS * conditions.timeout_s)
    harness = Harness(target, conditions.folder, conditions.stdin, limit)
    passes = _Passes(harness, conditions, measured)
    sampling: Sampling | None = passes.run("waits", 1.1)
    calls: CallGraph | None = passes.run("functions", 3.0)
    watched = _functions_to_watch(harness, sampling, calls)
    lines: LineCounts | None = None
    if watched:
        budget_s = max(_SHORTEST_TRACE_S, _TRACE * measured.cpu_s)
        lines = passes.run("lines", 1 + _TRACE, functions=watched, budget_s=budget_s)
    sources = _sources(target, harness.modules, sampling, calls)
    measured_so_far = Profile(
        target=target.info,
        roots=tuple(str(root) for root in target.roots),
        machine=here,
        baseline=measured,
        sampling=sampling,
        calls=calls,
        lines=lines,
        sources=sources,
        modules={path: name for path, name in harness.modules.items() if path in sources},
    )
    tried = _try_loops(passes, measured_so_far, conditions.trial_budget)
    return replace(tried, notes=tuple(passes.notes))


def _try_loops(passes: _Passes, measured: Profile, factor: float) -> Profile:
    """The profile with the trials of its loops.

    What a first round shows of types may move the line between head and tail: those loops are
    tried once more.
    """
    for _ in range(_ROUNDS):
        if factor <= 0 or not measured.machine.fork or sys.platform != "linux":
            break
        loops = evidence.candidates(measured, plan.hot_loops(measured), factor)
        if not loops:
            break
        seconds = 1 + sum(loop["budget_s"] for loop in loops) / measured.baseline.wall_s
        trials: Trials | None = passes.run("trials", seconds, loops=loops)
        if trials is None:
            break
        before = measured.trials.loops if measured.trials is not None else ()
        measured = replace(measured, trials=Trials((*before, *trials.loops)))
    return measured


def analyse(profile: Profile) -> Plan:
    """What follows from a profile. Pure."""
    return plan.make(profile, strategies.STRATEGIES)


def _bare_runs(target: Target, conditions: Conditions) -> Baseline:
    runs: list[Run] = []
    for number in range(_BARE_RUNS):
        first = number == 0
        with conditions.phase("bare run", None if first else runs[0].wall_s):
            run = baseline.run_once(
                target,
                target.command,
                conditions.stdin,
                conditions.timeout_s,
                stdout=conditions.stdout if first else None,
                stderr=conditions.stderr if first else None,
            )
        if run.timed_out:
            raise TargetTimeout(
                f"{target.name} did not end within {conditions.timeout_s:g} s and was stopped",
                "Give it a smaller input, or allow more with --timeout SECONDS.",
            )
        runs.append(run)
    return baseline.summarise(runs)


class _Passes:
    """Runs the instrumented passes and keeps a note of each that failed."""

    def __init__(self, harness: Harness, conditions: Conditions, bare: Baseline) -> None:
        self.harness = harness
        self.conditions = conditions
        self.bare = bare
        self.notes: list[str] = []

    def run(self, name: str, slowdown: float, **options: object) -> Any:
        """What the instrument saw, or None: then a note says why."""
        if name not in self.conditions.passes:
            return None
        with self.conditions.phase(f"{name} pass", slowdown * self.bare.wall_s):
            run, seen = self.harness.probe(name, **options)
        if run.timed_out:
            self.notes.append(
                f"the {name} pass took more than {self.harness.timeout_s:.0f} s and "
                "was stopped; its results are partial"
            )
        elif seen is None:
            self.notes.append(
                f"the {name} pass left no record: the program ended in a way that "
                "nothing can follow, such as a signal or exec"
            )
        if not run.timed_out and run.fingerprint.exit_code != self.bare.exit_code:
            self.notes.append(
                f"the {name} pass ended with exit code {run.fingerprint.exit_code} "
                f"instead of {self.bare.exit_code}"
            )
        return seen


def _functions_to_watch(
    harness: Harness, sampling: Sampling | None, calls: CallGraph | None
) -> dict[str, list[int]]:
    """File -> first lines of the functions with the most time below them; 0 is a module's body."""
    spent: dict[tuple[str, int], float] = {}
    if sampling is not None and sampling.beats:
        for sample in sampling.samples:
            places = {
                (
                    sampling.frames[n].file,
                    _first_line(sampling.frames[n].function, sampling.frames[n].first_line),
                )
                for n in sample.stack
            }
            for place in places:
                spent[place] = spent.get(place, 0.0) + sample.seconds
    if not spent and calls is not None:
        roots = harness.target.roots
        for call in calls.functions:
            if call.file != "~" and is_users(Path(call.file), roots):
                spent[call.file, _first_line(call.name, call.line)] = call.total_s
    total = max(spent.values(), default=0.0)
    ranking = sorted(spent, key=lambda place: -spent[place])
    watched: dict[str, list[int]] = {}
    for file, line in ranking[:_WATCHED]:
        if spent[file, line] >= _WATCHED_SHARE * total:
            watched.setdefault(file, []).append(line)
    return watched


def _first_line(function: str, line: int) -> int:
    return 0 if function == "<module>" else line


def _sources(
    target: Target, modules: Mapping[str, str], sampling: Sampling | None, calls: CallGraph | None
) -> dict[str, str]:
    """The text of every file of the user's that ran."""
    files = {str(target.main_file), *modules}
    files |= {frame.file for frame in (sampling.frames if sampling is not None else ())}
    files |= {call.file for call in (calls.functions if calls is not None else ())}
    found = {}
    for file in sorted(files):
        path = Path(file)
        if file == str(target.main_file) or (path.is_file() and is_users(path, target.roots)):
            try:
                with tokenize.open(path) as text:
                    found[file] = text.read()
            except (OSError, SyntaxError, UnicodeDecodeError):
                continue
    return found


def _printable(argument: str) -> str:
    """An argument as JSON can hold it: bytes that are no UTF-8 are escaped."""
    return argument.encode("utf-8", "backslashreplace").decode()


def report(profile: Profile, plan: Plan) -> Report:
    """The public report of a profile, with paths relative to the target's folder."""
    from paradvisor.reports.paths import digest, relative

    full = Report(
        command="profile",
        tool=Tool("paradvisor", __version__),
        machine=profile.machine,
        target=replace(profile.target, args=tuple(map(_printable, profile.target.args))),
        baseline=profile.baseline,
        time=plan.time,
        bound=plan.bound,
        hotspots=plan.hotspots,
        loops=plan.loops,
        advice=plan.advice,
        skipped=plan.skipped,
        notes=profile.notes,
        sources={path: digest(Path(path)) for path in profile.sources},
    )
    return relative(full, profile.target.cwd)
