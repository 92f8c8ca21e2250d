"""The tail of a loop's body: what it does with what the head gives, by its standard name.

A tail that only gathers (appends, adds up, counts, stores, prints) costs little to replay. One that
carries something else from iteration to iteration is a recurrence: it can be replayed too, but
whether the head is most of the work must be measured.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from paradvisor.analysis import names
from paradvisor.analysis.bodies import accumulated, computes, same_loop
from paradvisor.analysis.effects import Effects
from paradvisor.analysis.source import walk_scope
from paradvisor.analysis.trees import nodes_of

_GATHERING = frozenset(
    {".append()", ".appendleft()", ".add()", ".extend()", ".update()", ".insert()", ".setdefault()"}
    | {"a subscript that may insert"}
    | {"assignment to an element", "an in-place operator", ".write()", ".writerow()"}
)


def pattern(loop: ast.For, tail: list[ast.stmt]) -> str:
    """The standard name of what a loop does."""
    if not tail:
        return "map"
    if any(isinstance(node, ast.Break | ast.Return) for node in ast.walk(ast.Module(tail, []))):
        return "first match"
    if extremes(tail):
        return "min/max"
    for statement in _flat(tail):
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"))):
                return "ordered append"
            case ast.AugAssign(target=ast.Name()):
                return "reduction"
            case ast.AugAssign(target=ast.Subscript()):
                return "histogram"
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name)) as place, *_]):
                return _store(loop, name, place, statement.value)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name)), *_]) if (
                name in names.assigned([loop.target])
            ):
                return "in-place element update"
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                return "ordered print"
    return "ordered replay"


def _store(loop: ast.For, name: str, place: ast.Subscript, value: ast.expr) -> str:
    if isinstance(place.slice, ast.Name) and place.slice.id == index_name(loop):
        return "in-place element update"
    return "histogram" if name in names.read([value]) else "dict build"


def _flat(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, and those inside of conditions and blocks."""
    for statement in statements:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _flat(getattr(statement, field, []))


# --- elements of their own ------------------------------------------------------------------


def index_name(loop: ast.For) -> str | None:
    """The variable that counts the iterations up from 0 or more: of range() or enumerate()."""
    match loop:
        case ast.For(
            target=ast.Name(id=name),
            iter=ast.Call(func=ast.Name(id="range"), args=args, keywords=[]),
        ) if _counts_up(args):
            return name
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=name), _]),
            iter=ast.Call(func=ast.Name(id="enumerate"), args=[_], keywords=[]),
        ):
            return name
    return None


def _counts_up(args: list[ast.expr]) -> bool:
    """Whether no number of a range is negative: -1 would mean the element that another has."""
    match args:
        case [_]:
            return True
        case [ast.Constant(value=int(start)), _]:
            return start >= 0
        case [ast.Constant(value=int(start)), _, ast.Constant(value=int(step))]:
            return start >= 0 and step > 0
        case [_, ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)), down]:
            return ast.unparse(down) == "-1"
    return False


EACH = "each "
"""Stands before the name of a loop's item, where it is feared to be another object."""


def item_name(loop: ast.For) -> str | None:
    """The variable that holds one element of a container in each iteration."""
    match loop:
        case ast.For(target=ast.Name(id=name)):
            return name
        case ast.For(
            target=ast.Tuple(elts=[_, ast.Name(id=name)]),
            iter=ast.Call(func=ast.Name(id="enumerate")),
        ):
            return name
    return None


def own_elements(loop: ast.For) -> set[str]:
    """Names that the body uses only with the index of the iteration: ``a[i] = f(a[i])``."""
    index = index_name(loop)
    if index is None or index in names.assigned(loop.body):
        return set()
    nodes = [node for statement in loop.body for node in nodes_of(statement)]
    with_index = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == index
    }
    stored = {
        node.value.id
        for node in nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }
    others = {
        node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in with_index
    }
    return stored - others


# --- gathering from anywhere in the body ----------------------------------------------------


class Gathered(NamedTuple):
    """A statement that only adds to a variable: in which way, and the expressions of what."""

    name: str
    how: str
    values: tuple[ast.expr, ...]


def gathered(statement: ast.AST) -> Gathered | None:
    """What a statement adds to a variable, if it does only that.

    A store, ``d[key] = value`` or ``d[key] += value``, adds two: the key and the value.
    """
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add" as method),
                args=[value],
                keywords=[],
            )
        ) if not isinstance(value, ast.Starred):
            return Gathered(name, method, (value,))
        case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
            return Gathered(name, type(op).__name__, (value,))
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value
        ) if _is_plain_key(key):
            return Gathered(name, "store", (key, value))
        case ast.AugAssign(
            target=ast.Subscript(value=ast.Name(id=name), slice=key), op=op, value=value
        ) if _is_plain_key(key):
            return Gathered(name, f"store {type(op).__name__}", (key, value))
    return None


