"""Time as a trial counts it: without that for which a process waited for a processor.

On a busy machine a shadow that computes gets a part of a processor only. It must not be taken for
one that hangs, and what it takes must not be taken for the time of the loop.
"""

from __future__ import annotations

import os
from time import perf_counter

BUSIEST = 5.0  # times its limit, after which it does not matter why a process is late


class Stopwatch:
    """Seconds since its beginning, but for those in which a process was in the run queue.

    ``pid``: that of another process of which only the main thread counts, as in our own. Where the
    system does not tell (proc_pid_schedstat), they are the wall clock's.
    """

    def __init__(self, pid: int | str = "self") -> None:
        self.begun = perf_counter()
        self.lent_s = 0.0
        """What others, for whom this one had to wait, spent in the run queue."""
        try:
            self.fd = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self.fd = -1
        self.before_s = self._delay_s()

    def _delay_s(self) -> float:
        try:
            return int(os.pread(self.fd, 80, 0).split()[1]) / 1e9
        except (OSError, IndexError):  # not told, or the process has ended
            return 0.0

    def queued_s(self) -> float:
        """Seconds in the run queue, one's own and those lent."""
        return max(0.0, self._delay_s() - self.before_s) + self.lent_s

    def elapsed_s(self) -> float:
        """Seconds that there were to compute in, or to wait for something."""
        return perf_counter() - self.begun - self.queued_s()

    def lend(self, queued_s: float, since_s: float) -> None:
        """Others waited so long since ``elapsed_s`` was that; not longer than it took, though."""
        self.lent_s += max(0.0, min(queued_s, self.elapsed_s() - since_s))

    def left_s(self, limit_s: float) -> float:
        """Seconds that are left of so many; none either way after several times as many."""
        hard_s = BUSIEST * limit_s - (perf_counter() - self.begun)
        return max(0.0, min(limit_s - self.elapsed_s(), hard_s))

    def is_over(self, limit_s: float) -> bool:
        """Whether so many seconds have passed; cheap while the wall clock alone says no."""
        return perf_counter() - self.begun > limit_s and not self.left_s(limit_s)

    def stop(self) -> float:
        """Seconds in the run queue; nothing is read after that."""
        queued_s = self.queued_s()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        return queued_s


class Running:
    """The part of the time since its beginning in which this process had a processor to run on.

    For the program's own run: nothing is held open meanwhile.
    """

    def __init__(self) -> None:
        self.clock = Stopwatch()
        self.clock.stop()

    def part(self, away_s: float = 0.0) -> float:
        """Above 0, and 1.0 where the system does not tell; without time that it spent waiting."""
        now = Stopwatch()
        now.stop()
        wall_s = max(now.begun - self.clock.begun - away_s, 1e-9)
        return max(0.01, 1.0 - (now.before_s - self.clock.before_s) / wall_s)
