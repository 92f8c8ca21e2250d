"""The pipeline, composed in one place: a target is measured, analysed and reported on."""

from __future__ import annotations

import signal
import sys
import sysconfig
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
from paradvisor.instruments import baseline, spy
from paradvisor.instruments.harness import Harness
from paradvisor.instruments.process import Sink, Stdin
from paradvisor.model import (
    Baseline,
    CallGraph,
    ExternalSampling,
    Fingerprint,
    LineCounts,
    Machine,
    Plan,
    Profile,
    Report,
    Run,
    Sampling,
    Tool,
    Trials,
)
from paradvisor.target import Target, is_users

PASSES = ("waits", "bare", "spy", "functions", "lines", "trials")
"""What can be asked for. Spy watches the bare run; functions and lines share one."""
QUICK = ("waits",)
_SLOWEST_PASS = 20.0  # an instrumented pass may take this many times the bare run
_SHORTEST_LIMIT_S = 60.0
_TRACE = {"functions": 0.4, "lines": 0.1}
"""Budgets of the tracers, in runs of the program: for how long cProfile may hold it up, and for how
long lines are traced."""
_SHORT_TRACE_S = {"functions": 3.0, "lines": 1.3}
_LESS = 0.8
"""The same in seconds, less so many runs of the program: one of few seconds is soon over, and
should be counted to its end."""
_ROUNDS = 2  # of trials
_ALL = -1  # functions of a file
_WATCHED = 12  # files for line_profiler
_WATCHED_SHARE = 0.02
_FLUSH_S = 1.0  # the least that a run must have taken to be reported on when it is interrupted

Phase = Callable[[str, float | None], AbstractContextManager[object]]
"""Tells the user what runs now, and for how many seconds, if that is known."""


@dataclass(frozen=True)
class Conditions:
    """How the target is run: its limits, its input, and where its output goes."""

    folder: Path
    """Scratch space that the caller removes."""
    stdin: Stdin
    timeout_s: float | None = None
    duration_s: float | None = None
    """After so many seconds the target is asked to end, and what was seen until then counts."""
    passes: tuple[str, ...] = PASSES
    stdout: Sink | None = None
    stderr: Sink | None = None
    trial_budget: float = 5.0
    """Seconds that the trials of a loop may take, in times of the loop's own; 0 for none."""
    phase: Phase = field(default=lambda name, seconds: nullcontext())  # noqa: ARG005


def profile(target: Target, conditions: Conditions) -> Profile:
    """Measure a target: a sampled run, a bare one, one that counts, and trials of its loops.

    Interrupted, it gives what was seen so far, if that is anything.

    Raises:
        TargetTimeout: it did not end within the time allowed.
    """
    passes = _Passes(target, conditions)
    here = machine.inspect_machine()
    measured = _first_runs(passes)
    found = _seen_first(passes, here, measured)
    try:
        if not passes.ended_early:
            found = _try_loops(passes, _counted(passes, found), conditions.trial_budget)
    except KeyboardInterrupt:
        passes.notes.append("interrupted: the later passes are missing")
        passes.ended_early = True
    return replace(found, notes=tuple(passes.notes), interrupted=passes.ended_early)


def _first_runs(passes: _Passes) -> Baseline:
    """The sampled run and the bare one: they set the time, and must do the same things.

    Without sampling the program runs bare twice; with sampling alone, once.
    """
    wanted = [name for name in ("waits", "bare") if name in passes.conditions.passes]
    if "waits" not in wanted:
        wanted = ["bare", "bare"]
    runs: list[Run] = []
    for name in wanted:
        try:
            runs.append(passes.timed(name, runs))
        except KeyboardInterrupt:
            if not runs and passes.sampling is None:
                raise
            passes.notes.append("interrupted: this is what was seen until then")
            passes.ended_early = True
            break
        if passes.ended_early:
            break
    return baseline.summarise(runs or [_run_so_far(passes)])


def _run_so_far(passes: _Passes) -> Run:
    """A run that was interrupted, as far as the sampler saw it."""
    sampling = passes.sampling
    assert sampling is not None
    return Run(
        wall_s=sampling.wall_s,
        cpu_s=sum(sample.cpu_s for sample in sampling.samples),
        max_rss_bytes=0,
        timed_out=True,
        fingerprint=Fingerprint(0, "", 0),
    )


