"""``paradvisor apply``."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paradvisor.cli.command import complain, default_format, deliver, output_format
from paradvisor.cli.progress import Passes

if TYPE_CHECKING:
    from paradvisor.apply.session import Proposal
    from paradvisor.model import Report

EXAMPLES = """\
Examples:
  paradvisor apply                            the best change that the last profile advises
  paradvisor apply --strategy fork --diff     only show it
  paradvisor apply --max 3 --interactive      up to three changes, each if you say so
  paradvisor apply --loop app.py:42 --unsafe  a loop that is not known to be safe: the
                                              verification decides
  paradvisor apply --verify-with "--size 9" --verify-cmd "pytest -q"
                                              verify on another input, and by the tests
  paradvisor apply --patch change.diff        prove it, and write it for git apply

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
    most: int = typer.Option(1, "--max", min=1, metavar="N", help="Make up to N changes."),
    unsafe: bool = typer.Option(
        False, "--unsafe", help="Also take loops that are not known to be safe."
    ),
    interactive: bool = typer.Option(
        False, "--interactive", help="Show each change with its evidence, and ask."
    ),
    diff: bool = typer.Option(False, "--diff", help="Show the change and do nothing else."),
    no_write: bool = typer.Option(False, "--no-write", help="Prove and measure, write nothing."),
    patch: Path = typer.Option(
        None, "--patch", metavar="FILE", help="Write what is kept as a patch, not to the source."
    ),
    keep: bool = typer.Option(
        False, "--keep", help="Write a verified change even if it is not faster."
    ),
    verify_with: list[str] = typer.Option(
        [], "--verify-with", metavar="ARGS", help="Verify with these arguments, too. Repeatable."
    ),
    verify_cmd: str = typer.Option(
        None, "--verify-cmd", metavar="COMMAND", help="It must succeed with the change, too."
    ),
    ignore: list[str] = typer.Option(
        [], "--ignore", metavar="REGEX", help="May differ in output and files. Repeatable."
    ),
    require_clean: bool = typer.Option(
        False, "--require-clean", help="Refuse files with changes that git has not committed."
    ),
    vendor: bool = typer.Option(
        False, "--vendor", help="Copy the runtime beside the program, in one file."
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
    import shlex

    from paradvisor import reports
    from paradvisor.apply import changes
    from paradvisor.apply import vendor as vendored
    from paradvisor.apply.checks import Checks
    from paradvisor.apply.choose import choose
    from paradvisor.apply.session import Rewrites, Session
    from paradvisor.errors import INCONCLUSIVE
    from paradvisor.instruments.process import Stdin
    from paradvisor.records import Records
    from paradvisor.target import resolve

    form_ = output_format(json, format, output)
    records = Records(Path.cwd())
    report = records.load()
    info = report.target
    choices = choose(report, strategy, loop, unsafe)
    target = resolve(info.script, info.module, info.args, Path(info.cwd))
    package = vendored.NAME if vendor else "paradvisor"
    rewrites = Rewrites(report, records.facts(), target, package)
    if diff:
        deliver(changes.preview(rewrites, choices, most, complain), output)
        return
    checks = Checks(
        tuple(tuple(shlex.split(words)) for words in verify_with),
        tuple(shlex.split(verify_cmd)) if verify_cmd is not None else None,
        tuple(ignore),
    )
    changes.check_deterministic(report, checks)
    wish = changes.Wish(most, keep, not no_write and patch is None, require_clean)
    with contextlib.ExitStack() as stack:
        copy = stack.enter_context(vendored.Copy(target)) if vendor else None
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="paradvisor-"))
        phase = Passes(quiet)
        work = Session(report, target, Path(scratch), Stdin(records.stdin), phase, checks)
        making = changes.Making(work, records, wish, Path(info.cwd))
        for proposal in changes.proposals(rewrites, choices, making.kept, complain):
            making.check(proposal, complain)
            if form_ is None:
                typer.echo(proposal.patch.diff)
            if not interactive or _agreed(report, proposal):
                making.attempt(proposal)
            if making.done:
                break
        if not making.attempts:
            complain("nothing was tried")
            raise typer.Exit(INCONCLUSIVE)
        final = making.report()
        if copy is not None and final.kept:
            copy.keep()
            complain(f"the runtime is in {copy.file.name}, which undo leaves there")
    if patch is not None and making.kept:
        patch.write_text(making.diff(), encoding="utf-8")
        complain(f"patch written to {patch}", f"Apply it by: git apply {patch}")
    deliver(reports.render(final, form_ or default_format()), output)
    raise typer.Exit(changes.exit_code(final))


def _agreed(report: Report, proposal: Proposal) -> bool:
    """Whether the user wants a change tried: its evidence is shown."""
    from paradvisor.reports import words

    loop = next((entry for entry in report.loops if entry.id == proposal.choice.loop), None)
    if loop is not None:
        evidence = words.evidence(loop) or f"not known to be safe: {loop.verdict}"
        typer.echo(f"{proposal.patch.strategy}, {words.place(proposal.patch.location)}: {evidence}")
    predicted = proposal.choice.predicted.program_speedup
    typer.echo(f"predicted: the program at {words.speedup(predicted)} of its speed")
    return typer.confirm("Prove and measure this change, and keep it if it pays?", default=True)
