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
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType
    from typing import Any

    from paradvisor.model import Sampling

    Awaiting = tuple[tuple[int, ...], str, str, str]
    Piece = tuple[tuple[int, ...], str, str, str, float, float]

BEAT_S = 0.010
FIRST_BEAT_S = 0.002  # a short program deserves more than a handful of samples
FIRST_BEATS = 100
FLUSH_S = 1.0
SWITCH_S = 0.0005  # how long a thread may keep the GIL once another one asks for it
HELD_S = 0.00025  # woken later than this: someone held the GIL
SETTLE_S = 0.00003  # a thread that has lost the GIL takes so long to park
WATCH_S = 0.00003  # to see whether a thread's CPU clock runs
LONG_HOLD_S = (
    SWITCH_S + 0.002
)  # later than this: one native call kept it, bytecode would have yielded
RUNS = 0.9  # demand above this share of the beat: the thread did not wait
WAITS = 0.1  # below: it did nothing else

_PATIENCE = 50
MOST_TASKS = 64  # of an event loop that are looked at
_AWAITED = {
    "asyncio.tasks.sleep": ("io", "sleep"),
    "asyncio.locks.": ("lock", "a lock"),
    "asyncio.queues.": ("lock", "a queue"),
    "asyncio.subprocess.": ("child", "a child process"),
    "asyncio.base_subprocess.": ("child", "a child process"),
    "asyncio.tasks._wait": ("", ""),
    "asyncio.tasks.wait": ("", ""),
    "asyncio.taskgroups.": ("", ""),
}
"""The library's function that a task awaits -> what that is; nothing: other tasks."""
COMPUTING = ("python", "native_gil", "native_nogil")
UNSEEN = "computing"  # of a beat at whose end the thread waited: of which kind is not known

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
            "samples": _with_the_unseen(dict(self.seconds)),
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
                queued = clocks.own_delay()
                begun = time.perf_counter()
                time.sleep(beat)
                if os.getpid() != pid:
                    return
                now = time.perf_counter()
                self._beat(clocks, now - begun - beat, queued, now - last)
                last = now
                if now - flushed > FLUSH_S:
                    flushed = now
                    self.flush()
        finally:
            self.ended.release()

    def _beat(self, clocks: Clocks, late: float, queued: float, elapsed: float) -> None:
        """Bill the time since the last beat to what the main thread is doing.

        ``late`` seconds after the time it was to come; before, the heartbeat had waited for a core
        for ``queued`` seconds.
        """
        own = _thread.get_ident()
        # All of it while we have the GIL: else frames move on or return, and threads that wait
        # for the GIL do not.
        frames = {ident: at for ident, at in sys._current_frames().items() if ident != own}
        free = _running_without(frames, forced=late > HELD_S or len(frames) > 1)
        places = {ident: self._place(frame) for ident, frame in frames.items()}
        awaited = self._awaited(frames)
        del frames
        demands = {ident: clocks.demand(ident, ident == self.main) for ident in places}
        late -= clocks.own_delay() - queued
        held = late - max(clocks.delays.values(), default=0.0)  # its holder waited for a core, too
        parked = {ident: clocks.parked(ident, ident == self.main) for ident in places}
        contend = sum(where in (None, "gil") for where in parked.values())
        held -= 2 * SWITCH_S * (contend - 1)  # they take turns
        states = {}
        for ident, place in places.items():
            demand = min(demands[ident], elapsed)
            if parked[ident] == "gil" and contend == 1:
                demand = elapsed  # it waits for us
            # Off its core, and without the GIL all the same.
            away = parked[ident] is None and late < HELD_S and clocks.delays.get(ident, 0.0) > late
            how = self._computing(place[2], ident in free or away, held)
            pieces = self._state(place, parked[ident], how, elapsed, demand)
            states[ident] = list(self._by_task(pieces, awaited.get(ident)))
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

    def _awaited(self, frames: dict[int, FrameType]) -> dict[int, list[Awaiting]]:
        """Thread -> what each task of its event loop awaits, where that loop waits."""
        return {
            ident: [
                (*self._stack_of(task.frames, frame), task.kind, task.detail)
                for task in _tasks_of(loop)
            ]
            for ident, frame in frames.items()
            if (loop := _waiting_loop(frame)) is not None
        }

    def _by_task(self, pieces: Iterable[Piece], tasks: list[Awaiting] | None) -> Iterator[Piece]:
        """Waiting of an event loop is that of its tasks, in equal parts."""
        for piece in pieces:
            if not tasks or piece[2] in (*COMPUTING, UNSEEN):
                yield piece
                continue
            for stack, leaf, kind, detail in tasks:
                part = 1 / len(tasks)
                yield stack, leaf, kind, detail, piece[4] * part, piece[5] * part

    def _state(
        self,
        place: tuple[tuple[int, ...], str, bool],
        parked: str | None,
        how: tuple[str, str],
        elapsed: float,
        demand: float,
    ) -> Iterator[tuple[tuple[int, ...], str, str, str, float, float]]:
        """What one thread did: slices of (stack, leaf, kind, detail, seconds, CPU seconds)."""
        stack, leaf, _ = place
        waits = parked not in (None, "gil")
        busy = demand
        if parked is None or demand > RUNS * elapsed:
            busy = elapsed
        elif demand < WAITS * elapsed and waits:
            busy = 0.0
        if busy:
            yield (stack, leaf, *((UNSEEN, "") if waits else how), busy, demand)
        if elapsed > busy and parked is not None:
            kind, detail = _KINDS[parked]
            yield stack, leaf, kind, detail, elapsed - busy, demand if not busy else 0.0

    def _computing(self, after_call: bool, free: bool, held: float) -> tuple[str, str]:
        """The kind of a computing thread's time: it runs ``free`` of the GIL, or holds it.

        The heartbeat waited for the GIL for ``held`` seconds in which its holder ran.
        """
        if free:
            return "native_nogil", ""
        if held > LONG_HOLD_S:
            return "native_gil", ""
        return "python", AFTER_CALL if after_call else ""

    def _place(self, frame: FrameType) -> tuple[tuple[int, ...], str, bool]:
        """Where a thread is: its stack, the library function above, whether a call just ended."""
        code, at = frame.f_code.co_code, frame.f_lasti
        # The eval loop hands the GIL over at jumps and right after a call into C (ceval.c).
        return (*self._stack(frame), at >= 0 and code[at] in self.calls)

    def _stack(self, frame: FrameType | None) -> tuple[tuple[int, ...], str]:
        """The user's frames, outermost first and each once, and the library function above them."""
        return self._stack_of(_outwards(frame))

    def _stack_of(
        self, frames: Iterable[FrameType], below: FrameType | None = None
    ) -> tuple[tuple[int, ...], str]:
        """The same of frames in a row, the innermost first, on top of those from ``below`` on."""
        stack: dict[int, None] = {}
        leaf = ""
        for frame in (*frames, *_outwards(below)):
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
        return tuple(reversed(stack)), leaf if stack else ""


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


