"""Printing: one table for each workload, one line for each contestant."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, quartiles
from benchmarks.runtime.plan import Cell

NOT_PARALLEL = "ran serially"
"""Begins the remark of a contestant that declined to run in parallel: no peer to beat."""


@dataclass(frozen=True)
class Best:
    """The best peer of a workload."""

    label: str
    median: float
    values: list[float]


def best_peer(
    cells: list[Cell], outcomes: dict[tuple[str, str], Outcome], series: str, *, less: bool
) -> Best | None:
    """The peer with the best median, among those that ran in parallel."""
    found: list[Best] = []
    for cell in cells:
        outcome = outcomes[cell.name]
        values = outcome.series.get(series)
        serial = any(remark.startswith(NOT_PARALLEL) for remark in outcome.remarks)
        if values and not serial and cell.more.get("peer", cell.contestant != OURS):
            found.append(Best(cell.label, statistics.median(values), values))
    found.sort(key=lambda best: best.median, reverse=not less)
    return found[0] if found else None


def table(
    heading: str,
    cells: list[Cell],
    outcomes: dict[tuple[str, str], Outcome],
    series: str = "ms",
    *,
    unit: str = "ms",
    less: bool = True,
    notes: tuple[str, ...] = (),
) -> Best | None:
    """Print medians, quartiles and ratios to the best peer; the best peer is returned."""
    best = best_peer(cells, outcomes, series, less=less)
    print(f"\n{heading}")
    print(f"  {'contestant':44} {'median':>10} {'quartiles':>19} {'to best peer':>13}")
    for cell in cells:
        label = cell.label + "*" * _needs_a_module(cell)
        print(f"  {label:44} {_figures(outcomes[cell.name], series, unit, best)}".rstrip())
    if any(map(_needs_a_module, cells)):
        notes = ("* cannot send closures to its processes: runs a module's function", *notes)
    for note in notes:
        print(f"  {note}")
    return best


def _needs_a_module(cell: Cell) -> bool:
    return cell.kind == "fork" and cell.contestant in ALL and not ALL[cell.contestant].closures


def _figures(outcome: Outcome, series: str, unit: str, best: Best | None) -> str:
    disturbed = [f"disturbed in {outcome.disturbed} rounds"] if outcome.disturbed else []
    remarks = "; ".join([*outcome.remarks, *disturbed])
    if outcome.failures:
        remarks = "; ".join(filter(None, (f"FAILED: {outcome.failures[0]}", remarks)))
    values = outcome.series.get(series)
    if not values:
        return f"{'-':>10} {'':19} {'':13}  {remarks}"
    low, middle, high = quartiles(values)
    shown = f"{middle:{_places(middle)}} {unit}"
    spread = f"{low:{_places(middle)}}..{high:{_places(middle)}}"
    return f"{shown:>10} {spread:>19} {_ratio(values, best):>13}  {remarks}"


def _ratio(values: list[float], best: Best | None) -> str:
    """The median of the rounds' ratios: what a busy moment does to one it does to both."""
    if best is None:
        return ""
    ratios = [value / other for value, other in zip(values, best.values, strict=False) if other]
    return f"{statistics.median(ratios):.2f}x" if ratios else ""


def _places(value: float) -> str:
    return ".0f" if abs(value) >= 1000 else ".1f" if abs(value) >= 100 else ".2f"
