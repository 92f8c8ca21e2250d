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
FIRST_BEAT_S = 0.003  # a short program deserves more than a handful of samples
FIRST_BEATS = 60
FLUSH_S = 1.0
MOST_THREADS = 32  # that are told apart
MOST_MISSED = 100  # beats, before sampling is given up
ASKING_S = 0.0001
"""How long the only thread may keep the GIL once the heartbeat asks for it. Less than a block of a
file lasts: who gives the GIL away at each read, and takes it back, hardly lets another have it."""
SWITCH_S = 0.0005
"""How long the heartbeat may keep it, lest threads move on while it looks; and how long others may,
where several take turns, whom switching costs."""
HELD_S = 0.00008  # woken later than this: someone held the GIL
LONG_HOLD_S = 0.0025  # later: one native call kept it, bytecode would have yielded
RUNS = 0.9  # demand above this share of the beat: the thread did not wait
WAITS = 0.1  # below: it did nothing else

_PATIENCE = 50
_OFTEN = 2  # times as many waits as there would be if one call had kept the GIL
COMPUTING = ("python", "native_gil", "native_nogil")
UNSEEN = "computing"  # of a beat at whose end the thread waited: of which kind is not known

ELSEWHERE = "in a thread"  # of one that a library computed for the stack, which waited for it
AFTER_CALL = "after a native call"  # detail of a sample that ended in a C call holding the GIL


def _sibling(name: str) -> Any:
    """A module of the ``sampler`` folder, under a private name: the target must not see ours."""
    harness: Any = sys.modules["_paradvisor_child"]
    place = os.path.join(os.path.dirname(__file__), "sampler", f"{name}.py")
    return harness.load_private(f"_paradvisor_sampler_{name}", place)


