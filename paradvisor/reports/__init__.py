"""Reports: one module a format, each with ``render(report) -> text``. A new one is a line here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from paradvisor.errors import UsageError
from paradvisor.model import Report

FORMATS = {
    "json": "paradvisor.reports.json",
    "markdown": "paradvisor.reports.markdown",
    "terminal": "paradvisor.reports.terminal",
    "colours": "paradvisor.reports.colours",
}
_EXTENSIONS = {".json": "json", ".md": "markdown", ".markdown": "markdown", ".txt": "terminal"}


def render(report: Report, form: str) -> str:
    """A report as text in a format.

    Raises:
        UsageError: there is no such format.
    """
    if form not in FORMATS:
        raise UsageError(f"no format is called {form}", f"Choose one of: {', '.join(FORMATS)}.")
    text: str = import_module(FORMATS[form]).render(report)
    return text


def format_of(path: Path, form: str | None) -> str:
    """The format for an output file: the one asked for, or what its extension says."""
    if form is not None:
        return form
    if path.suffix.lower() not in _EXTENSIONS:
        raise UsageError(
            f"the extension of {path} says no format",
            f"Use one of {', '.join(_EXTENSIONS)}, or name the format with -f.",
        )
    return _EXTENSIONS[path.suffix.lower()]
