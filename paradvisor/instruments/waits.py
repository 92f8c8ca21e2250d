"""The heartbeat sampler: what each moment of the run was spent on, with little distortion.

A thread of the target wakes every few milliseconds. How late it wakes tells whether another thread
held the GIL; the scheduler's counters of each thread (/proc/PID/task/TID/schedstat) tell whether it
ran, wanted to run, or waited; the system call it is parked in tells what it waits for. Pure
standard library; where there is no /proc, the process's CPU clock stands in and the kind of a wait
stays unnamed.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType
    from typing import Any

    from paradvisor.model import Sampling

BEAT_S = 0.010
FIRST_BEAT_S = 0.002  # a short program deserves more than a handful of samples
FIRST_BEATS = 100
FLUSH_S = 1.0
SWITCH_S = 0.0005  # how long a thread may keep the GIL once another one asks for it
HELD_S = 0.00025  # woken later than this: someone held the GIL
PROBE_S = 0.001  # a second, shorter sleep: an idle core that wakes late does not do so twice
LONG_HOLD_S = (
    SWITCH_S + 0.002
)  # later than this: one native call kept it, bytecode would have yielded
RUNS = 0.9  # demand above this share of the beat: the thread did not wait
WAITS = 0.1  # below: it did nothing else

_PATIENCE = 50

AFTER_CALL = "after a native call"  # detail of a sample that ended in a C call holding the GIL

# System calls a thread may be parked in: what it waits for -> (x86_64, aarch64) numbers.
_CALLS: dict[str, list[tuple[int, int | None]]] = {
    "file": [
        (2, None),
        (257, 56),
        (3, 57),
        (74, 82),
        (75, 83),
        (162, 81),
        (4, None),
        (5, 80),
        (6, None),
        (262, 79),
        (332, 291),
        (217, 61),
        (78, None),
        (82, None),
        (316, 276),
        (87, None),
        (263, 35),
        (83, None),
        (258, 34),
        (84, None),
        (77, 46),
        (326, 285),
        (26, 227),
        (277, 84),
        (306, 267),
        (21, None),
        (269, 48),
        (439, 439),
    ],
    "socket": [
        (45, 207),
        (47, 212),
        (44, 206),
        (46, 211),
        (42, 203),
        (43, 202),
        (288, 242),
        (232, None),
        (281, 22),
        (441, 441),
        (299, 243),
        (307, 269),
    ],
    "sleep": [(35, 101), (230, 115), (34, None)],
    "child": [(61, 260), (247, 95), (58, None)],
    "lock": [(73, 32)],
    "futex": [(202, 98), (449, 449)],
    "fd": [
        (0, 63),
        (1, 64),
        (17, 67),
        (18, 68),
        (19, 65),
        (20, 66),
        (295, 69),
        (296, 70),
        (40, 71),
    ],
    "poll": [(7, None), (271, 73)],
    "select": [(23, None), (270, 72)],
}
_NUMBERS = {
    number: what
    for what, numbers in _CALLS.items()
    for x86, arm in numbers
    for number in [arm if os.name == "posix" and os.uname().machine == "aarch64" else x86]
    if number is not None
}
_KINDS = {
    "file": ("io", "a file"),
    "socket": ("io", "a socket"),
    "pipe": ("io", "a pipe"),
    "terminal": ("io", "a terminal"),
    "sleep": ("io", "sleep"),
    "child": ("child", "a child process"),
    "lock": ("lock", "a lock"),
    "gil": ("lock", "the GIL"),
    "other": ("io", "a system call"),
}


class Probe:
    """Runs in the target. ``options``: "roots" and "libraries", as in `UsersCode`."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.users = UsersCode(options["roots"], options["libraries"])
        self.frames: dict[tuple[str, str, int, int], int] = {}
        self.seconds: dict[tuple[tuple[int, ...], str, str, str], list[float]] = {}
        self.beats = 0
        self.running = False
        self.stopped = False
        self.ended = _thread.allocate_lock()
        self.calls = _call_opcodes()

    def start(self) -> None:
        self.main = _thread.get_ident()
        self.switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self.begun = time.perf_counter()
        self._resume()
        for name in ("fork", "forkpty"):
            if hasattr(os, name):
                setattr(os, name, self._alone(getattr(os, name)))

    def stop(self) -> None:
        self._pause()
        self.stopped = True
        sys.setswitchinterval(self.switch)

    def _alone(self, fork: Any) -> Any:
        """A fork without our thread: Python 3.12 and later warn of those while there are others."""

        def forking() -> Any:
            pid = os.getpid()
            self._pause()
            try:
                return fork()
            finally:
                if os.getpid() == pid:
                    self._resume()

        return forking

    def _resume(self) -> None:
        if not self.stopped:
            self.running = True
            self.ended.acquire()
            # Not a threading.Thread: the target counts and joins those.
            _thread.start_new_thread(self._run, ())

    def _pause(self) -> None:
        if not self.running:
            return
        threads = _thread_count()
        self.running = False
        self.ended.acquire()  # the last beat is over
        self.ended.release()
        for _ in range(_PATIENCE):  # and the thread is gone for the system too
            if _thread_count() < threads:
                return
            time.sleep(0.0002)

    def snapshot(self) -> dict[str, Any]:
        """Frames as [file, function, first line, line]; samples refer to them by number."""
        return {
            "frames": [list(frame) for frame in self.frames],
            "samples": [[*key, *spent] for key, spent in list(self.seconds.items())],
            "beats": self.beats,
            "wall_s": time.perf_counter() - self.begun,
        }

    def flush(self) -> None:
        """Set by the harness to write the snapshot."""

    def _run(self) -> None:
        pid = os.getpid()
        clocks = SchedulerClocks() if os.path.exists("/proc/self/schedstat") else ProcessClock()
        last = flushed = time.perf_counter()
        try:
            while self.running:
                beat = FIRST_BEAT_S if self.beats < FIRST_BEATS else BEAT_S
                late = min(_lateness(clocks, beat), _lateness(clocks, PROBE_S))
                if os.getpid() != pid:
                    return
                now = time.perf_counter()
                self._beat(clocks, late, now - last)
                last = now
                if now - flushed > FLUSH_S:
                    flushed = now
                    self.flush()
        finally:
            self.ended.release()

    def _beat(self, clocks: Clocks, late: float, elapsed: float) -> None:
        """Bill the time since the last beat to what the main thread is doing."""
        own = _thread.get_ident()
        # All places first: reading a clock gives the GIL away, and frames move on or return.
        places = {
            ident: self._place(frame)
            for ident, frame in sys._current_frames().items()
            if ident != own
        }
        states = {}
        for ident, place in places.items():
            demand = min(clocks.demand(ident, ident == self.main), elapsed)
            states[ident] = list(self._state(clocks, ident, place, late, elapsed, demand))
        self.beats += 1
        for stack, leaf, kind, detail, seconds, cpu in self._story(states, own):
            spent = self.seconds.setdefault((stack, leaf, kind, detail), [0.0, 0.0])
            spent[0] += seconds
            spent[1] += cpu

    def _story(self, states: dict[int, list[Any]], own: int) -> Iterator[Any]:
        """The main thread's slices; where it waits for its own threads, theirs in their place."""
        others = [
            piece
            for ident, pieces in states.items()
            if ident not in (self.main, own)
            for piece in pieces
            if piece[0] and piece[2] != "lock"
        ]
        total = sum(piece[4] for piece in others)
        for piece in states.get(self.main, ()):
            if piece[2] != "lock" or not total:
                yield piece
                continue
            for stack, leaf, kind, detail, seconds, cpu in others:
                part = piece[4] / total
                yield stack, leaf, kind, detail, seconds * part, cpu * part

    def _state(
        self,
        clocks: Clocks,
        ident: int,
        place: tuple[tuple[int, ...], str, bool],
        late: float,
        elapsed: float,
        demand: float,
    ) -> Iterator[tuple[tuple[int, ...], str, str, str, float, float]]:
        """What one thread did: slices of (stack, leaf, kind, detail, seconds, CPU seconds)."""
        stack, leaf, after_call = place
        wait = None if demand > RUNS * elapsed else clocks.parked(ident, ident == self.main)
        busy = elapsed if wait is None else 0.0 if demand < WAITS * elapsed else demand
        if busy:
            yield (stack, leaf, *self._computing(after_call, late), busy, demand)
        if elapsed > busy and wait is not None:
            kind, detail = _KINDS[wait]
            yield stack, leaf, kind, detail, elapsed - busy, demand if not busy else 0.0

    def _computing(self, after_call: bool, late: float) -> tuple[str, str]:
        if late < HELD_S:
            return "native_nogil", ""
        if late > LONG_HOLD_S:
            return "native_gil", ""
        return "python", AFTER_CALL if after_call else ""

    def _place(self, frame: FrameType) -> tuple[tuple[int, ...], str, bool]:
        """Where a thread is: its stack, the library function above, whether a call just ended."""
        code, at = frame.f_code.co_code, frame.f_lasti
        # The eval loop hands the GIL over at jumps and right after a call into C (ceval.c).
        return (*self._stack(frame), at >= 0 and code[at] in self.calls)

    def _stack(self, frame: FrameType | None) -> tuple[tuple[int, ...], str]:
        """The user's frames, outermost first and each once, and the library function above them."""
        stack: dict[int, None] = {}
        leaf = ""
        while frame is not None:
            code = frame.f_code
            if self.users.owns(code.co_filename):
                key = (
                    self.users.real(code.co_filename),
                    code.co_qualname,
                    code.co_firstlineno,
                    frame.f_lineno or _line_of(code, frame.f_lasti),
                )
                stack.setdefault(self.frames.setdefault(key, len(self.frames)))
            elif not stack:
                # The library function that the user's line called: the last one before it.
                leaf = f"{frame.f_globals.get('__name__', '?')}.{code.co_qualname}"
            frame = frame.f_back
        return tuple(reversed(stack)), leaf if stack else ""