class Task:
    """A task of an event loop: its frames, innermost first, and what it awaits."""

    def __init__(self, task: Any) -> None:
        found = []
        at = task.get_coro()
        while at is not None:
            frame, inner = None, None
            for kind in ("cr", "gi", "ag"):
                frame = frame or getattr(at, f"{kind}_frame", None)
                inner = inner or getattr(
                    at, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None
                )
            if frame is not None:
                found.append(frame)
            at = inner
        self.frames = found[::-1]
        self.kind, self.detail = self._awaits(getattr(task, "_fut_waiter", None))

    def _awaits(self, future: Any) -> tuple[str, str]:
        """By the library's function that awaits; ("", "") for a task that awaits other tasks."""
        callbacks = getattr(future, "_callbacks", None) or ()
        if any(
            "_call_check_cancel" in getattr(entry[0], "__qualname__", "") for entry in callbacks
        ):
            return "lock", "another thread"  # of an executor: see _chain_future in asyncio.futures
        if hasattr(future, "_children") or hasattr(future, "get_coro"):
            return "", ""
        for frame in self.frames:
            module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
            for start, awaited in _AWAITED.items():
                if f"{module}.{name}".startswith(start):
                    return awaited
            if not module.startswith("asyncio"):
                break
            if name.startswith("StreamReader.") and _of_child(frame.f_locals.get("self")):
                return _KINDS["child"]
        return _KINDS["socket"]


def _of_child(reader: Any) -> bool:
    """Whether a stream comes from a process that was started here."""
    return "Pipe" in type(getattr(reader, "_transport", None)).__name__ and _has_children()


def _waiting_loop(frame: FrameType) -> Any:
    """The event loop that is looking for what is ready, if the innermost frame is of that."""
    back = frame.f_back
    if back is None or frame.f_code.co_name != "select":
        return None
    return back.f_locals.get("self") if back.f_code.co_name == "_run_once" else None


def _tasks_of(loop: Any) -> list[Task]:
    """Tasks that await something else than other tasks; not all of very many."""
    asyncio = sys.modules.get("asyncio")
    try:
        tasks = [Task(task) for task in list(asyncio.all_tasks(loop))[:MOST_TASKS]]  # type: ignore[union-attr]
    except Exception:  # a loop or task of another make
        return []
    return [task for task in tasks if task.kind]


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


