"""Captured: a large array or list of the parent's that the workers read.

The array's regions are made and ended within the time, since what is captured has to come in. Pools
get it in the best way that they have: by the fork, from a global or mpire's ``shared_objects``.
"""

from __future__ import annotations

import array
import gc
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report, repeated
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_most
from benchmarks.runtime.plan import WORKERS, Cell, Settings

REGION_MS = 25.0
FLOATS = 62_500_000
ITEMS = (1, 2)
HELPS = ("as it is", "gc.freeze() before", "array.array instead")

LEFT_OUT = "lucen pickles what a loop reads, for each chunk: left out here"

shared: Any = None
"""What forked pools inherit."""


def cells(settings: Settings) -> list[Cell]:
    found = [
        Cell("captured", "array", key, ALL[key].labels["fork"])
        for key in contestants.of_kind("fork", settings.peers)
        if key != "lucen"
    ]
    floats = 1_000_000 if settings.quick else 15_000_000
    return found + [Cell("captured", "list", OURS, way, more={"floats": floats}) for way in HELPS]


def measure(cell: Cell, _turn: int, report: Report) -> None:
    if cell.workload == "list":
        _measure_list(cell.label, cell.more["floats"], report)
        return
    import numpy as np

    values = np.arange(FLOATS, dtype=float)
    read = READERS[cell.contestant]

    def region() -> None:
        assert list(read(values)) == [_element(values, at) for at in ITEMS]

    report.value("ms", 1000 * repeated(region, 5, 3.0))
    report.remark(WAYS[cell.contestant])


def _element(values: Any, at: int) -> float:
    return float(values[at * 1_000_000])


def _inherited(at: int) -> float:
    return _element(shared, at)


def _by_ours(values: Any) -> Iterable[float]:
    from benchmarks.runtime.contestants import ours

    with ours.team("fork", WORKERS, None) as mapped:
        return mapped(lambda at: _element(values, at), ITEMS)


def _by_pool(values: Any) -> Iterator[float]:
    global shared
    shared = values
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        yield from pool.imap(_inherited, ITEMS)


def _by_executor(values: Any) -> Iterator[float]:
    global shared
    shared = values
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("fork")) as executor:
        yield from executor.map(_inherited, ITEMS)


def _by_joblib(values: Any) -> Iterable[float]:
    from joblib import Parallel, delayed

    return Parallel(WORKERS)(delayed(_element)(values, at) for at in ITEMS)


def _by_mpire(values: Any) -> Iterable[float]:
    from mpire import WorkerPool

    with WorkerPool(WORKERS, start_method="fork", shared_objects=values) as pool:
        return pool.map(_element, ITEMS, concatenate_numpy_output=False)


def _by_pymp(values: Any) -> Iterable[float]:
    with contestants.team("pymp", "fork", WORKERS, None) as mapped:
        return mapped(lambda at: _element(values, at), ITEMS)


READERS: dict[str, Callable[[Any], Iterable[float]]] = {
    OURS: _by_ours,
    "pool.map": _by_pool,
    "pool.imap": _by_pool,
    "processpool": _by_executor,
    "joblib": _by_joblib,
    "mpire": _by_mpire,
    "pymp": _by_pymp,
}
WAYS = {
    OURS: "in a closure",
    "pool.map": "in a global, inherited; an argument would be pickled",
    "pool.imap": "in a global, inherited; an argument would be pickled",
    "processpool": "in a global, inherited; an argument would be pickled",
    "joblib": "as an argument: written to a file, which its kept workers map",
    "mpire": "shared_objects, inherited",
    "pymp": "in a closure",
}


def _measure_list(way: str, floats: int, report: Report) -> None:
    """The time of a region that sums a captured list, and the memory that its workers copied."""
    values: Any = [float(number) for number in range(floats)]
    if way == "array.array instead":
        values = array.array("d", values)
    if way == "gc.freeze() before":
        gc.freeze()
    half = floats // 2
    from paradvisor import parallel, scheduled

    def section() -> Iterator[tuple[float, int]]:
        for start in scheduled(range(0, 2 * half, half), schedule="static"):
            before = _private_bytes()
            total = 0.0
            for at in range(start, start + half):
                total += values[at]
            yield total, _private_bytes() - before

    begun = time.perf_counter()
    results = list(parallel(section, workers=WORKERS, strategy="fork"))
    report.value("seconds", time.perf_counter() - begun)
    report.value("copied_mb", sum(copied for _, copied in results) / 1e6)
    assert sum(total for total, _ in results) == half * (2 * half - 1)


def _private_bytes() -> int:
    """What of this process's memory no other process shares."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_"))


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    arrays = [cell for cell in plan if cell.workload == "array"]
    lists = [cell for cell in plan if cell.workload == "list"]
    what = "captured: array of 500 MB, region made and ended"
    show.table(what, arrays, outcomes, notes=(LEFT_OUT,))
    millions = lists[0].more["floats"] / 1e6
    what = f"captured: list of {millions:g} million floats, summed by two workers"
    show.table(f"{what}: seconds", lists, outcomes, "seconds", unit="s")
    show.table(f"{what}: MB that they copied", lists, outcomes, "copied_mb", unit="MB")
    ours = outcomes["array", ALL[OURS].labels["fork"]]
    return [at_most("captured array of 500 MB", ours.median("ms"), REGION_MS, " ms")]
