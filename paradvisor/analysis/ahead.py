"""Heads in the midst of a body: what precedes them stays where it is, and in order.

    for path in paths:
        tried += 1                       # stays
        if path.suffix == ".tmp":        # stays, and a worker asks the same
            left_out.append(path)        # stays
            continue
        pages.append(render(path))       # render(path) is computed ahead

A worker is given the item. It repeats what leads to the head: the conditions, and the statements
that set what the conditions or the head read; together they are a backward slice (Weiser, Program
slicing, ICSE 1981). Nothing else that precedes the head is run there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from paradvisor.analysis import names, tails
from paradvisor.analysis.bodies import computes, contains_return, outside_loops, position
from paradvisor.analysis.effects import Effects, overlap
from paradvisor.analysis.judgement import caveats, check_travel, judge_head, judge_reads
from paradvisor.analysis.parts import GIVES, Ahead, Split, Spot, spot
from paradvisor.analysis.source import Class, Function, Program
from paradvisor.analysis.statements import ForLoop
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import Root, Value
from paradvisor.analysis.walker import Walker

_MOST = 4  # heads of one loop that are looked at
_GIVEN = "paradvisor ahead"
"""Stands for what the head gives, where that has no name in the source."""
_OWN = "paradvisor own"
"""The scope of what an iteration has made itself."""
_TRACEBACKS = frozenset(
    {"traceback", "exc_info", "exception", "print_exc", "format_exc", "format_exception"}
    | {"print_exception", "__traceback__", "__cause__", "__context__"}
)
"""What a handler mentions that looks at where an exception comes from."""
_REMADE = frozenset({"__init__", "__new__", "__reduce__", "__reduce_ex__", "__setstate__"})
"""Methods by which pickle may make another exception of one, or none."""
Above = tuple[tuple[list[ast.stmt], int, str], ...]


class Place(NamedTuple):
    """Where a head may begin: a statement of a block."""

    block: list[ast.stmt]
    number: int
    above: Above
    """For each block around it: itself, which statement is gone into, and by which field."""

    def way(self) -> Iterator[tuple[list[ast.stmt], ast.stmt | None]]:
        """From the body inwards: the statements passed, and the one gone into."""
        for block, index, _ in self.above:
            yield block[:index], block[index]
        yield self.block[: self.number], None

    def passed(self) -> list[ast.stmt]:
        """All statements that are passed on the way."""
        return [statement for block, _ in self.way() for statement in block]

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


class Head(NamedTuple):
    """What is computed ahead, before it is judged."""

    statements: list[ast.stmt]
    hoisted: list[ast.expr]
    kept: frozenset[Spot]
    before: Effects
    """Of what precedes it and stays."""
    walker: Walker
    """After it: what a worker knows and does."""
    values: dict[str, Value]


def splits(program: Program, function: Function, loop: ast.For) -> list[Split]:
    """Ways to compute something in the midst of the body ahead, the most promising ones first."""
    found = [
        split
        for place in _places(loop.body, ())
        if (split := AheadLoop(program, function, loop, place).judge()) is not None
    ]
    return sorted(found, key=lambda split: (not split.followed, split.verdict != "safe"))[:_MOST]


def _places(block: list[ast.stmt], above: Above) -> Iterator[Place]:
    """Every statement that computes, but the first one: that is the head of an ordinary split."""
    for index, statement in enumerate(block):
        if (index or above) and computes(statement) and not isinstance(statement, ast.Try):
            yield Place(block, index, above)
        if isinstance(statement, ast.If | ast.Try):
            yield from _places(statement.body, (*above, (block, index, "body")))
        if isinstance(statement, ast.If):
            yield from _places(statement.orelse, (*above, (block, index, "orelse")))


class _Made:
    """What the statements before a head make in an iteration, and which of them may change that.

    Each gives a mark to what it binds; two names with one mark may be one object.
    """

    def __init__(self, place: Place, start: Walker) -> None:
        self.walker = start.trial()
        self.changes: dict[Spot, set[str]] = {}
        for statement in place.passed():
            inside = self.walker.trial()
            for leaf in _leaves([statement], ()):
                inside.effects = Effects()
                inside.statement(leaf.node)
                self._mark(inside, leaf.node)
                self.changes[spot(leaf.node)] = self._changed(inside, leaf.node)
            self.walker.statement(statement)
            self._mark(self.walker, statement)

    def held(self, named: set[str]) -> set[str]:
        """The marks of what variables may hold, after all statements."""
        return _held(self.walker, named)

    @staticmethod
    def _mark(walker: Walker, statement: ast.stmt) -> None:
        for name in names.assigned([statement]) & walker.env.keys():
            value = walker.env[name]
            if not value.immutable:
                mark = (_OWN, str(statement.lineno))
                walker.env[name] = value._replace(roots=value.roots | {mark})

    @staticmethod
    def _changed(walker: Walker, leaf: ast.stmt) -> set[str]:
        effects = walker.effects
        touched = _own({*effects.writes, *effects.doubtful_writes})
        if effects.noted("unknown", "callable") or effects.untyped:
            touched |= _held(walker, _read([leaf]))
        return touched


def _held(walker: Walker, named: set[str]) -> set[str]:
    return _own(root for name in named & walker.env.keys() for root in walker.env[name].reach)


def _own(roots: Iterable[Root]) -> set[str]:
    """The marks among roots."""
    return {name.split(".")[0] for scope, name in roots if scope == _OWN}


class AheadLoop(ForLoop):
    """A for statement of which a part is computed ahead, wherever it stands."""

    def __init__(self, program: Program, function: Function, loop: ast.For, place: Place) -> None:
        super().__init__(program, function, loop, [])
        self.place = place

    def judge(self) -> Split | None:
        """How a head that begins here would do; None where there is none."""
        self.program.walks = 0
        walker, iterable, reading = self._enter()
        self.later = self._tail_effects(walker, self.body)
        head = self._find(walker)
        if head is None:
            return None
        findings, effects = self.findings, head.walker.effects
        needs = self._given(head)
        tail = self._drawn(head, needs, walker)
        tail_effects = self._tail_effects(walker, tail)
        self.head_reads = set(effects.reads)
        earlier = self._conflicts(head.before, [])
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, self._without_own(conflicts, tail_effects), self.program)
        judge_reads(findings, effects, earlier)  # in the same iteration, so its own things too
        judge_reads(findings, *self._read_ahead(iterable, reading, conflicts))
        self._check_tail(reading, effects, tail_effects)
        self._name_sources()
        self._check_recurrence(tail, [], tail_effects)
        worker = _worker(self.place, head)
        self._check_inner_readers(effects, worker)
        self._check_handlers()
        self._check_identity(tail, needs)
        travelling = {name: head.walker.env[name] for name in needs if name in head.walker.env}
        free = self._identity_free(tail)
        check_travel(findings, self.program, travelling | head.values, self.loop.lineno, free)
        return Split(
            findings.verdict(),
            hoisted=tuple(head.hoisted),
            needs=tuple(needs),
            pattern=tails.pattern(self.loop, tail),
            dependences=findings.all(),
            caveats=caveats(effects),
            followed=frozenset(effects.followed),
            ahead=Ahead(
                first=self.place.block[self.place.number],
                statements=tuple(head.statements),
                kept=head.kept,
                worker=tuple(worker),
            ),
        )

    # --- the head -----------------------------------------------------------------------------

    def _find(self, start: Walker) -> Head | None:
        """The independent statements from here on, and expressions of the one that follows."""
        before = start.trial()
        for passed, entered in self.place.way():
            before.run(passed)
            if isinstance(entered, ast.If):
                before.value(entered.test)
        statements = self._independent(before.trial())
        inside = before.trial()
        inside.run(statements)
        rest = self.place.block[self.place.number + len(statements) :]
        hoisted, values, _ = self._hoist(inside, rest)
        if not any(map(computes, [*statements, *hoisted])):
            return None
        made = _Made(self.place, start)
        if self._takes_along(made, statements, hoisted):
            return None
        for exits in (True, False):
            kept = self._slice([*statements, *hoisted], made, exits=exits)
            worker = start.trial()
            if kept is None or self._walk(worker, kept, statements, hoisted):
                continue
            if not (exits and self._meets(worker.effects)):
                return Head(statements, hoisted, kept, before.effects, worker, values)
        return None

    def _independent(self, walker: Walker) -> list[ast.stmt]:
        """Statements from here to the last one that computes, none of which needs another round."""
        found: list[ast.stmt] = []
        for statement in self.place.block[self.place.number :]:
            walker.effects = Effects()
            walker.statement(statement)
            if _jumps(statement) or self._in_order([statement], walker.effects):
                break
            found.append(statement)
        while found and not computes(found[-1]):
            found.pop()
        return found

    def _meets(self, effects: Effects) -> bool:
        """Whether something reads what the loop changes."""
        changed = [*self.later.writes, *self.later.doubtful_writes]
        return any(overlap(root, other) for root in effects.reads for other in changed)

    def _takes_along(
        self, made: _Made, statements: list[ast.stmt], hoisted: list[ast.expr]
    ) -> bool:
        """Whether the head may change, or give back, what precedes it has made and others use.

        Such as a list made for this item: a worker has another one.
        """
        without: dict[int, ast.AST] = {id(part): ast.Constant(None) for part in hoisted}
        behind = copy.deepcopy(self.place.behind(len(statements)), without)
        later = _read(behind) | self._live_after()
        used = made.held(later & names.assigned(self.place.passed()))
        if not used & made.held(_read([*statements, *hoisted])):
            return False
        alone = made.walker.trial()
        alone.run(statements)
        given = [alone.value(part) for part in hoisted]
        given += [alone.env[name] for name in names.assigned(statements) if name in alone.env]
        effects = alone.effects
        odd = effects.untyped and self.program.implicit_methods
        touched = {*effects.writes, *effects.doubtful_writes}.union(*(v.reach for v in given))
        return bool(odd or effects.noted("unknown", "callable") or _own(touched) & used)

    def _walk(
        self,
        walker: Walker,
        kept: frozenset[Spot],
        statements: list[ast.stmt],
        hoisted: list[ast.expr],
    ) -> str:
        """Walk over what a worker does on its way to the head; why that must stay in order."""
        nodes: list[ast.AST] = []
        for passed, entered in self.place.way():
            repeated = sliced(passed, kept)
            walker.run(repeated)
            nodes += repeated
            if isinstance(entered, ast.If):
                walker.value(entered.test)
                nodes.append(entered.test)
        walker.run(statements)
        for expression in hoisted:
            walker.value(expression)
        return self._in_order([*nodes, *statements, *hoisted], walker.effects)

    def _slice(
        self, head: Iterable[ast.AST], made: _Made, *, exits: bool
    ) -> frozenset[Spot] | None:
        """Where the statements are that a worker repeats; None if it cannot.

        ``exits`` tells whether it leaves off where the loop would end.
        """
        leaves = list(_leaves(self.place.passed(), ()))
        if any(_hides_continue(leaf.node) for leaf in leaves):
            return None
        ends = ast.Continue | ast.Break | ast.Return | ast.Raise if exits else ast.Continue
        bound = names.assigned(leaf.node for leaf in leaves)
        kept = {leaf for leaf in leaves if isinstance(leaf.node, ends)}
        wanted = _read([*head, *self.place.tests()])
        while True:
            wanted |= _read(node for leaf in kept for node in (leaf.node, *leaf.needs))
            held = made.held(wanted & bound)
            more = {
                leaf
                for leaf in leaves
                if names.assigned([leaf.node]) & wanted
                or made.changes[spot(leaf.node)] & held
                or any(leaf.node in other.needs for other in kept)
            }
            if more <= kept:
                break
            kept |= more
        repeated = {node for leaf in kept for node in leaf.needs}
        tests = {node for leaf in leaves for node in leaf.needs if isinstance(node, ast.expr)}
        if any(made.held(_read([test])) & held and computes(test) for test in tests - repeated):
            return None  # one that is left out may change what the head reads
        return frozenset(spot(leaf.node) for leaf in kept)

    # --- what it gives, and to whom -----------------------------------------------------------

    def _given(self, head: Head) -> list[str]:
        """Names that the head sets and that others read, in the iteration or after the loop."""
        without: dict[int, ast.AST] = {id(part): ast.Pass() for part in head.statements}
        without |= {id(part): ast.Constant(None) for part in head.hoisted}
        rest = copy.deepcopy(self.body, without)
        wanted = _read(rest) | self._live_after()
        made = names.assigned(head.statements)
        return sorted(wanted & made, key=lambda name: (position(self.loop, name), name))

    def _drawn(self, head: Head, needs: list[str], walker: Walker) -> list[ast.stmt]:
        """The body with what the head gives in the head's place."""
        given: dict[int, ast.AST] = {}
        for number, expression in enumerate(head.hoisted):
            name = f"{_GIVEN} hoisted {number}"
            walker.env[name] = head.walker.trial().value(expression)
            given[id(expression)] = ast.copy_location(ast.Name(name, ast.Load()), expression)
        for statement in head.statements:
            given[id(statement)] = _placed(ast.Pass(), statement)
        body = ast.Module(copy.deepcopy(self.body, dict(given)), [])
        if head.statements:
            drawn = []
            for name in needs:
                walker.env[f"{_GIVEN} {name}"] = head.walker.name(name, head.statements[0].lineno)
                value = ast.Name(f"{_GIVEN} {name}", ast.Load())
                sets = ast.Assign([ast.Name(name, ast.Store())], value)
                drawn.append(_placed(sets, head.statements[0]))
            _Instead(given[id(head.statements[0])], drawn).visit(body)
        return body.body

    def _check_handlers(self) -> None:
        """An exception that a handler around the head catches has come from another process."""
        entered = [part for _, part in self.place.way() if isinstance(part, ast.Try)]
        for handler in (handler for part in entered for handler in part.handlers):
            told = {getattr(node, "attr", getattr(node, "id", "")) for node in nodes_of(handler)}
            for name in sorted(told & _TRACEBACKS):
                why = f"a handler looks at where an exception comes from ({name})"
                self.findings.doubt("travel", name, handler.lineno, handler.lineno, why)
        odd = next((kind.qualname for kind in _odd_exceptions(self.program)), None)
        for part in entered if odd is not None else ():
            assert odd is not None
            why = f"an exception {odd} may not come back as it was: the class has an own __init__"
            self.findings.doubt("travel", odd, part.lineno, part.lineno, why)


