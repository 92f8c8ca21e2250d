"""Rewrites one loop into a yielding section and the tail that replays it, by libcst.

    for x in xs:                       def section():
        y = f(x)            becomes        for x in scheduled(xs):
        out.append(y)                          y = f(x)
                                               yield y

                                       for y in parallel(section):
                                           out.append(y)

Comments, blank lines and quotes stay as they are; lines that are not part of the loop stay the same
byte for byte.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from paradvisor.analysis.parts import LoopNode, Split, Spot
from paradvisor.analysis.source import Function
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite import partials, untouched
from paradvisor.rewrite.comments import (
    NO_COMMENTS,
    Comments,
    Notes,
    comments_of,
    with_comments,
)
from paradvisor.rewrite.cuts import Cut, File
from paradvisor.rewrite.imports import add_import, not_imported
from paradvisor.rewrite.midst import Midst
from paradvisor.rewrite.pieces import (
    Replace,
    Statement,
    alone,
    as_written,
    bare,
    bare_tuple,
    callee,
    enclosed,
    footer,
    in_parentheses,
    keyword,
    name_for,
    spaced,
    statements_of,
    together,
    without_blank_start,
)


@dataclass(frozen=True)
class Change:
    """What to write: which loop, how it is split, and what ``parallel`` is told."""

    function: Function
    node: LoopNode
    split: Split
    strategy: str
    workers: int | None


def rewrite(source: bytes, changes: Sequence[Change], package: str = "paradvisor") -> bytes:
    """The source with some loops shared out, none of which is inside of another.

    ``package`` is what the runtime is imported from.

    Raises:
        InconclusiveError: a loop has a form that cannot be rewritten; the message says which.
    """
    written = changes[0].function.module
    file = File(source, written.tree)
    imported: dict[str, str] = {}
    taken: dict[Function, set[str]] = {}
    for number, inside in _by_cut(file, changes).items():
        cut = file.cuts[number]
        try:
            module = cut.parsed(file.indent)
        except cst.ParserSyntaxError as error:  # such as a form feed in an indent
            raise InconclusiveError(f"libcst cannot read this file: {error.message}") from None
        for change in inside:
            refuse_forms(change)
            given = taken.setdefault(change.function, set())
            names = _Names(change.function, given, imported, package)
            module = _rewritten(module, cut, change, names)
            given |= names.given
        file.cuts[number] = cut.with_code(module)
    own = _modules_beside(Path(written.path)) - {"paradvisor"}
    add_import(file, package, not_imported(written.tree, package, imported), own)
    result = file.encoded()
    loops = [(change.function, change.node) for change in changes]
    untouched.check(source, result, loops, package)
    try:
        compile(result, written.path, "exec", dont_inherit=True)
    except SyntaxError as error:  # such as a quote in the braces of an f-string, before 3.12
        raise InconclusiveError(f"the changed file would be no valid Python: {error.msg}") from None
    return result


def _by_cut(file: File, changes: Sequence[Change]) -> dict[int, list[Change]]:
    """Changes by the number of their cut; the last one first, so that no loop before it moves.

    Raises:
        InconclusiveError: one would move, since both stand in one statement.
    """
    found: dict[int, list[Change]] = {}
    for change in sorted(changes, key=lambda change: -change.node.lineno):
        beside = found.setdefault(file.at(change.node.lineno), [])
        for later in beside:
            statement = untouched.statement_of(later.function, later.node)
            if statement.lineno <= change.node.lineno:
                raise InconclusiveError("another loop of the same statement is changed")
        beside.append(change)
    return found


def _rewritten(module: cst.Module, cut: Cut, change: Change, names: _Names) -> cst.Module:
    rewriter = _Rewriter(change, names, cut)
    try:
        module = MetadataWrapper(module).visit(rewriter)
    except cst.CSTValidationError as error:  # such as `return[f(x) for x in xs]`
        raise InconclusiveError(f"this loop cannot be rewritten: {error}") from None
    if not rewriter.done:
        raise InconclusiveError("the loop was not found again in its file", "Profile again.")
    return module


def _modules_beside(file: Path) -> set[str]:
    """Names under which a file can import what is in its folder."""
    if not file.parent.is_dir():
        return set()
    return {
        path.stem
        for path in file.parent.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }


def refuse_forms(change: Change) -> None:
    """Refuse what would not survive a move into a function of its own."""
    why = change.split.unwritten
    if why is not None:
        pass
    elif isinstance(change.node, ast.While | ast.AsyncFor):
        why = "while loops and async for loops cannot be shared out"
    elif isinstance(change.function.node, ast.AsyncFunctionDef):
        why = "a team would block the event loop of an async function"
    elif isinstance(change.node, ast.For) and not change.split.shares:
        why = "nothing in the loop can be computed apart from what it carries"
    else:
        why = next((d.explanation for d in change.split.dependences if d.kind == "form"), None)
    if why is not None:
        raise InconclusiveError(f"this loop cannot be rewritten: {why}")


class _Names:
    """New names that clash with none that can be seen where the section will stand."""

    def __init__(
        self, function: Function, taken: set[str], imported: dict[str, str], package: str
    ) -> None:
        self.package = package
        self.imports = function.module.imports
        top = function.module.top
        self.taken = {*top.bindings, *top.functions, *function.module.classes, *taken}
        scope: Function | None = function
        while scope is not None and scope is not top:
            self.taken |= {
                node.id if isinstance(node, ast.Name) else node.arg
                for node in ast.walk(scope.node)
                if isinstance(node, ast.Name | ast.arg)
            }
            self.taken |= scope.functions.keys() | set(scope.bindings)
            scope = scope.parent
        if function is top:
            self.taken |= {node.id for node in ast.walk(top.node) if isinstance(node, ast.Name)}
        self.given: set[str] = set()
        self.imported = imported
        """Names of the runtime, and what they are imported as; by all changes together."""

    def new(self, name: str) -> str:
        """The name itself, or with a number behind it."""
        candidate, number = name, 1
        while candidate in self.taken:
            number += 1
            candidate = f"{name}_{number}"
        self.taken.add(candidate)
        self.given.add(candidate)
        return candidate

    def runtime(self, name: str) -> cst.Name:
        """A name of the runtime, imported under another one where it is taken."""
        if name not in self.imported:
            ours = self.imports.get(name) == f"{self.package}.{name}"
            self.imported[name] = name if ours else self.new(name)
        return cst.Name(self.imported[name])


class _Rewriter(cst.CSTTransformer):
    """Replaces the loop, wherever in the tree it stands."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, change: Change, names: _Names, cut: Cut) -> None:
        super().__init__()
        self.change = change
        self.names = names
        self.cut = cut
        self.done = False
        self._pending: cst.FunctionDef | None = None
        self._before: list[Statement] = []
        """What is to stand between the section and the statement that runs it."""
        self._above: list[cst.CSTNode] = []
        """What the node that is left stands in, the outermost first."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        self._above.append(node)
        return bool(super().on_visit(node))

    # --- for statements ---------------------------------------------------------------------

    def leave_For(  # noqa: N802
        self, original_node: cst.For, updated_node: cst.For
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if self.done or not isinstance(self.change.node, ast.For) or not self._is_it(original_node):
            return updated_node
        self.done = True
        margin, first = self._margin(), self._is_first(original_node)
        if self.change.split.ahead is not None:  # nothing in it has changed: it is the original
            return cst.FlattenSentinel(self._midst_loop(original_node, margin, first))
        return cst.FlattenSentinel(self._split_loop(updated_node, margin, first))

    def _split_loop(self, loop: cst.For, margin: int, first: bool) -> list[cst.BaseStatement]:
        if self.change.split.gatherers:
            return self._gathering_loop(loop, margin, first)
        if self.change.split.parts:
            return self._partial_loop(loop, margin, first)
        body = statements_of(loop.body)
        count = len(self.change.split.head)
        head, tail = body[:count], body[count:]
        yielded = [cst.Name(name) for name in self.change.split.needs]
        values: list[cst.BaseExpression] = list(yielded)
        for expression in self.change.split.hoisted:
            name = cst.Name(self.names.new(name_for(expression, tail[0])))
            computed = as_written(expression, tail[0])
            tail[0] = tail[0].visit(Replace(expression, name))  # type: ignore[assignment]
            values.append(computed)
            yielded.append(name)
        section = self._section(
            loop.target,
            loop.iter,
            [*head, _yield(values)],
            spaced(loop.leading_lines, 0 if first else margin),
            Comments(after=loop.body.header if isinstance(loop.body, cst.IndentedBlock) else None),
        )
        tail = tail or [cst.SimpleStatementLine([cst.Pass()])]
        target = together(yielded) if yielded else cst.Name("_")
        results: cst.BaseExpression = self._parallel(section)
        if self.change.split.zipped:
            items = [cst.Arg(bare_tuple(loop.iter)), cst.Arg(results)]
            results = cst.Call(cst.Name("zip"), items)
            target = together([in_parentheses(loop.target), in_parentheses(target)])
        replay = cst.For(
            target=target,
            iter=results,
            orelse=loop.orelse,
            body=cst.IndentedBlock(
                [without_blank_start(tail[0]), *tail[1:]], footer=footer(loop.body)
            ),
            leading_lines=[cst.EmptyLine(indent=False)] * margin,
        )
        return [section, replay]

    def _midst_loop(self, loop: cst.For, margin: int, first: bool) -> list[cst.BaseStatement]:
        """A function for what is computed ahead, and the loop that draws it."""
        assert isinstance(self.change.node, ast.For)
        scope = self.change.function
        local = set() if isinstance(scope.node, ast.Module) else {*scope.bindings}
        midst = Midst(loop, self.change.node, self.change.split, local, self._spot, self.names.new)
        function = midst.called()
        if function is not None:
            return [midst.loop(self._futures(function, loop.iter), loop.leading_lines)]
        name = self.names.new("compute")
        made = midst.function(name).with_changes(
            leading_lines=spaced(loop.leading_lines, 0 if first else margin)
        )
        blank = [cst.EmptyLine(indent=False)] * margin
        return [made, midst.loop(self._futures(cst.Name(name), loop.iter), blank)]

    def _gathering_loop(self, loop: cst.For, margin: int, first: bool) -> list[cst.BaseStatement]:
        """All of the body goes into the section, which yields what the loop adds up or appends."""
        gather = _Yielding(self.change.split.gatherers)
        body = loop.body.visit(gather)
        assert isinstance(body, cst.BaseSuite)
        given = [
            cst.Name(name if name else self.names.new(word))
            for name, word in zip(gather.names, _WORDS[len(gather.names)], strict=True)
        ]
        section = self._section(
            loop.target,
            loop.iter,
            body.body if isinstance(body, cst.IndentedBlock) else statements_of(body),  # type: ignore[arg-type]
            spaced(loop.leading_lines, 0 if first else margin),
            Comments(after=loop.body.header if isinstance(loop.body, cst.IndentedBlock) else None),
        )
        assert gather.statement is not None
        replay = cst.For(
            target=together(given),
            iter=self._parallel(section),
            orelse=loop.orelse,
            body=cst.IndentedBlock([_adding(gather.statement, given)], footer=footer(loop.body)),
            leading_lines=[cst.EmptyLine(indent=False)] * margin,
        )
        return [section, replay]

    def _partial_loop(self, loop: cst.For, margin: int, first: bool) -> list[cst.BaseStatement]:
        """All of the body goes into the section, which yields its parts of what is added up."""
        parts = self.change.split.parts
        section = self._section(
            loop.target,
            loop.iter,
            partials.section_body(loop, parts),
            spaced(loop.leading_lines, 0 if first else margin),
            Comments(after=loop.body.header if isinstance(loop.body, cst.IndentedBlock) else None),
        )
        names = [self.names.new(f"more_{part.name}") for part in parts]
        merging = partials.merging(parts, names, self.names.new)
        replay = cst.For(
            target=together([cst.Name(name) for name in names]),
            iter=self._parallel(section),
            orelse=loop.orelse,
            body=cst.IndentedBlock(merging, footer=footer(loop.body)),
            leading_lines=[cst.EmptyLine(indent=False)] * margin,
        )
        return [section, replay]

    # --- comprehensions ---------------------------------------------------------------------

    def leave_ListComp(  # noqa: N802
        self, original_node: cst.ListComp, updated_node: cst.ListComp
    ) -> cst.BaseExpression:
        return self._comprehension(original_node, updated_node, ast.ListComp, "list")

    def leave_SetComp(  # noqa: N802
        self, original_node: cst.SetComp, updated_node: cst.SetComp
    ) -> cst.BaseExpression:
        return self._comprehension(original_node, updated_node, ast.SetComp, "set")

    def leave_DictComp(  # noqa: N802
        self, original_node: cst.DictComp, updated_node: cst.DictComp
    ) -> cst.BaseExpression:
        return self._comprehension(original_node, updated_node, ast.DictComp, "dict")

    def leave_GeneratorExp(  # noqa: N802
        self, original_node: cst.GeneratorExp, updated_node: cst.GeneratorExp
    ) -> cst.BaseExpression:
        return self._comprehension(original_node, updated_node, ast.GeneratorExp, None)

    def _comprehension(
        self, original: cst.BaseComp, updated: cst.BaseComp, form: type[ast.expr], made: str | None
    ) -> cst.BaseExpression:
        """A section for the elements; ``made`` gathers them, where the source does not."""
        if self.done or type(self.change.node) is not form or not self._is_it(original):
            return updated
        self.done = True
        first = updated.for_in
        notes = comments_of(updated) if isinstance(updated, cst.ListComp) else NO_COMMENTS
        if isinstance(updated, cst.DictComp):
            element = _yield([enclosed(bare(updated.key)), enclosed(bare(updated.value))])
            body: list[Statement] = [element]
        else:
            assert isinstance(updated, cst.BaseSimpleComp)
            element = _yield([enclosed(bare(updated.elt))])
            body = [with_comments(element, notes[updated.elt])]
        body = _nested(first.inner_for_in, body, notes)
        body = _tested(first.ifs, body, notes)
        self._pending = self._section(first.target, first.iter, body, [], notes[first])
        called = self._parallel(self._pending)
        if made is None:
            return called
        called = cst.Call(cst.Name(made), [cst.Arg(called)])
        return called.with_changes(lpar=updated.lpar, rpar=updated.rpar)

    def leave_Call(  # noqa: N802
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.BaseExpression:
        if self.done or not isinstance(self.change.node, ast.Call):
            return updated_node
        if not self._is_it(original_node) or len(updated_node.args) < 2:
            return updated_node
        self.done = True
        if self.change.node.keywords:
            return self._keyed(updated_node)
        function, *iterables = (arg.value for arg in updated_node.args)
        plural = len(iterables) > 1
        words = [f"item_{n}" for n, _ in enumerate(iterables, 1)] if plural else ["item"]
        items = [cst.Name(self.names.new(word)) for word in words]
        called = cst.Call(callee(function), [cst.Arg(item) for item in items])
        over: cst.BaseExpression = bare(iterables[0])
        if plural:
            over = cst.Call(cst.Name("zip"), [cst.Arg(each) for each in iterables])
        self._pending = self._section(together(items), over, [_yield([called])], [], Comments())
        return self._parallel(self._pending)

    def _keyed(self, call: cst.Call) -> cst.BaseExpression:
        """``sorted(zip(parallel(section), items), key=lambda pair: pair[0])``, and of it the items.

        Stable as the original is: of pairs, only the keys are compared.
        """
        items, options = call.args[0], call.args[1:]
        key = next(arg.value for arg in options if arg.keyword and arg.keyword.value == "key")
        item = cst.Name(self.names.new("item"))
        called = cst.Call(callee(key), [cst.Arg(item)])
        self._pending = self._section(item, items.value, [_yield([called])], [], Comments())
        pairs = cst.Call(
            cst.Name("zip"), [cst.Arg(self._parallel(self._pending)), cst.Arg(items.value)]
        )
        first = cst.parse_expression("lambda pair: pair[0]")
        reverse = [arg for arg in options if arg.keyword and arg.keyword.value == "reverse"]
        rest = [keyword(arg.keyword.value, arg.value) for arg in reverse if arg.keyword]
        chosen = cst.Call(call.func, [cst.Arg(pairs), keyword("key", first), *rest])
        if isinstance(call.func, cst.Name) and call.func.value != "sorted":
            return cst.Subscript(chosen, [cst.SubscriptElement(cst.Index(cst.Integer("1")))])
        made = cst.parse_expression(f"[{item.value} for _, {item.value} in pairs]")
        assert isinstance(made, cst.ListComp)
        ranking: cst.BaseExpression = chosen
        if self._is_whole_value():
            ranking = cst.Name(self.names.new("ranking"))
            kept = cst.Assign([cst.AssignTarget(ranking)], chosen)
            self._before = [cst.SimpleStatementLine([kept])]
        return made.with_changes(for_in=made.for_in.with_changes(iter=ranking))

    def _is_whole_value(self) -> bool:
        """Whether an expression is all that a statement evaluates before it does anything."""
        *_, line, parent = self._above
        if not isinstance(parent, cst.Assign | cst.AnnAssign | cst.Return):
            return False
        return isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        self._above.pop()
        left: Any = super().on_leave(original_node, updated_node)
        if self._pending is None or not isinstance(original_node, Statement):
            return left
        if self._is_on_its_line(original_node):
            raise InconclusiveError("the body of its function stands on the line of `def`")
        section, self._pending = self._pending, None
        margin = self._margin()
        blank = 0 if self._is_first(original_node) else margin
        section = section.with_changes(leading_lines=spaced(left.leading_lines, blank))
        rest = left.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * margin)
        before, self._before = self._before, []
        if not before:
            return cst.FlattenSentinel([section, rest])
        first = before[0].with_changes(leading_lines=rest.leading_lines)
        return cst.FlattenSentinel([section, first, rest.with_changes(leading_lines=[])])

    # --- pieces -----------------------------------------------------------------------------

    def _is_on_its_line(self, node: cst.CSTNode) -> bool:
        """Whether it is the function that the loop is in, and its body stands behind the colon."""
        scope = self.change.function.node
        if not isinstance(node, cst.FunctionDef) or isinstance(scope, ast.Module):
            return False
        behind = isinstance(node.body, cst.SimpleStatementSuite)
        return behind and node.name.value == getattr(scope, "name", None)

    def _is_it(self, node: cst.CSTNode) -> bool:
        number, line, start = self._start(node)
        wanted = self.change.node
        if not wanted.lineno <= number <= (wanted.end_lineno or wanted.lineno):
            return False
        lines = self.change.function.module.lines
        above = lines[wanted.lineno - 1]
        column = len(above.encode()[: wanted.col_offset].decode(errors="replace"))
        if number == wanted.lineno:
            between = line[min(start, column) : max(start, column)]
        else:
            between = "".join([above[column:], *lines[wanted.lineno : number - 1], line[:start]])
        # One of the two may count the parentheses around it, those of a call too.
        return between.strip("( \t\\") == ""

    def _start(self, node: cst.CSTNode) -> tuple[int, str, int]:
        """Number and text of the line that a node begins in, and how many characters precede it."""
        start = self.get_metadata(PositionProvider, node).start
        number = self.cut.line(start.line)
        return number, self.change.function.module.lines[number - 1], start.column

    def _is_first(self, node: cst.CSTNode) -> bool:
        """Whether a statement is the first of a function's body, or of the file."""
        block = self._above[-1]
        if isinstance(block, cst.Module):
            return self.cut.leads and block.body[0] is node
        inside = isinstance(self._above[-2], cst.FunctionDef | cst.ClassDef)
        return inside and isinstance(block, cst.IndentedBlock) and block.body[0] is node

    def _margin(self) -> int:
        """Blank lines around a function here: two at the top level of a module, else one."""
        return 2 if isinstance(self._above[-1], cst.Module) else 1

    def _section(
        self,
        target: cst.BaseAssignTargetExpression,
        iterable: cst.BaseExpression,
        body: Sequence[Statement],
        leading: Sequence[cst.EmptyLine],
        notes: Comments,
    ) -> cst.FunctionDef:
        scheduled = cst.Call(self.names.runtime("scheduled"), [cst.Arg(bare_tuple(iterable))])
        loop = cst.For(target=target, iter=scheduled, body=cst.IndentedBlock(body))
        loop = with_comments(loop, notes)
        return cst.FunctionDef(
            name=cst.Name(self.names.new("section")),
            params=cst.Parameters(),
            body=cst.IndentedBlock([loop]),
            leading_lines=leading,
        )

    def _spot(self, node: cst.CSTNode) -> Spot:
        """Where a node begins, as ast numbers it."""
        number, line, start = self._start(node)
        return number, len(line[:start].encode())

    def _parallel(self, section: cst.FunctionDef) -> cst.Call:
        return cst.Call(self.names.runtime("parallel"), [cst.Arg(section.name), *self._team()])

    def _futures(self, function: cst.BaseExpression, iterable: cst.BaseExpression) -> cst.Call:
        args = [cst.Arg(function), cst.Arg(bare_tuple(iterable)), *self._team()]
        return cst.Call(self.names.runtime("futures"), args)

    def _team(self) -> list[cst.Arg]:
        """What the runtime is told of the strategy and the team."""
        args: list[cst.Arg] = []
        if self.change.strategy != "fork":  # the default where there is one
            args.append(keyword("strategy", cst.SimpleString(f'"{self.change.strategy}"')))
            if self.change.workers is not None:
                args.append(keyword("workers", cst.Integer(str(self.change.workers))))
        return args


