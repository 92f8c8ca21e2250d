"""What a variable is when a loop begins: the statement that made it, and what has seen it since."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from paradvisor.analysis.source import Function, FunctionNode, Program
from paradvisor.analysis.trees import names_in, nodes_of, parents_of

_ROUNDS = ast.For | ast.While | ast.AsyncFor


class Beginning(NamedTuple):
    """The statement that made a variable, on every way to a loop."""

    statement: ast.stmt
    value: ast.expr
    around: ast.stmt
    """The outermost loop that is around the loop and not around the statement; else the loop."""


def value_at(program: Program, function: Function, loop: ast.For, name: str) -> ast.expr | None:
    """What a variable of the function's own was made as, if nobody else can see or set it."""
    own = name in function.bindings and name not in function.all_parameters
    if not own or name in function.declared_global or _is_seen(program, function, name):
        return None
    found = beginning(function, loop, name)
    return found.value if found is not None else None


def is_untouched(
    function: Function, loop: ast.For, name: str, allowed: Callable[[ast.stmt], bool]
) -> bool:
    """Whether nothing has dealt with a variable between its beginning and the loop's end.

    Other than the loop's body, and statements that are ``allowed``.
    """
    found = beginning(function, loop, name)
    if found is None:
        return False
    inside = {id(node) for node in nodes_of(loop)} | {
        id(node) for node in nodes_of(found.statement)
    }
    for node in function.own_nodes():
        if isinstance(node, ast.stmt) and allowed(node):
            inside |= {id(part) for part in nodes_of(node)}
    between = (
        node
        for node in function.own_nodes()
        if isinstance(node, ast.Name)
        and node.id == name
        and id(node) not in inside
        and _start(found.statement) < _start(node) < _end(found.around)
    )
    return next(between, None) is None


def _is_seen(program: Program, function: Function, name: str) -> bool:
    """Whether other functions, or modules, may see a variable; or it is deleted somewhere."""
    inner: list[ast.AST] = [
        node
        for node in function.own_nodes()
        if isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef)
    ]
    if isinstance(function.node, ast.Module) and len(program.modules) > 1:
        return True
    deleted = (node for node in function.own_nodes() if isinstance(node, ast.Delete))
    return any(name in names_in(node) for node in (*inner, *deleted))


def beginning(function: Function, loop: ast.For, name: str) -> Beginning | None:
    """Where a variable was made, on every way to a loop."""
    parents = parents_of(function.node)
    around: ast.stmt = loop
    inner: ast.AST = loop
    while inner in parents:
        for statement in reversed(_before(parents[inner], inner)):
            value = _given(statement, name)
            if value is not None:
                return Beginning(statement, value, around)
        inner = parents[inner]
        if isinstance(inner, _ROUNDS):
            around = inner
    return None


def _before(parent: ast.AST, node: ast.AST) -> list[ast.stmt]:
    """The statements that come before one in its block."""
    for block in _blocks(parent):
        for number, statement in enumerate(block):
            if statement is node:
                return block[:number]
    return []


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block


def _given(statement: ast.stmt, name: str) -> ast.expr | None:
    """The expression that a statement makes a variable of."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                found = _part_of(target, value, name)
                if found is not None and (len(targets) == 1 or isinstance(found, ast.Constant)):
                    return found
        case ast.AnnAssign(target=ast.Name(id=other), value=ast.expr() as value) if other == name:
            return value
    return None


def _part_of(target: ast.expr, value: ast.expr, name: str) -> ast.expr | None:
    match target, value:
        case ast.Name(id=other), _ if other == name:
            return value
        case ast.Tuple(elts=parts), ast.Tuple(elts=values) if len(parts) == len(values):
            found = (_part_of(*pair, name) for pair in zip(parts, values, strict=True))
            return next((part for part in found if part is not None), None)
    return None


def _start(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.stmt) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0
