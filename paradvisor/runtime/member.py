"""A worker's own account of its work: which chunk it is in, what it has yielded and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from time import perf_counter
from typing import Any, TypeVar

from paradvisor.runtime.indexable import part
from paradvisor.runtime.order import OUTSIDE, Cancelled, Segment
from paradvisor.runtime.schedule import Chunks

T = TypeVar("T")

CONSTANTS = frozenset({int, float, str, bytes, bool, complex, type(None)})
"""Types whose values nothing can change."""

FLUSH_S = 0.02  # a result waits no longer than this for others to travel with
FLUSH_VALUES = 8192
_PULSE_S = 0.002  # between two looks at whether to go on, where items are short
_PULSE_ITEMS = 64


class Account:
    """Collects a worker's results and sends them off as segments, a chunk at a time or sooner.

    ``goes_on(loop, index)`` tells whether an iteration of a loop is still wanted. Where ``fold`` is
    given, each chunk's values are folded into one. ``whole`` chunks are sent in one piece.
    """

    def __init__(
        self,
        number: int,
        send: Callable[[Segment], None],
        goes_on: Callable[[int, int], bool],
        *,
        fold: Callable[[Any, Any], Any] | None = None,
        whole: bool = False,
    ) -> None:
        self.number = number
        self.iteration = (-1, 0)
        """The loop and the iteration that runs, in loops with ordered blocks."""
        self.take_turn: Callable[[int, int], None] | None = None
        """Waits for the turn of an iteration, in such loops, and passes it on if nobody has."""
        self.started: Callable[[int, int, int], None] | None = None
        """Told of each chunk that begins: loop, start and stop; loop -1 when it has ended."""
        self.awaited: Callable[[int, int, list[Any]], bool] | None = None
        """Tells whether a part of a chunk, of these values, is to be sent off ahead of the rest."""
        self._send = send
        self._goes_on = goes_on
        self._fold = fold
        self._whole = whole or fold is not None
        self._values: list[Any] = []
        self._printed: list[tuple[int, int, str | bytes]] = []
        self._chunk = (OUTSIDE, number, number, False)
        self._walking = False
        self._left = False
        self._yields = False
        self._due = 0.0

    @property
    def inside(self) -> bool:
        """Whether an iteration of a scheduled loop is running."""
        return self._walking

    @property
    def keeps_turns(self) -> bool:
        """Whether the loop that is running has ordered blocks."""
        return self._walking and self.iteration[0] == self._chunk[0]

    def begin(self, loop: int, start: int, stop: int, last: bool) -> None:
        """The worker starts a chunk.

        Raises:
            RuntimeError: it is in the middle of another scheduled loop.
        """
        if self._walking:
            raise RuntimeError("two scheduled loops cannot be read side by side")
        self.settle()
        self._walking = True
        self._chunk = (loop, start, stop, last)
        self._due = perf_counter() + FLUSH_S
        if self.started is not None:
            self.started(loop, start, stop)

    def end(self) -> None:
        """The worker has finished its chunk."""
        self._walking = False
        self._flush(final=True)
        self._outside()

    def settle(self) -> None:
        """Send off what is there. A chunk that was begun and not ended has been left."""
        left = self._chunk[0] != OUTSIDE
        self._flush(final=left, left=left)
        self._outside()

    def collect(self, results: Iterable[Any], pack: Callable[[Any], Any] | None = None) -> None:
        """Take all that the section yields.

        ``pack`` makes a value proof against later changes; those that cannot change need it not.
        """
        self._yields = True
        if self._fold is not None:
            self._fold_all(results)
            return
        for value in results:
            if self._left:
                self.settle()
            if pack is not None and type(value) not in CONSTANTS:
                value = pack(value)
            self._values.append(value)
            if perf_counter() > self._due or len(self._values) >= FLUSH_VALUES:
                self.pause()

    def pause(self) -> None:
        """Send off what has been collected so far, if chunks may be sent in pieces."""
        if not self._whole:
            loop, start, _, _ = self._chunk
            if self.awaited is None or self.awaited(loop, start, self._values):
                self._flush(final=False)
            self._due = perf_counter() + FLUSH_S

    def hurry(self) -> None:
        """Send off the value that comes next without waiting for others."""
        self._due = 0.0

    def print(self, stream: int, text: str | bytes) -> None:
        """The section has written to stdout (1) or stderr (2)."""
        if self._left:
            self.settle()
        self._printed.append((len(self._values), stream, text))

    def set_aside(self, error: BaseException) -> bool:
        """Send an exception off to its place among the iterations, if one of them has raised it.

        False where it came from outside of loops, or is none that would end the serial loop.
        """
        if not (self._left and isinstance(error, Exception)):
            return False
        self.close(error)
        self._outside()
        return True

    def close(self, error: BaseException | None = None) -> None:
        """The section has ended, by itself or by an exception.

        One that yields and ends with the loop that it has left, by ``return`` or because nothing
        follows, would have ended there in the serial program too, whatever the others go on with.
        """
        self._walking = False
        if error is None and self._left and self._yields:
            error = Cancelled()
        if error is None:
            self.settle()
        else:
            self._flush(final=self._left, left=self._left, error=error)

    def walk(
        self, loop: int, items: Sequence[T], chunks: Chunks, numbers: Iterator[int], counted: bool
    ) -> Iterator[T]:
        """The items of the chunks that fall to a worker, each chunk accounted for."""
        return chain.from_iterable(self._pieces(loop, items, chunks, numbers, counted))

    def _pieces(
        self, loop: int, items: Sequence[T], chunks: Chunks, numbers: Iterator[int], counted: bool
    ) -> Iterator[Iterator[T]]:
        if chunks.length == 0:  # nothing else would say that the loop is over
            self.begin(loop, 0, 0, True)
            self.end()
        for number in numbers:
            start, stop = chunks[number]
            if start == stop:  # it would be taken for the chunk that starts here, too
                continue
            self.begin(loop, start, stop, stop == chunks.length)
            yield from self._paced(part(items, start, stop), loop, start, stop, counted)
            self.end()

    def walk_fed(
        self, loop: int, chunks: Iterator[tuple[int, list[T]]], counted: bool
    ) -> Iterator[T]:
        """The items of chunks that come with their first iteration, each accounted for."""
        return chain.from_iterable(self._fed_pieces(loop, chunks, counted))

    def _fed_pieces(
        self, loop: int, chunks: Iterator[tuple[int, list[T]]], counted: bool
    ) -> Iterator[Iterator[T]]:
        for start, items in chunks:
            stop = start + len(items)
            self.begin(loop, start, stop, False)
            yield from self._paced(iter(items), loop, start, stop, counted)
            self.end()

    def _paced(
        self, items: Iterator[T], loop: int, start: int, stop: int, counted: bool
    ) -> Iterator[Iterator[T]]:
        """A chunk's items in pieces, with a look in between at whether to go on.

        A piece is an iterator of the standard library's, so that its items cost no bytecode here.
        """
        if counted:
            items = self._counted(items, loop, start)
        at, size = start, 1
        while at < stop and self._goes_on(loop, at):
            begun = perf_counter()
            try:
                yield islice(items, size)
            except GeneratorExit:  # the loop is over for its body: left, or ended by an exception
                self._walking, self._left = False, True
                raise
            at += size
            took = perf_counter() - begun
            size = min(2 * size, _PULSE_ITEMS) if took < _PULSE_S else max(1, size // 2)
        if counted and at >= stop:
            next(items, None)  # the last iteration has not had its turn passed on

    def _counted(self, items: Iterator[T], loop: int, start: int) -> Iterator[T]:
        assert self.take_turn is not None
        for index, item in enumerate(items, start):
            self.iteration = (loop, index)
            yield item
            self.take_turn(loop, index)

    def _fold_all(self, results: Iterable[Any]) -> None:
        assert self._fold is not None
        for value in results:
            if self._values:
                self._values[0] = self._fold(self._values[0], value)
            else:
                self._values.append(value)

    def _outside(self) -> None:
        self._left = False
        self._chunk = (OUTSIDE, self.number, self.number, False)
        if self.started is not None:
            self.started(-1, 0, 0)

    def _flush(
        self, *, final: bool, left: bool = False, error: BaseException | None = None
    ) -> None:
        if not (self._values or self._printed or final or error is not None):
            return
        loop, start, stop, last = self._chunk
        values, self._values = self._values, []
        printed, self._printed = self._printed, []
        self._send(Segment(loop, start, stop, final, final and last, left, values, printed, error))
