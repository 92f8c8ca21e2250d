"""The typer application: every command is registered here."""

from __future__ import annotations

import typer

from paradvisor._version import __version__
from paradvisor.cli import apply, profile, report, undo
from paradvisor.cli.command import ParadvisorCommand, TargetCommand, refuse_unknown, settings

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,  # importing rich for --help would double its time
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"paradvisor {__version__}")
        raise typer.Exit


@app.callback()
def paradvisor(
    context: typer.Context,
    _version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Print the version."
    ),
) -> None:
    """Find out where a Python program's time goes, and what would make it faster in parallel.

    Start with: paradvisor profile PROGRAM.py
    """
    context.default_map = settings()
    refuse_unknown(context.default_map, context.command)


app.command(cls=TargetCommand, epilog=profile.EXAMPLES)(profile.profile)
app.command(cls=ParadvisorCommand, epilog=apply.EXAMPLES)(apply.apply)
app.command(cls=ParadvisorCommand, epilog=report.EXAMPLES)(report.report)
app.command(cls=ParadvisorCommand, epilog=undo.EXAMPLES)(undo.undo)
