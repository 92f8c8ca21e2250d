"""What the items of the loops do. Functions of a module, for peers that cannot send closures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks.runtime.contestants import ALL
from benchmarks.runtime.plan import Cell

NAP_S = 0.01


def burn(steps: int) -> int:
    """Compute in pure Python for a time that is proportional to the steps."""
    total = 0
    for step in range(steps):
        total += step & 7
    return total


def halved(number: float) -> float:
    return number * 0.5


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def rate() -> int:
    """Steps of ``burn`` in a second, by the quickest of a few tries."""
    steps = 300_000
    quickest = 1.0
    for _ in range(7):
        begun = time.perf_counter()
        burn(steps)
        quickest = min(quickest, time.perf_counter() - begun)
    return int(steps / quickest)


def for_cell(
    cell: Cell, closure: Callable[[Any], Any], plain: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """The closure, or the module's function if the contestant's processes take no closures."""
    takes_closures = cell.kind == "threads" or ALL[cell.contestant].closures
    return closure if takes_closures else plain


def fork_and_wait(children: int, call: Callable[[int], object] | None = None) -> None:
    """The least that a team of processes costs: bare forks, and waits for them."""
    pids: list[int] = []
    for number in range(children):
        pid = os.fork()
        if pid == 0:
            if call is not None:
                call(number)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def note_refusals(cell: Cell, report: Any) -> None:
    """Say so if lucen ran its loop serially."""
    if cell.contestant == "lucen":
        from benchmarks.runtime.contestants import lucen_loops

        for refusal in lucen_loops.refusals():
            report.remark(f"ran serially: {refusal}")
