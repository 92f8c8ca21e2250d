"""Puts the trial's calls into the loops of a module, without a name that it could see.

    for x in xs:                    try:
        y = f(x)         becomes        for x in ENTER(xs):
        total += g(y)                       try:
                                                y = f(x)
                                                GIVE((y,))
                                                total += LAST(g(y))
                                            except BaseException:
                                                if FAILED():
                                                    continue
                                                raise
                                    except BaseException:
                                        ESCAPED()
                                        raise

A head in the midst of a body is marked where it stands, for the program's own run; a shadow runs
what a worker would, and nothing else:

    for x in xs:                    for x in ENTER(xs):
        tried += 1                      if ALONE():
        total += g(x)                       try:
                           becomes              NOTE(g(x))
                                            except BaseException:
                                                if FAILED():
                                                    continue
                                                raise
                                            continue
                                        tried += 1
                                        try:
                                            BEGUN()
                                            total += LAST(g(x))
                                        except BaseException:
                                            LOST()
                                            raise

The calls are constants of the code, put there after it is compiled. Everything is evaluated where
and when the source says; in a shadow, LAST leaves the iteration by an exception of its own.
"""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_PLACE = "\0paradvisor "

CALLS = ["enter", "give", "last", "note", "failed", "escaped", "drain", "mapped", "keyed"]
CALLS += ["alone", "begun", "lost", "gather", "looks", "seen"]

GIVES = "paradvisor gives "
"""Begins what stands in a worker's code where it has come to what a head, by number, gives."""
Position = tuple[int, int]


def compile_marked(
    source: bytes, path: str, loops: list[dict[str, Any]], calls: dict[str, list[Any]]
) -> CodeType:
    """Compile a module with calls at its loops.

    Args:
        source: the module's text.
        path: the file that its code objects name.
        loops: ``{"line", "column", "head", "hoisted", "needs", "ahead"}`` of each loop: the body
            statements of the head, the positions of expressions that the head also computes, the
            names that it gives to the tail, and of heads in the midst of the body where each
            begins, how many statements it has, its expressions and names, and what a worker does,
            as ast.dump writes it.
        calls: the names in `CALLS` -> one callable for each loop.

    Raises:
        SyntaxError: as compile() does.
    """
    tree = ast.parse(source, path)
    marker = _Marker({(loop["line"], loop["column"]): (n, loop) for n, loop in enumerate(loops)})
    tree = ast.fix_missing_locations(marker.visit(tree))
    return _with_calls(compile(tree, path, "exec", dont_inherit=True), calls)


def _with_calls(code: CodeType, calls: dict[str, list[Any]]) -> CodeType:
    constants: list[Any] = []
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            constant = _with_calls(constant, calls)
        elif isinstance(constant, str) and constant.startswith(_PLACE):
            name, number = constant.removeprefix(_PLACE).split()
            constant = calls[name][int(number)]
        constants.append(constant)
    return code.replace(co_consts=tuple(constants))


def _call(name: str, number: int, *args: ast.expr) -> ast.Call:
    # Inside a conditional expression, since calling a constant gives a warning.
    place = ast.IfExp(ast.Constant(True), ast.Constant(f"{_PLACE}{name} {number}"), ast.Constant(0))
    return ast.Call(place, list(args), [])


class _Marker(ast.NodeTransformer):
    """Finds the loops by their position."""

    def __init__(self, loops: dict[Position, tuple[int, dict[str, Any]]]) -> None:
        self.loops = loops
        self.pending: list[int] = []  # expressions marked in the statement at hand

    def visit(self, node: ast.AST) -> Any:
        outer = self.pending
        if isinstance(node, ast.stmt):
            self.pending = []
        found = self._wanted(node)
        self.generic_visit(node)
        result: Any = node
        if found is not None:
            result = self._marked(node, *found)
        if isinstance(node, ast.stmt):
            for number in self.pending:
                guarded = _guarded([result], number, "escaped", ast.Pass())
                result = ast.copy_location(guarded, node)
            self.pending = outer
        return result

    def _wanted(self, node: ast.AST) -> tuple[int, dict[str, Any]] | None:
        if not isinstance(
            node, ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Call
        ):
            return None
        found = self.loops.get(_start(node))
        if found is None or found[1]["form"] != type(node).__name__:
            return None
        return found

    def _marked(self, node: ast.AST, number: int, loop: dict[str, Any]) -> ast.AST:
        if isinstance(node, ast.For):
            return _for(node, number, loop)
        self.pending.append(number)
        if isinstance(node, ast.Call):
            return ast.copy_location(_called(node, number), node)
        assert isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        node.generators[0].iter = _call("enter", number, node.generators[0].iter)
        if isinstance(node, ast.DictComp):
            node.key = _call("note", number, node.key)
            node.value = _call("note", number, node.value)
        else:
            node.elt = _call("note", number, node.elt)
        if isinstance(node, ast.GeneratorExp):
            return ast.copy_location(_call("drain", number, node), node)
        return node


