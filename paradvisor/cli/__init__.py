"""The command line: one small module a command. Only this package prints."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from paradvisor.errors import USAGE


def main() -> None:
    """The ``paradvisor`` command."""
    from paradvisor.cli.app import app

    if sys.stdout is None:
        sys.exit("paradvisor: standard output is closed")
    try:
        Path.cwd()
    except OSError:
        sys.stderr.write("paradvisor: this folder has been deleted\n  Change to one that exists.\n")
        sys.exit(USAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an encoding that lacks a character is no reason
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="paradvisor")
