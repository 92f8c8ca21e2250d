"""Shadow trials: at the entry of a loop the program is forked, and the copies run its head.

Each copy, a shadow, runs the head of the loop's iterations in another order, cut off from the
world, and is thrown away. What each iteration gives to the tail must be the same in every order,
and the same as in the program's own serial run, tail included: with the tail left out, a
recurrence over what the tail stores gives the same wrong values in every order. The method is that
of dynamic commutativity analysis (Vasiladiotis et al., CGO 2021), with forks for snapshots.

The program (whose output and files stay its own) waits while one copy, the witness, makes the
shadows. The serial one is timed and runs alone; of the others as many run at a time as the machine
has cores for:

    program --fork--> witness --fork--> serial; observed, reversed, shuffled twice, dealt to two
"""

from __future__ import annotations

import _random
import _signal
import marshal
import os
import select
import sys
from itertools import starmap
from math import inf
from os import close as os_close
from os import getpid as os_getpid
from os import kill as os_kill
from os import pipe as os_pipe
from os import read as os_read
from os import waitpid as os_waitpid
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType, FrameType, ModuleType
    from typing import Any

    from paradvisor.model import Trials

_ATTEMPTS = 4  # entries of a loop that are tried
_GRACE_S = 0.5
_REAP_S = 0.3
_SIGNALS = _signal.valid_signals()
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
_LEAST_S = 0.05  # a trial is not begun with less
_MARGIN = 0.85  # of the budget: the last shadow may run over, and comparing takes time as well
_ENTRIES = 2  # that a loop's time is for, if it has more than one
_SIZED = frozenset([list, tuple, range, str, bytes, dict, set, frozenset])
_SIZED |= {type({}.keys()), type({}.values()), type({}.items())}
_SHADOW = ["stopwatch", "state", "files", "isolation", "seen", "partials", "orders", "watch"]
_SHADOW += ["copies", "witness", "marks"]
"""The modules of the ``shadow`` folder, in an order in which each finds those that it builds on."""
_LEAST_LEFT = 0.2  # nor with less than this share of its budget


