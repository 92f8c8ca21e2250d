"""How often a loop was entered and how often it turned, as far as something counted it.

Line counts tell where the whole run was traced; else the calls that each iteration makes, which
cProfile counts in any case. A line is only taken at its word if it runs once an iteration: one that
spreads over several lines is counted each time that control comes back to it, and on 3.12 and later
a comprehension's rounds are counted on its function's lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from paradvisor.analysis.bodies import always_evaluated, contains_break, same_loop
from paradvisor.analysis.source import Function
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.model import Profile, Trial

Statement = ast.For | ast.While | ast.AsyncFor
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Assert, ast.Delete)


def count(profile: Profile, function: Function, node: ast.AST) -> tuple[int | None, int | None]:
    """(times entered, iterations in all) of a loop; None for what nothing counted."""
    if isinstance(node, Statement):
        entries, iterations = _statement(profile, function, node)
        if iterations is None:
            iterations = _calls_in(profile, function, node)
        return entries, iterations
    if not isinstance(node, Comprehension):
        return None, None
    called = _calls_in(profile, function, node)
    entries = _entries(profile, function, node)
    return entries, called if called is not None else _rounds(profile, function, node)


def counted_by(trial: Trial | None, node: ast.AST) -> tuple[int | None, int | None]:
    """The same, by the calls at a loop that was tried; a loop that leaves early has fewer items."""
    if trial is None or not trial.of_entries:
        return None, None
    leaves = isinstance(node, Statement) and any(
        isinstance(part, ast.Break | ast.Return) for part in _leaving(node)
    )
    return trial.of_entries, None if leaves else trial.all_iterations


def _statement(
    profile: Profile, function: Function, node: Statement
) -> tuple[int | None, int | None]:
    entries = _entries(profile, function, node)
    hits = _own_hits(profile, function)
    header = hits.get(node.lineno) if _header_alone(node) else None
    line = next(_lines_run_once(node.body, after=node.lineno), None)
    iterations = None
    if line is not None and node.lineno in hits:
        iterations = hits.get(line, 0)
    leaves = any(isinstance(part, ast.Break | ast.Return) for part in _leaving(node))
    if header is None or leaves:
        return entries, iterations
    if iterations is not None:
        return header - iterations or entries, iterations
    return entries, max(0, header - entries) if entries is not None else None


def _leaving(node: Statement) -> Iterator[ast.AST]:
    yield from same_loop(node.body)
    yield from (part for part in nodes_of(node) if isinstance(part, ast.Return))


def _header_alone(node: Statement) -> bool:
    """Whether the header's line is counted once a round, and once more at each end."""
    deciding = node.test if isinstance(node, ast.While) else node.iter
    alone = deciding.end_lineno == node.lineno and node.body[0].lineno > node.lineno
    return alone and not isinstance(deciding, ast.Constant)


def _lines_run_once(body: list[ast.stmt], after: int) -> Iterator[int]:
    """Lines of a body that every iteration runs exactly once."""
    last = after
    for statement in body:
        alone = last < statement.lineno == statement.end_lineno
        plain = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        match statement:
            case ast.If(test=test, body=[first, *_]):
                if last < test.lineno == test.end_lineno and first.lineno > test.lineno:
                    yield test.lineno
            case ast.With(body=inner) | ast.Try(body=inner):
                yield from _lines_run_once(inner[:1], statement.lineno)
            case _ if alone and isinstance(statement, _SIMPLE) and not plain:
                if not isinstance(statement, ast.AnnAssign) or statement.value is not None:
                    yield statement.lineno
        if _may_leave(statement):
            return
        last = statement.end_lineno or statement.lineno


def _may_leave(statement: ast.stmt) -> bool:
    """Whether control may not come to the statement after this one."""
    return contains_break(statement) or any(
        isinstance(part, ast.Continue | ast.Return | ast.Raise) for part in nodes_of(statement)
    )


def _own_hits(profile: Profile, function: Function) -> dict[int, int]:
    """Line -> hits of a function's own code, without those of the functions defined in it."""
    if profile.lines is None or not profile.lines.complete:
        return {}
    name = "<module>" if isinstance(function.node, ast.Module) else function.node.name
    return {
        hit.line: hit.hits
        for entry in profile.lines.functions
        if entry.file == function.module.path
        and entry.name.split(".")[-1] == name
        and (entry.first_line == function.first_line or name == "<module>")
        for hit in entry.lines
    }


