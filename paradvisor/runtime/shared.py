"""State that forked workers share with their parent: counters, numbers, arrays.

Closures and globals are copied at the fork (OpenMP's ``firstprivate``); what is made here stays one
and the same for all. Make it before the region, and change it inside.
"""

from __future__ import annotations

import mmap
import os
from typing import Any

_FAR = 1 << 40  # more than any index
_MIDDLE = 1 << 62  # counters start here, since an offset cannot be negative


class Offset:
    """A number that forked processes share: the offset of a regular file.

    ``lseek`` on a regular file moves the offset under a lock of the kernel (f_pos_lock), which a
    dying worker cannot leave behind. On a memfd it does not take that lock.
    """

    def __init__(self) -> None:
        try:
            self.fd = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except (OSError, AttributeError):  # not there, not Linux
            import tempfile

            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())

    def take(self) -> int:
        """The next number from 0, never given to anybody before."""
        return os.lseek(self.fd, 1, os.SEEK_CUR) - 1

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class atomic:  # noqa: N801 - OpenMP's name
    """An integer that any member of a team changes without a lock and without losing a change."""

    def __init__(self, start: int = 0) -> None:
        self._offset = Offset()
        os.lseek(self._offset.fd, _MIDDLE + start, os.SEEK_SET)

    def add(self, number: int = 1) -> int:
        """Add, and return the sum: nobody else gets the same one for the same step."""
        return os.lseek(self._offset.fd, number, os.SEEK_CUR) - _MIDDLE

    @property
    def value(self) -> int:
        """The number as it is now."""
        return self.add(0)

    def __reduce__(self) -> Any:
        raise TypeError("an atomic counter belongs to the processes that are forked with it")

    def __del__(self) -> None:
        self._offset.close()


def shared_array(shape: int | tuple[int, ...], typecode: str = "d") -> memoryview:
    """Zeros in memory that forked workers share.

    Args:
        shape: length, or lengths of several dimensions, in items.
        typecode: of the items, as in the struct module: "d" double, "q" 8-byte integer, "B" byte.

    Returns:
        A memoryview: ``a[3] = 1.5``, or ``a[2, 3]`` with two dimensions; NumPy takes it without a
        copy (``numpy.asarray(a)``).
    """
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    count = 1
    for length in lengths:
        count *= length
    size = memoryview(bytearray(16)).cast(typecode).itemsize  # type: ignore[call-overload]
    flat: Any = memoryview(mmap.mmap(-1, max(1, count * size)))[: count * size]
    whole: memoryview = flat.cast(typecode, lengths) if count else flat.cast(typecode)
    return whole


class shared_scalar:  # noqa: N801 - as shared_array
    """One number in memory that forked workers share; change it within ``critical``."""

    def __init__(self, value: float = 0.0, typecode: str = "d") -> None:
        cell: Any = shared_array(1, typecode)
        cell[0] = value
        self._cell = cell

    @property
    def value(self) -> Any:
        """The number as it is now."""
        return self._cell[0]

    @value.setter
    def value(self, value: Any) -> None:
        self._cell[0] = value


