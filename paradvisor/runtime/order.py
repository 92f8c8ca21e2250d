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
    left: bool
    """Whether the section left the loop here, by ``break`` or the like: no iteration follows."""
    values: list[Any]
    printed: list[tuple[int, int, str | bytes]]
    """(number of values before it, 1 for stdout or 2 for stderr, text) of each output."""
    error: BaseException | None


OUTSIDE = sys.maxsize


class Cancelled(BaseException):
    """The section has cancelled its region: nothing of it follows in serial order."""


_LOST = (
    "iteration {} was not run: a worker has left the section before it, or the loop is dealt out "
    "of order (costs, or reversed) and was left early"
)


class Ordered:
    """Gives out values as soon as all that precedes them in serial order has been given out."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], deque[tuple[Segment, int]]] = {}
        self.due = (0, 0)
        """The loop and the first iteration of the chunk that is to be given out next."""
        self.held = 0
        """Bytes that wait for an earlier chunk."""
        self.waiting = 0
        """Pieces that wait for an earlier chunk."""

    def ahead(self, loop: int, index: int) -> int:
        """How many iterations of a loop lie between what is due next and an index."""
        due, start = self.due
        return index - start if due == loop else index if due < loop else 0

    def add(self, segment: Segment, size: int = 0) -> None:
        """Take in a piece of ``size`` bytes; those of one chunk come in order, chunks in any."""
        if segment.loop < self.due[0]:  # of a loop that was left, or one without iterations
            return
        self.held += size
        self.waiting += 1
        self._waiting.setdefault((segment.loop, segment.start), deque()).append((segment, size))

    def pop(self) -> Segment | None:
        """The piece that is due now; None while it has not come."""
        pieces = self._waiting.get(self.due)
        if not pieces:
            return None
        segment, size = pieces.popleft()
        self.held -= size
        self.waiting -= 1
        if segment.left:
            self._leave(segment.loop)
        elif segment.final:
            del self._waiting[self.due]
            self.due = (segment.loop + 1, 0) if segment.last else (segment.loop, segment.stop)
        return segment

    def ready(self) -> Iterator[list[Any]]:
        """Values that are due now, in lists.

        Raises:
            Exception: what the first iteration that failed has raised.
            Cancelled: the region ends here.
        """
        while (segment := self.pop()) is not None:
            yield from replay(segment)

    def rest(self) -> Iterator[list[Any]]:
        """What came from outside of loops, when all workers have finished.

        Raises:
            Exception: what a worker has raised outside of loops.
            RuntimeError: iterations are missing before others that were run.
        """
        outside = [key for key in sorted(self._waiting) if key[0] == OUTSIDE]
        failed = any(piece.error for key in outside for piece, _ in self._waiting[key])
        if not (failed or self.complete):
            raise RuntimeError(_LOST.format(self.due[1]))
        for key in outside:
            for segment, _ in self._waiting[key]:
                yield from replay(segment)

    @property
    def arrived(self) -> bool:
        """Whether something of what is due lies here."""
        return bool(self._waiting.get(self.due))

    @property
    def complete(self) -> bool:
        """Whether every loop of which something has come has come to its end."""
        return self.due[1] == 0 and all(loop == OUTSIDE for loop, _ in self._waiting)

    def _leave(self, loop: int) -> None:
        for key in [key for key in self._waiting if key[0] == loop]:
            pieces = self._waiting.pop(key)
            self.held -= sum(size for _, size in pieces)
            self.waiting -= len(pieces)
        self.due = (loop + 1, 0)


class AsCompleted:
    """Gives out values as they come: the order of ``ordered=False``."""

    due = (0, 0)
    held = 0
    arrived = True

    def __init__(self) -> None:
        self._waiting: deque[Segment] = deque()
        self._left: set[int] = set()
        self._run: dict[int, int] = {}
        self._lengths: dict[int, int] = {}

    @property
    def waiting(self) -> int:
        """How many pieces wait to be given out."""
        return len(self._waiting)

    @property
    def complete(self) -> bool:
        """Whether every loop of which something has come has come to its end."""
        return all(
            loop in self._left or self._lengths.get(loop) == count
            for loop, count in self._run.items()
        )

    def ahead(self, loop: int, index: int) -> int:
        """Nothing is waited for, so nothing is ahead of it."""
        return 0

    def add(self, segment: Segment, size: int = 0) -> None:
        """Take a piece in."""
        if segment.left and isinstance(segment.error, Cancelled):
            segment = segment._replace(error=None)  # what precedes may still be to come
        if segment.loop not in self._left:
            self._waiting.append(segment)
        if segment.left:
            self._left.add(segment.loop)
        elif segment.loop != OUTSIDE:
            count = segment.stop - segment.start if segment.final else 0
            self._run[segment.loop] = self._run.get(segment.loop, 0) + count
            if segment.last:
                self._lengths[segment.loop] = segment.stop

    def pop(self) -> Segment | None:
        """The piece that has come first; None while there is none."""
        return self._waiting.popleft() if self._waiting else None

    def ready(self) -> Iterator[list[Any]]:
        """All that has come."""
        while (segment := self.pop()) is not None:
            yield from replay(segment)

    def rest(self) -> Iterator[list[Any]]:
        """What has come last. Raises RuntimeError where iterations are missing."""
        yield from self.ready()
        if not self.complete:
            raise RuntimeError(_LOST.format("of a loop"))


def replay(segment: Segment) -> Iterator[list[Any]]:
    """The segment's values, with its output written in between and its exception at the end."""
    given = 0
    for number, stream, text in segment.printed:
        if number > given:
            yield segment.values[given:number]
            given = number
        write(stream, text)
    if given < len(segment.values):
        yield segment.values[given:] if given else segment.values
    if segment.error is not None:
        raise segment.error


def write(stream_number: int, text: str | bytes) -> None:
    """Write what was captured to our own stdout or stderr."""
    stream = sys.stdout if stream_number == 1 else sys.stderr
    if stream is None:
        return
    if isinstance(text, str):
        stream.write(text)
    elif hasattr(stream, "buffer"):
        stream.flush()
        stream.buffer.write(text)
    else:  # io.StringIO and the like
        stream.write(text.decode("utf-8", "surrogateescape"))
    stream.flush()
