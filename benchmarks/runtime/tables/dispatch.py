"""Dispatch: what one of many trivial items costs that return a float, taken by a for loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report, repeated
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_most
from benchmarks.runtime.plan import WORKERS, Cell, Settings
from benchmarks.runtime.work import for_cell, halved, note_refusals

TARGETS_US = {"fork": 0.3, "threads": 1.0}
ITEMS = 100_000
FEWER = 10_000
"""For defaults that take seconds: the cost of an item is the same."""
SLOW = ("pool.imap", "processpool", "pymp")
CHUNKS = (1_000, 12_500, 50_000)
FACTOR = 0.5


def cells(settings: Settings) -> list[Cell]:
    found: list[Cell] = []
    for kind in TARGETS_US:
        for key in contestants.of_kind(kind, settings.peers):
            label, known = ALL[key].labels[kind], ALL[key]
            items = FEWER if key in SLOW else ITEMS
            more = {"items": items, "peer": key != OURS}
            found.append(Cell("dispatch", kind, key, f"{label}, default", kind, more=more))
            if not known.chunks or key == "omp4py":
                continue  # nothing to tune: its default is the best chunk, or it has none
            chunks = {"pymp": (1,), "lucen": (1,)}.get(key, CHUNKS)
            tuned = {"items": ITEMS, "peer": True}
            found += [
                Cell("dispatch", kind, key, _tuned(key, label, chunk), kind, chunk, tuned)
                for chunk in (chunks if (key, kind) != ("lucen", "threads") else ())
            ]
    return found


def _tuned(key: str, label: str, chunk: int) -> str:
    ways = {"pymp": "shared array", "lucen": "forced to be parallel"}
    return f"{label}, {ways.get(key, f'chunks of {chunk}')}"


def measure(cell: Cell, _turn: int, report: Report) -> None:
    count = cell.more["items"]
    items = range(count)
    module = contestants.module_of(cell.contestant)

    def take(results: Iterable[float]) -> None:
        total = 0.0
        for value in results:
            total += value
        assert total == FACTOR * count * (count - 1) / 2

    if hasattr(module, "halves"):  # the body of its loop is written where the loop is
        seconds = _median(
            lambda: take(module.halves(cell.kind, WORKERS, cell.chunk, items, FACTOR))
        )
    else:
        function = for_cell(cell, lambda item: item * FACTOR, halved)
        with contestants.team(cell.contestant, cell.kind, WORKERS, cell.chunk) as mapped:
            list(mapped(function, range(100)))
            seconds = _median(lambda: take(mapped(function, items)))
    report.value("us", 1e6 * seconds / count)
    note_refusals(cell, report)


def _median(call: Callable[[], None]) -> float:
    return repeated(call, 5, 1.0)


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for kind, target in TARGETS_US.items():
        of_it = [cell for cell in plan if cell.kind == kind]
        heading = f"dispatch by {kind}: us an item, {ITEMS} trivial items"
        show.table(heading, of_it, outcomes, "us", unit="us")
        ours = outcomes[kind, f"{ALL[OURS].labels[kind]}, default"]
        verdicts.append(at_most(f"dispatch, {kind}", ours.median("us"), target, " us"))
    return verdicts