class Board:
    """Words that a team's processes share: who is in which chunk, and how far the others are."""

    _LIMIT, _FAILED, _SINGLES, _ARRIVED, _TURNS, _LENGTHS, _WORKERS = 0, 1, 2, 3, 4, 20, 36
    _LOOPS = 16  # that are told apart at the same time: members can be in different loops
    _FINISHED = -2

    def __init__(self, size: int) -> None:
        self._words: Any = shared_array(self._WORKERS + 4 * size, "q")
        self.size = size
        self.reset()

    def reset(self) -> None:
        """For a new region."""
        for word in range(self._WORKERS):
            self._words[word] = 0
        for number in range(self.size):
            self.place(number, -1, 0, 0)
            self._words[self._WORKERS + 4 * number + 3] = 0

    def enter(self, number: int, loop: int) -> None:
        """A worker begins to deal itself its share of a loop."""
        self._words[self._WORKERS + 4 * number + 3] = 2 * loop + 1

    def exhaust(self, number: int, loop: int) -> None:
        """A worker has dealt itself all of its share of a loop."""
        self._words[self._WORKERS + 4 * number + 3] = 2 * loop + 2

    def in_first_loop(self, number: int) -> bool:
        """Whether all that a worker holds is of the first loop."""
        return bool(self._words[self._WORKERS + 4 * number + 3] == 1)

    def place(self, number: int, loop: int, start: int, stop: int) -> None:
        """A worker has begun a chunk; loop -1 says that it is in none."""
        at = self._WORKERS + 4 * number
        self._words[at + 1] = start
        self._words[at + 2] = stop
        self._words[at] = loop

    def finish(self, number: int) -> None:
        """A worker has come to its end."""
        self._words[self._WORKERS + 4 * number] = self._FINISHED

    def finished(self, number: int) -> bool:
        """Whether a worker that is gone had come to its end."""
        return bool(self._words[self._WORKERS + 4 * number] == self._FINISHED)

    def where(self, number: int) -> tuple[int, int]:
        """The loop and first iteration of the chunk that a worker is in."""
        at = self._WORKERS + 4 * number
        return self._words[at], self._words[at + 1]

    def iterations(self, number: int) -> tuple[int, int] | None:
        """The chunk that a worker is in; None if it is in none."""
        at = self._WORKERS + 4 * number
        return None if self._words[at] < 0 else (self._words[at + 1], self._words[at + 2])

    def in_chunk(self, due: tuple[int, int]) -> bool:
        """Whether some worker is in this chunk."""
        return any(self.where(number) == due for number in range(self.size))

    def leave(self, loop: int, index: int) -> None:
        """Iterations of a loop from here on are not wanted."""
        left, limit = divmod(self._words[self._LIMIT], _FAR)
        if left <= loop or (left == loop + 1 and index < limit):
            self._words[self._LIMIT] = (loop + 1) * _FAR + index

    def wanted(self, loop: int, index: int) -> bool:
        """Whether an iteration may still count."""
        word = self._words[self._LIMIT]
        return not word or word // _FAR != loop + 1 or index < word % _FAR

    def arrive(self) -> int:
        """One more member, which holds the lock, is at a barrier: how many have been, ever."""
        self._words[self._ARRIVED] += 1
        return int(self._words[self._ARRIVED])

    @property
    def arrived(self) -> int:
        """How many times a member has come to a barrier."""
        return int(self._words[self._ARRIVED])

    def claim(self, encounter: int) -> bool:
        """Whether this member, which holds the lock, is the first at its n-th ``single``."""
        first = bool(self._words[self._SINGLES] <= encounter)
        if first:
            self._words[self._SINGLES] = encounter + 1
        return first

    def turn(self, loop: int) -> int:
        """Whose turn it is in the ordered blocks of a loop."""
        of, index = divmod(int(self._words[self._TURNS + loop % self._LOOPS]), _FAR)
        return index if of == loop else 0

    def pass_turn(self, loop: int, index: int) -> None:
        """It is this iteration's turn now."""
        self._words[self._TURNS + loop % self._LOOPS] = loop * _FAR + index

    def agree(self, loop: int, length: int) -> bool:
        """Whether a loop is as long for this member as for the one that came to it first."""
        at = self._LENGTHS + loop % self._LOOPS
        of, known = divmod(int(self._words[at]), _FAR)
        if of != loop + 1:
            self._words[at] = (loop + 1) * _FAR + length
            return True
        return known == length

    def fail(self) -> None:
        """A worker has ended by an exception: nobody must wait for it any more."""
        self._words[self._FAILED] = 1

    @property
    def failed(self) -> bool:
        """Whether a worker has ended by an exception."""
        return bool(self._words[self._FAILED])
