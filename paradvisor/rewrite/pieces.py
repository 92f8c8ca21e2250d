"""Pieces of libcst trees that rewritten loops are put together from."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import libcst as cst

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Replace(cst.CSTTransformer):
    """Puts a name, or a call, in the place of the first expression that reads like a given one."""

    def __init__(self, expression: ast.expr, name: cst.Name | cst.Call) -> None:
        super().__init__()
        self.wanted = ast.dump(expression)
        self.name = name
        self.done = False

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        left: Any = super().on_leave(original_node, updated_node)
        if isinstance(left, cst.Call) and [arg.value for arg in left.args] == [self.name]:
            return _on_one_line(left)
        if self.done or not isinstance(original_node, cst.BaseExpression):
            return left
        if _dump(original_node) != self.wanted:
            return left
        self.done = True
        return self.name


def _on_one_line(call: cst.Call) -> cst.Call:
    """A call with one short argument, without the line breaks that a long one needed."""
    (arg,) = call.args
    gaps = [call.whitespace_before_args, arg.whitespace_after_arg]
    if isinstance(arg.comma, cst.Comma):
        gaps += [arg.comma.whitespace_before, arg.comma.whitespace_after]
    if any("#" in cst.Module([]).code_for_node(gap) for gap in gaps):
        return call
    arg = arg.with_changes(
        comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return call.with_changes(args=[arg], whitespace_before_args=cst.SimpleWhitespace(""))


class _Find(cst.CSTVisitor):
    """Finds the node that `Replace` would replace."""

    def __init__(self, expression: ast.expr) -> None:
        self.wanted = ast.dump(expression)
        self.found: cst.BaseExpression | None = None

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if (
            self.found is None
            and isinstance(original_node, cst.BaseExpression)
            and (_dump(original_node) == self.wanted)
        ):
            self.found = original_node


def callee(function: cst.BaseExpression) -> Any:
    """An expression as it stands before the parentheses of a call."""
    if isinstance(function, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return function
    return in_parentheses(function)


def in_parentheses(node: Any) -> Any:
    """A tuple or a lambda with parentheses around it; anything else as it is."""
    if node.lpar or isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _dump(node: cst.BaseExpression) -> str:
    try:
        return ast.dump(ast.parse(f"({cst.Module([]).code_for_node(node)}\n)", mode="eval").body)
    except SyntaxError:
        return ""


def as_written(expression: ast.expr, statement: Statement) -> cst.BaseExpression:
    """The expression as it is written in the statement."""
    finder = _Find(expression)
    statement.visit(finder)
    if finder.found is None:
        return cst.parse_expression(ast.unparse(expression))
    return enclosed(bare(finder.found))


def name_for(expression: ast.expr, statement: Statement) -> str:
    """What a person would call the value: by where it goes."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    if isinstance(statement, cst.For):
        return "items"
    if isinstance(statement, cst.If):
        return "found"
    return (
        "count"
        if isinstance(expression, ast.Call)
        and isinstance(expression.func, ast.Name)
        and expression.func.id in ("len", "sum")
        else "result"
    )


def statements_of(body: cst.BaseSuite) -> list[Statement]:
    """The body's statements, one a line, as ast numbers them."""
    if isinstance(body, cst.SimpleStatementSuite):
        lines = [cst.SimpleStatementLine([alone(small)]) for small in body.body]
        return [*lines[:-1], lines[-1].with_changes(trailing_whitespace=body.trailing_whitespace)]
    found: list[Statement] = []
    for statement in body.body:
        if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) > 1:
            first, *others, last = statement.body
            found.append(cst.SimpleStatementLine([alone(first)], statement.leading_lines))
            found += [cst.SimpleStatementLine([alone(small)]) for small in others]
            after = statement.trailing_whitespace
            found.append(cst.SimpleStatementLine([alone(last)], trailing_whitespace=after))
        else:
            found.append(statement)  # type: ignore[arg-type]
    return found


def alone(small: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    """A small statement that has a line for itself."""
    return small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)


def footer(body: cst.BaseSuite) -> Sequence[cst.EmptyLine]:
    """Comments and blank lines at the end of a block."""
    return body.footer if isinstance(body, cst.IndentedBlock) else ()


def together(values: Sequence[cst.BaseExpression]) -> Any:
    """One value as it is, several as a tuple without parentheses."""
    if len(values) == 1:
        return values[0]
    return cst.Tuple([cst.Element(value) for value in values], lpar=[], rpar=[])


def bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """Without its outer parentheses, unless it needs them or spreads over lines."""
    if isinstance(node, cst.Tuple | cst.GeneratorExp | cst.NamedExpr | cst.Yield) or not node.lpar:
        return node
    if "\n" in cst.Module([]).code_for_node(node):
        return node
    return node.with_changes(lpar=[], rpar=[])


def bare_tuple(node: cst.BaseExpression) -> cst.BaseExpression:
    """``for x in a, b`` needs parentheses as an argument."""
    if isinstance(node, cst.Tuple) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    """An argument given by name."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, cst.Name(name), equal)


def enclosed(node: cst.BaseExpression) -> cst.BaseExpression:
    """In parentheses if it spreads over lines that only the brackets around it held together."""
    text = cst.Module([]).code_for_node(node)
    if "\n" not in text:
        return node
    try:
        ast.parse(text)
    except SyntaxError:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def spaced(lines: Sequence[cst.EmptyLine], margin: int) -> list[cst.EmptyLine]:
    """Leading lines with blank ones before the last comments, as formatters want for a function."""
    last = len(lines)
    while last and lines[last - 1].comment is not None:
        last -= 1
    blank = 0
    while blank < last and lines[last - 1 - blank].comment is None:
        blank += 1
    missing = [cst.EmptyLine(indent=False)] * max(0, margin - blank)
    return [*lines[:last], *missing, *lines[last:]]


def without_blank_start(statement: Statement) -> Statement:
    """A statement without blank lines before its comments."""
    lines = list(statement.leading_lines)
    while lines and lines[0].comment is None:
        lines.pop(0)
    return statement.with_changes(leading_lines=lines)