_WORDS = {1: ("result",), 2: ("key", "value")}
"""What the values are called that a statement adds, where they have no name of their own."""


class _Yielding(cst.CSTTransformer):
    """Puts ``yield value`` in the place of statements that add a value to a variable."""

    def __init__(self, gatherers: Sequence[ast.stmt]) -> None:
        super().__init__()
        self.wanted = [ast.dump(statement) for statement in gatherers]
        self.statement: cst.BaseSmallStatement | None = None
        self.names: list[str | None] = []
        """The variables whose values are added, where they are the same everywhere; else None."""

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        left: Any = super().on_leave(original_node, updated_node)
        if not isinstance(original_node, cst.Expr | cst.AugAssign | cst.Assign):
            return left
        if _dump_statement(original_node) not in self.wanted:
            return left
        values = _added(original_node)
        names = [value.value if isinstance(value, cst.Name) else None for value in values]
        if len(set(names)) < len(names):  # one variable twice
            names = [None] * len(names)
        if self.statement is not None:
            names = [
                one if one == other else None for one, other in zip(self.names, names, strict=True)
            ]
        self.statement, self.names = original_node, names
        given = [enclosed(bare(value)) for value in values]
        if len(given) > 1:
            given = [
                in_parentheses(value) if isinstance(value, cst.Tuple) else value for value in given
            ]
        return cst.Expr(cst.Yield(together(given)), semicolon=left.semicolon)