def _line_of(code: CodeType, at: int) -> int:
    """The line of an instruction that has none: of what it jumps back to, else of the one before.

    The jump at the end of a loop's round that an ``if`` has cut short is on no line.
    """
    import opcode

    text, back, unit = code.co_code, 0, 8
    if at >= 0 and text[at] == opcode.opmap.get("JUMP_BACKWARD"):
        back = text[at + 1]
        place = at - 2
        while place >= 0 and text[place] == opcode.EXTENDED_ARG:
            back |= text[place + 1] << unit
            place, unit = place - 2, unit + 8
    at = max(0, at + 2 - 2 * back) if back else at
    found: int = code.co_firstlineno
    for start, _, line in code.co_lines():
        if start > at:
            break
        found = line or found
    return found


def _lateness(clocks: Clocks, seconds: float) -> float:
    """How much later than asked a sleep ended, not counting the wait for a core: for the GIL."""
    queued = clocks.own_delay()
    begun = time.perf_counter()
    time.sleep(seconds)
    return time.perf_counter() - begun - seconds - (clocks.own_delay() - queued)


class UsersCode:
    """Tells the user's files from libraries by path: as paradvisor.target does, without pathlib."""

    def __init__(self, roots: list[str], libraries: list[str]) -> None:
        self.roots = roots
        self.libraries = libraries
        self.known: dict[str, tuple[bool, str]] = {}

    def owns(self, filename: str) -> bool:
        return self._look(filename)[0]

    def real(self, filename: str) -> str:
        return self._look(filename)[1]

    def _look(self, filename: str) -> tuple[bool, str]:
        if filename not in self.known:
            path = os.path.realpath(filename)
            own = not filename.startswith("<") and any(self._under(path, r) for r in self.roots)
            self.known[filename] = own, path
        return self.known[filename]

    def _under(self, path: str, root: str) -> bool:
        if path != root and not path.startswith(root.rstrip(os.sep) + os.sep):
            return False
        inside = path[len(root) :].split(os.sep)
        if "site-packages" in inside or "dist-packages" in inside:
            return False
        return not any(
            path.startswith(library + os.sep) and not (root + os.sep).startswith(library + os.sep)
            for library in self.libraries
        )