def _called(node: ast.Call, number: int) -> ast.Call:
    """A call of map, or of sorted, min or max with a key."""
    if not node.keywords:
        return _call("mapped", number, *node.args)
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    rest = [given[name] for name in ("key", "reverse") if name in given]
    return _call("keyed", number, node.func, *node.args, *rest)


def _for(node: ast.For, number: int, loop: dict[str, Any]) -> ast.Try:
    count = loop["head"]
    head, tail = node.body[:count], node.body[count:]
    entered = _call("enter", number, node.iter)
    entered.lineno = node.iter.lineno  # and no column: it is not the expression that stands there
    node.iter = entered
    if loop["gatherers"]:
        places = {(line, column) for line, column in loop["gatherers"]}
        body = ast.Module(head, [])
        _Gather(places, number).generic_visit(body)
        node.body = [_guarded(body.body, number, "failed", ast.Continue())]
    elif loop["noted"]:
        parts = _Parts(loop["noted"], number)
        node.body = [
            _guarded([parts.visit(part) for part in head], number, "failed", ast.Continue())
        ]
    elif loop["ahead"]:
        node.body = _ahead(node.body, number, loop)
    elif loop["hoisted"]:
        wrap = _Wrap(loop["hoisted"], number)
        whole = [*head, *_giving(loop, number), wrap.visit(tail[0]), *tail[1:]]
        node.body = [_guarded(whole, number, "failed", ast.Continue())]
    else:
        whole = [*head, *_giving(loop, number)]
        node.body = [_guarded(whole, number, "failed", ast.Continue()), *tail]
    node.body = [_looking(loop["variables"], number), *node.body]
    for part in node.body[:2]:
        ast.copy_location(part, node)
    return ast.copy_location(_guarded([node], number, "escaped", ast.Pass()), node)


def _looking(variables: list[str], number: int) -> ast.If:
    """Shows what the variables hold that the iteration before has set."""
    shown: list[ast.stmt] = [ast.Pass()]
    for name in variables:
        value = _call("seen", number, ast.Constant(name), ast.Name(name, ast.Load()))
        unbound = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [ast.Pass()])
        shown.append(ast.Try([ast.Expr(value)], [unbound], [], []))
    return ast.If(_call("looks", number), shown, [])


def _ahead(body: list[ast.stmt], number: int, loop: dict[str, Any]) -> list[ast.stmt]:
    """The body with a branch for shadows before it, and its heads marked where they stand."""
    tree: ast.Module = eval(loop["ahead"]["worker"], vars(ast).copy())
    worker = _Wrap(loop["hoisted"], number, last="note").visit(tree)
    worker = _Giving(loop["ahead"]["heads"], number).visit(worker)
    guarded = _guarded(worker.body, number, "failed", ast.Continue())
    alone = ast.If(_call("alone", number), [guarded, ast.Continue()], [])
    for head in loop["ahead"]["heads"]:
        _mark_head(body, number, head)
    return [ast.copy_location(alone, body[0]), *body]