def _dump_statement(node: cst.BaseSmallStatement) -> str:
    line = cst.SimpleStatementLine([alone(node)])
    return ast.dump(ast.parse(cst.Module([line]).code).body[0])


def _added(statement: cst.BaseSmallStatement) -> list[cst.BaseExpression]:
    """The values of a statement that adds some."""
    target = _target(statement)
    if isinstance(statement, cst.AugAssign | cst.Assign):
        return [*([_key(target)] if isinstance(target, cst.Subscript) else []), statement.value]
    assert isinstance(statement, cst.Expr)
    assert isinstance(statement.value, cst.Call)
    return [statement.value.args[0].value]


def _target(statement: cst.BaseSmallStatement) -> cst.CSTNode | None:
    """Where an assignment stores."""
    if isinstance(statement, cst.AugAssign):
        return statement.target
    return statement.targets[0].target if isinstance(statement, cst.Assign) else None


def _key(target: cst.Subscript) -> cst.BaseExpression:
    """What stands between the brackets."""
    if len(target.slice) == 1 and isinstance(target.slice[0].slice, cst.Index):
        return target.slice[0].slice.value
    elements = [
        cst.Element(part.slice.value) for part in target.slice if isinstance(part.slice, cst.Index)
    ]
    return cst.Tuple(elements)


