"""Regions: what a team of two costs that has two trivial items to do."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report, repeated
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_most
from benchmarks.runtime.plan import WORKERS, Cell, Settings
from benchmarks.runtime.work import for_cell, fork_and_wait, halved, note_refusals

COLD_MS, COLD_BY_BARE, WARM_MS, THREADS_MS = 2.0, 1.3, 1.0, 0.4
ITEMS = (1, 2)
HEADINGS = {
    "fork, cold": "regions: forked team made and ended each time, modules imported beforehand",
    "fork, warm": "regions: forked team, kept from region to region (paradvisor.Team)",
    "threads, cold": "regions: team of threads made and ended each time",
    "threads, warm": "regions: team of threads, kept where it can be",
}


NOTES = {
    "cold": ("lucen has no public way to end its workers: left out here",),
    "warm": ("pymp and omp4py keep nothing from one region to the next: left out here",),
}


def cells(settings: Settings) -> list[Cell]:
    found: list[Cell] = []
    for workload in HEADINGS:
        kind, temperature = workload.split(", ")
        for key in contestants.of_kind(kind, settings.peers):
            able = key != "lucen" if temperature == "cold" else ALL[key].keeps
            if able and (key, workload) != (OURS, "threads, warm"):
                found.append(Cell("regions", workload, key, ALL[key].labels[kind], kind))
    return found


def measure(cell: Cell, _turn: int, report: Report) -> None:
    factor = 0.5
    function = for_cell(cell, lambda item: item * factor, halved)
    expected = [item * factor for item in ITEMS]

    def cold() -> None:
        with contestants.team(cell.contestant, cell.kind, WORKERS, None) as mapped:
            assert list(mapped(function, ITEMS)) == expected

    if cell.name == ("fork, cold", ALL[OURS].labels["fork"]):
        _against_bare(cold, report)
    elif cell.workload.endswith("cold"):
        report.value("ms", 1000 * repeated(cold, 30, 0.7))
    else:
        with _kept(cell) as mapped:
            assert list(mapped(function, ITEMS)) == expected
            report.value("ms", 1000 * repeated(lambda: list(mapped(function, ITEMS)), 100, 0.4))
    note_refusals(cell, report)


def _kept(cell: Cell) -> AbstractContextManager[contestants.Mapped]:
    if cell.contestant == OURS:
        from benchmarks.runtime.contestants import ours

        return ours.kept_team(WORKERS)
    return contestants.team(cell.contestant, cell.kind, WORKERS, None)


def _against_bare(region: Callable[[], None], report: Report) -> None:
    """The region and as many bare forks as it makes, in turn in one process."""
    forks: list[int] = []
    os.register_at_fork(after_in_parent=lambda: forks.append(1))
    region()  # the first one imports
    forks.clear()
    region()
    children = len(forks)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
        children = 0
    if not children:
        report.remark("a team was kept: not cold, so not counted")
        return
    times: dict[str, list[float]] = {"ms": [], "bare_ms": []}
    for _ in range(31):
        _timed(region, times["ms"])
        _timed(lambda: fork_and_wait(children), times["bare_ms"])
    middles = {name: statistics.median(values) for name, values in times.items()}
    for name, value in middles.items():
        report.value(name, value)
    report.value("times_bare", middles["ms"] / middles["bare_ms"])
    report.remark(f"{children} forks a region")


def _timed(call: Callable[[], Any], into: list[float]) -> None:
    begun = time.perf_counter()
    call()
    into.append(1000 * (time.perf_counter() - begun))


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    for workload, heading in HEADINGS.items():
        of_it = [cell for cell in plan if cell.workload == workload]
        show.table(heading, of_it, outcomes, notes=NOTES[workload.split(", ")[1]])
    fork, threads = ALL[OURS].labels["fork"], ALL[OURS].labels["threads"]
    cold = outcomes["fork, cold", fork]
    if (bare := cold.median("bare_ms")) is not None:
        print(f"\n  bare forks and waits, in turn with the cold regions: {bare:.2f} ms")
    return [
        at_most("fork region, cold", cold.median("ms"), COLD_MS, " ms"),
        at_most("fork region, cold, by bare forks", cold.median("times_bare"), COLD_BY_BARE, "x"),
        at_most("fork region, warm", outcomes["fork, warm", fork].median("ms"), WARM_MS, " ms"),
        at_most(
            "threads region", outcomes["threads, cold", threads].median("ms"), THREADS_MS, " ms"
        ),
    ]
