"""``paradvisor apply``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paradvisor.cli.command import complain, default_format, deliver, output_format
from paradvisor.cli.progress import Passes

if TYPE_CHECKING:
    from paradvisor.apply.choose import Choice
    from paradvisor.apply.session import Proposal
    from paradvisor.model import Facts, Measurement, Report, Verification
    from paradvisor.records import Records
    from paradvisor.target import Target

EXAMPLES = """\
Examples:
  paradvisor apply                            the best change that the last profile advises
  paradvisor apply --strategy fork --diff     only show it
  paradvisor apply --loop app.py:42 --unsafe  a loop that is not known to be safe: the
                                              verification decides

Exit codes: 0 written (or shown); 1 the changed program did something else; 2 it cannot be
tried; 3 nothing was worth changing.
"""


def apply(
    strategy: str = typer.Option(
        "auto",
        "-s",
        "--strategy",
        envvar="PARADVISOR_APPLY_STRATEGY",
        help="auto, fork or threads.",
    ),
    loop: str = typer.Option(None, "--loop", metavar="[FILE:]LINE", help="Change this loop."),
    unsafe: bool = typer.Option(
        False, "--unsafe", help="Also take loops that are not known to be safe."
    ),
    diff: bool = typer.Option(False, "--diff", help="Show the change and do nothing else."),
    no_write: bool = typer.Option(False, "--no-write", help="Prove and measure, write nothing."),
    keep: bool = typer.Option(
        False, "--keep", help="Write a verified change even if it is not faster."
    ),
    output: Path = typer.Option(
        None, "-o", "--output", help="Write the report here: .json, .md or .txt."
    ),
    format: str = typer.Option(None, "-f", "--format", help="json, markdown or terminal."),
    json: bool = typer.Option(False, "--json", help="The same as -f json."),
    quiet: bool = typer.Option(
        False, "-q", "--quiet", envvar="PARADVISOR_QUIET", help="No progress on standard error."
    ),
) -> None:
    """Change a loop of the last profiled program, prove the change, and keep it if it pays.

    The file is written only when the changed program did the very same things and was
    measured to be faster.
    """
    from msgspec.structs import replace

    from paradvisor import errors, reports
    from paradvisor.apply import choose, session
    from paradvisor.apply.journal import Journal, refuse_to_write
    from paradvisor.records import Records
    from paradvisor.target import resolve

    form_ = output_format(json, format, output)
    records = Records(Path.cwd())
    report = records.load()
    info = report.target
    choices = choose.choose(report, strategy, loop, unsafe)
    target = resolve(info.script, info.module, info.args, Path(info.cwd))
    proposal = _first_possible(report, records.facts(), target, choices)
    if diff:
        deliver(proposal.patch.diff, output)
        return
    if report.baseline.differences:
        raise errors.InconclusiveError(
            "nondeterministic: the program differs from itself, so no change can be verified",
            "\n".join(report.baseline.differences),
        )
    why = refuse_to_write(proposal.file, Path(info.cwd))
    if why is not None and not no_write:
        raise errors.UsageError(why, "Use --no-write to prove the change without making it.")
    if form_ is None:
        typer.echo(proposal.patch.diff)
    verification, measurement = _prove(report, target, proposal, records, Passes(quiet))
    faster = measurement is not None and measurement.verdict == "faster"
    kept = verification.equal and (faster or keep) and not no_write
    if kept:
        number = session.write(proposal, Journal(records))
        reason = f"{proposal.patch.file} is changed (change {number})"
    else:
        reason = _why_not(verification, no_write)
    final = replace(
        report,
        command="apply",
        patch=proposal.patch,
        predicted=proposal.choice.predicted,
        verification=verification,
        measurement=measurement,
        kept=kept,
        reason=reason,
    )
    deliver(reports.render(final, form_ or default_format()), output)
    if not verification.equal:
        raise typer.Exit(errors.FAILED)
    if not (kept or faster):
        raise typer.Exit(errors.INCONCLUSIVE)


def _prove(
    report: Report, target: Target, proposal: Proposal, records: Records, phase: Passes
) -> tuple[Verification, Measurement | None]:
    """Verify the proposal and, if it does the same, measure it."""
    from paradvisor.apply.session import Session
    from paradvisor.instruments.process import Stdin

    with tempfile.TemporaryDirectory(prefix="paradvisor-") as scratch:
        work = Session(report, target, Path(scratch), Stdin(records.stdin), phase)
        verification = work.verify(proposal)
        if not verification.equal:
            return verification, None
        measurement, verification = work.measure(proposal)
        return verification, measurement


def _why_not(verification: Verification, no_write: bool) -> str:
    if not verification.equal:
        return "the changed program did something else; the file is as it was"
    if no_write:
        return "as you asked; the file is as it was"
    return "not clearly faster; the file is as it was (--keep writes it all the same)"


def _first_possible(
    report: Report, facts: list[Facts], target: Target, choices: list[Choice]
) -> Proposal:
    """The proposal for the best choice that can be written."""
    from paradvisor import errors
    from paradvisor.apply import session

    for number, choice in enumerate(choices):
        try:
            return session.propose(report, facts, target, choice)
        except errors.InconclusiveError as error:
            if number == len(choices) - 1:
                raise
            complain(f"{choice.location.file}:{choice.location.line}: {error}")
    raise AssertionError("choose gives at least one")