def _sibling(name: str) -> ModuleType:
    """A module of the ``shadow`` folder, under a private name: the target must not see ours."""
    from importlib.util import module_from_spec, spec_from_file_location

    private = f"_paradvisor_shadow_{name}"
    if private not in sys.modules:
        folder = __file__.rpartition("/")[0]
        spec = spec_from_file_location(private, f"{folder}/shadow/{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[private] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[private])
    return sys.modules[private]


class Probe:
    """Runs in the target.

    ``options["loops"]``: for each loop ``file``, ``line``, ``column``, ``form`` (its class in
    ast), ``head``, ``hoisted``, ``ahead``, ``needs``, ``private`` (names that its iterations set),
    and ``budget_s``, the seconds that its trials may take, and ``most_s``, if they are needed to
    try the fewest iterations; ``roots`` and ``libraries`` tell the user's files, ``workers`` how
    many shadows may run at a time.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.roots = tuple(root.rstrip("/") + "/" for root in options["roots"])
        ours = __file__.rpartition("/")[0]
        folders = [*options["libraries"], ours]
        self.libraries = tuple(folder.rstrip("/") + "/" for folder in folders)
        self.workers = options.get("workers", 1)
        for name in _SHADOW:
            _sibling(name)  # before the program runs
        self.ours = _sibling("watch").Ours()
        self.loops = [Marked(self, spec) for spec in options["loops"]]
        self.known: dict[str, bool] = {}
        self.fork_hooks = False

    def start(self) -> None:
        """The loops' own code calls in; until then only notice who wants to be told of forks."""
        if not self.loops:
            return
        register = os.register_at_fork

        def noticing(**hooks: Any) -> None:
            register(**hooks)
            caller = sys._getframe(1).f_code.co_filename
            self.fork_hooks = self.fork_hooks or self.is_users(caller)

        os.register_at_fork = noticing

    def stop(self) -> None:
        """Nothing."""

    def is_users(self, file: str) -> bool:
        """Whether a file is the user's own."""
        found = self.known.get(file)
        if found is None:
            import os.path

            real = os.path.realpath(file)
            found = (
                real.startswith(self.roots)
                and not file.startswith("<frozen ")  # of the interpreter, and in no folder
                and not real.startswith(self.libraries)
                and "/site-packages/" not in real
            )
            self.known[file] = found
        return found

    def wants(self, path: str) -> bool:
        """Whether a file holds loops to try."""
        return any(loop.spec["file"] == path for loop in self.loops)

    def transform(self, path: str, code: CodeType, source: bytes) -> CodeType:
        """The code of a file, with calls at its loops."""
        loops = [loop for loop in self.loops if loop.spec["file"] == path]
        marks = _sibling("marks")
        calls = {name: [getattr(loop, name) for loop in loops] for name in marks.CALLS}
        specs = [loop.spec for loop in loops]
        try:
            marked: CodeType = marks.compile_marked(source, code.co_filename, specs, calls)
        except Exception as error:  # a defect of ours must not be the program's
            for loop in loops:
                loop.problems.setdefault(f"its file could not be prepared: {type(error).__name__}")
            return code
        return marked

    def snapshot(self) -> dict[str, Any]:
        """The outcome of each loop's trials."""
        return {"loops": [loop.outcome() for loop in self.loops]}


class Marked:
    """One loop of the program: its trials, and what its iterations give."""

    def __init__(self, probe: Probe, spec: dict[str, Any]) -> None:
        self.probe = probe
        self.spec = spec
        # Kept from before the program runs, which may put others in their places.
        self.fork, self.exit = os.fork, os._exit
        self.pid = os.getpid()
        self.shadow: Any = None
        self.entries = 0
        self.items = 0
        self.uncounted = False
        self.reports: list[dict[str, Any]] = []
        self.problems: dict[str, None] = {}
        self.spent_s = 0.0
        self.watched: Any = None

    # --- called by the loop -----------------------------------------------------------------

    def enter(self, iterable: Iterable[Any]) -> Iterable[Any]:
        """The loop begins: it iterates over what is returned."""
        if self._wanted():
            return self._tried(iterable, sys._getframe(1))
        self._count(iterable)
        return iterable

    def give(self, value: Any) -> None:
        """The head of an iteration gives this to the tail."""
        if self.shadow is not None:
            self.shadow.note(value)
        elif self.watched is not None:
            self.watched.note(value)

    def note(self, value: Any) -> Any:
        """The head has computed this where it stands."""
        self.give(value)
        return value

    def gather(self, value: Any, statement: int, role: int) -> Any:
        """The iteration adds this to a variable: its key or its value."""
        if self.shadow is not None:
            self.shadow.recorder.partials.add(value, statement, role)
        elif self.watched is not None:
            self.watched.gather(value, statement, role)
        return value

    def last(self, value: Any) -> Any:
        """The same, and with it the head is done: a shadow leaves the iteration."""
        self.give(value)
        if self.shadow is not None:
            raise self.shadow.leave
        if self.watched is not None:
            self.watched.done()
        return value

    def alone(self) -> bool:
        """Whether this is a shadow, which runs only what a worker would."""
        return self.shadow is not None

    def looks(self) -> bool:
        """Whether the iteration that has ended is one whose variables are to be seen."""
        return self.watched is not None and self.watched.looks()

    def seen(self, name: str, value: Any) -> None:
        """What one of them holds."""
        self.watched.glances.note(sys._getframe(1).f_code, name, value)

    def begun(self) -> None:
        """The program has come to the head of an iteration."""
        if self.watched is not None:
            self.watched.begun()

    def lost(self) -> bool:
        """An exception has left the head, which the loop itself may catch."""
        if self.watched is not None:
            self.watched.failed(sys.exc_info()[1])
            self.watched.done()
        return False

    def failed(self) -> bool:
        """An exception has left an iteration; True if the next one is to follow."""
        error = sys.exc_info()[1]
        if self.shadow is not None:
            self.shadow.failed(error)
            return True
        if self.watched is not None:
            self.watched.failed(error)
        return False

    def escaped(self) -> bool:
        """An exception leaves the loop: a shadow does not follow it."""
        if self.shadow is not None:
            self.shadow.failed(sys.exc_info()[1])
            self.shadow.finish()
        return False

    def drain(self, generator: Iterator[Any]) -> Iterator[Any]:
        """A generator expression: a shadow runs it to its end, whatever reads it."""
        if self.shadow is not None:
            for _ in generator:
                pass
        return generator

    def mapped(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        """A call of map."""
        return self._map(function, iterables, sys._getframe(1))

    def _map(
        self, function: Callable[..., Any], iterables: tuple[Iterable[Any], ...], frame: FrameType
    ) -> Iterator[Any]:
        shortest = min(iterables, key=_length, default=())
        if not self._wanted():
            self._count(shortest)
            return map(function, *iterables)
        items = self._tried(zip(*iterables, strict=False), frame, shortest)
        return self.drain(map(self.note, starmap(function, items)))

    def keyed(
        self, how: Callable[..., Any], items: Iterable[Any], key: Any, reverse: bool = False
    ) -> Any:
        """A call of sorted, min or max with a key: the keys first, then the choice among items."""
        items = list(items)
        if key is None or not items:
            return how(items, key=key, reverse=True) if reverse else how(items, key=key)
        keys = list(self._map(key, (items,), sys._getframe(1)))
        if how is sorted:
            order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
            return [items[number] for number in order]
        return items[how(range(len(items)), key=keys.__getitem__)]

    def _count(self, iterable: Iterable[Any], items: int | None = None) -> None:
        """One more entry of the loop, with so many items."""
        found = items if items is not None else _length(iterable)
        self.uncounted = self.uncounted or found == inf
        self.items += 0 if self.uncounted else int(found)

    # --- the program's side -----------------------------------------------------------------

    def _wanted(self) -> bool:
        if self.shadow is not None or os_getpid() != self.pid:
            return False
        self.entries += 1
        if self.watched is not None and not self.watched.ended:
            self.watched.give_up("the loop is entered again by its own body")
            return False
        if len(self.reports) >= _ATTEMPTS or self.entries & (self.entries - 1):
            return False  # the entries 1, 2, 4, 8, ..
        left_s = self.spec["budget_s"] - self.spent_s
        if left_s < _LEAST_S or left_s < _LEAST_LEFT * self.spec["budget_s"]:
            if not self.reports:
                self.problems.setdefault("the loop is too short for a trial")
            return False
        try:
            why = self._unfit()
        except OSError as error:
            why = f"the system does not let it be tried: {error.strerror}"
        if why is not None:
            self.problems.setdefault(why)
        return why is None

    def _unfit(self) -> str | None:
        """Why the program cannot be forked here, if so."""
        isolation = _sibling("isolation")
        if len(sys._current_frames()) > 1:  # those of libraries, such as BLAS, are prepared for it
            return "other threads are running"
        if sys.gettrace() is not None or sys.getprofile() is not None:
            return "the program is being traced"
        if callable(_signal.getsignal(_signal.SIGCHLD)):
            return "the program handles the signal of a child's end"
        if any(any(_signal.getitimer(timer)) for timer in _TIMERS):
            return "the program has a timer running"
        if self.probe.fork_hooks:
            return "the program wants to be told of forks"
        if isolation.shares_memory():
            return "the program shares memory with other processes"
        return "a database is open" if isolation.has_database() else None

    def _tried(
        self, iterable: Iterable[Any], frame: FrameType, sized: Iterable[Any] | None = None
    ) -> Iterable[Any]:
        """Fork the witness, wait for its report, and watch the program's own run.

        ``sized``: what is as long, where the iterable itself cannot be asked.
        """
        generator = _generator_state()
        begun = perf_counter()
        more = max(1, min(_ENTRIES, self.spec["entries"]) - len(self.reports))
        budgets = (self.spec["budget_s"], self.spec["most_s"])
        limits_s = tuple(_MARGIN * (budget_s - self.spent_s) / more for budget_s in budgets)
        blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, _SIGNALS)
        try:
            reading, writing = os_pipe()
            forking = _sibling("files").FORKING
            forking.append(True)
            pid = self.fork()
            forking.pop()
            if pid == 0:
                os_close(reading)
                witness = _sibling("witness").Witness(self, frame, writing, limits_s, generator)
                return witness.run(iterable)  # type: ignore[no-any-return]  # in shadows only
            del frame
            os_close(writing)
            busiest = _sibling("stopwatch").BUSIEST
            data = _read_all(reading, begun + busiest * limits_s[1] + _GRACE_S)
            _reap(pid)
        except OSError as error:  # no more descriptors, or processes
            self.problems.setdefault(f"the system does not let it be tried: {error.strerror}")
            return iterable
        finally:
            if self.shadow is None:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, blocked)
        report: dict[str, Any] = marshal.loads(data) if data else {"problem": "it did not end"}
        took_s = perf_counter() - begun
        self.spent_s += took_s - report.get("queued_s", 0.0)
        self.probe.ours.seconds += took_s
        self.probe.ours.away_s += took_s
        self.reports.append(report)
        all_of_them = report.get("items") if report.get("all_items") else None
        self._count(iterable if sized is None else sized, all_of_them)
        if "orders" not in report:
            return iterable
        self.watched = _sibling("watch").Watched(
            report,
            self.probe.is_users,
            limits_s[0],
            passing=self.spec["ahead"] is not None,
            ways=self.spec["ways"],
            ours=self.probe.ours,
        )
        if self.spec["form"] == "For":
            self.watched.look_at_tails()
        return self.watched.over(iterable)  # type: ignore[no-any-return]

    def outcome(self) -> dict[str, Any]:
        """What the trials of the loop found."""
        if self.watched is not None:
            self.watched.end()
        reports = [
            {key: value for key, value in report.items() if key != "digests"}
            for report in self.reports
        ]
        return {
            "file": self.spec["file"],
            "line": self.spec["line"],
            "column": self.spec["column"],
            "shape": self.spec["shape"],
            "entries": self.entries,
            "items": None if self.uncounted else self.items,
            "problems": list(self.problems),
            "reports": reports,
            "spent_s": self.spent_s,
        }