class Probe:
    """Runs in the target. ``options``: "roots" and "libraries", as in `UsersCode`."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.users = UsersCode(options["roots"], options["libraries"])
        self.frames: dict[tuple[str, str, int, int], int] = {}
        self.seconds: dict[tuple[tuple[int, ...], str, str, str], list[float]] = {}
        self.threads: dict[str, dict[tuple[str, str], list[float]]] = {}
        self.clocks = _sibling("clocks")
        self.syscalls = _sibling("syscalls")
        self.eventloops = _sibling("eventloops")
        self.crowd = _sibling("crowd").Crowd()
        self.waited: dict[tuple[int, ...], tuple[str, str]] = {}
        """What a thread with this stack waited in the last time."""
        self.beats = 0
        self.missed = 0
        self.alone = True
        self.waits = 0
        """How often the heartbeat has waited: for its beat, then for the GIL; 0: not known."""
        self.running = False
        self.stopped = False
        self.ended = _thread.allocate_lock()
        self.wake = _thread.allocate_lock()
        self.calls = _call_opcodes()

    def start(self) -> None:
        self.main = _thread.get_ident()
        self.switch = self.turn = sys.getswitchinterval()
        self._take_turns(SWITCH_S)
        self.begun = time.perf_counter()
        self._resume()
        for name in ("fork", "forkpty"):
            if hasattr(os, name):
                setattr(os, name, self._alone(getattr(os, name)))

    def stop(self) -> None:
        self._pause()
        self.stopped = True
        if sys.getswitchinterval() == self.turn:
            sys.setswitchinterval(self.switch)

    def _take_turns(self, seconds: float) -> None:
        """Set how long a thread keeps the GIL; not where the target has set that itself."""
        if sys.getswitchinterval() == self.turn:
            sys.setswitchinterval(seconds)
            self.turn = sys.getswitchinterval()  # in whole microseconds

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
            self.wake.acquire(blocking=False)
            self.ended.acquire()
            # Not a threading.Thread: the target counts and joins those.
            _thread.start_new_thread(self._run, ())

    def _pause(self) -> None:
        if not self.running:
            return
        threads = _thread_count()
        self.running = False
        self.wake.release()  # it need not wait for its next beat
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
            "threads": [
                [name, kind, detail, *spent]
                for name, rows in list(self.threads.items())
                for (kind, detail), spent in list(rows.items())
            ],
            "crowd": self.crowd.snapshot(),
            "by_thread": self.clocks.BY_THREAD,
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
            "beats": self.beats,
            "wall_s": time.perf_counter() - self.begun,
        }

    def flush(self) -> None:
        """Set by the harness to write the snapshot."""

    def _run(self) -> None:
        pid = os.getpid()
        self.clocks.wake_on_time()
        clocks = self.clocks.of_threads()
        self.parked = self.syscalls.parked()
        last = flushed = looked = time.perf_counter()
        try:
            while self.running:
                beat = FIRST_BEAT_S if self.beats < FIRST_BEATS else BEAT_S
                queued, waits = clocks.own_delay(), self.clocks.own_waits()
                self._take_turns(ASKING_S if self.alone else SWITCH_S)
                begun = time.perf_counter()
                if self.wake.acquire(timeout=beat) or os.getpid() != pid:
                    return
                self._take_turns(SWITCH_S)  # at once: the other thread is about to ask
                now = time.perf_counter()
                self.waits = self.clocks.own_waits() - waits
                try:
                    self._beat(clocks, now - begun - beat, queued, now - last)
                except Exception:  # a thread may end under our eyes: the next beat has its time
                    self.missed += 1
                    if self.missed > MOST_MISSED:
                        raise
                    continue
                last = now
                if now - looked > self.crowd.each_s:
                    looked = now
                    self.crowd.look()
                if now - flushed > FLUSH_S:
                    flushed = now
                    self.flush()
        finally:
            self.ended.release()

    def _beat(self, clocks: Any, late: float, queued: float, elapsed: float) -> None:
        """Bill the time since the last beat to what the main thread is doing.

        ``late`` seconds after the time it was to come; before, the heartbeat had waited for a core
        for ``queued`` seconds.
        """
        own = _thread.get_ident()
        # All of it while we have the GIL: else frames move on or return, and threads that wait
        # for the GIL do not.
        frames = {ident: at for ident, at in sys._current_frames().items() if ident != own}
        places = {ident: self._place(frame) for ident, frame in frames.items()}
        awaited = self._awaited(frames)
        self.alone = len(frames) == 1
        asked = self.waits > 1 if self.waits else late > HELD_S  # for the GIL, which someone had
        parked, free = self._looked_at(frames, forced=asked or not self.alone)
        if asked and self.alone:
            free = set()  # it had the GIL when we came, and has given it away only since then
        del frames
        demands = {ident: clocks.demand(ident, ident == self.main) for ident in places}
        late -= clocks.own_delay() - queued
        if self.waits > _OFTEN * (1 + late / ASKING_S):
            late = min(late, LONG_HOLD_S)  # it was given away again and again, and taken back
        held = late - max(clocks.delays.values(), default=0.0)  # its holder waited for a core, too
        contend = sum(call is None or call[0] == "gil" for call in parked.values())
        held -= 2 * SWITCH_S * (contend - 1)  # they take turns
        states = {}
        for ident, place in places.items():
            demand = min(demands[ident], elapsed)
            if contend == 1 and parked[ident] is not None and parked[ident][0] == "gil":
                demand = elapsed  # it waits for us
            # Off its core, and without the GIL all the same.
            away = parked[ident] is None and not asked and clocks.delays.get(ident, 0.0) > late
            how = self._computing(place[2], ident in free or away, held)
            pieces = self._state(place, parked[ident], how, elapsed, demand)
            states[ident] = list(self._by_task(pieces, awaited.get(ident)))
            self._note_thread(ident, states[ident])
        self.beats += 1
        for stack, leaf, kind, detail, seconds, cpu in self._story(states, own):
            spent = self.seconds.setdefault((stack, leaf, kind, detail), [0.0, 0.0])
            spent[0] += seconds
            spent[1] += cpu

    def _looked_at(self, threads: Iterable[int], forced: bool) -> tuple[dict[int, Any], set[int]]:
        """What each thread is parked in, and those that run although we have the GIL.

        Where the GIL was ``forced`` from a thread, that is given the time to park.
        """
        native = {ident: self.clocks.native_id(ident, ident == self.main) for ident in threads}
        parked = {ident: self.parked.look(thread) for ident, thread in native.items()}
        running = [ident for ident, call in parked.items() if call is None]
        if running and forced:
            self.clocks.settle()
            parked |= {ident: self.parked.look(native[ident]) for ident in running}
            running = [ident for ident in running if parked[ident] is None]
        return parked, self.clocks.running_without({ident: native[ident] for ident in running})

    def _note_thread(self, ident: int, pieces: list[Piece]) -> None:
        """Keep the time of each thread, by what it did."""
        name = "main" if ident == self.main else _name_of(ident)
        if name not in self.threads and len(self.threads) >= MOST_THREADS:
            name = "others"
        spent = self.threads.setdefault(name, {})
        for _, _, kind, detail, seconds, cpu in pieces:
            row = spent.setdefault((kind, detail if kind not in COMPUTING else ""), [0.0, 0.0])
            row[0] += seconds
            row[1] += cpu

    def _story(self, states: dict[int, list[Any]], own: int) -> Iterator[Any]:
        """The main thread's slices; where it waits for its own threads, theirs in their place."""
        others = [
            piece
            for ident, pieces in states.items()
            if ident not in (self.main, own)
            for piece in pieces
            if piece[2] != "lock" and (piece[0] or piece[2] in (*COMPUTING, UNSEEN, "child"))
        ]
        total = sum(piece[4] for piece in others)
        for piece in states.get(self.main, ()):
            if piece[2] != "lock" or not total:
                yield piece
                continue
            for stack, leaf, kind, detail, seconds, cpu in others:
                part = piece[4] / total
                if not stack and kind in COMPUTING:
                    detail = ELSEWHERE
                yield stack or piece[0], leaf, kind, detail, seconds * part, cpu * part

    def _awaited(self, frames: dict[int, FrameType]) -> dict[int, list[Awaiting]]:
        """Thread -> what each task of its event loop awaits, where that loop waits."""
        return {
            ident: [
                (*self._stack_of(task.frames, frame), task.kind, task.detail)
                for task in self.eventloops.tasks_of(loop)
            ]
            for ident, frame in frames.items()
            if (loop := self.eventloops.waiting_loop(frame)) is not None
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
        parked: tuple[str, str, int, int] | None,
        how: tuple[str, str],
        elapsed: float,
        demand: float,
    ) -> Iterator[tuple[tuple[int, ...], str, str, str, float, float]]:
        """What one thread did: slices of (stack, leaf, kind, detail, seconds, CPU seconds)."""
        stack, leaf, _ = place
        waits = parked is not None and parked[0] != "gil" and demand <= RUNS * elapsed
        busy = demand
        if demand > RUNS * elapsed:
            busy = elapsed
        elif demand < WAITS * elapsed and waits:
            busy = 0.0
        if busy:
            yield (stack, leaf, *((UNSEEN, "") if waits else how), busy, demand)
        if elapsed > busy:
            # One that runs again now waited before, and most likely as the time before that.
            if parked is not None:
                self.waited[stack] = self.parked.explain(parked)
            kind, detail = self.waited.get(stack, how)
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


def _thread_count() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0


def _name_of(ident: int) -> str:
    threading = sys.modules.get("threading")
    thread = threading._active.get(ident) if threading is not None else None
    return str(getattr(thread, "_name", "")) or f"thread {ident}"


def _call_opcodes() -> set[int]:
    import opcode

    return {number for name, number in opcode.opmap.items() if name.startswith(("CALL", "PRECALL"))}


def parse(data: dict[str, Any]) -> Sampling:
    """The snapshot as a value, in our own process."""
    from paradvisor.model import Crowd, Frame, Sample, Sampling, ThreadSample

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
        threads=tuple(
            ThreadSample(
                thread=name,
                kind="python" if kind == UNSEEN else kind,
                detail=detail,
                seconds=spent,
                cpu_s=cpu,
            )
            for name, kind, detail, spent, cpu in data["threads"]
        ),
        crowd=Crowd(**{**data["crowd"], "libraries": tuple(data["crowd"]["libraries"])}),
        by_thread=data["by_thread"],
        gil=data["gil"],
        beats=data["beats"],
        wall_s=data["wall_s"],
    )
