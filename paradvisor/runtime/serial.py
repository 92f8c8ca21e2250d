"""The strategy without workers: the section as it stands, in the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from paradvisor.runtime.member import Account
from paradvisor.runtime.order import Cancelled, Segment
from paradvisor.runtime.region import (
    Loop,
    Options,
    as_member,
    check_result,
    current,
    is_generator_function,
)
from paradvisor.runtime.schedule import Source
from paradvisor.runtime.sync import lock_named


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, as it is asked for."""
    alone = Alone(options)
    try:
        if options.fold is not None:
            yield from Folding(options, section).results()
            return
        results = as_member(alone, section)
        if is_generator_function(section):
            while (value := as_member(alone, lambda: next(results, results))) is not results:
                yield value
        else:
            check_result(results)
    except Cancelled:
        return


class Alone:
    """A team of one."""

    number = 0
    size = 1

    def __init__(self, options: Options) -> None:
        self.options = options
        self.depth = options.depth - 1  # no active region
        self.outer = current.get()
        """The worker that this region runs in, if any."""

    def deal(self, loop: Loop) -> Iterator[Any]:
        """The whole loop."""
        return iter(loop.iterable)

    def critical(self, name: str) -> AbstractContextManager[object]:
        """One member of the team around at a time, or one thread of the process."""
        return lock_named(name) if self.outer is None else self.outer.critical(name)

    def barrier(self) -> None:
        """All are here."""

    def single(self) -> bool:
        """The first one, always."""
        return True


class Folding(Alone):
    """A team of one that folds its results in the chunks that any team would."""

    def __init__(self, options: Options, section: Callable[[], Any]) -> None:
        super().__init__(options)
        self._folded: list[Any] = []
        self._loops = 0
        self.account = Account(0, self._take, lambda loop, index: True, fold=options.fold)
        self._section = section

    def results(self) -> Iterator[Any]:
        """The folded chunks, in order."""
        as_member(self, lambda: self.account.collect(self._section()))
        self.account.close()
        return iter(self._folded)

    def deal(self, loop: Loop) -> Iterator[Any]:
        """The whole loop, in chunks."""
        number, self._loops = self._loops, self._loops + 1
        if loop.items is None:
            source = loop.source(1, self.options)
            return self.account.walk_fed(number, _until_empty(source), False)
        chunks = loop.chunks(len(loop.items), 1, self.options)
        return self.account.walk(number, loop.items, chunks, iter(range(len(chunks))), False)

    def _take(self, segment: Segment) -> None:
        self._folded += segment.values


def _until_empty(source: Source) -> Iterator[tuple[int, list[Any]]]:
    while (chunk := source.draw())[1]:
        yield chunk


class Block(Alone):
    """A ``with parallel()`` block of a team of one."""

    def __enter__(self) -> Block:
        self._token = current.set(self)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        current.reset(self._token)
        return isinstance(error, Cancelled)
