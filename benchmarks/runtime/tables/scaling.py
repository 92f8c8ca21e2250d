"""Scaling: efficiency of uniform pure Python at 1 to 16 workers, where there are so many cores."""

from __future__ import annotations

import time

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_least
from benchmarks.runtime.plan import Cell, Settings
from benchmarks.runtime.work import burn, for_cell, fork_and_wait

LEVELS = (1, 2, 4, 8, 16)
JUDGED, EFFICIENCY = 16, 90.0
ITEMS = 1600
CEILING = "ceiling"
PEERS = ("pool.map", "joblib")


def cells(settings: Settings) -> list[Cell]:
    found: list[Cell] = []
    steps = int(settings.rate * (0.5 if settings.quick else 4.0)) // ITEMS
    for level in LEVELS:
        if level > settings.cores:
            break
        labels = {CEILING: "ceiling: bare forks"}
        for key in (OURS, *(peer for peer in PEERS if peer in settings.peers)):
            labels[key] = ALL[key].labels["fork"]
        for key, label in labels.items():
            more = {"steps": steps, "level": level, "peer": key not in (OURS, CEILING)}
            chunk = 4 if key == "pool.map" else None
            found.append(
                Cell(
                    "scaling", f"{level} worker{'s' * (level > 1)}", key, label, "fork", chunk, more
                )
            )
    return found


def measure(cell: Cell, _turn: int, report: Report) -> None:
    level, steps = cell.more["level"], cell.more["steps"]
    begun = time.perf_counter()
    for _ in range(ITEMS):
        burn(steps)
    serial_s = time.perf_counter() - begun
    if cell.contestant == CEILING:
        begun = time.perf_counter()
        fork_and_wait(level, lambda _: burn(steps * ITEMS // level))
        shared_s = time.perf_counter() - begun
    else:
        work = for_cell(cell, lambda number: burn(number), burn)
        with contestants.team(cell.contestant, "fork", level, cell.chunk) as mapped:
            list(mapped(work, [1] * 2 * level))
            begun = time.perf_counter()
            list(mapped(work, [steps] * ITEMS))
            shared_s = time.perf_counter() - begun
    report.value("efficiency", 100 * serial_s / shared_s / level)


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    workloads = list(dict.fromkeys(cell.workload for cell in plan))
    for workload in workloads:
        of_it = [cell for cell in plan if cell.workload == workload]
        heading = f"scaling, uniform work, {workload}: efficiency"
        show.table(heading, of_it, outcomes, "efficiency", unit="%", less=False)
    judged = f"{JUDGED} workers"
    if judged not in workloads:
        print(f"\n  {judged} need as many cores: nothing to judge here")
        return []
    ours = outcomes[judged, ALL[OURS].labels["fork"]].median("efficiency")
    return [at_least(f"scaling, {judged}", ours, EFFICIENCY, " %")]
