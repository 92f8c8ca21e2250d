"""Imports: what the statement that a program needs costs above bare Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.runtime import show
from benchmarks.runtime.child import Report
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_most
from benchmarks.runtime.plan import Cell, Settings

TARGET_MS = 10.0
PAIRS = 5


def cells(settings: Settings) -> list[Cell]:
    statements = {ALL[key].imports: key for key in (OURS, *settings.peers)}
    return [
        Cell("imports", "import", key, statement.removeprefix("import "), kind="none")
        for statement, key in statements.items()
    ]


def measure(cell: Cell, _turn: int, report: Report) -> None:
    statement = ALL[cell.contestant].imports
    _seconds(statement)  # fills the caches
    above = [_seconds(statement) - _seconds("pass") for _ in range(PAIRS)]
    report.value("ms", 1000 * statistics.median(above))


def _seconds(statement: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begun


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    show.table("imports: ms above bare Python", plan, outcomes)
    ours = next(outcomes[cell.name] for cell in plan if cell.contestant == OURS).median("ms")
    return [at_most("import of the runtime, above bare Python", ours, TARGET_MS, " ms")]
