"""Which statements lead to one in the midst of a loop's body, and what they make on the way.

A backward slice (Weiser, Program slicing, ICSE 1981) of structured code: simple statements are
repeated whole or not at all, conditions and ``try`` are repeated around them. A statement belongs
to it if it sets a name that is wanted, decides whether another one is reached, or may change an
object that is wanted.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from paradvisor.analysis import names
from paradvisor.analysis.bodies import computes, outside_loops
from paradvisor.analysis.effects import Effects
from paradvisor.analysis.parts import GIVES, Drawn, Spot, spot
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.analysis.values import Root, Value, rooted
from paradvisor.analysis.walker import Walker

_OWN = "paradvisor own"
"""The scope of what an iteration has made itself."""
_PLAIN = frozenset({"list", "dict", "set", "frozenset", "tuple", "deque"})
"""Types that reading leaves as they are."""
Above = tuple[tuple[list[ast.stmt], int, str], ...]
Jump = ast.Continue | ast.Break | ast.Return | ast.Raise


class Place(NamedTuple):
    """Where a head may begin: a statement of a block."""

    block: list[ast.stmt]
    number: int
    above: Above
    """For each block around it: itself, which statement is gone into, and by which field."""

    @property
    def first(self) -> ast.stmt:
        """The statement itself."""
        return self.block[self.number]

    def way(self) -> Iterator[tuple[list[ast.stmt], ast.stmt | None]]:
        """From the body inwards: the statements passed, and the one gone into."""
        for block, index, _ in self.above:
            yield block[:index], block[index]
        yield self.block[: self.number], None

    def passed(self) -> list[ast.stmt]:
        """All statements that are passed on the way."""
        return [statement for block, _ in self.way() for statement in block]

    def entered(self) -> list[ast.Try]:
        """The ``try`` statements around it, in the body."""
        return [part for _, part in self.way() if isinstance(part, ast.Try)]

    def behind(self, count: int) -> list[ast.stmt]:
        """All statements that may follow so many from here on, in the same iteration."""
        found = self.block[self.number + count :]
        for block, number, _ in self.above:
            entered = block[number]
            if isinstance(entered, ast.Try):
                found += [part for handler in entered.handlers for part in handler.body]
                found += [*entered.orelse, *entered.finalbody]
            found += block[number + 1 :]
        return found

    def tests(self) -> list[ast.expr]:
        """The conditions under which one gets here."""
        return [entered.test for _, entered in self.way() if isinstance(entered, ast.If)]


def places(block: list[ast.stmt], above: Above = ()) -> Iterator[Place]:
    """Every statement that computes."""
    for index, statement in enumerate(block):
        if computes(statement) and not isinstance(statement, ast.Try):
            yield Place(block, index, above)
        if isinstance(statement, ast.If | ast.Try):
            yield from places(statement.body, (*above, (block, index, "body")))
        if isinstance(statement, ast.If):
            inner = places(statement.orelse, (*above, (block, index, "orelse")))
            chained = _is_elif(statement)
            yield from (place for place in inner if not (chained and place.block[:1] == chained))


def _is_elif(statement: ast.If) -> list[ast.stmt]:
    """What follows a condition as ``elif``: no statement of its own."""
    match statement.orelse:
        case [ast.If(col_offset=column)] if column == statement.col_offset:
            return statement.orelse
    return []


def read(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that code reads, those that it adds to among them."""
    nodes = list(nodes)
    return names.read(nodes) | {
        part.target.id
        for node in nodes
        for part in nodes_of(node)
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
    }


class Leaf(NamedTuple):
    """A statement that is repeated whole or not at all."""

    node: ast.stmt
    needs: tuple[ast.AST, ...]
    """What decides whether it is reached: conditions, and statements that may raise."""


def leaves(block: list[ast.stmt], needs: tuple[ast.AST, ...] = ()) -> Iterator[Leaf]:
    """The statements of a block, and of conditions and ``try`` in it."""
    for statement in block:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                yield from leaves([*body, *orelse], (*needs, test))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                inside = (*needs, *(leaf.node for leaf in leaves(body)))
                yield from leaves([*body, *orelse, *final], inside)
                for handler in handlers:
                    kinds = () if handler.type is None else (handler.type,)
                    yield from leaves(handler.body, (*inside, *kinds))
            case _:
                yield Leaf(statement, needs)


