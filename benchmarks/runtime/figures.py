"""Medians with quartiles, ratios to the best peer, and whether a target is met."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

TIE = 0.01
"""Two medians that are closer than this share are as good as each other: the noise of one run."""


@dataclass
class Outcome:
    """What the rounds of one cell brought."""

    series: dict[str, list[float]] = field(default_factory=dict)
    """Values by name, one for each round that succeeded."""
    remarks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    disturbed: int = 0
    """Rounds in which other programs took much of the machine at every try."""

    def median(self, name: str) -> float | None:
        values = self.series.get(name)
        return statistics.median(values) if values else None

    def note(self, remark: str) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)


@dataclass(frozen=True)
class Verdict:
    """A target, and whether it was met."""

    met: bool
    text: str


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def at_most(what: str, value: float | None, target: float, unit: str) -> Verdict:
    return _verdict(what, value, target, unit, "at most")


def at_least(what: str, value: float | None, target: float, unit: str) -> Verdict:
    return _verdict(what, value, target, unit, "at least")


def as_good(what: str, value: float | None, peer: float | None, name: str) -> Verdict:
    """Whether a speed is at least that of the best peer, or ties with it."""
    if value is None:
        return Verdict(False, f"SHORT: {what}: nothing was measured")
    if peer is None:
        return Verdict(True, f"PASS: {what}: no peer was measured")
    met = value >= peer * (1 - TIE)
    said = "PASS" if met else f"SHORT by {peer - value:.2f}"
    return Verdict(met, f"{said}: {what}: {value:.2f}, best peer {peer:.2f} ({name})")


def _verdict(what: str, value: float | None, target: float, unit: str, relation: str) -> Verdict:
    wanted = f"target {relation} {target:g}{unit}"
    if value is None:
        return Verdict(False, f"SHORT: {what}: nothing was measured, {wanted}")
    short = value - target if relation == "at most" else target - value
    said = "PASS" if short <= 0 else f"SHORT by {short:.2g}{unit}"
    return Verdict(short <= 0, f"{said}: {what}: {value:.3g}{unit}, {wanted}")