def _mark_head(block: list[ast.stmt], number: int, head: dict[str, Any]) -> bool:
    """Mark a head in a block or one inside of it; whether it is there."""
    first, count = tuple(head["first"]), head["count"]
    for index, statement in enumerate(block):
        if _start(statement) == first:
            end = index + count + bool(head["hoisted"])
            wrap = _Wrap(head["hoisted"], number)
            later = [wrap.visit(part) for part in block[index + count : end]]
            begun: ast.stmt = ast.Expr(_call("begun", number))
            marked = [begun, *block[index : index + count], *_giving(head, number), *later]
            guarded = _guarded(marked, number, "lost", ast.Pass())
            block[index:end] = [guarded]  # at no place: another head is not looked for in it
            return True
        inside = [getattr(statement, field, []) for field in ("body", "orelse")]
        if isinstance(statement, ast.If | ast.Try) and any(
            _mark_head(part, number, head) for part in inside
        ):
            return True
    return False


class _Giving(ast.NodeTransformer):
    """Has a worker's code say what its heads give, in the places that are kept for it."""

    def __init__(self, heads: list[dict[str, Any]], number: int) -> None:
        self.heads, self.number = heads, number

    def visit_Expr(self, node: ast.Expr) -> Any:
        """As ast.NodeTransformer has it."""
        if not isinstance(node.value, ast.Constant) or not isinstance(node.value.value, str):
            return node
        _, found, which = node.value.value.partition(GIVES)
        if not found:
            return node
        head = self.heads[int(which)]
        giving = not head["hoisted"] or head["needs"]
        given = _given(head["needs"], self.number, "give") if giving else ast.Pass()
        return ast.copy_location(given, node)


def _giving(loop: dict[str, Any], number: int) -> list[ast.stmt]:
    """The names that the head gives, and that it is done if no expressions follow."""
    if loop["hoisted"]:
        return [_given(loop["needs"], number, "give")] if loop["needs"] else []
    return [_given(loop["needs"], number, "last")]


def _given(needs: list[str], number: int, call: str) -> ast.stmt:
    """The names that the head gives. If one is not bound, that is all that is said of them."""
    values = ast.Tuple([ast.Name(name, ast.Load()) for name in needs], ast.Load())
    giving = ast.Expr(_call(call, number, values))
    if not needs:
        return giving
    unbound = ast.Expr(_call(call, number, ast.Constant(None)))
    handler = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [unbound])
    return ast.Try([giving], [handler], [], [])


def _guarded(body: list[ast.stmt], number: int, call: str, leave: ast.stmt) -> ast.Try:
    handler = ast.ExceptHandler(
        ast.Name("BaseException", ast.Load()),
        None,
        [ast.If(_call(call, number), [leave], []), ast.Raise()],
    )
    return ast.Try(body, [handler], [], [])


def _start(node: ast.AST) -> Position:
    """Where a node begins; one that was put in by a mark inside begins nowhere."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> Position:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


class _Gather(ast.NodeTransformer):
    """Notes the values of statements that add to a variable, where they stand."""

    def __init__(self, places: set[Position], number: int) -> None:
        self.places = places
        self.number = number

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.stmt) or _start(node) not in self.places:
            return self.generic_visit(node)
        if isinstance(node, ast.AugAssign | ast.Assign):
            node.value = _call("note", self.number, node.value)
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if isinstance(target, ast.Subscript):
                target.slice = _call("note", self.number, target.slice)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node.value.args[0] = _call("note", self.number, node.value.args[0])
        return node


class _Parts(ast.NodeTransformer):
    """Keeps the values of expressions that are added to variables, where they stand."""

    def __init__(self, noted: list[list[int]], number: int) -> None:
        self.roles = {tuple(place[:4]): place[4:] for place in noted}
        self.number = number

    def visit(self, node: ast.AST) -> Any:
        role = self.roles.get((*_start(node), *_end(node))) if isinstance(node, ast.expr) else None
        node = self.generic_visit(node)
        if role is None or not isinstance(node, ast.expr):
            return node
        constants = [ast.Constant(part) for part in role]
        return ast.copy_location(_call("gather", self.number, node, *constants), node)


class _Wrap(ast.NodeTransformer):
    """Notes the expressions at some positions, where they stand; the last one ends the head."""

    def __init__(self, places: list[list[int]], number: int, last: str = "last") -> None:
        self.left = set(map(tuple, places))
        self.number = number
        self.last = last

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.expr):
            return self.generic_visit(node)
        here = (*_start(node), *_end(node))
        if here not in self.left:
            return self.generic_visit(node)
        self.left.discard(here)
        call = "note" if self.left else self.last
        return ast.copy_location(_call(call, self.number, node), node)