class ProcessClock:
    """Any system: the process's CPU clock against the wall. The kind of a wait is not known."""

    def __init__(self) -> None:
        self.last = time.process_time()

    def own_delay(self) -> float:
        return 0.0

    def demand(self, ident: int, is_main: bool) -> float:
        if not is_main:
            return 0.0
        now = time.process_time()
        spent, self.last = now - self.last, now
        return spent

    def parked(self, ident: int, is_main: bool) -> str | None:
        return "other"


class SchedulerClocks(ProcessClock):
    """Linux: each thread's CPU time and run-queue delay, and the call it is parked in."""

    def __init__(self) -> None:
        self.own = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self.spent: dict[int, float] = {}
        self.memory = -1
        self.gil = _interpreter_data()

    def own_delay(self) -> float:
        return int(os.pread(self.own, 64, 0).split()[1]) / 1e9

    def demand(self, ident: int, is_main: bool) -> float:
        """Seconds since the last call that the thread ran, or wanted to (fields 1 and 2)."""
        text = _read(f"/proc/self/task/{_native_id(ident, is_main)}/schedstat")
        if not text:
            return 0.0
        ran, delayed, *_ = text.split()
        total = (int(ran) + int(delayed)) / 1e9
        spent = total - self.spent.get(ident, total)
        self.spent[ident] = total
        return max(0.0, spent)

    def parked(self, ident: int, is_main: bool) -> str | None:
        """What the thread waits in: a key of _KINDS, or None for a running one."""
        fields = _read(f"/proc/self/task/{_native_id(ident, is_main)}/syscall").split()
        if not fields or fields[0] in ("running", "-1"):
            return None
        what = _NUMBERS.get(int(fields[0]), "other")
        first = int(fields[1], 16)
        if what == "futex":
            return "gil" if any(low <= first < high for low, high in self.gil) else "lock"
        if what == "select":
            return "socket" if first else "sleep"
        if what == "poll":
            return self._polled(first) if int(fields[2], 16) else "sleep"
        return _descriptor_kind(first) if what == "fd" else what

    def _polled(self, address: int) -> str:
        """The first descriptor in a poll() array, read out of our own memory."""
        try:
            if self.memory < 0:
                self.memory = os.open("/proc/self/mem", os.O_RDONLY)
            return _descriptor_kind(
                int.from_bytes(os.pread(self.memory, 4, address), sys.byteorder)
            )
        except OSError:
            return "other"


