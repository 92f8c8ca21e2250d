"""Rewrites a loop of which a part in the midst of the body is computed ahead.

for path in paths:                  def compute(path):
    tried += 1                          return render(path, "A4")
    try:                   becomes
        page = render(path, "A4")   for path, future in futures(compute, paths):
    except RenderError:                 tried += 1
        failed += 1                     try:
                                            page = future.result()
                                        except RenderError:
                                            failed += 1
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst

from paradvisor.analysis import names
from paradvisor.analysis.parts import Ahead, Split, Spot, spot
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite.pieces import (
    Replace,
    Statement,
    alone,
    as_written,
    in_parentheses,
    name_for,
    together,
)


class Midst:
    """One such loop: `function` is what the workers call, `loop` what stays.

    Args:
        loop: as it is in the source.
        node: the same, as the analysis knows it.
        split: with ``ahead``.
        local: names that are bound in the function: perhaps not yet where the loop begins.
        spot_of: where a node of the loop begins.
        new_name: gives a name that clashes with none.
    """

    def __init__(
        self,
        loop: cst.For,
        node: ast.For,
        split: Split,
        local: set[str],
        spot_of: Callable[[cst.CSTNode], Spot],
        new_name: Callable[[str], str],
    ) -> None:
        assert split.ahead is not None
        self._loop, self._node, self._spot_of, self._new_name = loop, node, spot_of, new_name
        self._local = local | names.assigned([node])
        self._ahead: Ahead = split.ahead
        self._hoisted, self._needs = [*split.hoisted], [*split.needs]
        self._block, self._first = _find(_statements(loop.body), self._is_first)
        count = len(self._ahead.statements)
        if count == 1 and not self._hoisted and (value := _only_value(self._ahead, self._needs)):
            self._hoisted, self._needs, count = [value], [], 0
        self._moved = self._block[self._first : self._first + count]
        following = self._block[self._first + count :]
        self._holder = following[0] if self._hoisted else None
        """The statement that the hoisted expressions are in."""
        for statement in (*self._moved, self._holder):
            if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) > 1:
                raise InconclusiveError("several statements stand on the line to be computed ahead")
        self._future = cst.Name(new_name("future"))

    # --- the worker's side --------------------------------------------------------------------

    def called(self) -> cst.BaseExpression | None:
        """A function that the head only calls with the item, if it is so simple."""
        conditional = self._ahead.kept or isinstance(self._ahead.worker[0], ast.If)
        if conditional or self._moved or self._needs or len(self._hoisted) != 1:
            return None
        match self._node.target, self._hoisted[0]:
            case (
                ast.Name(id=item),
                ast.Call(
                    func=ast.Name() | ast.Attribute() as function,
                    args=[ast.Name(id=given)],
                    keywords=[],
                ),
            ) if item == given and not names.read([function]) & self._local:
                return cst.parse_expression(ast.unparse(function))
        return None

    def function(self, name: str) -> cst.FunctionDef:
        """What a worker is to call with each item."""
        item = self._loop.target
        unpacked: list[Statement] = []
        if not isinstance(item, cst.Name):
            given = cst.Name(self._new_name("item"))
            bare: Any = item.visit(_Unused(names.read(self._ahead.worker)))
            bare = bare.with_changes(lpar=[], rpar=[]) if isinstance(bare, cst.Tuple) else bare
            unpacked = [cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(bare)], given)])]
            item = given
        body = [*unpacked, *self._work(_statements(self._loop.body))]
        if not isinstance(_last(body), cst.Return):
            body.append(cst.SimpleStatementLine([_NOTHING]))
        return cst.FunctionDef(
            cst.Name(name), cst.Parameters([cst.Param(item)]), cst.IndentedBlock(body)
        )

    def _work(self, block: Sequence[Any]) -> list[Statement]:
        """What is done in a block that the head is in, or in one inside of it."""
        for index, statement in enumerate(block):
            before = self._sliced(block[:index])
            if self._is_first(statement):
                moved = [without_gap(part) for part in self._moved]
                return [*before, *moved, self._return()]
            if isinstance(statement, cst.Try) and self._leads_on(statement.body):
                return [*before, *self._work(_statements(statement.body))]
            if isinstance(statement, cst.If) and self._leads_on(statement.body):
                body = self._work(_statements(statement.body))
                return [*before, cst.If(statement.test, cst.IndentedBlock(body))]
            if isinstance(statement, cst.If) and self._leads_on(statement.orelse):
                body = self._work(_otherwise(statement))
                return [*before, cst.If(_not(statement.test), cst.IndentedBlock(body))]
        raise AssertionError  # it was found before

    def _return(self) -> cst.SimpleStatementLine:
        values: list[cst.BaseExpression] = [cst.Name(name) for name in self._needs]
        values += [as_written(part, self._holder) for part in self._hoisted]  # type: ignore[arg-type]
        return cst.SimpleStatementLine([cst.Return(together(values) if values else None)])

    def _leads_on(self, block: Any) -> bool:
        """Whether the head is in a block, or in one inside of it."""
        if block is None:
            return False
        return any(self._is_first(part) for part in _nodes_of(block))

    def _sliced(self, block: Sequence[Any]) -> list[Statement]:
        """The statements of a block that a worker repeats, with the conditions around them."""
        found: list[Statement] = []
        for statement in block:
            if isinstance(statement, cst.SimpleStatementLine):
                found += self._simple(statement.body)
            elif isinstance(statement, cst.BaseSmallStatement):
                found += self._simple([statement])
            elif isinstance(statement, cst.If):
                found += self._condition(statement)
            elif isinstance(statement, cst.Try):
                found += self._attempt(statement)
            elif self._spot_of(statement) in self._ahead.kept:
                found.append(statement.with_changes(leading_lines=[]))
        return found

    def _simple(self, parts: Sequence[cst.BaseSmallStatement]) -> list[Statement]:
        kept = [part for part in parts if self._spot_of(part) in self._ahead.kept]
        return [
            cst.SimpleStatementLine([_NOTHING if isinstance(part, _EXITS) else alone(part)])
            for part in kept
        ]

    def _condition(self, statement: cst.If) -> list[Statement]:
        body = self._sliced(_statements(statement.body))
        other = self._sliced(_otherwise(statement))
        if not body and not other:
            return []
        if not body:
            return [cst.If(_not(statement.test), cst.IndentedBlock(other))]
        orelse = cst.Else(cst.IndentedBlock(other)) if other else None
        return [cst.If(statement.test, cst.IndentedBlock(body), orelse)]

    def _attempt(self, statement: cst.Try) -> list[Statement]:
        body = self._sliced(_statements(statement.body))
        if not body:
            return []
        handlers = [self._handler(handler) for handler in statement.handlers]
        other, final = (
            self._sliced(_statements(part.body)) if part is not None else []
            for part in (statement.orelse, statement.finalbody)
        )
        return [
            cst.Try(
                cst.IndentedBlock(body),
                handlers,
                cst.Else(cst.IndentedBlock(other)) if other else None,
                cst.Finally(cst.IndentedBlock(final)) if final else None,
            )
        ]

    def _handler(self, handler: cst.ExceptHandler) -> cst.ExceptHandler:
        body = self._sliced(_statements(handler.body)) or [_PASS]
        text = cst.Module(body).code
        bound = handler.name.name if handler.name is not None else None
        unused = isinstance(bound, cst.Name) and bound.value not in _words(text)
        return handler.with_changes(
            body=cst.IndentedBlock(body),
            name=None if unused else handler.name,
            whitespace_before_colon=cst.SimpleWhitespace(""),
            leading_lines=[],
        )

    # --- what stays ---------------------------------------------------------------------------

    def loop(self, futures: cst.BaseExpression, leading: Sequence[cst.EmptyLine]) -> cst.For:
        """The loop itself, over each item and its future."""
        left_out = [node for node in _nodes_of(self._loop.body) if self._is_left_out(node)]
        drawn = _Drawn(self._moved, self._holder, self._draw(), left_out)
        body = self._loop.body.visit(drawn)
        return self._loop.with_changes(
            target=together([in_parentheses(self._loop.target), self._future]),
            iter=futures,
            body=body,
            leading_lines=leading,
        )

    def _draw(self) -> tuple[list[Statement], Any]:
        """Statements in the place of those that have moved, and the holder as it becomes."""
        result = cst.Call(cst.Attribute(self._future, cst.Name("result")))
        holder: Any = self._holder
        if len(self._hoisted) == 1 and not self._needs:
            return [], holder.visit(Replace(self._hoisted[0], result))
        given = [cst.Name(name) for name in self._needs]
        for expression in self._hoisted:
            name = cst.Name(self._new_name(name_for(expression, holder)))
            holder = holder.visit(Replace(expression, name))
            given.append(name)
        drawn: cst.BaseSmallStatement = cst.Expr(result)
        if given:
            drawn = cst.Assign([cst.AssignTarget(together(given))], result)
        return [cst.SimpleStatementLine([drawn])], holder

    def _is_left_out(self, node: Any) -> bool:
        if isinstance(node, cst.SimpleStatementLine):
            return len(node.body) == 1 and self._is_left_out(node.body[0])
        return isinstance(node, _STATEMENTS) and self._spot_of(node) in self._ahead.left_out

    def _is_first(self, node: Any) -> bool:
        if isinstance(node, cst.SimpleStatementLine):
            node = node.body[0]
        return isinstance(node, _STATEMENTS) and self._spot_of(node) == spot(self._ahead.first)


class _Unused(cst.CSTTransformer):
    """Calls ``_`` what of an item a worker does not use."""

    def __init__(self, used: set[str]) -> None:
        super().__init__()
        self._used = used

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        """As libcst has it."""
        return updated_node if original_node.value in self._used else cst.Name("_")


def _words(text: str) -> set[str]:
    return names.read([ast.parse(f"def section():\n{textwrap.indent(text, ' ')}")])


class _Drawn(cst.CSTTransformer):
    """Puts what is drawn from the future in the place of what a worker computes."""

    def __init__(
        self,
        moved: Sequence[Any],
        holder: Any,
        instead: tuple[list[Statement], Any],
        left_out: Sequence[Any],
    ) -> None:
        super().__init__()
        self._moved, self._holder = moved, holder
        self._gone = [*moved[1:], *left_out]
        self._drawn, self._held = instead

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        """As libcst has it."""
        first = self._moved[0] if self._moved else self._holder
        if original_node is first and self._drawn:
            gap = getattr(original_node, "leading_lines", ())
            drawn = [self._drawn[0].with_changes(leading_lines=gap)]
            rest = [] if self._moved else [self._held.with_changes(leading_lines=[])]
            return cst.FlattenSentinel([*drawn, *rest])
        if original_node is self._holder:
            return self._held
        if any(original_node is part for part in self._gone):
            return cst.RemoveFromParent()
        return super().on_leave(original_node, updated_node)


_STATEMENTS = cst.BaseSmallStatement | cst.BaseCompoundStatement
_EXITS = cst.Continue | cst.Break | cst.Return
_NOTHING = cst.Return(cst.Name("None"))
_PASS = cst.SimpleStatementLine([cst.Pass()])


def _only_value(ahead: Ahead, needs: list[str]) -> ast.expr | None:
    """The value that the head is, where it only gives it a name."""
    match ahead.statements:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)] if [name] == needs:
            return value
    return None


def _statements(suite: Any) -> list[Any]:
    """The statements of a block: lines and compound ones, or small ones behind a colon."""
    return [*suite.body]


def _otherwise(statement: cst.If) -> list[Any]:
    if isinstance(statement.orelse, cst.If):
        return [statement.orelse]
    return _statements(statement.orelse.body) if statement.orelse is not None else []


def _nodes_of(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes_of(child)


def _find(block: list[Any], is_first: Callable[[Any], bool]) -> tuple[list[Any], int]:
    """The block that the head is in, and which statement of it is the first."""
    for index, statement in enumerate(block):
        if is_first(statement):
            return block, index
        inner = []
        if isinstance(statement, cst.If | cst.Try):
            inner.append(_statements(statement.body))
        if isinstance(statement, cst.If):
            inner.append(_otherwise(statement))
        for part in inner:
            try:
                return _find(part, is_first)
            except LookupError:
                continue
    raise LookupError


def _not(test: cst.BaseExpression) -> cst.BaseExpression:
    """The negation of a condition."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression
    simple = isinstance(test, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
    if not simple and not test.lpar:
        test = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), test)


def _last(body: list[Statement]) -> cst.CSTNode:
    last = body[-1]
    return last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last


def without_gap(statement: Any) -> Any:
    """A statement without blank lines before it."""
    lines = [line for line in statement.leading_lines if line.comment is not None]
    return statement.with_changes(leading_lines=lines)