def _rounds(profile: Profile, function: Function, node: Comprehension) -> int | None:
    """Rounds of a comprehension that had a code object, up to 3.11, by the line of its target."""
    line = node.generators[0].target.lineno
    element = node.value if isinstance(node, ast.DictComp) else node.elt
    tests = node.generators[0].ifs
    if len(node.generators) > 1 or line in (node.lineno, element.end_lineno):
        return None
    if tests and tests[0].lineno == line:
        return None
    found = [
        hit.hits
        for entry in (profile.lines.functions if profile.lines is not None else ())
        if profile.lines is not None
        and profile.lines.complete
        and entry.file == function.module.path
        and entry.first_line == node.lineno
        and entry.name.endswith("comp>")
        for hit in entry.lines
        if hit.line == line
    ]
    return found[0] if len(found) == 1 else None


def _once(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """Expressions that every iteration evaluates, of the statements that it cannot skip."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield statement.test
        elif isinstance(statement, _SIMPLE):
            yield from (
                part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)
            )
        elif isinstance(statement, ast.With | ast.Try):
            yield from _once(statement.body[:1])
        if _may_leave(statement):
            return


def _expressions(node: Statement | Comprehension) -> Iterator[ast.expr]:
    if isinstance(node, Statement):
        yield from _once(node.body)
    elif node.generators[0].ifs:
        yield node.generators[0].ifs[0]
    elif len(node.generators) > 1:
        yield node.generators[1].iter
    else:
        yield node.value if isinstance(node, ast.DictComp) else node.elt


def _evaluated(node: ast.expr) -> Iterator[ast.expr]:
    yield node
    for part in always_evaluated(node):
        yield from _evaluated(part)


def _calls_in(profile: Profile, function: Function, node: Statement | Comprehension) -> int | None:
    """Calls of a user's function that happen once in every iteration, if there is one."""
    graph = profile.calls
    if graph is None or not graph.complete:
        return None
    names = {
        part.func.id
        for expression in _expressions(node)
        for part in _evaluated(expression)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    sites = [
        part.func.id
        for part in function.own_nodes()
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    ]
    callers = {
        number
        for number, call in enumerate(graph.functions)
        if call.file == function.module.path and call.line in (function.first_line, node.lineno)
    }
    counts = [
        sum(
            edge.calls
            for edge in graph.edges
            if edge.caller in callers
            and graph.functions[edge.callee].file in profile.sources
            and graph.functions[edge.callee].name.split(".")[-1] == name
        )
        for name in names
        if sites.count(name) == 1
    ]
    return max(counts, default=0) or None


def _entries(profile: Profile, function: Function, node: ast.AST) -> int | None:
    """How often control came to a loop: once a call, or once a round of the loop around it."""
    parents = parents_of(function.node)
    below, above = node, parents[node]
    certain = True
    while above is not function.node and not isinstance(above, Statement):
        certain = certain and _surely_runs(above, below)
        below, above = above, parents[above]
    if isinstance(above, Statement):
        straight = _among(below, _straight(above.body))
        return count(profile, function, above)[1] if straight and certain else None
    calls = _calls_of(profile, function)
    straight = _among(below, _straight(function.node.body))
    return calls if (straight and certain) or calls == 1 else None


def _straight(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a block that run whenever it does."""
    for statement in body:
        yield statement
        if _may_leave(statement):
            return


def _surely_runs(above: ast.AST, below: ast.AST) -> bool:
    match above:
        case ast.With(body=body):
            return _among(below, _straight(body))
        case ast.Try(body=body):
            return _among(below, body[:1])
        case ast.expr():
            return _among(below, always_evaluated(above))
        case ast.keyword():
            return True
    return isinstance(above, _SIMPLE)


def _among(node: ast.AST, others: Iterable[ast.AST]) -> bool:
    return any(node is other for other in others)


def _calls_of(profile: Profile, function: Function) -> int | None:
    if function.qualname == "<module>":
        return 1
    calls = profile.calls
    if (
        calls is None or not calls.complete or function.is_generator
    ):  # of which each step counts as a call
        return None
    return (
        sum(
            call.calls
            for call in calls.functions
            if call.file == function.module.path and call.line == function.first_line
        )
        or None
    )
