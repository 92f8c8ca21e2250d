"""Heads in the midst of a body: what precedes them stays where it is, and in order.

    for path in paths:
        tried += 1                       # stays
        if path.suffix == ".tmp":        # stays, and a worker asks the same
            left_out.append(path)        # stays
            continue
        pages.append(render(path))       # render(path) is computed ahead

A worker is given the item. It repeats what leads to the head, see `slices`. Nothing else that
precedes the head is run there.

There may be several heads, one after the other or in branches: a worker gives what they compute in
the order in which it comes to them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from paradvisor.analysis import names, tails
from paradvisor.analysis.bodies import computes, contains_return, outside_loops, position
from paradvisor.analysis.effects import WORLD, Effects, overlap
from paradvisor.analysis.exceptions import catches_only_own
from paradvisor.analysis.filework import judge_files, only_opens_files
from paradvisor.analysis.judgement import (
    caveats,
    check_travel,
    judge_head,
    judge_reads,
)
from paradvisor.analysis.parts import Ahead, Drawn, Split, Spot, spot
from paradvisor.analysis.slices import (
    Jump,
    Made,
    Place,
    backward,
    leaves,
    placed,
    places,
    read,
    sliced,
    worker,
)
from paradvisor.analysis.source import Class, Function, FunctionNode, Program
from paradvisor.analysis.statements import ForLoop, OutgoingLoop
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.analysis.values import Value
from paradvisor.analysis.walker import Walker

_MOST = 4  # heads of one loop that are looked at
_ROUNDS = ast.For | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_GIVEN = "paradvisor ahead"
"""Stands for what the head gives, where that has no name in the source."""
_TRACEBACKS = frozenset(
    {"traceback", "exc_info", "print_exc", "format_exc", "format_exception", "print_exception"}
    | {"__traceback__", "__cause__", "__context__"}
)
"""What a program mentions that looks at where an exception comes from."""
_REMADE = frozenset({"__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"})
"""Methods by which another exception may come back from a worker than was raised there."""


class Core(NamedTuple):
    """What is computed ahead: statements, and an expression of the one that follows, if any."""

    statements: list[ast.stmt]
    hoisted: list[ast.expr]

    @property
    def nodes(self) -> list[ast.AST]:
        """All of it."""
        return [*self.statements, *self.hoisted]

    def without(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """A copy of some statements, with nothing in its place."""
        nothing: dict[int, ast.AST] = {id(part): ast.Pass() for part in self.statements}
        nothing |= {id(part): ast.Constant(None) for part in self.hoisted}
        return copy.deepcopy(body, nothing)


class Head(NamedTuple):
    """A core, and how a worker comes to it."""

    place: Place
    core: Core
    needs: list[str]
    kept: frozenset[Spot]
    before: Effects
    """Of what precedes it and stays."""
    walker: Walker
    """After it: what a worker knows and does."""

    def drawn(self) -> Drawn:
        """As a split has it."""
        core = self.core
        return Drawn(
            self.place.first, tuple(core.statements), tuple(core.hoisted), tuple(self.needs)
        )

    def spots(self) -> frozenset[Spot]:
        """Where its statements begin, which are none of those that a worker repeats."""
        return frozenset(spot(leaf.node) for leaf in leaves(self.core.statements))

    def holder(self) -> ast.stmt | None:
        """The statement that its expressions are in."""
        if not self.core.hoisted:
            return None
        return self.place.block[self.place.number + len(self.core.statements)]

    def covers(self, statement: ast.stmt) -> bool:
        """Whether a statement is part of it."""
        parts = [*self.core.statements, *filter(None, [self.holder()])]
        return any(node is statement for part in parts for node in nodes_of(part))


def splits(program: Program, function: Function, loop: ast.For) -> list[Split]:
    """Ways to compute something in the midst of the body ahead, the most promising ones first."""
    return _found(AheadLoop, program, function, loop)


def outgoing(program: Program, function: Function, loop: ast.For) -> list[Split]:
    """The same for what has effects outside of the program."""
    found = _found(OutgoingAheadLoop, program, function, loop)
    return [split for split in found if split.outgoing]


def _found(
    how: type[AheadLoop], program: Program, function: Function, loop: ast.For
) -> list[Split]:
    alone = []
    chosen: list[Head] = []
    for place in places(loop.body):
        single = _widened(how, program, function, loop, [], place)
        if single:
            alone.append(how(program, function, loop, [single[0].place]).judge())
        if len(chosen) < _MOST and not any(head.covers(place.first) for head in chosen):
            before = [head.place for head in chosen]
            chosen = _widened(how, program, function, loop, before, place) or chosen
    found = [split for split in alone if split is not None]
    found.sort(key=lambda split: (not split.followed, split.verdict != "safe"))
    several = [
        how(program, function, loop, group).judge()
        for count in range(2, len(chosen) + 1)
        for group in combinations([head.place for head in chosen], count)
    ]
    return [*found[:_MOST], *(split for split in several if split is not None)]


def _widened(
    how: type[AheadLoop],
    program: Program,
    function: Function,
    loop: ast.For,
    before: list[Place],
    place: Place,
) -> list[Head]:
    """The heads with one that begins at a place, or where assignments before it make what it needs.

    None where nothing can be computed ahead there.
    """
    found = how(program, function, loop, [*before, place]).heads()
    while not found and place.number > 0:
        place = place._replace(number=place.number - 1)
        if computes(place.first) or not isinstance(place.first, ast.Assign | ast.AnnAssign):
            break
        found = how(program, function, loop, [*before, place]).heads()
    return found


class AheadLoop(ForLoop):
    """A for statement of which parts are computed ahead, wherever they stand."""

    def __init__(
        self, program: Program, function: Function, loop: ast.For, places: Sequence[Place]
    ) -> None:
        super().__init__(program, function, loop, [])
        self.places = places

    def heads(self) -> list[Head]:
        """What can be computed ahead from the places on, if there is something at each."""
        self.program.walks = 0
        walker, _, _ = self._enter()
        self.later = self._tail_effects(walker, self.body)
        return self._heads(walker)

    def judge(self) -> Split | None:
        """How heads that begin at the places would do; None where one of them is none."""
        self.program.walks = 0
        walker, iterable, reading = self._enter()
        self.later = self._tail_effects(walker, self.body)
        heads = self._heads(walker)
        if not heads:
            return None
        findings, effects = self.findings, Effects()
        for head in heads:
            effects.merge(head.walker.effects)
        tail = self._drawn(heads, walker)
        tail_effects = self._tail_effects(walker, tail)
        self.head_reads = set(effects.reads)
        earlier = [self._conflicts(head.before, []) for head in heads]
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, self._without_own(conflicts, tail_effects), self.program)
        for head, changed in zip(heads, earlier, strict=True):
            # In the same iteration, so its own things too.
            judge_reads(findings, head.walker.effects, changed)
        judge_reads(findings, *self._read_ahead(iterable, reading, conflicts))
        judge_files(findings, effects, tail_effects)
        self._check_tail(reading, effects, tail_effects)
        self._name_sources()
        self._check_recurrence(tail, [], tail_effects)
        drawn = tuple(head.drawn() for head in heads)
        kept = _together(head.kept for head in heads) - _together(head.spots() for head in heads)
        whole = worker(self.body, kept, drawn)
        self._check_inner_readers(effects, whole)
        self._check_exceptions()
        self._check_copies()
        free = self._identity_free(tail)
        for head in heads:
            check_travel(findings, self.program, self._travelling(head), self.loop.lineno, free)
        return Split(
            findings.verdict(),
            hoisted=tuple(part for head in heads for part in head.core.hoisted),
            needs=tuple(dict.fromkeys(name for head in heads for name in head.needs)),
            pattern=tails.pattern(self.loop, tail),
            dependences=findings.all(),
            caveats=caveats(effects),
            followed=frozenset(effects.followed),
            outgoing=bool(effects.noted("external")),
            ahead=Ahead(
                drawn,
                kept,
                tuple(whole),
                self._left_out(heads[0]) if len(heads) == 1 else frozenset(),
            ),
        )

    def _travelling(self, head: Head) -> dict[str, Value]:
        """What a head gives, by what it is called."""
        named = {name: head.walker.name(name, self.loop.lineno) for name in head.needs}
        return named | {ast.unparse(part): head.walker.value(part) for part in head.core.hoisted}

    # --- the head -----------------------------------------------------------------------------

    def _heads(self, start: Walker) -> list[Head]:
        """The heads at the places, each after those before it; none if one is none."""
        found: list[Head] = []
        for place in self.places:
            head = self._find(place, start, found)
            if head is None:
                return []
            found.append(head)
        cores = Core(
            [part for head in found for part in head.core.statements],
            [part for head in found for part in head.core.hoisted],
        )
        wanted = self._wanted(cores)
        return [
            head._replace(needs=[name for name in head.needs if name in wanted]) for head in found
        ]

    def _find(self, place: Place, start: Walker, earlier: Sequence[Head]) -> Head | None:
        """The independent statements from here on, and an expression of the one that follows."""
        before = start.trial()
        for passed, entered in place.way():
            before.run(passed)
            if isinstance(entered, ast.If):
                before.value(entered.test)
        statements = self._independent(place, before.trial())
        core = Core(statements, self._expression(place, before, statements))
        if not any(map(computes, core.nodes)) or _falls_on(place, earlier):
            return None
        needs = self._given(core)
        made = Made(place, start)
        if self._is_torn(place, core, needs) or self._shares(place, made, core, earlier):
            return None
        _, sure = names.exposed(statements, set())
        wanted = read(core.nodes) | ({*needs} - sure)
        if {*needs} - sure - names.exposed(place.passed(), set())[1]:
            return None  # it may be an earlier iteration's
        for exits in (True, False):
            kept = backward(place, made, wanted, exits=exits)
            after = start.trial()
            if kept is None or self._walk(place, after, kept, core):
                continue
            again = kept - _together(head.spots() for head in earlier)
            if _works_twice(self.program, place, made, again) or _spoils(
                place, made, again, earlier
            ):
                return None
            if not (exits and self._meets(after.effects)):
                return Head(place, core, needs, kept, before.effects, after)
        return None

    def _independent(self, place: Place, walker: Walker) -> list[ast.stmt]:
        """Statements from here to the last one that computes, none of which needs another round."""
        found: list[ast.stmt] = []
        for statement in place.block[place.number :]:
            walker.effects = Effects()
            walker.statement(statement)
            if _jumps(statement) or self._in_order([statement], walker.effects):
                break
            found.append(statement)
        while found and not computes(found[-1]):
            found.pop()
        return found

    def _expression(
        self, place: Place, before: Walker, statements: list[ast.stmt]
    ) -> list[ast.expr]:
        """The part of the statement behind that is computed ahead, too.

        One is drawn where it stands, so whatever is evaluated before it has had its turn. Drawn
        with statements, it must be the first thing that its statement does.
        """
        inside = before.trial()
        inside.run(statements)
        rest = place.block[place.number + len(statements) :]
        found, _, _ = self._hoist(inside, rest)
        if statements and found and not _does_first(rest[0], found[0]):
            return []
        return found[:1]

    def _walk(self, place: Place, walker: Walker, kept: frozenset[Spot], core: Core) -> str:
        """Walk over what a worker does on its way to the head; why that must stay in order."""
        nodes: list[ast.AST] = []
        for passed, entered in place.way():
            repeated = sliced(passed, kept)
            walker.run(repeated)
            nodes += repeated
            if isinstance(entered, ast.If):
                walker.value(entered.test)
                nodes.append(entered.test)
        walker.run(core.statements)
        for expression in core.hoisted:
            walker.value(expression)
        return self._in_order([*nodes, *core.nodes], walker.effects)

    def _left_out(self, head: Head) -> frozenset[Spot]:
        """What stands right before a ``try`` that begins with the head, and only the head needs.

        What it raises comes out of the worker then, so the ``try`` must not catch it.
        """
        place = head.place
        if not place.above or place.number > 0:
            return frozenset()
        block, index, _ = place.above[-1]
        entered = block[index]
        if not isinstance(entered, ast.Try) or entered.finalbody:
            return frozenset()
        if not all(catches_only_own(self.program, handler) for handler in entered.handlers):
            return frozenset()
        found: list[ast.stmt] = []
        for statement in reversed(block[:index]):
            gone = Core([*head.core.statements, *found, statement], head.core.hoisted)
            used = read(gone.without(self.body)) | self._live_after()
            alone = head.walker.trial()
            alone.statement(statement)
            mine = alone.effects.followed or alone.effects.noted("callable")
            if mine or spot(statement) not in head.kept or names.assigned([statement]) & used:
                break
            found.append(statement)
        return frozenset(map(spot, found))

    # --- why there is none --------------------------------------------------------------------

    def _meets(self, effects: Effects) -> bool:
        """Whether something reads what the loop changes."""
        changed = [*self.later.writes, *self.later.doubtful_writes]
        return any(overlap(root, other) for root in effects.reads for other in changed)

    def _is_torn(self, place: Place, core: Core, needs: list[str]) -> bool:
        """Whether an exception in the head may leave behind names that are set by then, and read.

        A worker gives all of them at its end, or none.
        """
        match core.statements:
            case []:
                return False
            case [ast.Assign() | ast.Expr()] if not core.hoisted:
                return False
        seen = {
            name
            for node in self.function.own_nodes()
            if isinstance(node, FunctionNode | ast.Lambda)
            for name in read([node])
        }
        for part in place.entered():
            seen |= read([*part.handlers, *part.finalbody])
            if part.handlers and not all(names.leaves(handler.body) for handler in part.handlers):
                block = next(block for block, index, _ in place.above if block[index] is part)
                seen |= read(block[block.index(part) + 1 :]) | self._live_after()
            if part.handlers:
                seen |= self._live_after()
        seen |= self._read_on_failure()
        return bool(seen & {*needs})

    def _around(self) -> list[ast.Try]:
        """The ``try`` statements of the function that the loop is in."""
        parents = parents_of(self.function.node)
        node: ast.AST = self.loop
        found: list[ast.Try] = []
        while node in parents:
            node = parents[node]
            if isinstance(node, ast.Try):
                found.append(node)
        return found

    def _shares(self, place: Place, made: Made, core: Core, earlier: Sequence[Head]) -> bool:
        """Whether the head may change, or give back, what precedes it has made and others use.

        Such as a list made for this item: a worker has another one.
        """
        later = read(core.without(place.behind(len(core.statements)))) | self._live_after()
        later |= {name for head in earlier for name in head.needs}
        used = made.held(later & names.assigned(place.passed()))
        if not used & made.held(read(core.nodes)):
            return False
        alone = made.walker.trial()
        alone.run(core.statements)
        given = [alone.value(part) for part in core.hoisted]
        given += [alone.env[name] for name in names.assigned(core.statements) & alone.env.keys()]
        effects = alone.effects
        if made.own({*effects.writes}.union(*(value.known_reach for value in given))) & used:
            return True
        unsure = effects.noted("unknown", "callable")
        if effects.untyped and self.program.implicit_methods:
            unsure.append((effects.untyped, "an operator of a class of yours"))
        unsure += [
            place for root, place in effects.doubtful_writes.items() if made.own([root]) & used
        ]
        if any(made.own(value.reach) & used for value in given):
            unsure.append((place.first.lineno, "what is computed ahead"))
        for line, what in unsure[:1]:
            name = next(name for name in sorted(later) if made.held({name}) & used)
            why = f"{what} may change or hold {name}, which is used later on: it would be a copy"
            self.findings.doubt("travel", name, line, line, why)
        return False

    # --- what it gives, and to whom -----------------------------------------------------------

    def _given(self, core: Core) -> list[str]:
        """Names that the head sets and that others read, in the iteration or after the loop."""
        made = names.assigned(core.statements) & self._wanted(core)
        return sorted(made, key=lambda name: (position(self.loop, name), name))

    def _wanted(self, core: Core) -> set[str]:
        """Names that are read in the rest of the body, or after the loop."""
        return read(core.without(self.body)) | self._live_after()

    def _drawn(self, heads: Sequence[Head], walker: Walker) -> list[ast.stmt]:
        """The body with what the heads give in their places."""
        given: dict[int, ast.AST] = {}
        for number, head in enumerate(heads):
            for count, expression in enumerate(head.core.hoisted):
                name = f"{_GIVEN} hoisted {number} {count}"
                walker.env[name] = head.walker.trial().value(expression)
                given[id(expression)] = ast.copy_location(ast.Name(name, ast.Load()), expression)
            for statement in head.core.statements:
                given[id(statement)] = placed(ast.Pass(), statement)
        body = ast.Module(copy.deepcopy(self.body, dict(given)), [])
        for number, head in enumerate(heads):
            for first in head.core.statements[:1]:
                drawn = []
                for name in head.needs:
                    walker.env[f"{_GIVEN} {number} {name}"] = head.walker.name(name, first.lineno)
                    value = ast.Name(f"{_GIVEN} {number} {name}", ast.Load())
                    sets = ast.Assign([ast.Name(name, ast.Store())], value)
                    drawn.append(placed(sets, first))
                _Instead(given[id(first)], drawn).visit(body)
        return body.body

    def _check_exceptions(self) -> None:
        """An exception that is caught behind the head has come from another process."""
        entered = [part for place in self.places for part in place.entered()]
        caught = [*entered, *self._around()]
        handlers = [handler for part in caught for handler in part.handlers]
        looks = self.program.mentions & _TRACEBACKS
        for node in (node for handler in handlers for node in nodes_of(handler)):
            match node:
                case ast.keyword(arg="exc_info") | ast.Attribute(attr="exception"):
                    looks = looks | {"exc_info"}
        for handler in handlers[:1] if looks else ():
            line, name = handler.lineno, sorted(looks)[0]
            why = f"an exception is caught, and the program looks where one comes from ({name})"
            self.findings.doubt("travel", name, line, line, why)
        for kind in _odd_exceptions(self.program):
            name, line = kind.qualname, self.loop.lineno
            why = f"a {name} may not come back as it was raised: the class says how it is copied"
            self.findings.doubt("travel", name, line, line, why)


class OutgoingAheadLoop(OutgoingLoop, AheadLoop):
    """The same where effects outside the program may be part of the head."""


def _together(groups: Iterable[frozenset[Spot]]) -> frozenset[Spot]:
    return frozenset().union(*groups)


def _works_twice(program: Program, place: Place, made: Made, kept: frozenset[Spot]) -> bool:
    """Whether what a worker repeats is more than a few operations, and files that it reads."""
    walker = made.walker.trial()
    for leaf in leaves(place.passed()):
        if spot(leaf.node) in kept and not isinstance(leaf.node, Jump):
            walker.statement(leaf.node)
    if WORLD in walker.effects.reads and not only_opens_files(walker.effects):
        return True
    called = [found.rpartition(":") for found in walker.effects.followed]
    return any(
        isinstance(node, _ROUNDS)
        for file, _, line in called
        for node in nodes_of(program.modules[file].function_at(int(line)).node)
    )


def _falls_on(place: Place, earlier: Sequence[Head]) -> bool:
    """Whether one may get here though an earlier head has failed, which ends a worker's work."""
    here = place.entered()
    return any(
        part.finalbody or not all(names.leaves(handler.body) for handler in part.handlers)
        for head in earlier
        for part in head.place.entered()
        if part not in here
    )


