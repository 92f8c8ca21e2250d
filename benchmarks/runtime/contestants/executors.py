"""The executors of ``concurrent.futures``. Threads take no chunks: each item is a future."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.runtime.contestants import Mapped


@contextmanager
def team(kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    executor = (
        ThreadPoolExecutor(workers)
        if kind == "threads"
        else ProcessPoolExecutor(workers, multiprocessing.get_context("fork"))
    )
    with executor:
        yield lambda function, items: executor.map(function, items, chunksize=chunk or 1)
