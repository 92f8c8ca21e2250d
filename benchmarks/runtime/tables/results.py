"""Results: 64 arrays of 8 MB back from processes, and what the parent needs for them.

Memory is the parent's VmHWM above what it held before, each page of each result having been read.
VmHWM counts all pages that the parent maps, private or shared, once each, so a second copy shows,
in whatever memory it is; Pss would count half of a page that a worker maps as well. The kernel
keeps the peak, so nothing is missed between two samples.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_least, at_most
from benchmarks.runtime.plan import WORKERS, Cell, Settings
from benchmarks.runtime.work import for_cell, note_refusals

GB_PER_S, PEAK_SHARE = 2.5, 1.1
FLOATS = 1_000_000
ARRAY_BYTES = 8 * FLOATS
PAGE_FLOATS = 512


def cells(settings: Settings) -> list[Cell]:
    more = {"count": 16 if settings.quick else 64}
    return [
        Cell("results", "results", key, ALL[key].labels["fork"], "fork", chunk, more)
        for key in contestants.of_kind("fork", settings.peers)
        for chunk in [None if key in (OURS, "pymp") else 1]
    ]


def make(number: int) -> Any:
    import numpy as np

    return np.full(FLOATS, float(number))


def measure(cell: Cell, _turn: int, report: Report) -> None:
    count = cell.more["count"]
    if cell.contestant == "pymp":
        _measured(count, _by_pymp, report)
        report.remark("workers fill one shared array")
        return
    offset = 0
    function = for_cell(cell, lambda number: make(number + offset), make)
    with contestants.team(cell.contestant, "fork", WORKERS, cell.chunk) as mapped:
        list(mapped(function, range(2)))
        _measured(count, lambda number: mapped(function, range(number)), report)
    note_refusals(cell, report)


def _by_pymp(count: int) -> Iterable[Any]:
    import pymp

    results = pymp.shared.array((count, FLOATS))
    with pymp.Parallel(WORKERS) as region:
        for at in region.range(count):
            results[at] = float(at)
    return results


def _measured(count: int, results: Callable[[int], Iterable[Any]], report: Report) -> None:
    size = count * ARRAY_BYTES
    before = _reset_peak()
    begun = time.perf_counter()
    kept = list(results(count))
    report.value("gb_per_s", size / (time.perf_counter() - begun) / 1e9)
    for number, array in enumerate(kept):
        assert array[::PAGE_FLOATS].sum() == number * len(array[::PAGE_FLOATS])
    report.value("peak_share", (_status("VmHWM") - before) / size)
    array = None
    kept.clear()
    begun = time.perf_counter()
    total = sum(float(array.sum()) for array in results(count))
    report.value("read_gb_per_s", size / (time.perf_counter() - begun) / 1e9)
    assert total == FLOATS * count * (count - 1) / 2


def _reset_peak() -> int:
    """Begin a new peak (proc(5), clear_refs); what the process holds now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise LookupError(name)


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    count = plan[0].more["count"]
    what = f"results: {count} arrays of 8 MB"
    show.table(f"{what}, kept in a list: GB/s", plan, outcomes, "gb_per_s", unit="GB/s", less=False)
    show.table(
        f"{what}, each summed as it comes: GB/s",
        plan, outcomes, "read_gb_per_s", unit="GB/s", less=False,
    )  # fmt: skip
    show.table(f"{what}: parent's peak memory by theirs", plan, outcomes, "peak_share", unit="x")
    ours = next(outcomes[cell.name] for cell in plan if cell.contestant == OURS)
    return [
        at_least("results", ours.median("gb_per_s"), GB_PER_S, " GB/s"),
        at_most("results, parent's peak memory", ours.median("peak_share"), PEAK_SHARE, "x"),
    ]
