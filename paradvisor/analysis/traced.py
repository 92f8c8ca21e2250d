"""What the two tracers tell that the sampler cannot: time in short callees, and in single lines.

Their seconds are distorted by what tracing costs, most where most is called. So they only divide
time that the sampler has seen, and only where a call or a line takes far longer than tracing it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from paradvisor.analysis.source import Function, Program
from paradvisor.model import CallGraph, FunctionLines, Profile

_PROFILED_S = 0.3e-6  # a call under cProfile, both tracers' cost
_LONG_S = 3e-6  # a call that takes longer is not mostly tracing
_TRACED_S = 0.12e-6  # a line under line_profiler, at the least
_NODE_S = 0.03e-6  # that an element of the syntax takes, on average
_SLOW = 3
_MOSTLY_OWN = 0.3


class Timed(NamedTuple):
    """What line_profiler saw of one line."""

    seconds: float
    hits: int
    nodes: int
    """Elements of its syntax."""
    calls: bool

    @property
    def beyond_s(self) -> float:
        """Seconds beyond what it costs to trace it."""
        return max(0.0, self.seconds - self.hits * _TRACED_S)

    @property
    def bytecode_s(self) -> float:
        """Seconds that its bytecode should take."""
        return self.hits * _NODE_S * self.nodes


@dataclass(frozen=True)
class Lines:
    """The lines of one function that ran."""

    lines: dict[int, Timed]

    @property
    def hottest(self) -> int:
        """The line with the most time."""
        return max(self.lines, key=lambda line: self.lines[line].seconds)

    def parts(self) -> dict[int, float]:
        """Line -> its part of the function's own time, without what it calls.

        None where no time was seen and no bytecode is known.
        """
        own = {
            line: timed.bytecode_s if timed.calls else max(timed.bytecode_s, timed.beyond_s)
            for line, timed in self.lines.items()
        }
        total = sum(own.values())
        return {line: seconds / total for line, seconds in own.items()} if total else {}

    def native_part(self, own: float) -> float:
        """Of the function's own time, the part that its bytecode cannot have taken.

        ``own`` is the part of the time of its lines that is not its callees'.
        """
        spent = own * sum(timed.beyond_s for timed in self.lines.values())
        expected = sum(timed.bytecode_s for timed in self.lines.values())
        clear = own >= _MOSTLY_OWN and spent > _SLOW * expected
        return 1 - expected / spent if clear else 0.0


def lines_of(profile: Profile, program: Program) -> dict[Function, Lines]:
    """The timed lines of every function that line_profiler watched and that ran."""
    found: dict[Function, dict[int, Timed]] = defaultdict(dict)
    for entry in profile.lines.functions if profile.lines is not None else ():
        module = program.modules.get(entry.file)
        if module is None:
            continue
        for hit in entry.lines:
            lines = found[_owner(program, entry)]
            # A comprehension's rounds, not the statement that holds it.
            if hit.hits > (lines[hit.line].hits if hit.line in lines else 0):
                nodes, calls = module.nodes_of_lines[hit.line], hit.line in module.calling_lines
                lines[hit.line] = Timed(hit.seconds, hit.hits, nodes, calls)
    return {function: Lines(lines) for function, lines in found.items()}


def _owner(program: Program, entry: FunctionLines) -> Function:
    return program.modules[entry.file].function_at(entry.lines[0].line if entry.lines else 1)


def own_parts(profile: Profile, program: Program) -> dict[Function, float]:
    """Function -> the part of its time that was its own, and no callee's, as cProfile saw it.

    Not of functions that call themselves: their lines hold their own time again and again.
    """
    graph = profile.calls
    if graph is None:
        return {}
    functions = _functions(graph, program)
    own: dict[Function, float] = defaultdict(float)
    called: dict[Function, float] = defaultdict(float)
    callees: dict[Function, set[Function]] = defaultdict(set)
    for number, function in functions.items():
        own[function] += graph.functions[number].own_s
    for edge in graph.edges:
        caller, callee = functions.get(edge.caller), functions.get(edge.callee)
        if caller is None:
            continue
        if callee is not caller:
            called[caller] += edge.total_s
        if callee is not None and (callee is not caller or edge.caller == edge.callee):
            callees[caller].add(callee)
    return {
        function: seconds / (seconds + called[function])
        for function, seconds in own.items()
        if seconds and function not in _reached(function, callees)
    }


def _reached(start: Function, callees: dict[Function, set[Function]]) -> set[Function]:
    """Functions that a function calls, directly or not; itself only if it is recursive."""
    found: set[Function] = set()
    pending = set(callees[start])
    while pending:
        found |= pending
        pending = {further for one in pending for further in callees[one]} - found
    return found


def own_seconds(profile: Profile, program: Program) -> dict[Function, float]:
    """The user's functions with their own seconds by cProfile, its cost taken away."""
    found: dict[Function, float] = defaultdict(float)
    for file, line, own in profile.calls.own if profile.calls is not None else ():
        if file in program.modules:
            found[program.modules[file].function_at(line)] += own
    return dict(found)


def main_callers(profile: Profile, program: Program) -> dict[Function, Function]:
    """Function -> that other one of the user's which calls it most often."""
    graph = profile.calls
    if graph is None:
        return {}
    functions = _functions(graph, program)
    calls: dict[Function, Counter[Function]] = defaultdict(Counter)
    for edge in graph.edges:
        caller, callee = functions.get(edge.caller), functions.get(edge.callee)
        if caller is not None and callee is not None and caller is not callee:
            calls[callee][caller] += edge.calls
    return {callee: callers.most_common(1)[0][0] for callee, callers in calls.items()}


def leaf_callees(profile: Profile, program: Program) -> dict[Function, dict[Function, float]]:
    """Function -> its callees that call nobody of the user's -> their part of its time and theirs.

    Only callees whose calls last long enough for cProfile to time them.
    """
    graph = profile.calls
    if graph is None:
        return {}
    functions = _functions(graph, program)
    inner = {
        edge.caller
        for edge in graph.edges
        if functions.get(edge.callee) not in (None, functions.get(edge.caller))
    }
    own: dict[Function, float] = defaultdict(float)
    for number, function in functions.items():
        call = graph.functions[number]
        own[function] += max(0.0, call.own_s - call.calls * _PROFILED_S)
    parts: dict[Function, dict[Function, float]] = defaultdict(dict)
    for edge in graph.edges:
        caller, callee = functions.get(edge.caller), functions.get(edge.callee)
        if caller is None or callee is None or caller is callee or edge.callee in inner:
            continue
        if edge.total_s > _LONG_S * edge.calls:
            spent = edge.total_s - _PROFILED_S * edge.calls
            parts[caller][callee] = parts[caller].get(callee, 0.0) + spent
    return {
        caller: {
            callee: spent / (own[caller] + sum(callees.values()))
            for callee, spent in callees.items()
        }
        for caller, callees in parts.items()
    }


def _functions(graph: CallGraph, program: Program) -> dict[int, Function]:
    """The user's functions among cProfile's, comprehensions with the functions they are in."""
    return {
        number: program.modules[call.file].function_at(call.line)
        for number, call in enumerate(graph.functions)
        if call.file in program.modules
    }
