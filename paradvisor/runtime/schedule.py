"""How the iterations of a loop are cut into chunks: OpenMP's static, dynamic and guided."""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than all of the runtime
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

SCHEDULES = ("static", "dynamic", "guided", "reversed")

_BLOCKS = 1000  # of a reversed loop: each costs a message
_PARTS = 16  # for each worker, of a loop with known costs


def check(schedule: str | None, chunk: int | None) -> None:
    """Raise ValueError for an unknown schedule or a chunk below 1; None stands for the default."""
    if schedule is not None and schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}, not {schedule!r}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk must be at least 1, not {chunk}")


class Chunks:
    """The chunks of ``length`` iterations for a team: ``chunks[k]`` is (start, stop).

    * static: one block a worker, or blocks of ``chunk`` dealt in turn; chunk k is worker k's
      (modulo the team), whoever is idle;
    * dynamic: blocks of ``chunk`` (1), to whoever asks next;
    * guided: each block is what remains over twice the team, at least ``chunk`` (1). OpenMP 5.2
      leaves the divisor to the implementation; with falling costs a divisor of the team alone
      leaves half of the team idle at the end, twice the team does not;
    * reversed: blocks of ``chunk`` (a thousandth of the loop), the last one first. Not for speed:
      independent iterations give the same results, so it shows up those that are not.

    With ``costs``, one number an iteration, the schedule is another: blocks of about equal cost, a
    sixteenth of a worker's fair share, the costliest first to whoever asks (Graham's longest
    processing time rule, SIAM J. Appl. Math. 17, 1969). So one costly iteration at the end of the
    loop does not leave the others waiting.

    Raises:
        ValueError: unknown schedule, a chunk below 1, or not one cost an iteration.
    """

    def __init__(
        self,
        length: int,
        team: int,
        schedule: str,
        chunk: int | None,
        costs: Sequence[float] | None = None,
    ) -> None:
        check(schedule, chunk)
        self.length = length
        self.fixed = schedule == "static" and costs is None
        self._last_first = schedule == "reversed"
        self._bounds: list[int] | None = None
        self._order: list[int] | None = None
        self._chunk = chunk or (1 + length // _BLOCKS if self._last_first else 1)
        if costs is not None and not self._last_first:
            self._bounds, self._order = _by_cost(length, team, costs)
        elif schedule == "guided":
            self._bounds = _guided(length, team, self._chunk)
        elif schedule == "static" and chunk is None:
            self._bounds = [length * worker // team for worker in range(team + 1)]

    @property
    def in_order(self) -> bool:
        """Whether earlier iterations are dealt before later ones."""
        return self._order is None and not self._last_first

    def __len__(self) -> int:
        if self._bounds is not None:
            return len(self._bounds) - 1
        return -(-self.length // self._chunk)

    def __getitem__(self, number: int) -> tuple[int, int]:
        if self._order is not None:
            number = self._order[number]
        if self._bounds is not None:
            return self._bounds[number], self._bounds[number + 1]
        if self._last_first:
            number = len(self) - 1 - number
        start = number * self._chunk
        return start, min(start + self._chunk, self.length)


def _guided(length: int, team: int, smallest: int) -> list[int]:
    bounds = [0]
    while (remaining := length - bounds[-1]) > 0:
        size = max(smallest, -(-remaining // (2 * team)))
        bounds.append(bounds[-1] + min(size, remaining))
    return bounds


def _by_cost(length: int, team: int, costs: Sequence[float]) -> tuple[list[int], list[int]]:
    """Bounds of blocks of about the same cost, and the order to deal them in."""
    if len(costs) != length:
        raise ValueError(f"costs must be one an iteration: {length}, not {len(costs)}")
    most = sum(costs) / (_PARTS * team)
    bounds, sums, block = [0], [], 0.0
    for number, cost in enumerate(costs):
        if number > bounds[-1] and block + cost > most:
            bounds.append(number)
            sums.append(block)
            block = 0.0
        block += cost
    if length:
        bounds.append(length)
        sums.append(block)
    return bounds, sorted(range(len(sums)), key=lambda number: -sums[number])


class Source:
    """An iterable of unknown length, read as it is dealt.

    Chunks grow with what was dealt: one is at most an eighth of a worker's fair share so far, so
    the last one costs little balance, and a long stream of small items still travels in batches.
    Where the schedule is reversed, a few items are read ahead and dealt singly, the last one first.
    """

    LARGEST = 256
    AHEAD = 16
    FARTHEST = 4096
    """Iterations read ahead of the result that is due, while an early one takes long."""

    def __init__(
        self,
        iterable: Iterable[Any],
        team: int,
        schedule: str | None,
        chunk: int | None,
        keep: Callable[[Any], Any] | None = None,
    ) -> None:
        """``keep`` makes an item proof against what reading the next one may do to it."""
        self._keep = keep
        self._iterator = iter(iterable)
        self._share = 8 * team
        self._chunk = chunk
        self._last_first = schedule == "reversed"
        self._read = 0
        self._waiting: list[tuple[int, list[Any]]] = []
        self._error: Exception | None = None
        self._ended = False

    def draw(self) -> tuple[int, list[Any]]:
        """The next chunk: its first iteration and its items.

        Where there are no items any more, the first iteration is how many there were in all. An
        exception that ended the iterable is raised then, and every time after.
        """
        if not self._waiting:
            self._fill(self.AHEAD if self._last_first else self.size(self._read))
        if self._waiting:
            return self._waiting.pop()
        if self._error is not None:
            raise self._error
        return self._read, []

    @property
    def read(self) -> int:
        """How many items were read so far."""
        return self._read

    def size(self, dealt: int) -> int:
        """How many items the next chunk takes."""
        return self._chunk or max(1, min(self.LARGEST, dealt // self._share))

    def _fill(self, count: int) -> None:
        items: list[Any] = []
        while not self._ended and len(items) < count:
            try:
                item = next(self._iterator)
                items.append(item if self._keep is None else self._keep(item))
            except StopIteration:
                self._ended = True
            except Exception as error:
                self._ended, self._error = True, error
        start, self._read = self._read, self._read + len(items)
        if self._last_first:
            self._waiting = [(start + n, [item]) for n, item in enumerate(items)]
        elif items:
            self._waiting = [(start, items)]
