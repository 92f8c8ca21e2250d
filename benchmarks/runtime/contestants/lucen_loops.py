"""lucen: loops marked by comments, in a module that is imported after ``activate()``.

Its processes are as many as the machine has cores; it takes the number of threads from the comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lucen

from benchmarks.runtime.contestants import Mapped

lucen.activate()
from benchmarks.runtime.contestants import lucen_marked as marked  # noqa: E402 - see above


@contextmanager
def team(kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
        if kind == "threads":
            fill = marked.BY_THREADS[workers]
        else:
            fill = marked.fill_in_chunks if chunk else marked.fill
        fill(function, items, results := [None] * len(items))
        return results

    yield mapped


def halves(kind: str, _workers: int, chunk: int | None, items: range, factor: float) -> Iterable:
    """The trivial loop; tuned is forced to run in parallel, which lucen by itself refuses."""
    fill = marked.halves_by_threads if kind == "threads" else marked.halves
    results = [0.0] * len(items)
    (marked.halves_forced if chunk and kind == "fork" else fill)(items, results, factor)
    return results


def refusals() -> list[str]:
    """Why loops ran serially, if they did."""
    return sorted({str(record.error) for record in lucen.get_fallback_report()})
