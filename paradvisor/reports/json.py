"""The JSON report: the contract that docs/schema.json describes."""

from __future__ import annotations

from typing import Any

import msgspec

from paradvisor.errors import RecordError
from paradvisor.model import Report


def render(report: Report) -> str:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def parse(text: bytes) -> Report:
    """A report read back. Raises RecordError for anything that is not one."""
    try:
        return msgspec.json.decode(text, type=Report)
    except msgspec.MsgspecError as error:
        raise RecordError(
            f"this is not a report of this version of paradvisor: {error}", "Profile again."
        ) from None


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "paradvisor report",
        **msgspec.json.schema(Report),
    }
