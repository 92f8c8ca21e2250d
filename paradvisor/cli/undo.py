"""``paradvisor undo``."""

from __future__ import annotations

from pathlib import Path

import typer

EXAMPLES = """\
Examples:
  paradvisor undo                             take the last change back
  paradvisor undo --list                      show all changes made in this folder
  paradvisor undo 2                           take change 2 back
"""


def undo(
    number: int = typer.Argument(None, show_default=False, help="The change to take back."),
    show: bool = typer.Option(False, "--list", help="List the changes instead."),
) -> None:
    """Take back a change that apply made, byte for byte."""
    from paradvisor.apply.journal import Journal
    from paradvisor.records import Records

    journal = Journal(Records(Path.cwd()))
    if show:
        for entry in journal.entries():
            state = "undone" if entry.undone else "in place"
            typer.echo(f"{entry.number}  {state:8}  {entry.strategy:8}  {entry.where}")
        return
    entry = journal.undo(number)
    typer.echo(f"paradvisor: change {entry.number} to {entry.where} is undone")
