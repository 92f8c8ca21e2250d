"""What operators give, for the types that are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from paradvisor.analysis.values import NUMBER, Value, element, join, of

if TYPE_CHECKING:
    from paradvisor.analysis.walker import Walker

NUMERIC = frozenset({"int", "float", "bool", "complex", "number", "fraction", "decimal"})
OPERATORS = frozenset(
    f"__{side}{name}__"
    for side in ("", "r", "i")
    for name in [
        "add",
        "sub",
        "mul",
        "matmul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "lshift",
        "rshift",
        "and",
        "or",
        "xor",
    ]
)
COMPARISONS = frozenset(
    {"__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__ne__", "__contains__"}
)


def operate(walker: Walker, op: ast.operator, left: Value, right: Value, line: int) -> Value:
    """What a binary operator gives; the operands may be of a class that says so itself."""
    given = walker.dunders(OPERATORS, [left, right], line, "an operator")
    if given or left.types is None or right.types is None:
        return Value(None, left.reach | right.reach | given)
    types = left.types | right.types
    if types <= NUMERIC:
        if types <= {"int", "bool"} and not isinstance(op, ast.Div | ast.Pow):
            return of("int")
        return of("float") if types <= {"int", "float", "bool"} else NUMBER
    if "ndarray" in types and types <= NUMERIC | {"ndarray"}:
        return of("ndarray")
    if left.types & {"str", "bytes"} and left.types <= {"str", "bytes"}:
        return left._replace(elem=None)
    if isinstance(op, ast.Div) and "path" in left.types and types <= {"path", "str"}:
        return of("path")
    if types <= {"list", "int", "bool"} or types <= {"tuple", "int", "bool"}:
        kind = "list" if "list" in types else "tuple"
        return of(kind, elem=_items(left, right))
    return Value(None, left.reach | right.reach)


def _items(*operands: Value) -> Value | None:
    """What the sum or the multiple of lists holds: the very objects that they hold."""
    found: Value | None = None
    for operand in operands:
        if not operand.is_only(*NUMERIC) and (operand.elem or operand.roots):
            found = join(found, element(operand))
    return found