def _odd_exceptions(program: Program) -> Iterator[Class]:
    """Exception classes of the user's that pickle may not make again."""
    for module in program.modules.values():
        for kind in module.all_classes:
            if kind.methods.keys() & _REMADE and _is_exception(kind):
                yield kind


def _is_exception(kind: Class) -> bool:
    for base in kind.node.bases:
        name = ast.unparse(base)
        mine = kind.module.classes.get(name)
        if mine is not None and mine is not kind and _is_exception(mine):
            return True
        if name.endswith(("Error", "Exception", "Exit", "Warning", "Interrupt")):
            return True
    return False


class _Instead(ast.NodeTransformer):
    """Puts statements in the place of one."""

    def __init__(self, node: ast.AST, instead: list[Any]) -> None:
        self.node, self.instead = node, instead or [node]

    def visit(self, node: ast.AST) -> Any:
        """As ast.NodeTransformer has it."""
        return self.instead if node is self.node else self.generic_visit(node)


def _read(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that code reads, those that it adds to among them."""
    nodes = list(nodes)
    return names.read(nodes) | {
        part.target.id
        for node in nodes
        for part in nodes_of(node)
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
    }


# --- what leads to a head -------------------------------------------------------------------


class _Leaf(NamedTuple):
    """A statement that is repeated whole or not at all."""

    node: ast.stmt
    needs: tuple[ast.AST, ...]
    """What decides whether it is reached: conditions, and statements that may raise."""


def _leaves(block: list[ast.stmt], needs: tuple[ast.AST, ...]) -> Iterator[_Leaf]:
    for statement in block:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                yield from _leaves([*body, *orelse], (*needs, test))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                inside = (*needs, *(leaf.node for leaf in _leaves(body, ())))
                yield from _leaves([*body, *orelse, *final], inside)
                for handler in handlers:
                    kinds = () if handler.type is None else (handler.type,)
                    yield from _leaves(handler.body, (*inside, *kinds))
            case _:
                yield _Leaf(statement, needs)


def sliced(block: list[ast.stmt], kept: frozenset[Spot]) -> list[ast.stmt]:
    """The statements of a block that are repeated, with the conditions around them."""
    found: list[ast.stmt] = []
    for statement in block:
        made = copy.copy(statement)
        match made:
            case ast.If(body=body, orelse=orelse):
                made.body, made.orelse = sliced(body, kept), sliced(orelse, kept)
                empty = not (made.body or made.orelse)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                made.handlers = [copy.copy(handler) for handler in handlers]
                for handler in made.handlers:
                    handler.body = sliced(handler.body, kept) or [_placed(ast.Pass(), handler)]
                made.body, made.orelse = sliced(body, kept), sliced(orelse, kept)
                made.finalbody = sliced(final, kept)
                empty = not made.body
            case _:
                empty = spot(made) not in kept
        if not empty:
            if isinstance(made, ast.If) and not made.body:
                made.body = [_placed(ast.Pass(), made)]
            found.append(made)
    return found


def _worker(place: Place, head: Head) -> list[ast.stmt]:
    """All that a worker does for an item, to the last expression of the head."""
    inner: list[ast.stmt] = [
        *head.statements,
        _placed(ast.Expr(ast.Constant(GIVES)), place.block[place.number]),
        *(_placed(ast.Expr(expression), expression) for expression in head.hoisted),
    ]
    inner = [*sliced(place.block[: place.number], head.kept), *inner]
    for block, index, field in reversed(place.above):
        entered = block[index]
        if isinstance(entered, ast.If):
            other: list[ast.stmt] = [ast.Pass()]
            body, orelse = (inner, []) if field == "body" else (other, inner)
            inner = [_placed(ast.If(entered.test, body, orelse), entered)]
        inner = [*sliced(block[:index], head.kept), *inner]
    return inner


def _placed(node: ast.AST, like: ast.AST) -> Any:
    """A node that is in no source, at the place of another one."""
    return ast.fix_missing_locations(ast.copy_location(node, like))


def _jumps(statement: ast.stmt) -> bool:
    """Whether a statement may leave the iteration, other than by an exception."""
    leaves = any(isinstance(part, ast.Break | ast.Continue) for part in outside_loops(statement))
    return leaves or contains_return(statement)


def _hides_continue(statement: ast.stmt) -> bool:
    """Whether a statement that is repeated whole or not at all may go on to the next item."""
    return not isinstance(statement, ast.Continue) and any(
        isinstance(part, ast.Continue) for part in outside_loops(statement)
    )