def _seen_first(passes: _Passes, here: Machine, measured: Baseline) -> Profile:
    target, harness = passes.target, passes.harness
    if passes.sampling is not None:  # what the program imports may bring the lock back
        here = replace(here, gil=passes.sampling.gil)
    sources = _sources(target, harness.modules, passes.sampling, None)
    return Profile(
        target=target.info,
        roots=tuple(str(root) for root in target.roots),
        machine=here,
        baseline=measured,
        sampling=passes.sampling,
        calls=None,
        lines=None,
        sources=sources,
        modules={path: name for path, name in harness.modules.items() if path in sources},
    )


def _counted(passes: _Passes, found: Profile) -> Profile:
    """The profile with the numbers of calls and of rounds, from a run under both tracers."""
    bare = found.baseline
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        passes.notes.append(
            "nothing was counted: cProfile and line_profiler are not safe on a free-threaded build"
        )
        return found
    budgets = {
        name: max(share * bare.cpu_s, _SHORT_TRACE_S[name] - _LESS * bare.cpu_s)
        for name, share in _TRACE.items()
        if name in passes.conditions.passes
    }
    probes: dict[str, dict[str, Any]] = {name: {"budget_s": s} for name, s in budgets.items()}
    if "lines" in probes:
        watched = _files_to_watch(passes.sampling, passes.target)
        probes["lines"]["functions"] = {file: [_ALL] for file in watched}
    if not probes:
        return found
    seconds = bare.wall_s + sum(budgets.values())
    seen = passes.run("counting", probes, bare, seconds)
    calls: CallGraph | None = seen.get("functions")
    lines: LineCounts | None = seen.get("lines")
    sources = _sources(passes.target, passes.harness.modules, passes.sampling, calls)
    modules = {path: name for path, name in passes.harness.modules.items() if path in sources}
    return replace(found, calls=calls, lines=lines, sources=sources, modules=modules)


def _try_loops(passes: _Passes, measured: Profile, factor: float) -> Profile:
    """The profile with the trials of its loops.

    What a first round shows of types may move the line between head and tail: those loops are
    tried once more.
    """
    for _ in range(_ROUNDS):
        if factor <= 0 or not measured.machine.fork or sys.platform != "linux":
            break
        if "trials" not in passes.conditions.passes:
            break
        loops = evidence.candidates(measured, plan.hot_loops(measured), factor)
        if not loops:
            break
        seconds = measured.baseline.wall_s + sum(loop["budget_s"] for loop in loops)
        workers = round(measured.machine.parallel_capacity)
        probe = {"loops": loops, "workers": workers}
        seen = passes.run("trials", {"trials": probe}, measured.baseline, seconds)
        trials: Trials | None = seen.get("trials")
        if trials is None:
            break
        before = measured.trials.loops if measured.trials is not None else ()
        measured = replace(measured, trials=Trials((*before, *trials.loops)))
    return measured


def analyse(profile: Profile) -> Plan:
    """What follows from a profile. Pure."""
    return plan.make(profile, strategies.STRATEGIES)


