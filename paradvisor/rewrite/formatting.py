"""Formatted code stays formatted: by the tool that the file was formatted with, if it is here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_TIMEOUT_S = 30.0
_TOOLS = {
    "ruff": ("format", "--quiet", "--stdin-filename"),
    "black": ("--quiet", "--stdin-filename"),
}
"""Formatter -> its arguments before the name of the file whose text it is given."""


def as_before(file: Path, before: bytes, after: bytes) -> bytes:
    """A changed text, formatted by a tool to which the text before was in order.

    Where no tool is installed, or none would have left the text as it was, the change stays as it
    was written.
    """
    for command in _installed(file):
        if _formatted(command, file, before) == before:
            return _formatted(command, file, after) or after
    return after


def _installed(file: Path) -> Iterator[list[str]]:
    for name, args in _TOOLS.items():
        beside = str(Path(sys.executable).parent)
        program = shutil.which(name, path=beside) or shutil.which(name)
        if program is not None:
            yield [program, *args, str(file), "-"]


def _formatted(command: list[str], file: Path, text: bytes) -> bytes | None:
    """What the tool makes of a text; None where it cannot."""
    try:
        done = subprocess.run(
            command,
            input=text,
            cwd=file.parent,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None