def _spoils(place: Place, made: Made, kept: frozenset[Spot], earlier: Sequence[Head]) -> bool:
    """Whether a worker, on its way from an earlier head, changes what that has given.

    Or would run again the statement in which it stands.
    """
    holders = [holder for head in earlier if (holder := head.holder()) is not None]
    if any(spot(leaf.node) in kept for leaf in leaves(holders)):
        return True
    given = made.held({name for head in earlier for name in head.needs})
    return any(
        made.changes(leaf.node) & given
        for leaf in leaves(place.passed())
        if spot(leaf.node) in kept
    )


def _odd_exceptions(program: Program) -> Iterator[Class]:
    """Exception classes of the user's that pickle may make otherwise."""
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


def _does_first(statement: ast.stmt, expression: ast.expr) -> bool:
    """Whether a statement evaluates an expression before anything else that could raise."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.Return(value=value):
            return value is expression
        case ast.AugAssign(target=ast.Name(), value=value):
            return value is expression
        case ast.If(test=test):
            return test is expression
        case ast.Expr(
            value=ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name()), args=[first, *_])
        ):
            return first is expression
    return False


def _jumps(statement: ast.stmt) -> bool:
    """Whether a statement may leave the iteration, other than by an exception."""
    leaves = any(isinstance(part, ast.Break | ast.Continue) for part in outside_loops(statement))
    return leaves or contains_return(statement)


class _Instead(ast.NodeTransformer):
    """Puts statements in the place of one."""

    def __init__(self, node: ast.AST, instead: list[Any]) -> None:
        self.node, self.instead = node, instead or [node]

    def visit(self, node: ast.AST) -> Any:
        """As ast.NodeTransformer has it."""
        return self.instead if node is self.node else self.generic_visit(node)