class _Passes:
    """Runs the target under instruments, and keeps a note of each pass that failed."""

    def __init__(self, target: Target, conditions: Conditions) -> None:
        self.target = target
        self.conditions = conditions
        self.harness = Harness(target, conditions.folder, conditions.stdin, None)
        self.sampling: Sampling | None = None
        self.ended_early = False
        self.notes: list[str] = []

    def timed(self, name: str, before: list[Run]) -> Run:
        """A run that sets the time, sampled or bare; the first one's output is the program's."""
        conditions = self.conditions
        limit_s = conditions.duration_s or conditions.timeout_s
        how: dict[str, Any] = {
            "ask_with": signal.SIGINT if conditions.duration_s else signal.SIGTERM
        }
        if not before:
            how |= {"stdout": conditions.stdout, "stderr": conditions.stderr}
        title = {"waits": "sampled run", "bare": "bare run"}[name]
        expected = before[0].wall_s if before else conditions.duration_s
        with conditions.phase(title, expected):
            if name == "bare":
                run = self._bare(limit_s, how, expected)
            else:
                try:
                    run = self.harness.run_with({"waits": {}}, timeout_s=limit_s, **how)
                finally:  # interrupted too
                    self.sampling = self.harness.seen("waits")
        if name == "waits" and self.sampling is None:
            self.notes.append(_no_record("sampled run"))
        if run.timed_out and conditions.duration_s is None:
            raise TargetTimeout(
                f"{self.target.name} did not end within {limit_s:g} s and was stopped",
                "Give it a smaller input, or allow more with --timeout SECONDS.",
            )
        if run.timed_out:
            self.notes.append(f"stopped after {limit_s:g} s: this is what was seen until then")
            self.ended_early = True
        return run

    def _bare(self, limit_s: float | None, how: dict[str, Any], expected_s: float | None) -> Run:
        """A run without anything of ours in it; py-spy watches it where that is to be had."""
        command, stdin = self.target.command, self.conditions.stdin
        long = expected_s is not None and expected_s >= spy.SHORTEST_S
        wanted = "spy" in self.conditions.passes and self.sampling is not None and long
        program = spy.find() if wanted else None
        if program is None or expected_s is None:
            return baseline.run_once(self.target, command, stdin, limit_s, **how)
        watch = spy.Spy(program, self.conditions.folder, self.target.info.cwd, expected_s)
        try:
            return baseline.run_once(self.target, command, stdin, limit_s, watch=watch.begin, **how)
        finally:  # interrupted too
            self._note_external(*watch.seen())

    def _note_external(self, seen: ExternalSampling | None, why_not: str) -> None:
        if seen is None:
            self.notes.append(f"py-spy could not watch the program: {why_not}")
        elif self.sampling is not None:
            self.sampling = replace(self.sampling, external=seen)

    def run(
        self, name: str, probes: dict[str, dict[str, Any]], bare: Baseline, seconds: float
    ) -> dict[str, Any]:
        """What each probe saw, if it left a record; a note says what went wrong."""
        limit_s = max(_SHORTEST_LIMIT_S, _SLOWEST_PASS * bare.wall_s)
        if self.conditions.timeout_s is not None:
            limit_s = min(limit_s, _SLOWEST_PASS * self.conditions.timeout_s)
        with self.conditions.phase(f"{name} pass", seconds):
            run = self.harness.run_with(probes, timeout_s=limit_s)
        seen = {probe: self.harness.seen(probe) for probe in probes}
        if run.timed_out:
            self.notes.append(
                f"the {name} pass took more than {limit_s:.0f} s and "
                "was stopped; its results are partial"
            )
        elif None in seen.values():
            self.notes.append(_no_record(f"{name} pass"))
        if not run.timed_out and run.fingerprint.exit_code != bare.exit_code:
            self.notes.append(
                f"the {name} pass ended with exit code {run.fingerprint.exit_code} "
                f"instead of {bare.exit_code}"
            )
        return {probe: found for probe, found in seen.items() if found is not None}


def _no_record(what: str) -> str:
    return (
        f"the {what} left no record: the program ended in a way that "
        "nothing can follow, such as a signal or exec"
    )


def _files_to_watch(sampling: Sampling | None, target: Target) -> list[str]:
    """Files in which, or below which, the program spends its time; for all their functions."""
    frames = sampling.frames if sampling is not None else ()
    spent: dict[str, float] = {str(target.main_file): 0.0}
    for sample in sampling.samples if sampling is not None else ():
        for file in {frames[number].file for number in sample.stack}:
            spent[file] = spent.get(file, 0.0) + sample.seconds
    total = max(spent.values())
    ranking = sorted(spent, key=lambda file: -spent[file])[:_WATCHED]
    return [file for file in ranking if spent[file] >= _WATCHED_SHARE * total]


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
        notes=(*profile.notes, *plan.notes),
        threads=plan.threads,
        sources={path: digest(Path(path)) for path in profile.sources},
    )
    return relative(full, profile.target.cwd)
