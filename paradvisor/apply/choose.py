"""Which loop to change, by the last profile and by what the user asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from paradvisor.errors import InconclusiveError, UsageError
from paradvisor.model import Location, Predicted, Report
from paradvisor.strategies import APPLICABLE

_MOST_REASONS = 6


class Choice(NamedTuple):
    """A loop to change, and how."""

    location: Location
    loop: str
    strategy: str
    workers: int | None
    predicted: Predicted


def choose(report: Report, strategy: str, loop: str | None, unsafe: bool) -> list[Choice]:
    """Candidates, best first.

    Args:
        report: the last profile.
        strategy: "auto", or one of those that can be written.
        loop: ``LINE`` or ``FILE:LINE`` of the one loop wanted.
        unsafe: whether loops that are not known to be safe may be taken.

    Raises:
        UsageError: the strategy or the loop does not exist.
        InconclusiveError: nothing is worth changing; the message gives the reasons.
    """
    if strategy not in ("auto", *APPLICABLE):
        raise UsageError(
            f"there is no strategy called {strategy} that can be applied",
            f"Choose one of: auto, {', '.join(APPLICABLE)}.",
        )
    if loop is not None:
        _check_loop(report, loop)
    wanted = APPLICABLE if strategy == "auto" else (strategy,)
    choices = [
        choice
        for choice in _all(report, unsafe)
        if choice.strategy in wanted and (loop is None or _matches(choice.location, loop))
    ]
    if not choices:
        raise InconclusiveError(
            f"nothing to change with {strategy}", _reasons(report, wanted, loop)
        )
    return choices


def _all(report: Report, unsafe: bool) -> Iterator[Choice]:
    for advice in report.advice:
        if advice.loop is not None:
            yield Choice(
                advice.location, advice.loop, advice.strategy, advice.workers, advice.predicted
            )
    if unsafe:
        unknown = [skip for skip in report.skipped if skip.predicted is not None and skip.strategy]
        unknown.sort(
            key=lambda skip: -(skip.predicted.program_speedup.mid if skip.predicted else 0)
        )
        for skip in unknown:
            assert skip.predicted is not None
            yield Choice(
                skip.location, skip.loop or "", skip.strategy or "", skip.workers, skip.predicted
            )


def _check_loop(report: Report, loop: str) -> None:
    if not any(_matches(entry.location, loop) for entry in report.loops):
        known = ", ".join(f"{entry.location.file}:{entry.location.line}" for entry in report.loops)
        raise UsageError(f"the profile knows no loop at {loop}", f"It knows: {known or 'none'}.")


def _matches(location: Location, loop: str) -> bool:
    file, _, line = loop.rpartition(":")
    return str(location.line) == line and (not file or location.file.endswith(file))


def _reasons(report: Report, strategies: tuple[str, ...], loop: str | None) -> str:
    shares = {entry.id: entry.share for entry in report.loops}
    by_weight = sorted(
        report.skipped,
        key=lambda skip: (-shares.get(skip.loop or "", 0.0), skip.predicted is None),
    )
    said = dict.fromkeys(
        f"{skip.location.file}:{skip.location.line}, {skip.strategy}: {skip.reason}"
        for skip in by_weight
        if skip.strategy in strategies and (loop is None or _matches(skip.location, loop))
    )
    shown = list(said)[:_MOST_REASONS]
    if len(said) > len(shown):
        shown.append(f"and {len(said) - len(shown)} more: paradvisor report")
    return "\n".join(shown or ["The profile found no loop that takes enough time."])
