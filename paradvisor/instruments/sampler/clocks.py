"""Clocks of threads, read without giving the GIL away: CPU time, and time in the run queue."""

from __future__ import annotations

import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SETTLE_S = 0.00003  # a thread that has lost the GIL takes so long to park
_WATCH_S = 0.00003  # to see whether a thread's CPU clock runs
_RUSAGE_THREAD = 1
_RU_NVCSW = slice(128, 136)  # of struct rusage: two timevals and twelve numbers are before it


def plain_read(path: str) -> str:
    """The text of a file, or none where there is no such file."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:  # the thread has ended, or the kernel does not tell
        return ""


class _Libc:
    """Functions of libc, called without giving the GIL away, as Python's own ones do.

    What ctypes is made of, since the target may not expect that module.
    """

    def __init__(self) -> None:
        _ctypes: Any = __import__("_ctypes")

        class Int(_ctypes._SimpleCData):  # type: ignore[misc]
            _type_ = "l"

        class Char(_ctypes._SimpleCData):  # type: ignore[misc]
            _type_ = "c"

        class Block(_ctypes.Array):  # type: ignore[misc]
            _type_ = Char
            _length_ = 4096

        class Function(_ctypes.CFuncPtr):  # type: ignore[misc]
            _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
            _restype_ = Int

        libc = _ctypes.dlopen(None, 0)
        self.open, self.read, self.close, self.getrusage = (
            Function(_ctypes.dlsym(libc, name)) for name in ("open", "read", "close", "getrusage")
        )
        self.block: Any = Block()

    def text_of(self, path: str) -> str:
        """The text of a small file, or none where there is no such file."""
        fd = self.open(path.encode() + b"\0", os.O_RDONLY | os.O_CLOEXEC) & 0xFFFFFFFF
        if fd > 0x7FFFFFFF:
            return ""
        size = self.read(fd, self.block, 4096)
        self.close(fd)
        return str(self.block.raw[: max(0, size)], "ascii", "replace")

    def waits(self) -> int:
        """How often the calling thread has waited for anything (getrusage(2), ru_nvcsw)."""
        self.getrusage(_RUSAGE_THREAD, self.block)
        return int.from_bytes(self.block.raw[_RU_NVCSW], sys.byteorder)


def _libc() -> _Libc | None:
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    try:
        return _Libc()
    except (ImportError, AttributeError, OSError):
        return None


_LIBC = _libc()
read = plain_read if _LIBC is None else _LIBC.text_of


def own_waits() -> int:
    """How often the calling thread has waited for anything; 0 where that is not known."""
    return 0 if _LIBC is None else _LIBC.waits()


class ProcessClock:
    """Any system: the process's CPU clock against the wall."""

    def __init__(self) -> None:
        self.last = time.process_time()
        self.delays: dict[int, float] = {}
        """Seconds that each thread waited for a core, since the beat before."""

    def own_delay(self) -> float:
        """Seconds that the calling thread has waited for a core so far."""
        return 0.0

    def demand(self, ident: int, is_main: bool) -> float:
        """Seconds of CPU time since the last call: all of them are taken for the main thread's."""
        if not is_main:
            return 0.0
        now = time.process_time()
        spent, self.last = now - self.last, now
        return spent


class SchedulerClocks(ProcessClock):
    """Linux: each thread's CPU time and run-queue delay."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: dict[int, float] = {}
        self.queued: dict[int, float] = {}

    def own_delay(self) -> float:
        return int(read("/proc/thread-self/schedstat").split()[1]) / 1e9

    def demand(self, ident: int, is_main: bool) -> float:
        """Seconds since the last call that the thread ran, or wanted to (fields 1 and 2)."""
        text = read(f"/proc/self/task/{native_id(ident, is_main)}/schedstat")
        if not text:
            return 0.0
        ran, delayed, *_ = text.split()
        total, queued = (int(ran) + int(delayed)) / 1e9, int(delayed) / 1e9
        spent = total - self.spent.get(ident, total)
        self.delays[ident] = queued - self.queued.get(ident, queued)
        self.spent[ident], self.queued[ident] = total, queued
        return max(0.0, spent)


_THREAD_CLOCK = 4 | 2  # CPUCLOCK_PERTHREAD_MASK, CPUCLOCK_SCHED
BY_THREAD = os.path.exists("/proc/self/schedstat")
"""Whether the system tells the time of each thread, and not only that of the process."""


def of_threads() -> ProcessClock:
    """The best clocks that there are here."""
    return SchedulerClocks() if BY_THREAD else ProcessClock()


def native_id(ident: int, is_main: bool) -> int:
    """The system's number of a Python thread; 0 where it is not known."""
    if is_main:
        return os.getpid()
    threading = sys.modules.get("threading")
    thread = threading._active.get(ident) if threading is not None else None
    return getattr(thread, "native_id", None) or 0


def wake_on_time() -> None:
    """Let the calling thread's waits end on time: Linux may else take 50 us more (proc(5))."""
    try:
        with open(f"/proc/{_thread.get_native_id()}/timerslack_ns", "w", encoding="ascii") as file:
            file.write("1000")
    except (OSError, AttributeError):
        return


def settle() -> None:
    """Give a thread that has just lost the GIL the time to park."""
    _spin(_SETTLE_S)


def _spin(seconds: float) -> float:
    """Compute for so long, and say for how long it was: sleeping would give the GIL away."""
    begun = time.perf_counter()
    while time.perf_counter() < begun + seconds:
        pass
    return time.perf_counter() - begun


def running_without(threads: Mapping[int, int]) -> set[int]:
    """The threads that run although this one has the GIL, by their CPU clocks.

    Reading those does not give the GIL away. The clocks are those of the system's threads, which
    ``threads`` gives for Python's: they are numbered as in Linux's include/linux/posix-timers.h.
    (pthread_getcpuclockid must not be asked about a thread that may have ended meanwhile.)
    """
    if not BY_THREAD:
        return set()
    before = {ident: _cpu_s(native) for ident, native in threads.items()}
    watched = _spin(_WATCH_S)
    return {
        ident for ident, native in threads.items() if _cpu_s(native) - before[ident] > watched / 2
    }


def _cpu_s(native: int) -> float:
    """CPU seconds of one of the system's threads; 0 where it is not known or has ended."""
    try:
        return time.clock_gettime(~native << 3 | _THREAD_CLOCK) if native else 0.0
    except OSError:
        return 0.0
