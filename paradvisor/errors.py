"""The errors that paradvisor reports to its user: each has an exit code and says what to do next.

Only ``paradvisor.cli`` prints them. A refusal to change a loop is not an error but a value,
``paradvisor.model.Skip``.
"""

from __future__ import annotations

OK, FAILED, USAGE, INCONCLUSIVE, INTERNAL = 0, 1, 2, 3, 4
TIMED_OUT, INTERRUPTED, TERMINATED = 124, 130, 143  # as timeout(1) and the shells


class ParadvisorError(Exception):
    """What went wrong, in one sentence, and a hint at what to do about it."""

    exit_code = FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ParadvisorError):
    """The command line or the target named on it cannot be used."""

    exit_code = USAGE


class RecordError(ParadvisorError):
    """There is no usable record of an earlier profile or change in this folder."""

    exit_code = USAGE


class TargetTimeout(ParadvisorError):
    """The program did not end within the time that the user allowed."""

    exit_code = TIMED_OUT


class InconclusiveError(ParadvisorError):
    """The measurement or the evidence does not allow an answer."""

    exit_code = INCONCLUSIVE
