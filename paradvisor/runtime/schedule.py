"""How the iterations of a loop are cut into chunks: OpenMP's static, dynamic and guided."""

from __future__ import annotations

SCHEDULES = ("static", "dynamic", "guided")


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
      leaves half of the team idle at the end, twice the team does not.

    Raises:
        ValueError: unknown schedule, or a chunk below 1.
    """

    def __init__(self, length: int, team: int, schedule: str, chunk: int | None) -> None:
        check(schedule, chunk)
        self.length = length
        self.fixed = schedule == "static"
        self._bounds: list[int] | None = None
        self._chunk = chunk or 1
        if schedule == "guided":
            self._bounds = _guided(length, team, self._chunk)
        elif schedule == "static" and chunk is None:
            self._bounds = [length * worker // team for worker in range(team + 1)]

    def __len__(self) -> int:
        if self._bounds is not None:
            return len(self._bounds) - 1
        return -(-self.length // self._chunk)

    def __getitem__(self, number: int) -> tuple[int, int]:
        if self._bounds is not None:
            return self._bounds[number], self._bounds[number + 1]
        start = number * self._chunk
        return start, min(start + self._chunk, self.length)


def _guided(length: int, team: int, smallest: int) -> list[int]:
    bounds = [0]
    while (remaining := length - bounds[-1]) > 0:
        size = max(smallest, -(-remaining // (2 * team)))
        bounds.append(bounds[-1] + min(size, remaining))
    return bounds


class Feed:
    """Chunk sizes for an iterable of unknown length: they grow with what was dealt.

    A chunk is at most an eighth of a worker's fair share so far, so the last one costs little
    balance; a long stream of small items still travels in batches.
    """

    LARGEST = 256

    def __init__(self, team: int, chunk: int | None) -> None:
        self._share = 8 * team
        self._chunk = chunk

    def size(self, dealt: int) -> int:
        """How many items the next chunk takes."""
        return self._chunk or max(1, min(self.LARGEST, dealt // self._share))
