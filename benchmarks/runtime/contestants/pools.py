"""``multiprocessing.Pool``: ``map`` makes its own chunks, ``imap`` takes single items."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.runtime.contestants import Mapped


@contextmanager
def map_team(_kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield lambda function, items: pool.map(function, items, chunk)


@contextmanager
def imap_team(_kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield lambda function, items: pool.imap(function, items, chunk or 1)


TEAMS = {"pool.map": map_team, "pool.imap": imap_team}