def _length(iterable: Any) -> float:
    """How many items a container has; infinity where asking could do something."""
    return len(iterable) if type(iterable) in _SIZED else inf


def _generator_state() -> Any:
    """The state of random's generator, which every fork seeds anew (random.py)."""
    generator = getattr(sys.modules.get("random"), "_inst", None)
    if not isinstance(generator, _random.Random):
        return None
    return _random.Random.getstate(generator), vars(generator).get("gauss_next")


def _read_all(fd: int, until: float) -> bytes:
    blocks = []
    while select.select([fd], [], [], max(0.0, until - perf_counter()))[0]:
        block = os_read(fd, 1 << 20)
        if not block:
            break
        blocks.append(block)
    else:
        blocks = []  # late
    os_close(fd)
    return b"".join(blocks)


def _reap(pid: int) -> None:
    """Wait for the witness; one that is late is killed."""
    until = perf_counter() + _REAP_S
    while True:
        try:
            done, _ = os_waitpid(pid, os.WNOHANG)
        except ChildProcessError:  # reaped by the system: the program ignores SIGCHLD
            return
        if done:
            return
        if perf_counter() > until:
            os_kill(pid, _signal.SIGKILL)
            until = perf_counter() + 60.0
        select.select([], [], [], 0.001)


def parse(data: dict[str, Any]) -> Trials:
    """The snapshot as a value, in our own process."""
    from paradvisor.instruments.shadow.reading import read

    return read(data)