Clocks = ProcessClock


def _thread_count() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:  # the thread has ended, or the kernel does not tell
        return ""


def _native_id(ident: int, is_main: bool) -> int:
    if is_main:
        return os.getpid()
    threading = sys.modules.get("threading")
    thread = threading._active.get(ident) if threading is not None else None
    return getattr(thread, "native_id", None) or 0


def _descriptor_kind(fd: int) -> str:
    try:
        link = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return "other"
    if link.startswith("socket") or "eventpoll" in link:
        return "socket"
    if "pidfd" in link:
        return "child"
    if link.startswith("pipe"):
        # A pipe that is waited on while children live is most likely theirs.
        return "child" if _read(f"/proc/self/task/{os.getpid()}/children") else "pipe"
    return "terminal" if link.startswith("/dev/") and link != "/dev/null" else "file"


def _interpreter_data() -> list[tuple[int, int]]:
    """Address ranges of the interpreter's own data, which hold the GIL's futex."""
    ranges = []
    executable = os.path.realpath(sys.executable)
    ours = False
    for line in _read("/proc/self/maps").splitlines():
        fields = line.split()
        named = len(fields) > 5
        mine = named and (fields[5] == executable or "libpython" in fields[5])
        if "w" in fields[1] and (mine or (ours and not named)):
            low, high = fields[0].split("-")
            ranges.append((int(low, 16), int(high, 16)))
        ours = mine
    return ranges


def _call_opcodes() -> set[int]:
    import opcode

    return {number for name, number in opcode.opmap.items() if name.startswith(("CALL", "PRECALL"))}


def parse(data: dict[str, Any]) -> Sampling:
    """The snapshot as a value, in our own process."""
    from paradvisor.model import Frame, Sample, Sampling

    return Sampling(
        frames=tuple(
            Frame(file=file, function=function, first_line=first, line=line)
            for file, function, first, line in data["frames"]
        ),
        samples=tuple(
            Sample(
                stack=tuple(stack), leaf=leaf, kind=kind, detail=detail, seconds=spent, cpu_s=cpu
            )
            for stack, leaf, kind, detail, spent, cpu in data["samples"]
        ),
        beats=data["beats"],
        wall_s=data["wall_s"],
    )
