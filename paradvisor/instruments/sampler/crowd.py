"""What else computes for the program: threads of native libraries, and child processes."""

from __future__ import annotations

import _thread
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_clocks: Any = sys.modules["_paradvisor_sampler_clocks"]
LOOK_S = 0.3  # between looks
_LIBRARIES = ("openblas", "mkl", "gomp", "iomp")


class Crowd:
    """What else computes for the program: threads of native libraries, and child processes."""

    each_s = LOOK_S

    def __init__(self) -> None:
        self.native_threads = 0
        self.native_s = 0.0
        self.children = 0
        self.threads_of_children = 0
        self.libraries: set[str] = set()
        self._spent: dict[str, int] = {}

    def look(self) -> None:
        """Count those that have run since the last look."""
        try:
            tasks = os.listdir("/proc/self/task")
        except OSError:
            return
        main = os.getpid()
        python = {_clocks.native_id(ident, False) for ident in sys._current_frames()}
        python |= {main, _thread.get_native_id()}
        native = [f"/proc/self/task/{task}" for task in tasks if int(task) not in python]
        spent = [self._wanted_s(place) for place in native]
        self.native_threads = max(self.native_threads, sum(map(_at_work, spent)))
        self.native_s += sum(spent)
        children = {
            child
            for task in tasks
            for child in _clocks.read(f"/proc/self/task/{task}/children").split()
        }
        busy = [self._busy_threads(child) for child in children]
        threads = sum(busy)
        if threads > self.threads_of_children:
            self.threads_of_children = threads
            self.children = sum(count > 0 for count in busy)
        if self.native_threads or threads:
            self._find_libraries(["self", *list(children)[:1]])

    def _busy_threads(self, process: str) -> int:
        try:
            tasks = os.listdir(f"/proc/{process}/task")
        except OSError:
            return 0
        return sum(_at_work(self._wanted_s(f"/proc/{process}/task/{task}")) for task in tasks)

    def _wanted_s(self, place: str) -> float:
        """Seconds since the last look for which a thread had a core, or waited for one."""
        fields = _clocks.read(f"{place}/schedstat").split()
        now = int(fields[0]) + int(fields[1]) if len(fields) > 1 else 0
        before = self._spent.get(place, now)
        self._spent[place] = now
        return (now - before) / 1e9

    def _find_libraries(self, processes: list[str]) -> None:
        for process in processes:
            text = _clocks.plain_read(f"/proc/{process}/maps")
            self.libraries |= {name for name in _LIBRARIES if name in text}

    def snapshot(self) -> dict[str, Any]:
        """The most that was seen at once."""
        return {
            "native_threads": self.native_threads,
            "native_s": self.native_s,
            "children": self.children,
            "threads_of_children": self.threads_of_children,
            "libraries": sorted(self.libraries),
        }


def _at_work(seconds: float) -> bool:
    """Whether that is at least a tenth of a core since the last look."""
    return seconds > 0.1 * LOOK_S
