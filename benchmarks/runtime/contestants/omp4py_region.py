"""omp4py: threads, by directives in functions that are neither nested nor in a prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from omp4py import omp

from benchmarks.runtime.contestants import Mapped


@omp
def fill_static(function, items, results, workers):  # noqa: ARG001 - used in the directive
    with omp("parallel for num_threads(workers)"):
        for at in range(len(items)):
            results[at] = function(items[at])


@omp
def fill_dynamic(function, items, results, workers, chunk):  # noqa: ARG001 - used in the directive
    with omp("parallel for num_threads(workers) schedule(dynamic, chunk)"):
        for at in range(len(items)):
            results[at] = function(items[at])


@omp
def fill_halves(items, results, workers, factor):  # noqa: ARG001 - used in the directive
    with omp("parallel for num_threads(workers)"):
        for at in range(len(items)):
            results[at] = items[at] * factor


@contextmanager
def team(_kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
        results = [None] * len(items)
        if chunk:
            fill_dynamic(function, items, results, workers, chunk)
        else:
            fill_static(function, items, results, workers)
        return results

    yield mapped


def halves(_kind: str, workers: int, _chunk: int | None, items: range, factor: float) -> Iterable:
    """The trivial loop as one would write it: its body under the directive."""
    results = [0.0] * len(items)
    fill_halves(items, results, workers, factor)
    return results
