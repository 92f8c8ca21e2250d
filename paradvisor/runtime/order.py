"""Puts the pieces that workers send back into the order of the serial loop."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple


class Segment(NamedTuple):
    """What a worker did in a part of one chunk, in order."""

    loop: int
    """Number of the scheduled loop in the section; OUTSIDE for work outside of any."""
    start: int
    """First iteration of the chunk; the worker's number for work outside of a loop."""
    stop: int
    """First iteration after the chunk."""
    final: bool
    """Whether the chunk is finished with this segment."""
    last: bool
    """Whether the loop ends with this chunk."""
    values: list[Any]
    printed: list[tuple[int, int, bytes]]
    """(number of values before it, 1 for stdout or 2 for stderr, text) of each output."""
    error: BaseException | None


OUTSIDE = sys.maxsize


class Ordered:
    """Gives out values as soon as all that precedes them in serial order has been given out."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], deque[Segment]] = {}
        self._next = (0, 0)

    def ahead(self, loop: int, index: int) -> int:
        """How many iterations of a loop lie between what is due next and an index."""
        due, start = self._next
        return index - start if due == loop else index if due < loop else 0

    def add(self, segment: Segment) -> None:
        """Take a piece in; those of one chunk arrive in order, chunks in any."""
        self._waiting.setdefault((segment.loop, segment.start), deque()).append(segment)

    def ready(self) -> Iterator[Any]:
        """Values that are due now. Raises the exception of the first iteration that failed."""
        while pieces := self._waiting.get(self._next):
            segment = pieces.popleft()
            if segment.final:
                del self._waiting[self._next]
                self._next = (segment.loop + 1, 0) if segment.last else (segment.loop, segment.stop)
            yield from replay(segment)

    def rest(self) -> Iterator[Any]:
        """Whatever is left when all workers have finished, in order."""
        for key in sorted(self._waiting):
            for segment in self._waiting[key]:
                yield from replay(segment)


class AsCompleted:
    """Gives out values as they come: the order of ``ordered=False``."""

    def __init__(self) -> None:
        self._waiting: deque[Segment] = deque()

    def ahead(self, loop: int, index: int) -> int:
        """Nothing is waited for, so nothing is ahead of it."""
        return 0

    def add(self, segment: Segment) -> None:
        """Take a piece in."""
        self._waiting.append(segment)

    def ready(self) -> Iterator[Any]:
        """All that has come."""
        while self._waiting:
            yield from replay(self._waiting.popleft())

    rest = ready


def replay(segment: Segment) -> Iterator[Any]:
    """The segment's values, with its output written in between and its exception at the end."""
    printed = iter(segment.printed)
    due = next(printed, None)
    for number, value in enumerate(segment.values):
        while due is not None and due[0] <= number:
            write(due[1], due[2])
            due = next(printed, None)
        yield value
    while due is not None:
        write(due[1], due[2])
        due = next(printed, None)
    if segment.error is not None:
        raise segment.error


def write(stream_number: int, text: bytes) -> None:
    """Write captured bytes to our own stdout or stderr."""
    stream = sys.stdout if stream_number == 1 else sys.stderr
    if stream is None:
        return
    if hasattr(stream, "buffer"):
        stream.flush()
        stream.buffer.write(text)
        stream.flush()
    else:  # io.StringIO and the like
        stream.write(text.decode("utf-8", "surrogateescape"))
