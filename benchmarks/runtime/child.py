"""One measurement, in a process of its own; it reports JSON lines on a pipe."""

from __future__ import annotations

import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.runtime.plan import Cell


class Report:
    """The child's end of the pipe. Its workers inherit it and must not write to it."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        self._fd = fd
        self._pid = os.getpid()

    def value(self, series: str, value: float) -> None:
        self._write({"series": series, "value": value})

    def remark(self, text: str) -> None:
        self._write({"remark": text})

    def end(self, why: str = "") -> None:
        self._write({"ended": why})

    def _write(self, entry: dict[str, Any]) -> None:
        if os.getpid() == self._pid:
            os.write(self._fd, json.dumps(entry).encode() + b"\n")


def main() -> None:
    order = json.loads(sys.argv[1])
    report = Report(order["report_fd"])
    cell = Cell(**order["cell"])
    table = importlib.import_module(f"benchmarks.runtime.tables.{cell.table}")
    try:
        table.measure(cell, order["turn"], report)
    except Exception as error:
        report.end(f"{type(error).__name__}: {error}".splitlines()[0][:160])
        raise
    report.end()


def repeated(call: Callable[[], object], most: int, budget_s: float) -> float:
    """The median seconds of some calls, after one that does not count."""
    call()
    times: list[float] = []
    until = time.perf_counter() + budget_s
    while len(times) < most and (not times or time.perf_counter() < until):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    main()
