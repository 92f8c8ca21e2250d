"""Heads in the midst of a body: what precedes them stays where it is, and in order.

    for path in paths:
        tried += 1                       # stays
        if path.suffix == ".tmp":        # stays, and a worker asks the same
            left_out.append(path)        # stays
            continue
        pages.append(render(path))       # render(path) is computed ahead

A worker is given the item. It repeats what leads to the head, see `slices`. Nothing else that
precedes the head is run there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
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
from paradvisor.analysis.parts import Ahead, Split, Spot, spot
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

    core: Core
    needs: list[str]
    kept: frozenset[Spot]
    before: Effects
    """Of what precedes it and stays."""
    walker: Walker
    """After it: what a worker knows and does."""


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
    found = [
        split
        for place in places(loop.body)
        if (split := _widened(how, program, function, loop, place)) is not None
    ]
    return sorted(found, key=lambda split: (not split.followed, split.verdict != "safe"))[:_MOST]


def _widened(
    how: type[AheadLoop], program: Program, function: Function, loop: ast.For, place: Place
) -> Split | None:
    """The split at a place, or where assignments right before it make what it changes."""
    split = how(program, function, loop, place).judge()
    while split is None and place.number > 0:
        place = place._replace(number=place.number - 1)
        if computes(place.first) or not isinstance(place.first, ast.Assign | ast.AnnAssign):
            break
        split = how(program, function, loop, place).judge()
    return split


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
        tail = self._drawn(head, walker)
        tail_effects = self._tail_effects(walker, tail)
        self.head_reads = set(effects.reads)
        earlier = self._conflicts(head.before, [])
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, self._without_own(conflicts, tail_effects), self.program)
        judge_reads(findings, effects, earlier)  # in the same iteration, so its own things too
        judge_reads(findings, *self._read_ahead(iterable, reading, conflicts))
        judge_files(findings, effects, tail_effects)
        self._check_tail(reading, effects, tail_effects)
        self._name_sources()
        self._check_recurrence(tail, [], tail_effects)
        whole = worker(self.place, head.kept, *head.core)
        self._check_inner_readers(effects, whole)
        self._check_exceptions()
        self._check_copies()
        travelling = {name: head.walker.name(name, self.loop.lineno) for name in head.needs}
        travelling |= {ast.unparse(part): head.walker.value(part) for part in head.core.hoisted}
        free = self._identity_free(tail)
        check_travel(findings, self.program, travelling, self.loop.lineno, free)
        return Split(
            findings.verdict(),
            hoisted=tuple(head.core.hoisted),
            needs=tuple(head.needs),
            pattern=tails.pattern(self.loop, tail),
            dependences=findings.all(),
            caveats=caveats(effects),
            followed=frozenset(effects.followed),
            outgoing=bool(effects.noted("external")),
            ahead=Ahead(
                self.place.first,
                tuple(head.core.statements),
                head.kept,
                tuple(whole),
                self._left_out(head),
            ),
        )

    # --- the head -----------------------------------------------------------------------------

    def _find(self, start: Walker) -> Head | None:
        """The independent statements from here on, and an expression of the one that follows."""
        before = start.trial()
        for passed, entered in self.place.way():
            before.run(passed)
            if isinstance(entered, ast.If):
                before.value(entered.test)
        statements = self._independent(before.trial())
        core = Core(statements, self._expression(before, statements))
        if not any(map(computes, core.nodes)):
            return None
        needs = self._given(core)
        made = Made(self.place, start)
        if self._is_torn(core, needs) or self._shares(made, core):
            return None
        _, sure = names.exposed(statements, set())
        wanted = read(core.nodes) | ({*needs} - sure)
        if {*needs} - sure - names.assigned(self.place.passed()):
            return None  # it may be an earlier iteration's
        for exits in (True, False):
            kept = backward(self.place, made, wanted, exits=exits)
            after = start.trial()
            if kept is None or self._walk(after, kept, core):
                continue
            if self._works_twice(made, kept):
                return None
            if not (exits and self._meets(after.effects)):
                return Head(core, needs, kept, before.effects, after)
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

    def _expression(self, before: Walker, statements: list[ast.stmt]) -> list[ast.expr]:
        """The part of the statement behind that is computed ahead, too.

        One is drawn where it stands, so whatever is evaluated before it has had its turn. Drawn
        with statements, it must be the first thing that its statement does.
        """
        inside = before.trial()
        inside.run(statements)
        rest = self.place.block[self.place.number + len(statements) :]
        found, _, _ = self._hoist(inside, rest)
        if statements and found and not _does_first(rest[0], found[0]):
            return []
        return found[:1]

    def _walk(self, walker: Walker, kept: frozenset[Spot], core: Core) -> str:
        """Walk over what a worker does on its way to the head; why that must stay in order."""
        nodes: list[ast.AST] = []
        for passed, entered in self.place.way():
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
        if not self.place.above or self.place.number > 0:
            return frozenset()
        block, index, _ = self.place.above[-1]
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

    def _works_twice(self, made: Made, kept: frozenset[Spot]) -> bool:
        """Whether what a worker repeats is more than a few operations, and files that it reads."""
        walker = made.walker.trial()
        for leaf in leaves(self.place.passed()):
            if spot(leaf.node) in kept and not isinstance(leaf.node, Jump):
                walker.statement(leaf.node)
        if WORLD in walker.effects.reads and not only_opens_files(walker.effects):
            return True
        called = [place.rpartition(":") for place in walker.effects.followed]
        return any(
            isinstance(node, _ROUNDS)
            for file, _, line in called
            for node in nodes_of(self.program.modules[file].function_at(int(line)).node)
        )

    def _meets(self, effects: Effects) -> bool:
        """Whether something reads what the loop changes."""
        changed = [*self.later.writes, *self.later.doubtful_writes]
        return any(overlap(root, other) for root in effects.reads for other in changed)

    def _is_torn(self, core: Core, needs: list[str]) -> bool:
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
        for part in self.place.entered():
            seen |= read([*part.handlers, *part.finalbody])
            if part.handlers and not all(names.leaves(handler.body) for handler in part.handlers):
                block = next(block for block, index, _ in self.place.above if block[index] is part)
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

    def _shares(self, made: Made, core: Core) -> bool:
        """Whether the head may change, or give back, what precedes it has made and others use.

        Such as a list made for this item: a worker has another one.
        """
        later = read(core.without(self.place.behind(len(core.statements)))) | self._live_after()
        used = made.held(later & names.assigned(self.place.passed()))
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
            unsure.append((self.place.first.lineno, "what is computed ahead"))
        for line, what in unsure[:1]:
            name = next(name for name in sorted(later) if made.held({name}) & used)
            why = f"{what} may change or hold {name}, which is used later on: it would be a copy"
            self.findings.doubt("travel", name, line, line, why)
        return False

    # --- what it gives, and to whom -----------------------------------------------------------

    def _given(self, core: Core) -> list[str]:
        """Names that the head sets and that others read, in the iteration or after the loop."""
        wanted = read(core.without(self.body)) | self._live_after()
        made = names.assigned(core.statements)
        return sorted(wanted & made, key=lambda name: (position(self.loop, name), name))

    def _drawn(self, head: Head, walker: Walker) -> list[ast.stmt]:
        """The body with what the head gives in the head's place."""
        given: dict[int, ast.AST] = {}
        statements = head.core.statements
        for number, expression in enumerate(head.core.hoisted):
            name = f"{_GIVEN} hoisted {number}"
            walker.env[name] = head.walker.trial().value(expression)
            given[id(expression)] = ast.copy_location(ast.Name(name, ast.Load()), expression)
        for statement in statements:
            given[id(statement)] = placed(ast.Pass(), statement)
        body = ast.Module(copy.deepcopy(self.body, dict(given)), [])
        if statements:
            drawn = []
            for name in head.needs:
                walker.env[f"{_GIVEN} {name}"] = head.walker.name(name, statements[0].lineno)
                value = ast.Name(f"{_GIVEN} {name}", ast.Load())
                sets = ast.Assign([ast.Name(name, ast.Store())], value)
                drawn.append(placed(sets, statements[0]))
            _Instead(given[id(statements[0])], drawn).visit(body)
        return body.body

    def _check_exceptions(self) -> None:
        """An exception that is caught behind the head has come from another process."""
        caught = [*self.place.entered(), *self._around()]
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
