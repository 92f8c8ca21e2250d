"""The terminal report with colours, for a standard output that is a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from paradvisor.model import Report
from paradvisor.reports import terminal


def render(report: Report) -> str:
    """The report with escape sequences, as wide as the terminal. NO_COLOR is respected."""
    console = Console(file=io.StringIO(), force_terminal=True, highlight=False, emoji=False)
    return terminal.compose(console, report)