def _running_without(threads: Iterable[int], forced: bool) -> set[int]:
    """The threads that run although this one has the GIL, by their CPU clocks.

    Reading those does not give the GIL away. A thread of ``sys._current_frames()`` is there as
    long as we do not (its clock is asked for by pthread_getcpuclockid). Where the GIL was
    ``forced`` from a thread, that is given the time to park.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        return set()
    clocks = {ident: time.pthread_getcpuclockid(ident) for ident in threads}
    begun = time.perf_counter() + (SETTLE_S if forced else 0.0)
    while time.perf_counter() < begun:
        pass
    before = {ident: time.clock_gettime(clock) for ident, clock in clocks.items()}
    begun = time.perf_counter()
    while time.perf_counter() < begun + WATCH_S:
        pass
    watched = time.perf_counter() - begun
    return {
        ident
        for ident, clock in clocks.items()
        if time.clock_gettime(clock) - before[ident] > watched / 2
    }


def _with_the_unseen(seconds: dict[Any, list[float]]) -> list[list[Any]]:
    """Samples in rows; computing that was over by the beat is of the kinds seen at that place."""
    direct: dict[Any, dict[tuple[str, str], float]] = {}
    for (stack, leaf, kind, detail), (spent, _) in seconds.items():
        if kind in COMPUTING:
            for place in ((stack[-1:], leaf), stack[-1:], ()):
                kinds = direct.setdefault(place, {})
                kinds[kind, detail] = kinds.get((kind, detail), 0.0) + spent
    rows: dict[Any, list[float]] = {}
    for (stack, leaf, kind, detail), (spent, cpu) in seconds.items():
        kinds = {(kind, detail): 1.0}
        if kind == UNSEEN:
            found = direct.get((stack[-1:], leaf)) or direct.get(stack[-1:]) or direct.get(())
            kinds = found or {("python", ""): 1.0}
        total = sum(kinds.values())
        for how, part in kinds.items():
            row = rows.setdefault((stack, leaf, *how), [0.0, 0.0])
            row[0] += spent * part / total
            row[1] += cpu * part / total
    return [[*key, *spent] for key, spent in rows.items()]


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
        self.delays: dict[int, float] = {}
        """Seconds that each thread waited for a core, since the beat before."""

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
        super().__init__()
        self.spent: dict[int, float] = {}
        self.queued: dict[int, float] = {}
        self.memory = -1
        self.gil = _interpreter_data()

    def own_delay(self) -> float:
        return int(_read("/proc/thread-self/schedstat").split()[1]) / 1e9

    def demand(self, ident: int, is_main: bool) -> float:
        """Seconds since the last call that the thread ran, or wanted to (fields 1 and 2)."""
        text = _read(f"/proc/self/task/{_native_id(ident, is_main)}/schedstat")
        if not text:
            return 0.0
        ran, delayed, *_ = text.split()
        total, queued = (int(ran) + int(delayed)) / 1e9, int(delayed) / 1e9
        spent = total - self.spent.get(ident, total)
        self.delays[ident] = queued - self.queued.get(ident, queued)
        self.spent[ident], self.queued[ident] = total, queued
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


def _plain_read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:  # the thread has ended, or the kernel does not tell
        return ""


def _reader() -> Any:
    """Reads a small file without giving the GIL away, as open() does: by libc's own functions.

    What ctypes is made of, since the target may not expect that module.
    """
    try:
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
        c_open, c_read, c_close = (
            Function(_ctypes.dlsym(libc, name)) for name in ("open", "read", "close")
        )
    except (ImportError, AttributeError, OSError):
        return _plain_read
    block: Any = Block()

    def read(path: str) -> str:
        fd = c_open(path.encode() + b"\0", os.O_RDONLY | os.O_CLOEXEC) & 0xFFFFFFFF
        if fd > 0x7FFFFFFF:
            return ""
        size = c_read(fd, block, 4096)
        c_close(fd)
        return str(block.raw[: max(0, size)], "ascii", "replace")

    return read


_read = _reader() if sys.platform == "linux" else _plain_read


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
        return "child" if _has_children() else "pipe"
    return "terminal" if link.startswith("/dev/") and link != "/dev/null" else "file"


def _has_children() -> bool:
    """Whether a thread of this process has started a process that is still there."""
    try:
        threads = os.listdir("/proc/self/task")
    except OSError:
        return False
    return any(_read(f"/proc/self/task/{thread}/children") for thread in threads)


def _interpreter_data() -> list[tuple[int, int]]:
    """Address ranges of the interpreter's own data, which hold the GIL's futex."""
    ranges = []
    executable = os.path.realpath(sys.executable)
    ours = False
    for line in _plain_read("/proc/self/maps").splitlines():
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
