"""The strategy without workers: the section as it stands, in the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from paradvisor.runtime.region import Options, as_member, current, is_generator_function

T = TypeVar("T")


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, as it is asked for."""
    alone = None if current.get() is None else Alone()  # not to deal from the outer team
    results = as_member(alone, section)
    if is_generator_function(section):
        while (value := as_member(alone, lambda: next(results, results))) is not results:
            yield value


class Alone:
    """A team of one."""

    number = 0
    size = 1

    def deal(self, iterable: Iterable[T], schedule: str | None, chunk: int | None) -> Iterator[T]:
        """The whole loop."""
        return iter(iterable)


class Block(Alone):
    """A ``with parallel()`` block of a team of one."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def __enter__(self) -> Block:
        self._token = current.set(None if current.get() is None else self)
        return self

    def __exit__(self, *error: object) -> None:
        current.reset(self._token)
