"""Whether a change has left alone what it has nothing to do with."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from paradvisor.analysis.source import Function
from paradvisor.errors import InconclusiveError


def check(
    before: bytes, after: bytes, loops: Iterable[tuple[Function, ast.AST]], package: str
) -> None:
    """Make sure that every line outside of the statements of some loops is still there, in order.

    So may a line be changed that imports names from ``package``.

    Raises:
        InconclusiveError: one is not.
    """
    touched: set[int] = set()
    for function, node in loops:
        statement = statement_of(function, node)
        imports = [
            part
            for part in function.module.tree.body
            if isinstance(part, ast.ImportFrom) and part.module == package
        ]
        for part in (statement, *imports):
            touched |= set(range(part.lineno, (part.end_lineno or part.lineno) + 1))
    left = iter(after.splitlines(keepends=True))
    for number, line in enumerate(before.splitlines(keepends=True), 1):
        if number not in touched and line not in left:
            raise InconclusiveError(
                f"the change would touch line {number}, which is not part of it",
                "Nothing was written. Please report this, with the file.",
            )


def statement_of(function: Function, node: ast.AST) -> ast.stmt:
    """The innermost statement that a loop is, or is in."""
    while not isinstance(node, ast.stmt):
        node = function.parents[node]
    return node
