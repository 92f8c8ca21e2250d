"""``paradvisor profile``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from paradvisor.cli.command import complain, default_format, deliver, output_format
from paradvisor.cli.progress import Passes

if TYPE_CHECKING:
    from paradvisor.instruments.process import Stdin
    from paradvisor.model import Profile, Report

EXAMPLES = """\
Examples:
  paradvisor profile app.py --size 100        everything after app.py is the program's own
  paradvisor profile -m package.module ARGS   as python -m runs it
  paradvisor profile -o report.md app.py      a report for a CI step summary
  paradvisor profile --json app.py > r.json   the program's own output then goes to stderr
  paradvisor profile --quick app.py           one run: where the time goes and why
  paradvisor profile --duration 30 server.py  a program that does not end by itself

Ctrl-C ends the program and reports on what was seen until then.

The exit code is the program's own; 128 + N if signal N ended it, 124 after --timeout, 130 after
Ctrl-C, 0 where --duration ended it, 2 if it cannot be run.
"""


def profile(
    program: list[str] = typer.Argument(None, metavar="PROGRAM [ARGS]...", show_default=False),
    module: str = typer.Option(
        None, "-m", metavar="MODULE", help="Run a module, as python -m does."
    ),
    output: Path = typer.Option(
        None, "-o", "--output", help="Write the report here: .json, .md or .txt."
    ),
    format: str = typer.Option(None, "-f", "--format", help="json, markdown or terminal."),
    json: bool = typer.Option(False, "--json", help="The same as -f json."),
    timeout: float = typer.Option(
        None,
        "--timeout",
        min=0.1,
        envvar="PARADVISOR_TIMEOUT",
        metavar="SECONDS",
        help="Stop a bare run that takes longer.",
    ),
    duration: float = typer.Option(
        None,
        "--duration",
        min=0.1,
        envvar="PARADVISOR_DURATION",
        metavar="SECONDS",
        help="Profile for so long, in one run, then end the program by SIGINT.",
    ),
    quick: bool = typer.Option(
        False, "--quick", help="One run, under the sampler only: where the time goes and why."
    ),
    passes: str = typer.Option(
        None,
        "--passes",
        envvar="PARADVISOR_PASSES",
        metavar="NAMES",
        help="Some of waits,bare,spy,functions,lines,trials; all of them by default.",
    ),
    trial_budget: float = typer.Option(
        5.0,
        "--trial-budget",
        min=0.0,
        envvar="PARADVISOR_TRIAL_BUDGET",
        metavar="TIMES",
        help="Time for trying out a loop, in times of the loop's own; 0 for none.",
    ),
    quiet: bool = typer.Option(
        False, "-q", "--quiet", envvar="PARADVISOR_QUIET", help="No progress on standard error."
    ),
) -> None:
    """Run a program several times and report where its time goes, why, and what would help.

    The program runs under a sampler, bare, under two tracers that count, and with trials of its
    loops; its output appears once.
    """
    import sys

    from paradvisor import pipeline, reports
    from paradvisor.errors import INTERRUPTED, UsageError
    from paradvisor.instruments.process import Stdin
    from paradvisor.target import resolve

    chosen = _passes(passes, quick or duration is not None)
    form_ = output_format(json, format, output)
    words = list(program or [])
    if module is None and not words:
        raise UsageError("name a program to profile", "Such as: paradvisor profile app.py")
    script = words.pop(0) if module is None else None
    target = resolve(script, module, tuple(words), Path.cwd())
    data_on_stdout = output is None and form_ is not None
    with tempfile.TemporaryDirectory(prefix="paradvisor-") as scratch:
        stdin = Stdin(Path(scratch, "stdin"))
        conditions = pipeline.Conditions(
            folder=Path(scratch),
            stdin=stdin,
            timeout_s=timeout,
            duration_s=duration,
            passes=chosen,
            trial_budget=trial_budget,
            stdout=_passing(sys.stderr if data_on_stdout else sys.stdout),
            stderr=_passing(sys.stderr),
            phase=Passes(quiet),
        )
        measured = pipeline.profile(target, conditions)
        report = pipeline.report(measured, pipeline.analyse(measured))
        if not measured.interrupted:  # else there is nothing that a change could be held against
            _keep(report, measured, stdin)
    deliver(reports.render(report, form_ or default_format()), output)
    if measured.interrupted:
        raise typer.Exit(0 if duration is not None else INTERRUPTED)
    code = report.baseline.exit_code
    raise typer.Exit(code if code >= 0 else 128 - code)


def _keep(report: Report, measured: Profile, stdin: Stdin) -> None:
    """Remember the profile for ``apply`` and ``report``."""
    from paradvisor.records import Records

    try:
        Records(Path.cwd()).save(report, measured.trials, stdin.spool)
    except OSError as error:
        complain(f"the profile could not be kept for apply: {error.strerror}")


def _passes(names: str | None, one_run: bool) -> tuple[str, ...]:
    """The passes that are asked for, in their order."""
    from paradvisor.errors import UsageError
    from paradvisor.pipeline import PASSES, QUICK

    if names is None:
        return QUICK if one_run else PASSES
    wanted = {name.strip() for name in names.split(",")}
    if unknown := sorted(wanted - set(PASSES)):
        raise UsageError(f"no pass is called {unknown[0]}", f"Choose of: {', '.join(PASSES)}.")
    if one_run and wanted != set(QUICK):
        raise UsageError("--passes cannot be combined with --quick or --duration")
    if "spy" in wanted and not {"waits", "bare"} <= wanted:
        raise UsageError(
            "py-spy adds to waits, and watches the bare run", "Add them: --passes waits,bare,spy"
        )
    return tuple(name for name in PASSES if name in wanted)


def _passing(stream: TextIO | None) -> Callable[[bytes], None] | None:
    """A sink that writes the target's bytes to one of our own streams as they come."""
    if stream is None:  # closed
        return None

    def write(block: bytes) -> None:
        stream.flush()
        stream.buffer.write(block)
        stream.buffer.flush()

    return write
