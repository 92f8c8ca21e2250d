"""mpire's WorkerPool, with forked processes or threads that are kept from map to map.

Its end takes a tenth of a second however it is told to end: it polls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mpire import WorkerPool

from benchmarks.runtime.contestants import Mapped


@contextmanager
def team(kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    method = "threading" if kind == "threads" else "fork"
    with WorkerPool(workers, start_method=method, keep_alive=True) as pool:

        def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
            return pool.map(function, items, chunk_size=chunk, concatenate_numpy_output=False)

        yield mapped
