"""The forked copy that makes the shadows of one loop, some at a time, and compares them.

It holds the program as it was when it came to the loop. Each shadow is forked from it, runs the
head of some iterations in some order, and reports by a pipe; then it ends.
"""

from __future__ import annotations

import _random
import _signal
import gc
import marshal
import os
import select
import sys
import time
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType
    from typing import Any

_copies: Any = sys.modules["_paradvisor_shadow_copies"]
_isolation: Any = sys.modules["_paradvisor_shadow_isolation"]
_orders: Any = sys.modules["_paradvisor_shadow_orders"]
_seen: Any = sys.modules["_paradvisor_shadow_seen"]
_state: Any = sys.modules["_paradvisor_shadow_state"]
_stopwatch: Any = sys.modules["_paradvisor_shadow_stopwatch"]

_MOST_ITERATIONS = 2000
_MOST_ITEMS = 50_000
_OBSERVED = 24
_MOST_OBJECTS = 500_000
_RUNS = 10.0  # the first run of the head takes this part of the time, if that is enough
_LONGEST = 0.5  # of the time, for the first iterations
_ORDERS = 5  # runs of the head after the serial one: those dealt to two count as two forks
_MOST_AT_A_TIME = 4  # shadows: each may come to have as much memory as the program
_MEMORY_PART = 0.5  # of what is available, for all of them
_FEWEST = 4  # iterations that are tried, or all
_LOOK_PART = 0.3  # of the time that is left, for tracing,
_LEAST_LOOK_S = 0.02  # and what is added to it
_RESERVE = 1.15  # times its limit that a trial may take to finish orders slower than the first,
_LARGE_RESERVE = 1.75  # and to finish those of the fewest iterations
_WALL = 1.5  # seconds that a shadow may take for each of its CPU seconds
_GRACE_S = 0.1  # for a shadow's report, after its time
_STATE_PART = 0.15  # of the time, for looking at all that the loop can reach, once
_CHEAP_STATE = 0.04
_BESIDE_S = 0.2  # of iterations to run beside another thread
_LEAST_BESIDE_S = 0.01
_LEAST_CROWD_S = 0.1
_SEEDS = (1, 2)
_MOST_PATHS = 120
_OVER_CONTAINERS = frozenset(map(type, map(iter, ([], (), {}, {}.values(), {}.items()))))
_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types whose values nothing can change, so that it does not matter who else has them."""


class InShadow(BaseException):
    """Raised in a shadow, as soon as it is one: what its loop is to go over."""

    def __init__(self, items: Iterator[Any]) -> None:
        super().__init__()
        self.items = items


class Witness:
    """One trial of a loop."""

    def __init__(
        self,
        loop: Any,
        frame: FrameType,
        writing: int,
        limits_s: tuple[float, float],
        generator: Any,
    ) -> None:
        self.loop = loop
        self.workers = _fitting(loop.probe.workers)
        self.frame = frame
        self.writing = writing
        self.clock = _stopwatch.Stopwatch()
        self.limit_s, self.most_s = limits_s
        self.generator = generator
        self.private = set(loop.spec["private"])
        code = frame.f_code
        own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        self.private_globals = self.private - own if loop.spec["form"] == "For" else set()
        self.effects = _isolation.Effects()
        self.items: list[Any] = []
        self.stored = False
        """Whether the items are all there before the loop, in a container."""
        self.fed = False
        """Whether workers would be sent the items, which have no index."""
        self.reached: dict[str, dict[int, Any]] = {}
        self.ids: dict[int, Any] = {}
        self.opaque: dict[int, str] = {}
        self.report: dict[str, Any] = {}

    def run(self, iterable: Iterable[Any]) -> Iterator[Any]:
        """Make the trial. Comes back in shadows only, with the items in their order."""
        try:
            self._trial(iterable)
        except InShadow as here:
            return here.items
        except BaseException as error:
            self.report["problem"] = f"the trial failed: {type(error).__name__}: {error}"
        self.report["queued_s"] = self.clock.queued_s()
        data = marshal.dumps(self.report)
        while data:
            data = data[os.write(self.writing, data) :]
        self.loop.exit(0)
        raise AssertionError  # nothing comes back from _exit

    def _trial(self, iterable: Iterable[Any]) -> None:
        self._settle()
        if self._read(iterable):
            self._end_after(_stopwatch.BUSIEST * self.most_s + 1.0)
            self._look_around()
            self._run_orders()

    def _settle(self) -> None:
        """Become a process of our own: no signal handler, no shared file, no effect."""
        gc.disable()  # a collection may run finalizers, at a time that is not the program's
        for number in range(1, _signal.NSIG):
            try:
                if callable(_signal.getsignal(number)):
                    _signal.signal(number, _signal.SIG_DFL)
            except (OSError, ValueError):
                continue
        self._end_after(self.limit_s + 3 * _GRACE_S)
        _isolation.cut_off({self.writing, self.clock.fd})
        self.output = _isolation.capture_output()
        sys.addaudithook(self.effects.hook)
        self.effects.armed = True
        sys.audit("paradvisor.probe")
        self.effects.armed = False
        if not self.effects.works:
            raise RuntimeError("the program does not let its effects be stopped")
        self._restore_generator()

    @staticmethod
    def _end_after(seconds: float) -> None:
        """The kernel ends this process, whatever it does then."""
        _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_signal.SIGALRM})
        _signal.setitimer(_signal.ITIMER_REAL, max(0.01, seconds))

    def _restore_generator(self) -> None:
        if self.generator is not None:  # forking has seeded it anew
            generator = sys.modules["random"]._inst
            _random.Random.setstate(generator, self.generator[0])
            generator.gauss_next = self.generator[1]

    def _read(self, iterable: Iterable[Any]) -> bool:
        """Read the items ahead; False where there is nothing to try."""
        self.effects.armed = True
        try:
            self.fed = hasattr(iterable, "__next__") or type(iterable) in (set, frozenset)
            self.fed = self.fed and type(iterable) not in (zip, enumerate, reversed)
            self.stored = _is_stored(iterable)
            self.items = list(islice(iterable, _MOST_ITEMS))
        except BaseException as error:
            self.report["problem"] = f"reading the items ahead raised {type(error).__name__}"
        self.effects.armed = False
        self.report["items"] = len(self.items)
        self.report["all_items"] = len(self.items) < _MOST_ITEMS
        if self.effects.seen:
            self.report["effects"] = list(self.effects.seen)
            self.report["problem"] = "reading the items has an effect outside the program"
        elif len(self.items) < 2 and "problem" not in self.report:
            self.report["problem"] = "it ran for fewer than two iterations"
        return "problem" not in self.report

    # --- state --------------------------------------------------------------------------------

    def _roots(self) -> Iterator[tuple[str, Any]]:
        """Every variable that the loop can see, with a name to show, and the process's state."""
        local = self.frame.f_locals
        scope = self.frame.f_globals
        for name, value in list(local.items()):
            if name not in self.private and not name.startswith(("paradvisor ", ".")):
                yield name, value
        for module, names in _state.modules_of(self.loop.probe.is_users):
            mine = names is scope
            for name, value in list(names.items()):
                if name.startswith("__"):
                    continue
                if mine and (local is scope or name in self.private_globals):
                    continue
                yield (name if mine else f"{module}.{name}"), value
        yield from _state.of_process().items()

    def _look_around(self) -> None:
        begun = time.perf_counter()
        self.before, self.whole = self._digests(begun + _STATE_PART * self.limit_s, keep=True)
        self.walk_s = time.perf_counter() - begun
        self.report["whole_state"] = self.whole
        self.report["distinct"] = len(set(map(id, self.items))) == len(self.items)
        if self.whole:
            self._compare_variables(time.perf_counter() + _STATE_PART * self.limit_s)

    def _compare_variables(self, until: float) -> None:
        """Which variables, and attributes of their objects, hold a mutable object in common."""
        held: dict[str, set[int]] = {}
        classes: dict[str, int] = {}
        paths = self._paths()
        if self.stored and self.report["all_items"] and self.loop.spec["item"]:
            paths.append((self.loop.spec["item"], self.items))
        for path, value in paths:
            if isinstance(value, type):
                classes[path] = id(value)
            if type(value) in _PLAIN:
                held[path] = set()
                self.reached.setdefault(path, {})
                continue
            if path not in self.reached:
                walk = _state.Walk(self.loop.probe.is_users, _MOST_OBJECTS, until)
                walk.digest(value)
                if not walk.complete:
                    if value is self.items:  # the last: of the others all is known
                        break
                    return
                self.reached[path] = walk.ids
            ids = self.reached[path]
            held[path] = {key for key, item in ids.items() if not isinstance(item, type)}
        compared = list(held)
        self.report["apart"] = compared
        self.report["overlaps"] = [
            [one, other]
            for number, one in enumerate(compared)
            for other in compared[number + 1 :]
            if not held[one].isdisjoint(held[other])
            or classes.get(one) in self.reached[other]
            or classes.get(other) in self.reached[one]
        ]

    def _paths(self) -> list[tuple[str, Any]]:
        """The variables that the function mentions, with two levels of attributes, and globals.

        Those that functions it calls may read. A name that means several objects is left out.
        """
        code = self.frame.f_code
        mentioned = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
        local, scope = self.frame.f_locals, self.frame.f_globals
        held = {**scope, **local}
        names = sorted(mentioned & held.keys())
        names += sorted(name for name in scope.keys() - mentioned if not name.startswith("__"))
        found: list[tuple[str, Any]] = [
            (name, held[name]) for name in names if not self._is_ambiguous(name, held[name])
        ]
        for _ in range(2):
            known = {path for path, _ in found}
            found += [
                (f"{path}.{name}", item)
                for path, value in found
                for name, item in _fields(value)
                if f"{path}.{name}" not in known
            ]
        found = [
            (path, value)
            for path, value in found
            if _may_hold(value) or type(value) in _PLAIN or self._is_own_class(value)
        ]
        found.sort(key=lambda pair: type(pair[1]) in _PLAIN)
        return found[:_MOST_PATHS]

    def _is_own_class(self, value: Any) -> bool:
        module = sys.modules.get(value.__module__) if isinstance(value, type) else None
        return module is not None and self.loop.probe.is_users(str(module.__dict__.get("__file__")))

    def _is_ambiguous(self, name: str, value: Any) -> bool:
        """Whether a module of the program's has something else under this name."""
        return any(
            name in names and names[name] is not value and _may_hold(names[name])
            for _, names in _state.modules_of(self.loop.probe.is_users)
        )

    def _digests(
        self, until: float = float("inf"), *, keep: bool = False
    ) -> tuple[dict[str, bytes], bool]:
        """The digest of each root, and whether all was seen; ``keep`` what it reached."""
        most = _MOST_OBJECTS
        found: dict[str, bytes] = {}
        for name, value in self._roots():
            walk = _state.Walk(self.loop.probe.is_users, most, until)
            found[name] = walk.digest(value)
            most -= len(walk._seen)
            if keep:
                self.reached[name] = walk.ids
                self.ids.update(walk.ids)
                self.opaque.update(walk.opaque)
            if most <= 0 or not walk.complete:
                return found, False
        return found, True

    # --- orders -------------------------------------------------------------------------------

    def _run_orders(self) -> None:
        first = self._calibrate()
        if not first.get("digests"):
            self.report["problem"] = first.get("problem", "no iteration ended in time")
            self._take_effects(first)
            return
        serial = self._serial(first)
        sample = sorted(serial.get("digests", ()))
        self._take_serial(serial)
        if not sample:
            self.report["problem"] = serial.get("problem", "no iteration ended in time")
            return
        if self.loop.spec["looking"]:
            self.report["orders"] = ["serial"]
            observed = self._begin("observed", sample[:_OBSERVED], self._look_s())
            self.report["facts"] = self._results([observed])[0].get("facts")
            return
        plan = [("observed", sample[:_OBSERVED]), ("reversed", _orders.reversed_(sample))]
        plan += [(f"shuffled {seed}", _orders.shuffled(sample, seed)) for seed in _SEEDS]
        plan += [(f"dealt {n}", half) for n, half in enumerate(_orders.dealt(sample), 1)]
        self.report["orders"] = ["serial"]
        look_s = self._look_s()
        reserve = _RESERVE if len(sample) > _FEWEST else _LARGE_RESERVE
        self.limit_s = min(self.most_s, reserve * self.limit_s)
        crowd: list[dict[str, Any]] = []
        for start in range(0, len(plan), self.workers):
            some = plan[start : start + self.workers]
            running = [self._begin(name, order, look_s) for name, order in some]
            results = self._results(running)
            for (name, order), result in zip(some, results, strict=True):
                if name == "observed":
                    self.report["facts"] = result.get("facts")
                else:
                    self._compare(name, order, serial, result)
            if 1 < len(some) == self.workers:
                crowd += [
                    result
                    for (name, _), result in zip(some, results, strict=True)
                    if name != "observed"
                ]
        self.report["crowded"] = self._crowded(crowd, sample)
        self.report["beside"] = self._beside(sample)

    def _begin(self, name: str, order: list[int], look_s: float) -> Running | None:
        """Start the shadow of an order, or the traced one."""
        if name == "observed":
            return self._start(order, look_s, observe=True)
        again = name == "reversed" and self.walk_s < _CHEAP_STATE * self.limit_s
        return self._start(order, self._left(), state=again)

    def _crowded(self, results: list[dict[str, Any]], sample: list[int]) -> float | None:
        """How many times as long iterations took while the other cores ran some as well.

        Longer where they share caches, or the way to the memory.
        """
        count = sum(len(result.get("digests", ())) for result in results)
        alone_s: float = self.report["head_s"] / len(sample)
        if count * alone_s < _LEAST_CROWD_S:
            return None
        together_s: float = sum(map(_without_queue, results))
        return max(1.0, together_s / (count * alone_s))

    def _beside(self, sample: list[int]) -> float | None:
        """How many times as long iterations take beside a thread that always wants the GIL.

        Twice as long where they hold it, as long as ever where they do not; None if there is no
        time to see.
        """
        each_s = self.report["head_s"] / len(sample)
        time_s = min(_BESIDE_S, (self._left() - self.fixed_s) / 5)
        count = min(len(sample), int(time_s / max(each_s, 1e-7)))
        if count * each_s < _LEAST_BESIDE_S:
            return None
        # The first time is for what a forked copy does only once: its memory is copied then.
        result = self._shadow(sample[:count] * 3, self._left(), alone=count)
        warm_s, alone_s = result.get("warm", 0.0), result.get("alone", 0.0)
        alone_s, both_s = alone_s - warm_s, result.get("seconds", 0.0) - warm_s
        complete = len(result.get("digests", ())) == count and not result["cut"]
        return (both_s - alone_s) / alone_s if alone_s and complete else None

    def _calibrate(self) -> dict[str, Any]:
        """The first iterations in serial order, for a part of the time: how long they take.

        At least the fewest that can be tried, so that long ones need not be run again.
        """
        begun = self.clock.elapsed_s()
        everything = list(range(min(len(self.items), _MOST_ITERATIONS)))
        left_s = self._left()
        first = self._shadow(everything, _LONGEST * left_s, state=True, enough_s=left_s / _RUNS)
        wall_s = first.get("wall", 0.0)
        self.each_s = wall_s / max(1, len(first.get("digests", ())))
        looked_s = self.walk_s if "after" in first else 0.0
        self.fixed_s = max(0.001, self.clock.elapsed_s() - begun - wall_s - looked_s)
        return first

    def _serial(self, first: dict[str, Any]) -> dict[str, Any]:
        """Serial order on as many iterations as there is time for, in all orders."""
        done = len(first["digests"])
        orders = -(-_ORDERS // self.workers)
        if done == len(self.items) and not first["cut"] and done <= self._affordable(orders):
            return first
        count = min(_MOST_ITERATIONS, self._affordable(orders + 1))
        if done == count == _FEWEST and not first["cut"]:
            return first
        return self._shadow(_orders.sampled(len(self.items), count), self._left(), state=True)

    def _affordable(self, runs: int) -> int:
        """Iterations that can be run so many times, one after the other."""
        left_s = 0.75 * (self._left() - self._look_s()) - runs * self.fixed_s - self.walk_s
        return max(_FEWEST, int(left_s / (runs * max(1e-7, self.each_s))))

    def _look_s(self) -> float:
        """Time for the traced run, which is slow."""
        return _LOOK_PART * max(0.0, self._left()) + _LEAST_LOOK_S

    def _left(self) -> float:
        return self.clock.left_s(self.limit_s)  # type: ignore[no-any-return]

    def _take_serial(self, serial: dict[str, Any]) -> None:
        self._take_effects(serial)
        self.report["digests"] = serial.get("digests", {})
        self.report["head_s"] = _without_queue(serial)
        self.report["travel_s"] = serial.get("travel", 0.0)
        self.report["touched"] = self._touched(serial)
        self.report["whole_state"] = self.whole and "after" in serial
        for key in (
            "returned",
            "shared",
            "opaque_result",
            "stuck",
            "inexact",
            "unordered",
            "read",
            "listed",
        ):
            self.report[key] = serial.get(key)
        self.report["printed"] = bool(serial.get("outputs"))

    def _compare(
        self, name: str, order: list[int], serial: dict[str, Any], result: dict[str, Any]
    ) -> None:
        self._take_effects(result)
        digests = result.get("digests", {})
        if 2 * len(digests) < len(order):
            self.report.setdefault("unfinished", []).append(name)
        else:
            self.report["orders"].append(name)
        outputs, printed = result.get("outputs", {}), serial.get("outputs", {})
        different = [
            n
            for n in order
            if n in digests
            and (digests[n] != serial["digests"][n] or outputs.get(n) != printed.get(n))
        ]
        if different:
            before = order[max(0, order.index(different[0]) - 1)]
            self.report.setdefault("differences", []).append(
                [name, different[0], before, len(different), len(order)]
            )
        if "after" in result and result["after"] != serial.get("after"):
            changed = [n for n, d in result["after"].items() if serial["after"].get(n) != d]
            self.report["ordered_state"] = changed

    def _touched(self, serial: dict[str, Any]) -> list[str]:
        if "after" not in serial:
            return []
        after = serial["after"]
        names = {**self.before, **after}
        return [name for name in names if self.before.get(name) != after.get(name)]

    def _take_effects(self, result: dict[str, Any]) -> None:
        known = self.report.setdefault("effects", [])
        known += [effect for effect in result.get("effects", ()) if effect not in known]

    def _shadow(self, order: list[int], limit_s: float, **how: Any) -> dict[str, Any]:
        """Fork a shadow and wait for what it reports."""
        return self._results([self._start(order, limit_s, **how)])[0]

    def _start(
        self,
        order: list[int],
        limit_s: float,
        *,
        state: bool = False,
        observe: bool = False,
        enough_s: float | None = None,
        alone: int | None = None,
    ) -> Running | None:
        """Fork a shadow; None if there is no time for it.

        After ``enough_s`` seconds, if that is given, it ends with the iteration, if that is not one
        of the fewest. After ``alone`` iterations, another thread computes beside it.
        """
        left_s = self._left()
        if left_s <= 0 or not order:
            return None
        reading, writing = os.pipe()
        pid = self.loop.fork()
        if pid:
            os.close(writing)
            more_s = _GRACE_S + (2 * self.walk_s if state else 0.0)
            # Its limit is one of CPU time; it may wait for a while as well.
            return Running(pid, reading, _WALL * min(left_s, limit_s) + more_s)
        os.close(reading)
        self._end_after(_stopwatch.BUSIEST * left_s + 1.0)
        self._restore_generator()
        self.output = _isolation.capture_output()  # others may run at the same time
        shadow = _copies.Shadow(self, writing, limit_s, state)
        if observe:
            shadow.observer = _seen.Observer(
                self.loop.probe.is_users, self.ids, self.opaque, shadow.left_s
            )
        shadow.alone = alone
        if enough_s is not None:
            shadow.enough_s, shadow.least = enough_s, _FEWEST
        self.loop.shadow = shadow
        raise InShadow(shadow.over(order))

    def _results(self, running: list[Running | None]) -> list[dict[str, Any]]:
        """What shadows that run at the same time report, when all have ended."""
        no_time = {"problem": "no time was left"}
        before_s = self.clock.elapsed_s()
        found = [shadow.result() if shadow is not None else no_time for shadow in running]
        self.clock.lend(max((s.queued_s for s in running if s), default=0.0), before_s)
        return found


class Running:
    """A shadow, seen from the witness."""

    def __init__(self, pid: int, reading: int, limit_s: float) -> None:
        self.pid = pid
        self.reading = reading
        self.limit_s = limit_s
        self.clock = _stopwatch.Stopwatch(pid)
        self.queued_s = 0.0

    def result(self) -> dict[str, Any]:
        """What it reports, or how it ended; it is killed where it does not stop when it should."""
        blocks = []
        while block := self._next():
            blocks.append(block)
        os.close(self.reading)
        self.queued_s = self.clock.stop()
        _, status = os.waitpid(self.pid, 0)
        if os.waitstatus_to_exitcode(status) or not blocks:
            return {"problem": _how_it_ended(status)}
        return marshal.loads(b"".join(blocks))  # type: ignore[no-any-return]

    def _next(self) -> bytes:
        """The next part of its report; nothing at the end, or when its time is over."""
        while not select.select([self.reading], [], [], self.clock.left_s(self.limit_s))[0]:
            if not self.clock.left_s(self.limit_s):
                os.kill(self.pid, _signal.SIGKILL)
                return b""
        return os.read(self.reading, 1 << 20)


def _is_stored(iterable: Any) -> bool:
    """Whether items are in a container, and none is made while they are read."""
    if type(iterable) is enumerate:
        return type(iterable.__reduce__()[1][0]) in _OVER_CONTAINERS
    return hasattr(iterable, "__len__")


def _fields(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, type) or type(value).__module__ == "builtins":
        return []
    try:
        return list(object.__getattribute__(value, "__dict__").items())
    except AttributeError:
        return []


def _may_hold(value: Any) -> bool:
    """Whether a variable's object can change or hold what can."""
    import types

    plain = (int, float, complex, str, bytes, type, types.FunctionType, types.ModuleType)
    return value is not None and not isinstance(value, (*plain, types.BuiltinFunctionType))


def _without_queue(result: dict[str, Any]) -> float:
    """Seconds of the head, had its process not had to wait for a processor."""
    seconds, wall_s = result.get("seconds", 0.0), result.get("wall", 0.0)
    return seconds * wall_s / (wall_s + result["queued"]) if wall_s > 0 else seconds  # type: ignore[no-any-return]


def _fitting(workers: int) -> int:
    """How many shadows can run at a time, if each writes to all of the program's memory."""
    most = max(1, min(workers, _MOST_AT_A_TIME))
    try:
        with open("/proc/self/statm", "rb") as file:
            own = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        with open("/proc/meminfo", "rb") as file:
            fields = dict(line.split(b":") for line in file)
        available = int(fields[b"MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, LookupError):
        return 1
    return max(1, min(most, int(_MEMORY_PART * available / max(own, 1))))


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code in (-_signal.SIGALRM, -_signal.SIGKILL):  # its own alarm, or the one who waited
        return "it did not end in time"
    return f"it ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}"