def _adding(
    statement: cst.BaseSmallStatement, names: Sequence[cst.Name]
) -> cst.SimpleStatementLine:
    """The same statement, adding the values of variables."""
    target = _target(statement)
    if isinstance(target, cst.Subscript):
        key = cst.SubscriptElement(cst.Index(names[0]))
        stored = target.with_changes(slice=[key])
        if isinstance(statement, cst.AugAssign):
            statement = statement.with_changes(target=stored)
        else:
            statement = statement.with_changes(targets=[cst.AssignTarget(stored)])
    if isinstance(statement, cst.AugAssign | cst.Assign):
        return cst.SimpleStatementLine([alone(statement.with_changes(value=names[-1]))])
    assert isinstance(statement, cst.Expr)
    assert isinstance(statement.value, cst.Call)
    called = statement.value.with_changes(args=[cst.Arg(names[0])])
    return cst.SimpleStatementLine([alone(statement.with_changes(value=called))])


def _yield(values: Sequence[cst.BaseExpression]) -> cst.SimpleStatementLine:
    value = together(values) if values else None
    return cst.SimpleStatementLine([cst.Expr(cst.Yield(value))])


def _nested(inner: cst.CompFor | None, body: list[Statement], notes: Notes) -> list[Statement]:
    if inner is None:
        return body
    body = _tested(inner.ifs, _nested(inner.inner_for_in, body, notes), notes)
    loop = cst.For(inner.target, enclosed(inner.iter), cst.IndentedBlock(body))
    return [with_comments(loop, notes[inner])]


def _tested(tests: Sequence[cst.CompIf], body: list[Statement], notes: Notes) -> list[Statement]:
    for test in reversed(tests):
        condition = cst.If(test=enclosed(test.test), body=cst.IndentedBlock(body))
        body = [with_comments(condition, notes[test])]
    return body
