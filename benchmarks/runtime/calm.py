"""What other programs take of the machine while something is measured."""

from __future__ import annotations

import os
import time
from pathlib import Path

DISTURBED = 0.05
"""The share of the usable cores' time from which on a measurement is taken again."""
_BUSY = (0, 1, 2, 5, 6, 7)  # user, nice, system, irq, softirq, steal: proc(5), /proc/stat


class Watch:
    """Tells what others used since it was made. The host of a virtual machine counts (steal)."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._all_s, self._own_s = _all_s(), _own_s()

    def others(self) -> float:
        """Their share of the cores' time, 0 where the system does not tell.

        Call it when all children have been waited for.
        """
        elapsed_s = time.monotonic() - self._begun
        taken_s = (_all_s() - self._all_s) - (_own_s() - self._own_s)
        return max(0.0, taken_s / elapsed_s / (os.cpu_count() or 1))


def _all_s() -> float:
    try:
        fields = Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    except OSError:
        return 0.0
    return sum(int(fields[at]) for at in _BUSY) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
