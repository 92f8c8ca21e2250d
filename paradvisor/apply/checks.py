"""What a changed program is held to: in which orders, on which inputs, by which command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from paradvisor.errors import UsageError

ORDERS: dict[str, dict[str, str] | None] = {
    "as written": None,
    "last iteration first": {"PARADVISOR_SCHEDULE": "reversed", "PARADVISOR_WORKERS": "1"},
    "two workers, one iteration at a time": {
        "PARADVISOR_SCHEDULE": "dynamic",
        "PARADVISOR_WORKERS": "2",
    },
    "three workers, last iteration first": {
        "PARADVISOR_SCHEDULE": "reversed",
        "PARADVISOR_WORKERS": "3",
    },
}
"""How the changed program is run to verify it: what the runtime is told. A result that depends on
the number of workers, the size of a portion, or who comes first can turn out well by luck, but not
in all of them."""


@dataclass(frozen=True)
class Checks:
    """What the user wants verified beyond the profile's own run.

    Attributes:
        inputs: further arguments to run the program with, each instead of the profile's.
        command: a command that must succeed with the change as it does without, such as tests.
        ignored: regular expressions of what may differ in output and files.
    """

    inputs: tuple[tuple[str, ...], ...] = ()
    command: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()

    def normalise(self) -> Callable[[bytes], bytes] | None:
        """A function that takes out of a text what may differ; None if nothing may."""
        if not self.ignored:
            return None
        patterns = [_compiled(text) for text in self.ignored]

        def without(text: bytes) -> bytes:
            for pattern in patterns:
                text = pattern.sub(b"", text)
            return text

        return without


def _compiled(text: str) -> re.Pattern[bytes]:
    try:
        return re.compile(text.encode(), re.MULTILINE)
    except re.error as error:
        raise UsageError(
            f"--ignore {text} is no regular expression: {error}",
            "As the module re has them; put a backslash before what is meant literally.",
        ) from None
