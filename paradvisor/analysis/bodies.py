"""What the body of a loop looks like: its statements, its exits, the expressions in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from paradvisor.analysis.source import Function, walk_scope
from paradvisor.analysis.trees import nodes_of, parents_of

_CHEAP = {
    "len",
    "str",
    "int",
    "float",
    "repr",
    "range",
    "abs",
    "bool",
    "ord",
    "chr",
    "round",
    "isinstance",
    "id",
    "type",
    "tuple",
    "print",
}


def in_simple_statement(function: Function, node: ast.AST) -> bool:
    """Whether a section can be defined right before the statement that an expression is in."""
    parents = parents_of(function.node)
    above = parents.get(node)
    while above is not None and not isinstance(above, ast.stmt):
        if isinstance(
            above, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp
        ):
            return False
        above = parents.get(above)
    simple = isinstance(above, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return)
    while above is not None and above is not function.node:
        if isinstance(above, ast.ClassDef):  # whose names a function in it does not see
            return False
        above = parents.get(above)
    return simple


def candidates(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement that are evaluated once, before anything else it does."""
    match statement:
        case ast.Expr(value=ast.Call(args=args, keywords=keywords)):
            yield from args
            yield from (keyword.value for keyword in keywords)
        case (
            ast.Assign(value=value)
            | ast.AugAssign(value=value)
            | ast.Return(value=ast.expr() as value)
        ):
            yield value
        case ast.AnnAssign(value=ast.expr() as value):
            yield value
        case ast.For(iter=iterable):
            yield iterable
        case ast.If(test=test):
            yield test


def computes(node: ast.AST) -> bool:
    """Whether code does enough to be worth sending to a worker."""
    return any(
        isinstance(
            part, ast.For | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        )
        or (
            isinstance(part, ast.Call)
            and not (isinstance(part.func, ast.Name) and part.func.id in _CHEAP)
        )
        for part in nodes_of(node)
    )


def cannot_raise(node: ast.expr) -> bool:
    """Whether evaluating an expression raises nothing, names being bound."""
    return all(
        isinstance(
            part,
            ast.Name
            | ast.Constant
            | ast.expr_context
            | ast.Attribute
            | ast.JoinedStr
            | ast.FormattedValue
            | ast.Tuple,
        )
        for part in nodes_of(node)
    )


def always_evaluated(node: ast.expr) -> Iterator[ast.expr]:
    """Direct parts of an expression that it evaluates in any case, and only once."""
    match node:
        case ast.IfExp(test=test):
            yield test
        case ast.BoolOp(values=values):
            yield values[0]
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case ast.Compare(left=left, comparators=[first, *_]):
            yield left
            yield first
        case ast.Call(func=func, args=args, keywords=keywords):
            if isinstance(func, ast.Attribute):
                yield func.value
            for arg in args:
                yield arg.value if isinstance(arg, ast.Starred) else arg
            yield from (keyword.value for keyword in keywords)
        case ast.JoinedStr(values=values):
            yield from (part.value for part in values if isinstance(part, ast.FormattedValue))
        case _:
            yield from (part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))


def same_loop(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Nodes of a body that are not inside another loop."""
    for node in body:
        yield from outside_loops(node)


def outside_loops(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those below it, not entering loops and definitions."""
    yield node
    if isinstance(node, ast.For | ast.While | ast.AsyncFor):
        for part in node.orelse:  # a jump in it is the outer loop's
            yield from outside_loops(part)
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return
    for child in ast.iter_child_nodes(node):
        yield from outside_loops(child)


def contains_break(statement: ast.stmt) -> bool:
    """Whether a statement of a body leaves its loop."""
    return any(isinstance(node, ast.Break) for node in outside_loops(statement))


def counting(loop: ast.While) -> str | None:
    """The ``for`` statement that says the same as a while loop that only counts up, if so."""
    match loop:
        case ast.While(
            test=ast.Compare(left=ast.Name(id=name), ops=[ast.Lt()], comparators=[bound]),
            body=[*body, ast.AugAssign(target=ast.Name(id=counter), op=ast.Add(), value=step)],
            orelse=[],
        ) if name == counter and isinstance(step, ast.Constant):
            changed = {
                node.id
                for statement in body
                for node in nodes_of(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            bounds = {node.id for node in nodes_of(bound) if isinstance(node, ast.Name)}
            jumps = any(isinstance(node, ast.Continue) for node in same_loop(body))
            if changed & {name, *bounds} or jumps or not isinstance(bound, ast.Name | ast.Constant):
                return None
            by = "" if step.value == 1 else f", {ast.unparse(step)}"
            return f"`for {name} in range({name}, {ast.unparse(bound)}{by})`"
    return None


def contains_return(statement: ast.stmt) -> bool:
    """Whether a statement of a body leaves its function."""
    return any(isinstance(node, ast.Return) for node in walk_scope(ast.Module([statement], [])))


def without(tail: list[ast.stmt], hoisted: list[ast.expr]) -> set[str]:
    """Names that the tail reads outside of the hoisted expressions."""
    skipped = {id(node) for expression in hoisted for node in nodes_of(expression)}
    return {
        node.id
        for statement in tail
        for node in nodes_of(statement)
        if isinstance(node, ast.Name)
        and id(node) not in skipped
        and (isinstance(node.ctx, ast.Load) or isinstance(statement, ast.AugAssign))
    }


def accumulated(body: list[ast.stmt]) -> set[str]:
    """Names that a body only adds to: reductions, which a tail can replay."""
    nodes = [node for statement in body for node in nodes_of(statement)]
    sums = [
        node.target
        for node in nodes
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    ]
    elsewhere = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and not any(node is target for target in sums)
    }
    return {target.id for target in sums} - elsewhere


def following(body: list[ast.stmt], loop: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statements after a loop in its block, and after each block that holds it."""
    for number, statement in enumerate(body):
        if statement is loop:
            yield body[number + 1 :]
        elif loop in nodes_of(statement):
            yield body[number + 1 :]
            for field_name in ("body", "orelse", "finalbody"):
                yield from following(getattr(statement, field_name, []), loop)
            for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
                yield from following(part.body, loop)
            if isinstance(statement, ast.Try):  # they run after the body, whatever it left
                yield statement.finalbody
                yield statement.orelse
                yield from (handler.body for handler in statement.handlers)


def position(loop: ast.For, name: str) -> int:
    """Where a name is first bound in the loop, so that they are yielded in reading order."""
    places = [
        (node.lineno, node.col_offset)
        for node in nodes_of(loop)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    line, column = min(places, default=(0, 0))
    return line * 10_000 + column


def first_line(body: list[ast.stmt], name: str, context: type) -> int | None:
    """The first line of a body that uses a name in a context, such as ast.Load."""
    lines = [
        node.lineno
        for statement in body
        for node in nodes_of(statement)
        if isinstance(node, ast.Name)
        and node.id == name
        and (isinstance(node.ctx, context) or isinstance(statement, ast.AugAssign))
    ]
    return min(lines, default=None)


def last_line(body: list[ast.stmt], name: str) -> int | None:
    """The last line of a body that binds a name."""
    return max(
        (
            node.lineno
            for statement in body
            for node in nodes_of(statement)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        ),
        default=None,
    )