# --- what is made on the way ----------------------------------------------------------------


class Made:
    """What the statements before a head make in an iteration, and what may change it.

    What a statement binds gets a mark. Marks that may mean one object, or one that holds the other,
    are one.
    """

    def __init__(self, place: Place, start: Walker) -> None:
        self.walker = start.trial()
        self._changes: dict[int, set[str]] = {}
        self._escaped: set[str] = set()
        self._same: dict[str, str] = {}
        for statement in place.passed():
            self._look(statement)
            self.walker.statement(statement)
            self._mark(self.walker, statement)

    def held(self, named: Iterable[str]) -> set[str]:
        """The marks of what variables may hold, after all statements."""
        return self._marks(self.walker, named)

    def changes(self, node: ast.AST) -> set[str]:
        """The marks that a simple statement, or a condition, may change."""
        return set(map(self._one, self._changes[id(node)]))

    @property
    def escaped(self) -> set[str]:
        """The marks of what something older may hold as well."""
        return set(map(self._one, self._escaped))

    def own(self, roots: Iterable[Root]) -> set[str]:
        """The marks among roots."""
        return {self._one(name.split(".")[0]) for scope, name in roots if scope == _OWN}

    def _look(self, statement: ast.stmt) -> None:
        """Each simple statement in turn, and each condition."""
        inside = self.walker.trial()
        seen: set[int] = set()
        for leaf in leaves([statement]):
            for test in leaf.needs:
                if isinstance(test, ast.expr) and id(test) not in seen:
                    seen.add(id(test))
                    inside.effects = Effects()
                    inside.value(test)
                    self._note(inside, test)
            inside.effects = Effects()
            inside.statement(leaf.node)
            self._mark(inside, leaf.node)
            self._note(inside, leaf.node)

    def _note(self, walker: Walker, node: ast.stmt | ast.expr) -> None:
        effects = walker.effects
        unknown = bool(effects.noted("unknown", "callable") or effects.untyped)
        written = {*effects.writes, *effects.doubtful_writes}
        used = read([node])
        odd = used if unknown else {name for name in used if not _is_plain(walker.env.get(name))}
        changed = self.own(written) | self._marks(walker, odd)
        together = changed | self._marks(walker, names.assigned([node]))
        if together or written or unknown:
            together |= self._marks(walker, _loose(walker, node))
            for mark in together:
                self._join(mark, min(together))
        if unknown or any(scope != _OWN for scope, _ in written):
            self._escaped |= together
        self._changes[id(node)] = changed

    def _mark(self, walker: Walker, statement: ast.stmt) -> None:
        for name in names.assigned([statement]) & walker.env.keys():
            value = walker.env[name]
            if not value.immutable:
                mark = (_OWN, f"{statement.lineno}:{statement.col_offset}")
                walker.env[name] = rooted(value, {mark})

    def _marks(self, walker: Walker, named: Iterable[str]) -> set[str]:
        return self.own(
            root for name in named if name in walker.env for root in walker.env[name].reach
        )

    def _join(self, mark: str, other: str) -> None:
        mark, other = self._one(mark), self._one(other)
        if mark != other:
            self._same[mark] = other

    def _one(self, mark: str) -> str:
        while mark in self._same:
            mark = self._same[mark]
        return mark


def _is_plain(value: Value | None) -> bool:
    """Whether reading an object changes nothing: not in an iterator, or where code would run."""
    if value is None or value.immutable:
        return True
    known = value.types is not None and value.types <= _PLAIN and value.ref is None
    return known and _is_plain(value.elem)


def _loose(walker: Walker, node: ast.stmt | ast.expr) -> set[str]:
    """Names whose object a node deals with, not only with something immutable that it holds."""
    parents = parents_of(node)
    found = set()
    for part in nodes_of(node):
        if isinstance(part, ast.Name):
            above = parents.get(part)
            inner = isinstance(above, ast.Subscript | ast.Attribute) and above.value is part
            if not (inner and walker.trial().value(above).immutable):  # type: ignore[arg-type]
                found.add(part.id)
    return found


# --- the slice ------------------------------------------------------------------------------


