"""Paths as a report shows them: relative to the folder that the target ran in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from paradvisor.model import Location, Report


def digest(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def short(path: str, folder: str) -> str:
    """A path relative to a folder that holds it, else as it is."""
    inside = Path(path).is_relative_to(folder)
    return os.path.relpath(path, folder) if inside else path


def relative(report: Report, folder: str) -> Report:
    """The same report, every location relative to a folder."""
    real = str(Path(folder).resolve())

    def shorten(value: Any) -> Any:
        if isinstance(value, Location):
            return replace(value, file=short(value.file, real))
        if isinstance(value, tuple):
            return tuple(shorten(item) for item in value)
        if isinstance(value, msgspec.Struct):
            fields = {name: shorten(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**fields)
        return value

    shortened: Report = shorten(report)
    return replace(
        shortened, sources={short(path, real): sha for path, sha in report.sources.items()}
    )
