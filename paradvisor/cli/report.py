"""``paradvisor report``."""

from __future__ import annotations

from pathlib import Path

import typer

from paradvisor.cli.command import default_format, deliver, output_format

EXAMPLES = """\
Examples:
  paradvisor report                           the last profile of this folder again
  paradvisor report -o report.md              as Markdown; nothing is run
"""


def report(
    output: Path = typer.Option(
        None, "-o", "--output", help="Write the report here: .json, .md or .txt."
    ),
    format: str = typer.Option(None, "-f", "--format", help="json, markdown or terminal."),
    json: bool = typer.Option(False, "--json", help="The same as -f json."),
) -> None:
    """Render the last profile of this folder again, without running anything."""
    from paradvisor import reports
    from paradvisor.records import Records

    form_ = output_format(json, format, output)
    deliver(reports.render(Records(Path.cwd()).load(), form_ or default_format()), output)
