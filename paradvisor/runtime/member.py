"""A worker's own account of its work: which chunk it is in, what it has yielded and printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeGuard, TypeVar

from paradvisor.runtime.order import OUTSIDE, Segment
from paradvisor.runtime.schedule import Chunks

T = TypeVar("T")

_FLUSH_S = 0.02  # a result waits no longer than this for others to travel with
_FLUSH_VALUES = 8192


class Account:
    """Collects a worker's results and sends them off as segments, a chunk at a time or sooner."""

    def __init__(self, number: int, send: Callable[[Segment], None]) -> None:
        self.number = number
        self._send = send
        self._values: list[Any] = []
        self._printed: list[tuple[int, int, bytes]] = []
        self._chunk = (OUTSIDE, number, number, False)
        self._due = 0.0

    def begin(self, loop: int, start: int, stop: int, last: bool) -> None:
        """The worker starts a chunk."""
        self._flush(final=False)
        self._chunk = (loop, start, stop, last)
        self._due = time.perf_counter() + _FLUSH_S

    def end(self) -> None:
        """The worker has finished its chunk."""
        self._flush(final=True)
        self._chunk = (OUTSIDE, self.number, self.number, False)

    def emit(self, value: Any, *, at_once: bool = False) -> None:
        """The section has yielded a value."""
        self._values.append(value)
        now = time.perf_counter()
        if at_once or now > self._due or len(self._values) >= _FLUSH_VALUES:
            self._flush(final=False)
            self._due = now + _FLUSH_S

    def print(self, stream: int, text: bytes) -> None:
        """The section has written to stdout (1) or stderr (2)."""
        self._printed.append((len(self._values), stream, text))

    def close(self, error: BaseException | None = None) -> None:
        """The section has ended, by itself or by an exception."""
        self._flush(final=False, error=error)

    def _flush(self, *, final: bool, error: BaseException | None = None) -> None:
        if not (self._values or self._printed or final or error is not None):
            return
        loop, start, stop, last = self._chunk
        values, self._values = self._values, []
        printed, self._printed = self._printed, []
        self._send(Segment(loop, start, stop, final, final and last, values, printed, error))


def walk(
    account: Account, loop: int, items: Sequence[T], chunks: Chunks, numbers: Iterator[int]
) -> Iterator[T]:
    """The items of the chunks that fall to a worker, each chunk accounted for."""
    if chunks.length == 0:  # nothing else would say that the loop is over
        account.begin(loop, 0, 0, True)
        account.end()
    for number in numbers:
        start, stop = chunks[number]
        if start == stop:  # it would be taken for the chunk that starts here, too
            continue
        account.begin(loop, start, stop, stop == chunks.length)
        for index in range(start, stop):
            yield items[index]
        account.end()


def is_sequence(iterable: object) -> TypeGuard[Sequence[Any]]:
    """Whether an iterable can be dealt by index: a sized one that is no mapping or set."""
    return (
        hasattr(iterable, "__len__")
        and hasattr(iterable, "__getitem__")
        and not hasattr(iterable, "keys")
    )