def _is_plain_key(key: ast.expr) -> bool:
    """Whether it may be evaluated before the value, though a store does it after."""
    return not (computes(key) or any(isinstance(part, ast.Slice) for part in nodes_of(key)))


def with_values(statement: ast.stmt, values: list[ast.expr]) -> ast.stmt:
    """A gathering statement that adds these values instead."""
    made = copy.deepcopy(statement)
    match made:
        case ast.Expr(value=ast.Call() as call):
            call.args = values
        case ast.AugAssign(target=ast.Subscript() as target):
            target.slice, made.value = values
        case ast.Assign(targets=[ast.Subscript() as target]):
            target.slice, made.value = values
        case ast.AugAssign():
            (made.value,) = values
    return made


def gatherers(loop: ast.For) -> list[ast.stmt]:
    """Statements anywhere in the body that all add to one variable, used for nothing else there.

    Empty where there is only one, and that at the end: then it is a tail as any other.
    """
    nodes = list(walk_scope(ast.Module(loop.body, [])))
    groups: dict[tuple[str, str], list[ast.stmt]] = {}
    for node in nodes:
        found = gathered(node)
        if found is not None and isinstance(node, ast.stmt):
            groups.setdefault(found[:2], []).append(node)
    mentioned = [
        node.id for node in ast.walk(ast.Module(loop.body, [])) if isinstance(node, ast.Name)
    ]
    whole = [
        statements
        for (name, _), statements in groups.items()
        if mentioned.count(name) == len(statements) and not _counts_only(loop, statements)
    ]
    if len(whole) != 1 or (whole[0] == [loop.body[-1]] and not _leaves_out(loop, whole[0][0])):
        return []
    return whole[0]


def _leaves_out(loop: ast.For, store: ast.stmt) -> bool:
    """Whether some iterations never come to a store at the end, which needs the item itself."""
    leaves = any(isinstance(node, ast.Continue) for node in same_loop(loop.body))
    return leaves and isinstance(store, ast.Assign)


def used_after(loop: ast.For, statement: ast.stmt) -> set[str]:
    """Names that may be used after a statement of the body, in the same iteration."""
    inside_loop = any(
        node is not loop and isinstance(node, ast.For | ast.While) and _holds(node, statement)
        for node in nodes_of(loop)
    )
    if not inside_loop and _next(loop, statement) is ast.Continue:
        return set()
    here = (statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
    instead = set() if inside_loop else _instead_of(loop, statement)
    for node in nodes_of(loop):  # a name that is bound anew lets go of its object
        targets = [] if isinstance(node, ast.AugAssign) else [*ast.iter_child_nodes(node)]
        instead |= {
            id(part)
            for part in targets
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
    return {
        node.id
        for node in ast.walk(ast.Module(loop.body, []))
        if isinstance(node, ast.Name)
        and id(node) not in instead
        and not _holds(statement, node)
        and (inside_loop or (node.lineno, node.col_offset) >= here)
    }


def _instead_of(loop: ast.For, statement: ast.stmt) -> set[int]:
    """Nodes in branches that are not taken where the statement's is."""
    return {
        id(node)
        for choice in nodes_of(loop)
        if isinstance(choice, ast.If) and any(_holds(part, statement) for part in choice.body)
        for part in choice.orelse
        for node in nodes_of(part)
    }


def _next(loop: ast.For, statement: ast.stmt) -> type[ast.stmt] | None:
    """The kind of the statement that follows in the same block."""
    for node in nodes_of(loop):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list) and statement in block[:-1]:
                return type(block[block.index(statement) + 1])
    return None


def is_guarded(loop: ast.For, statement: ast.stmt) -> bool:
    """Whether what a statement raises would be caught within the body."""
    return any(
        isinstance(node, ast.Try | ast.With) and _holds(node, statement) for node in nodes_of(loop)
    )


def _holds(node: ast.AST, part: ast.AST) -> bool:
    return any(inner is part for inner in nodes_of(node))


def _counts_only(loop: ast.For, statements: list[ast.stmt]) -> bool:
    """A sum of constants and plain variables made in inner rounds: no work is in it."""
    inner = {
        id(node)
        for outer in ast.walk(ast.Module(loop.body, []))
        if isinstance(outer, ast.For | ast.While)
        for node in nodes_of(outer)
    }
    return all(
        id(statement) in inner and isinstance(found.values[-1], ast.Constant)
        for statement in statements
        if (found := gathered(statement)) is not None
    )


def _tuple(values: tuple[ast.expr, ...]) -> ast.expr:
    return ast.copy_location(ast.Tuple(list(values), ast.Load()), values[0])


def without(
    body: list[ast.stmt],
    statements: list[ast.stmt],
    reading: Callable[[ast.AST], Gathered | None] = gathered,
) -> list[ast.stmt]:
    """A copy of a body in which gathering statements only compute their values."""
    emptied = _Without(statements, reading)
    return [emptied.visit(copy.deepcopy(part)) for part in body]


class _Without(ast.NodeTransformer):
    def __init__(
        self, statements: list[ast.stmt], reading: Callable[[ast.AST], Gathered | None]
    ) -> None:
        self.places = {(node.lineno, node.col_offset) for node in statements}
        self.reading = reading

    def visit(self, node: ast.AST) -> Any:
        """As ast.NodeTransformer has it."""
        if isinstance(node, ast.stmt) and (node.lineno, node.col_offset) in self.places:
            found = self.reading(node)
            if found is not None:
                one = found.values[0] if len(found.values) == 1 else _tuple(found.values)
                return ast.copy_location(ast.Expr(one), node)
        return self.generic_visit(node)


# --- what is carried ------------------------------------------------------------------------


def extremes(tail: list[ast.stmt]) -> set[str]:
    """Names that keep a minimum or maximum, and what belongs to it: set where a test compares."""
    found: set[str] = set()
    for statement in tail:
        match statement:
            case ast.If(test=test, body=body, orelse=[]) if _compares(test):
                kept = names.assigned(body)
                simple = all(isinstance(s, ast.Assign | ast.AnnAssign) for s in body)
                if simple and kept & names.read([test]) and not kept & names.read(body):
                    found |= kept
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="min" | "max"), args=args),
            ) if name in names.read(args):
                found.add(name)
    uses = {
        name
        for statement in tail
        if not isinstance(statement, ast.If) and not names.assigned([statement]) & found
        for name in names.read([statement])
    }
    return found - uses


