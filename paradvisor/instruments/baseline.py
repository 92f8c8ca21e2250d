"""The runs that set the program's time, and the output to be kept: bare, or merely sampled."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from paradvisor.instruments import outputs, process
from paradvisor.model import Baseline, Fingerprint, Run
from paradvisor.target import Target


def run_once(
    target: Target,
    command: list[str],
    stdin: process.Stdin,
    timeout_s: float | None,
    *,
    stdout: process.Sink | None = None,
    stderr: process.Sink | None = None,
    writes: Path | None = None,
    env: Mapping[str, str] | None = None,
    ask_with: signal.Signals = signal.SIGTERM,
    normalise: process.Normalise | None = None,
    watch: Callable[[int], object] | None = None,
) -> Run:
    """Run the target once by the given command and take its fingerprint.

    After ``timeout_s`` it is asked to end by the signal ``ask_with``.
    """
    before = outputs.stamps(target.info.cwd)
    ended = process.run(
        command,
        cwd=target.info.cwd,
        stdin=stdin,
        timeout_s=timeout_s,
        stdout=stdout,
        stderr=stderr,
        env=env,
        ask_with=ask_with,
        normalise=normalise,
        watch=watch,
    )
    return Run(
        wall_s=ended.wall_s,
        cpu_s=ended.cpu_s,
        max_rss_bytes=ended.max_rss_bytes,
        timed_out=ended.timed_out,
        fingerprint=Fingerprint(
            exit_code=ended.exit_code,
            stdout_sha256=ended.stdout_sha256,
            stdout_bytes=ended.stdout_bytes,
            stderr_sha256=ended.stderr_sha256,
            stderr_bytes=ended.stderr_bytes,
            files=outputs.written(target.info.cwd, before, writes, normalise),
        ),
    )


def summarise(runs: list[Run]) -> Baseline:
    """The shortest run's times, the relative spread, and how the runs differ from each other.

    The shortest: a first run may compile and read from the disk what later ones find in memory.
    """
    walls = [run.wall_s for run in runs]
    wall_s = min(walls)
    first = runs[0].fingerprint
    return Baseline(
        wall_s=wall_s,
        cpu_s=min(run.cpu_s for run in runs),
        max_rss_bytes=max(run.max_rss_bytes for run in runs),
        exit_code=first.exit_code,
        runs=tuple(runs),
        noise=(max(walls) - min(walls)) / wall_s,
        differences=tuple(
            dict.fromkeys(said for run in runs[1:] for said in compare(first, run.fingerprint))
        ),
    )


def compare(first: Fingerprint, second: Fingerprint) -> list[str]:
    """How what two runs left behind differs, in words; empty when it is the same."""
    said = []
    if first.exit_code != second.exit_code:
        said.append(f"exit code {first.exit_code}, then {second.exit_code}")
    if first.stdout_sha256 != second.stdout_sha256:
        said.append(
            f"standard output: {first.stdout_bytes} bytes, then {second.stdout_bytes}, not the same"
        )
    if first.stderr_sha256 != second.stderr_sha256:
        said.append(
            f"standard error: {first.stderr_bytes} bytes, then {second.stderr_bytes}, not the same"
        )
    return said + outputs.differences(first.files, second.files)
