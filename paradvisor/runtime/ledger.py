"""Who has finished which chunk of a region's first loop, so that lost ones can be done again."""

from __future__ import annotations

from typing import Any

from paradvisor.runtime.order import Segment
from paradvisor.runtime.region import Loop, Options
from paradvisor.runtime.shared import Board


class Ledger:
    """The parent's account of a loop in which a worker may die and be replaced."""

    def __init__(self, loop: Loop, size: int, options: Options) -> None:
        self.deaths: list[BaseException] = []
        self._size = size
        self._chunks = None if loop.fed else loop.chunks(len(loop.listed()), size, options)
        self._finished: set[int] = set()
        self._counts = [0] * size
        self._left = False
        self._given: dict[int, tuple[int, list[Any]]] = {}
        self._again: dict[int, tuple[int, list[Any]]] = {}

    def note(self, number: int, segment: Segment) -> None:
        """A worker has sent this."""
        if segment.loop == 0 and segment.final:
            self._finished.add(segment.start)
            self._counts[number] += 1
            self._left = self._left or segment.left

    def given(self, number: int, start: int, items: list[Any]) -> None:
        """A worker was handed these items."""
        self._given[number] = start, items

    def to_give_again(self, number: int) -> tuple[int, list[Any]] | None:
        """Items that the predecessor of a worker was handed and did not finish."""
        return self._again.pop(number, None)

    def lost(self, number: int, board: Board, death: BaseException) -> tuple[int, int] | None:
        """The chunk that a worker has died in, if it is known and must be done again.

        Of a static loop it stands for all that follow it as well.
        """
        self.deaths.append(death)
        if self._chunks is None:
            start, items = self._given.get(number, (0, []))
            if not items or start in self._finished:
                return None
            self._again[number] = start, items
            return start, start + len(items)
        if self._chunks.fixed:
            mine = range(number, len(self._chunks), self._size)
            count = self._counts[number]
            return self._chunks[mine[count]] if count < len(mine) else None
        chunk = board.iterations(number)
        return chunk if chunk is not None and chunk[0] not in self._finished else None

    def gap(self) -> tuple[int, int] | None:
        """A chunk that was dealt, and that nobody has finished though all have ended."""
        if self._chunks is None or self._left or not self.deaths:
            return None
        for number in range(len(self._chunks)):
            chunk = self._chunks[number]
            if chunk[0] < chunk[1] and chunk[0] not in self._finished:
                return chunk
        return None
