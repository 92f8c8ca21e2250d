"""cProfile: which function calls which, and how often. Its seconds are not to be trusted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paradvisor.model import CallGraph


_TRIES = 2000  # calls to see what tracing a call costs
_NEARLY = 0.1  # of the budget: it is not worth going on with less


class Probe:
    """Runs in the target: cProfile from the first line of the main module on.

    ``options["budget_s"]``: seconds by which it may make the program slower before it stops;
    as many as it takes where that is missing or nothing.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        # cProfile's own engine: cProfile itself imports much that the target may not expect.
        from _lsprof import Profiler

        self.profile: Any = Profiler()
        self.budget_s: float = options.get("budget_s", 0.0)
        self.complete = True
        self.costs: list[float] = []
        self.before: dict[Any, list[Any]] = {}
        """Calls, own seconds and calls of others, by function, up to where it was undisturbed."""
        self.clean = False
        self.running = False
        self.slowed = self.since_s = 0.0

    def start(self) -> None:
        import os
        from time import process_time

        self.costs = _costs()
        self.slowed = _slowed()
        self.running = True
        self.since_s = process_time()
        self.profile.enable()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.stop)

    def stop(self) -> None:
        self.profile.disable()
        self.running = False

    def out_of_budget(self) -> float:
        """Called by the harness after ``budget_s`` seconds of CPU time: how many more there are.

        It goes on while it has cost less than its budget: in a program of few calls, to the end.
        """
        more_s = self.budget_s - self._taken_s()
        if more_s > _NEARLY * self.budget_s:
            return more_s
        self.complete = False
        self.stop()
        return 0.0

    def _taken_s(self) -> float:
        """Seconds by which the calls, and their tracing alone in other code, have held it up."""
        from time import process_time

        call_s, built_in_s = self.costs[3:]
        calls_s = native_s = 0.0
        for entry in self.profile.getstats():
            built_in = isinstance(entry.code, str)
            calls_s += entry.callcount * (built_in_s if built_in else call_s)
            native_s += entry.inlinetime if built_in else 0.0
        interpreted_s = process_time() - self.since_s - calls_s - native_s
        return calls_s + max(0.0, interpreted_s) * self.slowed

    def undisturbed(self) -> None:
        """From here on no other tracer slows the program down."""
        from time import process_time

        self.clean = True
        self.since_s = process_time()
        self.before = self._so_far()

    def _so_far(self) -> dict[Any, list[Any]]:
        """Function -> calls, own seconds, calls of Python functions, calls of built-in ones."""
        found = {}
        for entry in self.profile.getstats():
            called = [0, 0]
            for call in entry.calls or ():
                called[isinstance(call.code, str)] += call.callcount
            found[entry.code] = [entry.callcount, entry.inlinetime, *called]
        return found

    def _own(self) -> list[list[Any]]:
        """Functions with their own seconds while undisturbed, less what tracing them costs."""
        from itertools import starmap
        from operator import sub

        if not self.running:  # measured twice: what disturbs the machine makes costs seem higher
            self.costs = list(map(min, self.costs, _costs()))
        costs = self.costs
        rows = []
        for code, after in self._so_far().items():
            if isinstance(code, str):
                continue
            before = self.before.get(code, [0, 0.0, 0, 0])
            calls, own, python, built_in = starmap(sub, zip(after, before, strict=True))
            own -= calls * costs[0] + python * costs[1] + built_in * costs[2]
            if own > 0:
                rows.append([code.co_filename, code.co_firstlineno, own])
        return rows

    def snapshot(self) -> dict[str, Any]:
        """Functions as [file, line, name, calls, own_s, total_s]; edges by their numbers."""
        import os

        functions: list[list[Any]] = []
        numbers: dict[Any, int] = {}
        edges: list[list[Any]] = []

        def number(code: Any) -> int:
            if isinstance(code, str):
                key = ("~", 0, code)
            else:
                file = os.path.realpath(code.co_filename)
                key = (file, code.co_firstlineno, code.co_qualname)
            if key not in numbers:
                numbers[key] = len(functions)
                functions.append([*key, 0, 0.0, 0.0])
            return numbers[key]

        ours = __file__.rpartition("/")[0]

        def is_ours(code: Any) -> bool:
            """Whether it is of the harness, such as what ends the other tracer."""
            return not isinstance(code, str) and code.co_filename.startswith(ours)

        for entry in self.profile.getstats():
            if is_ours(entry.code):
                continue
            caller = number(entry.code)
            seen = functions[caller]
            seen[3] += entry.callcount
            seen[4] += entry.inlinetime
            seen[5] += entry.totaltime
            for call in entry.calls or ():
                if not is_ours(call.code):
                    edges.append([caller, number(call.code), call.callcount, call.totaltime])
        return {
            "functions": functions,
            "edges": edges,
            "complete": self.complete,
            "own": self._own() if self.clean else [],
        }


