"""Hot functions that a library calls: their loop is the library's, and nobody can share it out.

``table.apply(score, axis=1)`` is a loop over rows, but what pandas does between two calls is not to
be seen. Written as a loop of the program's own it would be judged as any other.
"""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from paradvisor.analysis.attribution import Attribution
from paradvisor.analysis.hotspots import location
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Function
from paradvisor.analysis.trees import nodes_of
from paradvisor.model import CallGraph, Profile, Skip

_SMALLEST_SHARE = 0.25
_FEWEST_CALLS = 8
_CARRIED = {"reduce", "functools.reduce", "accumulate", "itertools.accumulate"}


class Callback(NamedTuple):
    """A function of the user's, handed to a call that calls it again and again."""

    caller: Function
    node: ast.Call
    callee: Function


def skips(profile: Profile, attribution: Attribution) -> list[Skip]:
    """A refusal for each loop inside a library with a quarter of the time or more."""
    graph = profile.calls
    if graph is None:
        return []
    found = []
    for callback, seconds in _seen(attribution).items():
        calls = _calls(graph, callback.callee)
        if seconds < _SMALLEST_SHARE * attribution.wall_s or calls < _FEWEST_CALLS:
            continue
        place = location(callback.caller, callback.node.lineno, callback.node.end_lineno)
        often = f"{calls:,} times" if graph.complete else f"at least {calls:,} times"
        found.append(Skip(place, "PA212", _reason(callback, often)))
    return found


def _seen(attribution: Attribution) -> dict[Callback, float]:
    """Callback -> seconds below it, the longest first."""
    found: dict[Callback, float] = defaultdict(float)
    known: dict[tuple[Function, int, Function], Callback | None] = {}
    for stack, sample in attribution.samples:
        edges = {
            (above.function, above.line, below.function)
            for above, below in itertools.pairwise(stack)
        }
        for edge in edges:
            if edge not in known:
                known[edge] = _callback(*edge)
            if (callback := known[edge]) is not None:
                found[callback] += attribution.seconds([sample])
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))


def _callback(caller: Function, line: int, callee: Function) -> Callback | None:
    """The call on a line that is given the callee; None where the line may call it itself."""
    if isinstance(callee.node, ast.Module):
        return None
    name = callee.node.name
    calls = [
        node
        for node in caller.own_nodes()
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if any(_last_name(node.func) == name for node in calls):
        return None
    # Of calls around each other, it is the innermost that is given the function.
    given = (node for node in calls if name in set(_given(node)))
    innermost = min(given, key=lambda node: len(ast.unparse(node)), default=None)
    if innermost is None or innermost in loop_nodes(caller):
        return None
    if ast.unparse(innermost.func) in _CARRIED:
        return None
    return Callback(caller, innermost, callee)


def _given(call: ast.Call) -> Iterator[str]:
    """Names of what a call is given, and of what the lambdas that it is given call."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        called = {id(node.func) for node in nodes_of(argument) if isinstance(node, ast.Call)}
        for node in nodes_of(argument):
            if isinstance(node, ast.Name | ast.Attribute) and id(node) not in called:
                yield _last_name(node)
            elif isinstance(node, ast.Lambda):
                yield from (_last_name(n.func) for n in nodes_of(node) if isinstance(n, ast.Call))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _calls(graph: CallGraph, function: Function) -> int:
    """How often a function was called, as cProfile counted."""
    place = (function.module.path, function.first_line)
    called = (call.calls for call in graph.functions if (call.file, call.line) == place)
    return max(called, default=0)


def _reason(callback: Callback, often: str) -> str:
    inside = ast.unparse(callback.node.func)
    name = callback.callee.qualname.rpartition(".")[2]
    return (
        f"the loop is inside {inside}, which calls {name} {often}: what happens between "
        f"the calls cannot be seen, so it cannot be shared out. As a loop of the program's own, "
        f"such as {_as_loop(callback.node, name)}, it would be judged"
    )


def _as_loop(call: ast.Call, name: str) -> str:
    """The loop that a person would write instead."""
    over_rows = any(
        k.arg == "axis" and ast.unparse(k.value) in ("1", "'columns'") for k in call.keywords
    )
    if isinstance(call.func, ast.Attribute) and call.func.attr == "apply" and over_rows:
        return f"[{name}(row) for _, row in {ast.unparse(call.func.value)}.iterrows()]"
    return f"[{name}(item) for item in items]"
