"""line_profiler on the hot functions: how often each line runs. Its seconds are distorted too.

The functions are not wrapped: their code objects are registered before the module that holds
them runs, so tracebacks, pickling, decorators and introspection see the program as it is.

Tracing slows the whole interpreter down, by ten times and more, however few functions are watched.
So it ends after a budget of CPU time, and the rest of the run is only the program's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from paradvisor.model import LineCounts


class Probe:
    """Runs in the target.

    ``options["functions"]``: file -> first lines of the functions wanted, 0 for a module's body,
    -1 for all that it holds;
    ``options["budget_s"]``: CPU seconds to trace for.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.profiler: Any = _line_profiler()
        self.wanted = {file: set(lines) for file, lines in options["functions"].items()}
        self.budget_s = options["budget_s"]
        self.tracing = False
        self.complete = True
        self.begun = self.traced = (0.0, 0.0)
        """Seconds of the clock, and of waiting for a core: at the begin, and until the end."""

    def start(self) -> None:
        import os

        self.tracing = True
        self.begun = _clocks()
        self.profiler.enable()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.stop)

    def stop(self) -> None:
        if self.tracing:
            self.tracing = False
            self.profiler.disable()
            self.traced = self._so_far()

    def _so_far(self) -> tuple[float, float]:
        (wall_s, queued_s), (wall_0, queued_0) = _clocks(), self.begun
        return wall_s - wall_0, queued_s - queued_0

    def out_of_budget(self) -> float:
        """Called by the harness after ``budget_s`` seconds of CPU time: there are no more."""
        self.complete = False
        self.stop()
        return 0.0

    def wants(self, path: str) -> bool:
        """Whether a file holds functions to watch."""
        return path in self.wanted

    def transform(self, path: str, code: CodeType, source: bytes) -> CodeType:
        """Register the wanted code objects of a module; line_profiler gives each a mark."""
        return self._register(code, self.wanted[path], inside=False)

    def _register(self, code: CodeType, lines: set[int], inside: bool) -> CodeType:
        import types

        # A comprehension is a code object of its own up to 3.11: it belongs to its function.
        wanted = code.co_firstlineno in lines or (inside and code.co_name.startswith("<"))
        wanted = wanted or -1 in lines or (code.co_name == "<module>" and 0 in lines)
        constants = tuple(
            self._register(constant, lines, wanted)
            if isinstance(constant, types.CodeType)
            else constant
            for constant in code.co_consts
        )
        code = code.replace(co_consts=constants)
        if not wanted:
            return code
        cells = tuple(types.CellType() for _ in code.co_freevars)
        carrier = types.FunctionType(code, {}, code.co_name, None, cells or None)
        self.profiler.add_function(carrier)
        return carrier.__code__

    def snapshot(self) -> dict[str, Any]:
        """Functions as [file, first line, name, [[line, hits, seconds], ..]].

        Without the part for which the main thread had to wait for a core: else every line seems
        slow on a busy machine.
        """
        import os

        wall_s, queued_s = self._so_far() if self.tracing else self.traced
        part = max(0.0, 1 - queued_s / wall_s) if wall_s else 1.0
        stats = self.profiler.get_stats()
        functions = [
            [
                os.path.realpath(file),
                first,
                name,
                [[line, hits, ticks * stats.unit * part] for line, hits, ticks in timings],
            ]
            for (file, first, name), timings in stats.timings.items()
        ]
        return {"functions": functions, "complete": self.complete}


def _clocks() -> tuple[float, float]:
    """Seconds of the clock, and for which the main thread has waited for a core (schedstat)."""
    import os
    import time

    try:
        with open(f"/proc/self/task/{os.getpid()}/schedstat", encoding="ascii") as file:
            queued_s = int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):  # not on Linux
        queued_s = 0.0
    return time.perf_counter(), queued_s


def _line_profiler() -> Any:
    """A LineProfiler that traces as sys.settrace does: beside cProfile, and in several threads.

    Where it uses sys.monitoring, as it does by itself from 3.12 on, it takes cProfile's place.
    """
    import os

    before = os.environ.get("LINE_PROFILER_CORE")
    os.environ["LINE_PROFILER_CORE"] = "ctrace"
    try:
        from line_profiler import LineProfiler
    finally:
        if before is None:
            del os.environ["LINE_PROFILER_CORE"]
        else:
            os.environ["LINE_PROFILER_CORE"] = before
    return LineProfiler()


def parse(data: dict[str, Any]) -> LineCounts:
    """The snapshot as a value, in our own process."""
    from paradvisor.model import FunctionLines, LineCounts, LineHit

    functions = tuple(
        FunctionLines(
            file=file,
            first_line=first,
            name=name,
            lines=tuple(
                LineHit(line=line, hits=hits, seconds=seconds) for line, hits, seconds in lines
            ),
        )
        for file, first, name, lines in data["functions"]
    )
    return LineCounts(functions=functions, complete=data["complete"])
