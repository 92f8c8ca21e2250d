"""cProfile: which function calls which, and how often. Its seconds are not to be trusted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from paradvisor.model import CallGraph


class Probe:
    """Runs in the target: cProfile from the first line of the main module on.

    ``options["budget_s"]``: CPU seconds after which it stops; none where it is missing.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        # cProfile's own engine: cProfile itself imports much that the target may not expect.
        from _lsprof import Profiler

        self.profile: Any = Profiler()
        self.budget_s = options.get("budget_s")
        self.complete = True

    def start(self) -> None:
        import os

        self.profile.enable()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.stop)

    def stop(self) -> None:
        self.profile.disable()

    def out_of_budget(self) -> None:
        """Called by the harness after ``budget_s`` seconds of CPU time."""
        self.complete = False
        self.stop()

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

        for entry in self.profile.getstats():
            caller = number(entry.code)
            seen = functions[caller]
            seen[3] += entry.callcount
            seen[4] += entry.inlinetime
            seen[5] += entry.totaltime
            for call in entry.calls or ():
                edges.append([caller, number(call.code), call.callcount, call.totaltime])
        return {"functions": functions, "edges": edges, "complete": self.complete}


def parse(data: dict[str, Any]) -> CallGraph:
    """The snapshot as a value, in our own process."""
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
    )
