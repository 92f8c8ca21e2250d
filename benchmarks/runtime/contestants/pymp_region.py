"""pymp: forks at the region, results through an array in shared memory.

Its ``range`` is static and its ``xrange`` dynamic, an item at a time by way of a manager process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymp

from benchmarks.runtime.contestants import Mapped


@contextmanager
def team(_kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
        results = pymp.shared.array((len(items),))
        with pymp.Parallel(workers) as region:
            share = region.xrange if chunk else region.range
            for at in share(len(items)):
                results[at] = function(items[at])
        return results

    yield mapped


def halves(_kind: str, workers: int, chunk: int | None, items: range, factor: float) -> Iterable:
    """The trivial loop; by default into a shared list, tuned into a shared array."""
    size = len(items)
    results = pymp.shared.array((size,)) if chunk else pymp.shared.list([0.0] * size)
    with pymp.Parallel(workers) as region:
        for at in region.range(size):
            results[at] = items[at] * factor
    return results if chunk else list(results)