def _costs() -> list[float]:
    """Seconds that cProfile adds to what is measured by it, and to what it takes in truth.

    To a called function, to a caller of it, to one of a built-in; by a call, by one of a built-in.
    """
    from _lsprof import Profiler
    from time import perf_counter

    def called() -> None:
        pass

    def calling(count: int) -> None:
        for _ in range(count):
            called()

    def built_in(count: int) -> None:
        for _ in range(count):
            abs(0)

    def idle(count: int) -> None:
        for _ in range(count):
            pass

    def seconds(work: Any) -> float:
        begun = perf_counter()
        work(_TRIES)
        return perf_counter() - begun

    plain = {work: min(seconds(work) for _ in range(5)) for work in (calling, built_in, idle)}
    own: dict[Any, float] = {}
    traced = dict.fromkeys(plain, float("inf"))
    for work in plain:
        tries = []
        for _ in range(5):
            profile = Profiler()
            profile.enable()
            traced[work] = min(traced[work], seconds(work))
            profile.disable()
            tries.append({entry.code: entry.inlinetime for entry in profile.getstats()})
        for function in (work, called):
            if function.__code__ in tries[0]:
                own[function] = min(one[function.__code__] for one in tries)
    call_s = (plain[calling] - plain[idle]) / _TRIES
    in_callee = own[called] / _TRIES - call_s / 2
    of_call = (own[calling] - plain[idle]) / _TRIES - call_s / 2
    of_built_in = (own[built_in] - plain[built_in]) / _TRIES
    taken = [(traced[work] - plain[work]) / _TRIES for work in (calling, built_in)]
    return [max(0.0, cost) for cost in (in_callee, of_call, of_built_in, *taken)]


def _slowed() -> float:
    """The part of interpreted code's time that tracing takes even where nothing is called.

    Up to 3.11 the evaluation loop leaves its specialised instructions for the general ones while a
    profile function is set (DO_TRACING in Python/ceval.c).
    """
    from _lsprof import Profiler
    from time import perf_counter
    from types import SimpleNamespace

    def work() -> float:
        begun = perf_counter()
        thing, pair = SimpleNamespace(value=1), [1.0, 2.0]
        for i in range(_TRIES):
            thing.value = i
            pair[0] = pair[1] + thing.value
        return perf_counter() - begun

    plain = min(work() for _ in range(5))
    profile = Profiler()
    profile.enable()
    traced = min(work() for _ in range(5))
    profile.disable()
    return max(0.0, 1 - plain / traced)


def parse(data: dict[str, Any]) -> CallGraph:
    """The snapshot as a value, in our own process."""
    import os.path

    from paradvisor.model import Call, CallEdge, CallGraph

    return CallGraph(
        functions=tuple(
            Call(file=file, line=line, name=name, calls=calls, own_s=own, total_s=total)
            for file, line, name, calls, own, total in data["functions"]
        ),
        edges=tuple(
            CallEdge(caller=caller, callee=callee, calls=calls, total_s=total)
            for caller, callee, calls, total in data["edges"]
        ),
        complete=data["complete"],
        own=tuple((os.path.realpath(file), line, own) for file, line, own in data["own"]),
    )
