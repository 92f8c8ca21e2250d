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
from paradvisor.analysis.parts import Ahead, Drawn, Split, Spot, spot
from paradvisor.analysis.trees import nodes_of
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite.pieces import (
    Replace,
    Statement,
    alone,
    as_written,
    bare,
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
        body = _statements(loop.body)
        self._heads = [
            _Head(drawn, body, self._begins, _reads_again(split.ahead, drawn))
            for drawn in split.ahead.heads
        ]
        self._yields = self._most(body) > 1
        """Whether a worker comes to several heads in an iteration."""
        self._nothing = cst.Return(None if self._yields else cst.Name("None"))
        self._future = cst.Name(new_name("results" if self._yields else "future"))

    def _most(self, block: Sequence[Any]) -> int:
        """To how many heads one may come in a block."""
        count = 0
        for statement in block:
            if self._head_at(statement) is not None:
                count += 1
            elif isinstance(statement, cst.If):
                ways = (_statements(statement.body), _otherwise(statement))
                count += max(map(self._most, ways))
            elif isinstance(statement, cst.Try):
                count += self._most(_statements(statement.body))
                count += self._most(_statements(statement.orelse.body) if statement.orelse else [])
        return count

    def _head_at(self, statement: Any) -> _Head | None:
        """The head that begins with a statement."""
        heads = (head for head in self._heads if self._begins(statement, head.drawn))
        return next(heads, None)

    # --- the worker's side --------------------------------------------------------------------

    def called(self) -> cst.BaseExpression | None:
        """A function that the head only calls with the item, if it is so simple."""
        head, *others = self._heads
        conditional = self._ahead.kept or isinstance(self._ahead.worker[0], ast.If)
        if conditional or others or head.moved or head.needs or len(head.hoisted) != 1:
            return None
        match self._node.target, head.hoisted[0]:
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
        if not self._yields and not _returns(body):
            body.append(cst.SimpleStatementLine([self._nothing]))
        return cst.FunctionDef(
            cst.Name(name), cst.Parameters([cst.Param(item)]), cst.IndentedBlock(body)
        )

    def _work(self, block: Sequence[Any]) -> list[Statement]:
        """What is done in a block that heads are in, or in one inside of it."""
        found: list[Statement] = []
        index = 0
        while index < len(block):
            statement = block[index]
            head = self._head_at(statement)
            if head is not None:
                found += [*map(without_gap, head.moved), self._give(head)]
                index += head.count
                continue
            index += 1
            if not self._leads_on(statement):
                found += self._sliced([statement])
            elif isinstance(statement, cst.Try):
                found += self._work(_statements(statement.body))
                found += self._work(_statements(statement.orelse.body) if statement.orelse else [])
            else:
                found.append(self._choice(statement))
        return found

    def _choice(self, statement: cst.If) -> cst.If:
        """A condition under which a worker comes to a head."""
        body, other = self._work(_statements(statement.body)), self._work(_otherwise(statement))
        if not body:
            return cst.If(_not(statement.test), cst.IndentedBlock(other))
        orelse: cst.If | cst.Else | None = cst.Else(cst.IndentedBlock(other)) if other else None
        if isinstance(statement.orelse, cst.If) and other and isinstance(other[0], cst.If):
            orelse = other[0]
        return cst.If(statement.test, cst.IndentedBlock(body), orelse)

    def _give(self, head: _Head) -> cst.SimpleStatementLine:
        values: list[cst.BaseExpression] = [cst.Name(name) for name in head.needs]
        values += [as_written(part, head.holder) for part in head.hoisted]  # type: ignore[arg-type]
        value = _plain(together(values)) if values else None
        gives = cst.Expr(cst.Yield(value)) if self._yields else cst.Return(value)
        return cst.SimpleStatementLine([gives])

    def _leads_on(self, statement: Any) -> bool:
        """Whether a head is in a statement."""
        return any(self._head_at(part) is not None for part in _nodes_of(statement))

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
            cst.SimpleStatementLine([self._nothing if isinstance(part, _EXITS) else alone(part)])
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
        draws = [(head, *self._draw(head)) for head in self._heads]
        body = self._loop.body.visit(_Drawing(draws, left_out))
        return self._loop.with_changes(
            target=together([in_parentheses(self._loop.target), self._future]),
            iter=futures,
            body=body,
            leading_lines=leading,
        )

    def _draw(self, head: _Head) -> tuple[list[Statement], Any]:
        """Statements in the place of those that have moved, and the holder as it becomes."""
        result = cst.Call(cst.Attribute(self._future, cst.Name("result")))
        if self._yields:
            result = cst.Call(cst.Name("next"), [cst.Arg(self._future)])
        holder: Any = head.holder
        if len(head.hoisted) == 1 and not head.needs:
            return [], holder.visit(Replace(head.hoisted[0], result))
        given = [cst.Name(name) for name in head.needs]
        for expression in head.hoisted:
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

    def _begins(self, node: Any, drawn: Drawn) -> bool:
        """Whether a head begins with a statement."""
        if isinstance(node, cst.SimpleStatementLine):
            node = node.body[0]
        return isinstance(node, _STATEMENTS) and self._spot_of(node) == spot(drawn.first)


class _Head:
    """A head as libcst has it.

    Attributes:
        moved: its statements.
        hoisted: expressions.
        holder: the statement that those are in.
        needs: names that its statements give.
        count: how many statements of its block it is in.
    """

    def __init__(
        self,
        drawn: Drawn,
        body: list[Any],
        begins: Callable[[cst.CSTNode, Drawn], bool],
        reads_again: bool,
    ) -> None:
        self.drawn = drawn
        self.hoisted, self.needs = [*drawn.hoisted], [*drawn.needs]
        try:
            block, first = _find(body, lambda node: begins(node, drawn))
        except LookupError:  # behind another one on its line
            raise InconclusiveError(_ON_A_LINE) from None
        count = len(drawn.statements)
        if not (reads_again or self.hoisted) and (value := _only_value(drawn)):
            self.hoisted, self.needs, count = [value], [], 0
        self.moved = block[first : first + count]
        following = block[first + count :]
        self.holder = following[0] if self.hoisted else None
        self.count = count + bool(self.hoisted)
        for statement in (*self.moved, self.holder):
            if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) > 1:
                raise InconclusiveError(_ON_A_LINE)


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