def _compares(test: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Lt | ast.Gt | ast.LtE | ast.GtE)
        for node in nodes_of(test)
    )


def recurrence(
    tail: list[ast.stmt], hoisted: list[ast.expr], carried: set[str], effects: Effects
) -> tuple[int, str] | None:
    """The line and the words of what a tail does beyond gathering; None if it only gathers."""
    rest = carried & (names.assigned(tail) | names.read(tail))
    rest -= accumulated(tail) | extremes(tail)
    if rest and not _leaves_only(tail):
        name = sorted(rest)[0]
        return tail[0].lineno, f"{name} carries from one iteration to the next"
    skipped = {id(node) for part in hoisted for node in nodes_of(part)}
    for statement in _flat(tail):
        for part in _values(statement):
            for node in nodes_of(part):
                if id(node) not in skipped and _is_work(node):
                    return part.lineno, f"{ast.unparse(part)[:40]} is computed in order"
    stored = {node.attr for s in tail for node in nodes_of(s) if isinstance(node, ast.Attribute)}
    for root, (line, how) in {**effects.doubtful_writes, **effects.writes}.items():
        plain = how.removesuffix(" in it")
        direct = plain in _GATHERING or plain.removeprefix("assignment to .") in stored
        if not direct and root[0] != "*world":
            return line, f"{root[1]} is changed in every iteration ({how})"
    return None


def _is_work(node: ast.AST) -> bool:
    """Whether a node by itself, not by its parts, does more than combine values."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get" | "setdefault" | "items" | "keys" | "values")):
            return False  # of a dict: part of counting
        case ast.Call(func=func, args=args):
            bare = ast.Call(func, [ast.Constant(0) for _ in args], [])
            return computes(bare)
    return isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)


def _leaves_only(tail: list[ast.stmt]) -> bool:
    """A search: what it finds is set where it stops."""
    return any(isinstance(node, ast.Break | ast.Return) for node in same_loop(tail))


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement whose value is used: not the call that a statement is."""
    match statement:
        case ast.Expr(value=ast.Call(args=args, keywords=keywords)):
            yield from args
            yield from (keyword.value for keyword in keywords)
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            yield value
        case ast.If(test=test) | ast.While(test=test):
            yield test
        case ast.For(iter=iterable):
            yield iterable
        case ast.Return(value=ast.expr() as value):
            yield value