def backward(place: Place, made: Made, wanted: set[str], *, exits: bool) -> frozenset[Spot] | None:
    """Where the simple statements are that a worker repeats; None if it cannot do so.

    Args:
        place: where the head begins.
        made: by what precedes it.
        wanted: names that the head reads.
        exits: whether the worker leaves off where the loop would end.
    """
    found = list(leaves(place.passed()))
    if any(_leaves(leaf.node, ast.Continue) for leaf in found):
        return None
    ends = Jump if exits else ast.Continue
    bound = names.assigned(leaf.node for leaf in found)
    kept = {leaf for leaf in found if isinstance(leaf.node, ends)}
    wanted = wanted | read(place.tests())
    while True:
        wanted |= read(node for leaf in kept for node in (leaf.node, *leaf.needs))
        held = made.held(wanted & bound)
        more = {
            leaf
            for leaf in found
            if names.assigned([leaf.node]) & wanted
            or made.changes(leaf.node) & held
            or any(leaf.node in other.needs for other in kept)
        }
        if more <= kept:
            break
        kept |= more
    repeated = {node for leaf in kept for node in leaf.needs}
    tests = {node for leaf in found for node in leaf.needs if isinstance(node, ast.expr)}
    if held & made.escaped or any(made.changes(test) & held for test in tests - repeated):
        return None  # what is left out may change what the head reads
    if any(_leaves(leaf.node, ast.Break | ast.Return) for leaf in kept):
        return None
    return frozenset(spot(leaf.node) for leaf in kept)


def _leaves(statement: ast.stmt, how: Any) -> bool:
    """Whether a statement that is more than a jump holds one out of the iteration."""
    if isinstance(statement, Jump):
        return False
    returns = [node for node in nodes_of(statement) if isinstance(node, ast.Return)]
    return any(isinstance(node, how) for node in (*outside_loops(statement), *returns))


def sliced(block: list[ast.stmt], kept: frozenset[Spot]) -> list[ast.stmt]:
    """The statements of a block that are repeated, with the conditions around them."""
    found: list[ast.stmt] = []
    for statement in block:
        made = copy.copy(statement)
        match made:
            case ast.If(body=body, orelse=orelse):
                made.body, made.orelse = sliced(body, kept), sliced(orelse, kept)
                empty = not (made.body or made.orelse)
                made.body = made.body or [placed(ast.Pass(), made)]
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                made.handlers = [copy.copy(handler) for handler in handlers]
                for handler in made.handlers:
                    handler.body = sliced(handler.body, kept) or [placed(ast.Pass(), handler)]
                made.body, made.orelse = sliced(body, kept), sliced(orelse, kept)
                made.finalbody = sliced(final, kept)
                empty = not made.body
            case _:
                empty = spot(made) not in kept
        if not empty:
            found.append(made)
    return found


def worker(
    block: Sequence[ast.stmt], kept: frozenset[Spot], heads: Sequence[Drawn]
) -> list[ast.stmt]:
    """All that a worker does of a block: what is kept, and the heads where they stand."""
    found: list[ast.stmt] = []
    index = 0
    while index < len(block):
        statement = block[index]
        index += 1
        number = next((n for n, head in enumerate(heads) if head.first is statement), None)
        if number is not None:
            found += _work(heads[number], number)
            index += len(heads[number].statements) + bool(heads[number].hoisted) - 1
            continue
        if not any(part is head.first for part in nodes_of(statement) for head in heads):
            found += sliced([statement], kept)
            continue
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                inner = worker(body, kept, heads) or [placed(ast.Pass(), statement)]
                choice = ast.If(test, inner, worker(orelse, kept, heads))
                found.append(placed(choice, statement))
            case ast.Try(body=body, orelse=orelse):  # an exception ends the worker's iteration
                found += [*worker(body, kept, heads), *worker(orelse, kept, heads)]
    return found


def _work(head: Drawn, number: int) -> list[ast.stmt]:
    done = placed(ast.Expr(ast.Constant(f"{GIVES}{number}")), head.first)
    values = [placed(ast.Expr(expression), expression) for expression in head.hoisted]
    return [*head.statements, done, *values]


def placed(node: ast.AST, like: ast.AST) -> Any:
    """A node that is in no source, at the place of another one."""
    return ast.fix_missing_locations(ast.copy_location(node, like))