class _Drawing(cst.CSTTransformer):
    """Puts what is drawn in the places of what a worker computes."""

    def __init__(
        self, draws: Sequence[tuple[_Head, list[Statement], Any]], left_out: Sequence[Any]
    ) -> None:
        super().__init__()
        self._instead = {}
        self._gone = {id(node) for node in left_out}
        for head, given, holder in draws:
            drawn: list[Any] = [*given]
            self._gone |= {id(part) for part in head.moved}
            first: Any = head.moved[0] if head.moved else head.holder
            if drawn and isinstance(first, cst.BaseSmallStatement):  # behind a colon
                drawn = [*drawn[0].body]
            elif drawn:
                lines = first.leading_lines
                if head.moved:  # and with it the comments
                    lines = [line for line in lines if line.comment is None]
                drawn = [drawn[0].with_changes(leading_lines=lines)]
                holder = holder and holder.with_changes(leading_lines=())
            if head.holder is not None:
                self._instead[id(head.holder)] = [holder]
            self._instead[id(first)] = [*drawn, *self._instead.get(id(first), [])]

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        """As libcst has it."""
        if id(original_node) in self._instead:
            return cst.FlattenSentinel(self._instead[id(original_node)])
        if id(original_node) in self._gone:
            return cst.RemoveFromParent()
        return super().on_leave(original_node, updated_node)


_ON_A_LINE = "several statements stand on the line to be computed ahead"
_STATEMENTS = cst.BaseSmallStatement | cst.BaseCompoundStatement
_EXITS = cst.Continue | cst.Break | cst.Return
_PASS = cst.SimpleStatementLine([cst.Pass()])


def _reads_again(ahead: Ahead, drawn: Drawn) -> bool:
    """Whether a worker itself reads what it gives by name."""
    own = {id(node) for part in drawn.statements for node in nodes_of(part)}
    return any(
        isinstance(node, ast.Name) and node.id in drawn.needs and id(node) not in own
        for part in ahead.worker
        for node in nodes_of(part)
    )


def _only_value(drawn: Drawn) -> ast.expr | None:
    """The value that a head is, where it only gives it a name."""
    match drawn.statements:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)] if (name,) == drawn.needs:
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


def _plain(value: Any) -> Any:
    """A value without the parentheses that `return` and `yield` need not have."""
    if not isinstance(value, cst.Tuple):
        return bare(value)
    one_line = "\n" not in cst.Module([]).code_for_node(value)
    return value.with_changes(lpar=[], rpar=[]) if one_line else value


def _returns(body: Sequence[Any]) -> bool:
    """Whether a block always returns at its end."""
    match body[-1]:
        case cst.SimpleStatementLine(body=[*_, last]):
            return isinstance(last, cst.Return)
        case cst.If(body=inner, orelse=cst.BaseCompoundStatement() | cst.Else()) as choice:
            return _returns(_statements(inner)) and _returns(_otherwise(choice))
    return False


def without_gap(statement: Any) -> Any:
    """A statement on a line of its own, without blank lines before it."""
    if isinstance(statement, cst.BaseSmallStatement):
        return cst.SimpleStatementLine([alone(statement)])
    lines = [line for line in statement.leading_lines if line.comment is not None]
    return statement.with_changes(leading_lines=lines)
