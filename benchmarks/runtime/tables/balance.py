"""Balance: about a second of pure Python in 400 items, shared by two workers."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, as_good, at_least
from benchmarks.runtime.plan import WORKERS, Cell, Settings
from benchmarks.runtime.work import burn, for_cell, fork_and_wait, note_refusals

ITEMS = 400
TARGETS = {
    "uniform": 1.95,
    "rising": 1.95,
    "falling": 1.95,
    "heavy-tailed": 1.90,
    "a quarter last": 1.90,
}
CHUNKS: dict[str, tuple[int | None, ...]] = {"pool.map": (1, 4), "joblib": (None,), "lucen": (1,)}
"""What is best for items of milliseconds; 4 for all others but pymp."""
UNIFORM_NOTE = "threads share the interpreter lock: only omp4py's are shown, and only here"
CEILING = "ceiling"
CEILING_LABEL = "ceiling: 2 bare forks, half each"


def shares(workload: str) -> list[float]:
    """Each item's share of the work."""
    if workload == "a quarter last":
        return [0.75 / (ITEMS - 1)] * (ITEMS - 1) + [0.25]
    pareto = random.Random(1).paretovariate
    weights = {
        "uniform": lambda _: 1.0,
        "rising": lambda at: at + 1.0,
        "falling": lambda at: float(ITEMS - at),
        "heavy-tailed": lambda _: pareto(1.2),
    }[workload]
    drawn = [weights(at) for at in range(ITEMS)]
    return [weight / sum(drawn) for weight in drawn]


def cells(settings: Settings) -> list[Cell]:
    found: list[Cell] = []
    for workload in TARGETS:
        steps = int(settings.rate * (0.3 if settings.quick else 1.0))

        def cell(
            key: str,
            label: str,
            chunk: int | None = None,
            kind: str = "fork",
            workload: str = workload,
            steps: int = steps,
            **more: Any,
        ) -> None:
            more |= {"steps": steps, "peer": key not in (OURS, CEILING)}
            found.append(Cell("balance", workload, key, label, kind, chunk, more))

        cell(CEILING, CEILING_LABEL)
        for key in contestants.of_kind("fork", settings.peers):
            label = ALL[key].labels["fork"]
            if key == OURS:
                cell(key, label)
            elif workload == "a quarter last":
                cell(key, f"{label}, sorted by hand", 1, by_hand=True)
            else:
                for chunk in _chunks(key, workload):
                    cell(key, f"{label}, {_way(key, chunk)}", chunk)
        if workload == "a quarter last" and "pool.map" in settings.peers:
            cell("pool.map", "Pool.map, as they come", 1)
        if workload == "uniform" and "omp4py" in settings.peers:
            cell("omp4py", "omp4py", kind="threads")
    return found


def _chunks(key: str, workload: str) -> tuple[int | None, ...]:
    if key == "pymp":  # its dynamic schedule costs more than it gains on uniform work
        return (None,) if workload == "uniform" else (1,)
    return CHUNKS.get(key, (4,))


def _way(key: str, chunk: int | None) -> str:
    if key == "lucen":
        return "100 chunks"
    if key == "pymp":
        return "dynamic" if chunk else "static"
    return "chunks chosen by it" if chunk is None else f"chunks of {chunk}"


def measure(cell: Cell, turn: int, report: Report) -> None:
    """The loop in parallel, and the serial loop before it or, every other round, after it."""
    items = [max(1, round(cell.more["steps"] * share)) for share in shares(cell.workload)]

    def serial() -> list[int]:
        return [burn(steps) for steps in items]

    if cell.contestant == CEILING:
        half = sum(items) // 2
        serial_s, shared_s = _both(turn, serial, lambda: fork_and_wait(2, lambda _: burn(half)))
    elif cell.contestant == OURS:
        serial_s, shared_s = _ours(cell, turn, items, serial)
    else:
        with contestants.team(cell.contestant, cell.kind, WORKERS, cell.chunk) as mapped:
            work = for_cell(cell, lambda steps: burn(steps), burn)
            list(mapped(work, [1] * 8))
            dealt = sorted(items, reverse=True) if "by_hand" in cell.more else items
            serial_s, shared_s = _both(turn, serial, lambda: list(mapped(work, dealt)))
    report.value("speedup", serial_s / shared_s)
    note_refusals(cell, report)


def _ours(
    cell: Cell, turn: int, items: list[int], serial: Callable[[], list[int]]
) -> tuple[float, float]:
    from benchmarks.runtime.contestants import ours

    def work(steps: int) -> int:
        return burn(steps)

    with ours.team("fork", WORKERS, None) as mapped:
        list(mapped(work, [1] * 8))
        if cell.workload == "a quarter last":
            return _both(turn, serial, lambda: list(ours.by_costs(WORKERS, work, items, items)))
        return _both(turn, serial, lambda: list(mapped(work, items)))


def _both(
    turn: int, serial: Callable[[], object], shared: Callable[[], object]
) -> tuple[float, float]:
    if turn % 2:
        shared_s = _seconds(shared)
        return _seconds(serial), shared_s
    return _seconds(serial), _seconds(shared)


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for workload, target in TARGETS.items():
        of_it = [cell for cell in plan if cell.workload == workload]
        known = " with its cost known" if workload == "a quarter last" else ""
        heading = f"balance, {workload}{known}: speedup of 2, largest item"
        heading += f" {100 * max(shares(workload)):.1f} % of the work"
        notes = (UNIFORM_NOTE,) if workload == "uniform" else ()
        best = show.table(heading, of_it, outcomes, "speedup", unit="x", less=False, notes=notes)
        ours = outcomes[workload, ALL[OURS].labels["fork"]].median("speedup")
        verdicts.append(at_least(f"balance, {workload}", ours, target, "x"))
        peer, name = (best.median, best.label) if best else (None, "")
        verdicts.append(as_good(f"balance, {workload}, by the best peer", ours, peer, name))
        _against_ceiling(workload, outcomes)
    return verdicts


def _against_ceiling(workload: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    """What the runtime loses to a perfect split: two virtual cores may give less than 2."""
    ceiling = outcomes[workload, CEILING_LABEL].series.get("speedup", [])
    ours = outcomes[workload, ALL[OURS].labels["fork"]].series.get("speedup", [])
    ratios = [value / top for value, top in zip(ours, ceiling, strict=False)]
    if ratios:
        print(f"\n  paradvisor by the ceiling of the same rounds: {statistics.median(ratios):.2f}x")
