"""paradvisor's own runtime. Its teams are made inside of the loop that is timed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import paradvisor
from benchmarks.runtime.contestants import Mapped
from paradvisor import parallel, scheduled


@contextmanager
def team(kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
        def section() -> Iterator[Any]:
            for item in scheduled(items, chunk=chunk):
                yield function(item)

        return parallel(section, workers=workers, strategy=kind)

    yield mapped


@contextmanager
def kept_team(workers: int) -> Iterator[Mapped]:
    """A forked team that stays between regions.

    Raises:
        NotImplementedError: this version has no ``Team``.
    """
    make = getattr(paradvisor, "Team", None)
    if make is None:
        raise NotImplementedError("paradvisor has no Team here")
    with make(workers=workers, strategy="fork") as kept:

        def mapped(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
            def section() -> Iterator[Any]:
                for item in scheduled(items):
                    yield function(item)

            return kept.parallel(section)

        yield mapped


def halves(kind: str, workers: int, chunk: int | None, items: range, factor: float) -> Iterable:
    """The trivial loop as one would write it: its body in the section."""

    def section() -> Iterator[float]:
        for item in scheduled(items, chunk=chunk):
            yield item * factor

    return parallel(section, workers=workers, strategy=kind)


def by_costs(
    workers: int, function: Callable[[Any], Any], items: Sequence[Any], costs: Sequence[float]
) -> Iterable[Any]:
    """A loop whose items' costs are known beforehand.

    Raises:
        NotImplementedError: this version of ``scheduled`` takes no costs.
    """
    if "costs" not in inspect.signature(scheduled).parameters:
        raise NotImplementedError("scheduled() takes no costs= here")

    def section() -> Iterator[Any]:
        for item in scheduled(items, costs=costs):
            yield function(item)

    return parallel(section, workers=workers, strategy="fork")
