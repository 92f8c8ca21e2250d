"""Loops that are statements: the body of a for loop, cut into a head and a tail."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce

from msgspec.structs import replace

from paradvisor.analysis import names, readahead, tails
from paradvisor.analysis.bodies import (
    accumulated,
    always_evaluated,
    candidates,
    cannot_raise,
    computes,
    contains_break,
    contains_return,
    first_line,
    following,
    last_line,
    position,
    same_loop,
    without,
)
from paradvisor.analysis.declarations import declared
from paradvisor.analysis.effects import (
    BINDING,
    NESTED,
    STRANGER,
    WORLD,
    Effects,
    overlap,
)
from paradvisor.analysis.filework import judge_files, only_writes_files
from paradvisor.analysis.implicit import implicit_calls
from paradvisor.analysis.judgement import (
    Findings,
    caveats,
    check_fed,
    check_form,
    check_iterable,
    check_travel,
    is_singleton,
    judge_head,
    judge_reads,
)
from paradvisor.analysis.parts import Split
from paradvisor.analysis.source import Function, FunctionNode, Program
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.analysis.uses import Fate, Uses
from paradvisor.analysis.values import (
    ITERATORS,
    NO_ROOTS,
    SEQUENCES,
    Root,
    Value,
    join,
    of,
    rooted,
    untransportable,
)
from paradvisor.analysis.walker import Walker

_CONTAINERS = frozenset(
    {"list", "dict", "set", "deque", "counter", "defaultdict", "ordereddict", "bytearray"}
)
_GIVEN = "paradvisor given"
"""Stands for what the head gives, where that has no name in the source."""
_INDEXED = frozenset({"list", "bytearray", "array", "ndarray"})
"""Types whose elements are apart from each other."""
_INNER = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_LAZY = ITERATORS | {"view"}
"""Types that compute their items, or look them up, while the loop runs."""
_ACCUMULATING = {".append()", ".add()", ".extend()"}


class ForLoop:
    """A for statement, its body cut in two."""

    def __init__(
        self, program: Program, function: Function, loop: ast.For, gatherers: list[ast.stmt]
    ) -> None:
        self.program = program
        self.function = function
        self.loop = loop
        self.gatherers = gatherers
        self.body = self._emptied()
        self.targets = names.assigned([loop.target])
        self.private = self.targets | names.assigned(self.body)
        self.findings = Findings(
            rebound=set(self.private),
            scope=function.scope,
            local=frozenset(function.bindings) | function.all_parameters,
        )
        self.carried, self.sure = names.exposed(self.body, self.targets)
        self.carried &= self.private
        self._item_shadows: set[tuple[Root, tuple[int, str]]] = set()
        self.later = Effects()
        self.head_reads: set[Root] = set()
        self.cut = ""

    def _emptied(self) -> list[ast.stmt]:
        """The body, in which gathering statements only compute their values."""
        return tails.without(self.loop.body, self.gatherers) if self.gatherers else self.loop.body

    def whole(self) -> Split:
        """The split at some statement of the body: there always is one."""
        found = self.judge()
        assert found is not None
        return found

    def judge(self) -> Split | None:
        """How the loop can be split; None if not so that all of it but the gathering is head."""
        loop, findings = self.loop, self.findings
        walker, iterable, reading = self._enter()
        head, effects = self._head(walker)
        if self.gatherers and (len(head) < len(self.body) or not self._gathers_safely(walker)):
            return None
        self.later = self._tail_effects(walker, self._tail(walker, head))
        hoisted, tail_values, hoist_effects = self._hoist(walker, self.body[len(head) :])
        if not hoisted and not any(computes(statement) for statement in head):
            head = []
        tail = self._tail(walker, head)
        tail_effects = self._tail_effects(walker, self._as_replayed(walker, tail, hoisted))
        effects.merge(hoist_effects)
        behind = ""
        if not head and not hoisted:
            behind = self._independent_later(walker)
            self._explain_empty(walker, behind)
        self.head_reads = set(effects.reads)
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, self._without_own(conflicts, tail_effects), self.program)
        judge_reads(findings, *self._read_ahead(iterable, reading, conflicts))
        judge_files(findings, effects, tail_effects)
        self._check_tail(reading, effects, tail_effects)
        self._name_sources()
        self._check_recurrence(tail, hoisted, tail_effects)
        self._check_inner_readers(effects, head)
        self._check_failure(head)
        needs = self._needs(head, tail, hoisted)
        if self.gatherers:
            if needs or not head:
                return None
            tail_values = self._gathered_values(walker)
        self._check_continue(head, needs, tail, hoisted)
        zipped = self._zipped(head, needs, walker, iterable)
        if zipped:
            needs = [name for name in needs if name not in self.targets]
        self._check_identity(tail, needs)
        given = [name for name in needs if name in walker.env]
        travelling = {name: walker.name(name, self.loop.lineno) for name in given}
        check_travel(
            findings,
            self.program,
            travelling | tail_values,
            loop.lineno,
            self._identity_free(tail),
        )
        return Split(
            findings.verdict(),
            tuple(range(len(head))),
            tuple(hoisted),
            tuple(needs),
            tails.pattern(loop, tail),
            findings.all(),
            caveats(effects),
            zipped,
            tuple(self.gatherers),
            followed=frozenset(effects.followed),
            outgoing=bool(effects.noted("external")),
            cut=self.cut,
            later=behind,
        )

    def _enter(self) -> tuple[Walker, Value, Effects]:
        """Take an item: what walks the body then, what is gone over, what reading that reads."""
        loop, findings = self.loop, self.findings
        check_form(findings, self.function, [loop.target, *loop.body])
        if not all(
            isinstance(part, ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context)
            for part in nodes_of(loop.target)
        ):
            findings.doubt(
                "form",
                "target",
                loop.lineno,
                loop.lineno,
                "the loop stores its items in something else than variables",
            )
        before = Walker(self.program, self.function, {}, Effects())
        iterable = before.value(loop.iter)
        files = readahead.own_files(self.program, self.function, loop)
        check_iterable(
            findings,
            iterable,
            before.effects,
            loop.iter,
            loop.target,
            files,
            readahead.runs_code(self.function, loop, iterable),
        )
        reading = before.effects
        readahead.check(findings, self.program, self.function, loop, iterable)
        for root in iterable.reach:
            reading.read(root, loop.iter.lineno, iterable)
        before.effects = Effects()
        item = before.iterate(iterable._replace(roots=NO_ROOTS), loop.iter.lineno)
        env: dict[str, Value] = {}
        walker = Walker(self.program, self.function, env, Effects())
        walker.assign(loop.target, rooted(item, iterable.reach))
        if (number := tails.index_name(loop)) in walker.env and number is not None:
            walker.env[number] = of("int")
        made = [walker.name(name, loop.lineno) for name in self.targets]
        check_fed(findings, iterable, loop.iter, made, item, files)
        self._own_item(walker.env, iterable)
        if walker.effects.writes or before.effects.writes:
            findings.doubt(
                "form",
                "target",
                loop.lineno,
                loop.lineno,
                "taking the next item changes something else",
            )
        walker.effects = Effects()
        return walker, iterable, reading

    def _tail(self, walker: Walker, head: list[ast.stmt]) -> list[ast.stmt]:
        """What is replayed: the rest of the body, or the gathering of what the head gives."""
        if not self.gatherers or not head:
            return self.body[len(head) :]
        first = self.gatherers[0]
        found = [tails.gathered(statement) for statement in self.gatherers]
        groups = zip(*(entry.values for entry in found if entry is not None), strict=True)
        given: list[ast.expr] = []
        for number, parts in enumerate(groups):
            name = f"{_GIVEN} {number}"
            walker.env[name] = reduce(join, [walker.trial().value(part) for part in parts])
            given.append(ast.copy_location(ast.Name(name, ast.Load()), parts[0]))
        return [tails.with_values(first, given)]

    def _gathers_safely(self, walker: Walker) -> bool:
        """Whether values can be added later: none is changed in the meantime, none raises then."""
        for statement in self.gatherers:
            found = tails.gathered(statement)
            assert found is not None
            loose = {
                part.id
                for value in found.values
                for part in nodes_of(value)
                if isinstance(part, ast.Name) and not walker.trial().value(part).immutable
            }
            if loose & tails.used_after(self.loop, statement):
                return False
            if tails.is_guarded(self.loop, statement) and not self._cannot_raise(found, walker):
                return False
        return True

    @staticmethod
    def _cannot_raise(found: tails.Gathered, walker: Walker) -> bool:
        """Whether adding values to a variable raises nothing, whatever they are."""
        line = found.values[0].lineno
        container = walker.trial().value(ast.Name(found.name, ast.Load(), lineno=line))
        if found.how == "append":
            return container.is_only("list")
        hashable = walker.trial().value(found.values[0]).immutable
        plain = found.how in ("add", "store") and container.types is not None
        return plain and hashable and (container.is_only("dict") or container.is_only("set"))

    def _gathered_values(self, walker: Walker) -> dict[str, Value]:
        found = [tails.gathered(statement) for statement in self.gatherers]
        parts = [part for entry in found if entry is not None for part in entry.values]
        return {f"the value of {ast.unparse(part)}": walker.trial().value(part) for part in parts}

    # --- items and elements of their own ----------------------------------------------------

    def _own_item(self, env: dict[str, Value], iterable: Value) -> None:
        """The item itself is another object in each iteration, as far as its container says so."""
        name = tails.item_name(self.loop)
        self.item: Root | None = None
        self.sources = iterable.reach
        if name is None or name not in env or env[name].immutable or not iterable.reach:
            return
        self.item = (self.function.scope, tails.EACH + name)
        env[name] = env[name]._replace(roots=frozenset({self.item}), guessed=False)

    def _is_own(self, root: Root, how: str) -> bool:
        """Whether a change can be seen by no other iteration."""
        if self.item is not None and root == self.item:
            return how == "assignment to an element"
        if self.item is not None and root[0] == self.item[0]:
            field = root[1].removeprefix(self.item[1] + ".")
            return field != root[1] and how == f"assignment to .{field}"
        return (
            how == "assignment to an element"
            and root[0] == self.function.scope
            and root[1] in self._own_elements
        )

    @cached_property
    def _own_elements(self) -> set[str]:
        """Containers of which an iteration uses only the element with its own number."""
        found = tails.own_elements(self.loop)
        if isinstance(self.function.node, ast.Module):  # other functions may use them as well
            module = self.function.module
            inner = {n for f in module.functions[1:] for n in names.read([f.node])}
            found -= inner
        return {
            name
            for name in found
            if (types := Walker(self.program, self.function, {}, Effects()).name(name, 1).types)
            and types <= _INDEXED
        }

    def _without_own(
        self, conflicts: dict[Root, tuple[int, str]], tail: Effects
    ) -> dict[Root, tuple[int, str]]:
        """What the tail changes, without what only its own iteration looks at."""
        own = {root for root, (_, how) in tail.writes.items() if self._is_own(root, how)}
        touched = {root for root in own if self.item is not None and overlap(root, self.item)}
        seen = {root for root in self.head_reads if any(overlap(root, other) for other in touched)}
        if self.item is not None and seen:
            line = self.loop.lineno
            why = f"two items of the loop may be one object, and {self.item[1]} is changed"
            self.findings.doubt("distinct", self.item[1], line, line, why)
        return {root: place for root, place in conflicts.items() if root not in own}

    def _read_ahead(
        self, iterable: Value, reading: Effects, conflicts: dict[Root, tuple[int, str]]
    ) -> tuple[Effects, dict[Root, tuple[int, str]]]:
        """What is read of the items while tails run, and what of it the tails may change."""
        own = {root for root, (_, how) in self.later.writes.items() if self._is_own(root, how)}
        conflicts = {root: place for root, place in conflicts.items() if root not in own}
        if not self._is_counted() and (iterable.types is None or iterable.types & _LAZY):
            return reading, conflicts
        ahead = Effects()  # the rest was read before the first iteration
        for root in iterable.roots:
            if root in reading.reads:
                ahead.read(root, reading.reads[root], iterable)
        changed = {
            root: (line, how)
            for root, (line, how) in conflicts.items()
            if not (self.item is not None and overlap(root, self.item))
            and not (root[0].startswith(STRANGER) and how.startswith("assignment to ."))
            and (root, (line, how)) not in self._item_shadows
        }
        return ahead, changed

    def _is_counted(self) -> bool:
        """Whether the loop goes over the elements of a container, by their numbers."""
        if tails.index_name(self.loop) is None:
            return False
        match self.loop.iter:
            case ast.Call(func=ast.Name(id="enumerate"), args=[over]):
                types = Walker(self.program, self.function, {}, Effects()).value(over).types
                return types is not None and not types & _LAZY
        return True

    def _name_sources(self) -> None:
        """Where an item is feared to be another object, speak of what the loop goes over."""
        if self.item is None or len(self.sources) != 1:
            return
        (source,) = self.sources

        def named(name: str) -> str:
            mine = self.item is not None and overlap(self.item, (self.item[0], name))
            return source[1] if mine else name

        self.findings.doubts = [
            doubt
            if doubt.objects is None
            else replace(doubt, objects=tuple(map(named, doubt.objects)))
            for doubt in self.findings.doubts
        ]

    def _zipped(
        self, head: list[ast.stmt], needs: list[str], walker: Walker, iterable: Value
    ) -> bool:
        """Whether the replay should take the items from where the loop does."""
        wanted = [name for name in needs if name in self.targets]
        copied = any(not walker.env[name].immutable for name in wanted if name in walker.env)
        again = iterable.types is not None and iterable.types <= SEQUENCES
        if isinstance(self.loop.iter, ast.Call) and tails.index_name(self.loop):
            again = all(isinstance(arg, ast.Name | ast.Attribute) for arg in self.loop.iter.args)
        elif not isinstance(self.loop.iter, ast.Name | ast.Attribute):
            again = False
        leaves = any(isinstance(node, ast.Continue) for node in same_loop(head))
        rebound = bool(names.assigned(head) & self.targets)
        return copied and again and not leaves and not rebound

    def _check_identity(self, tail: list[ast.stmt], needs: list[str]) -> None:
        """A tail that asks which object it was given must be given that object."""
        for node in ast.walk(ast.Module(tail, [])):
            match node:
                case ast.Compare(left=left, ops=ops, comparators=others) if any(
                    isinstance(op, ast.Is | ast.IsNot) for op in ops
                ):
                    plain = all(is_singleton(self.function, other) for other in others)
                    if not plain and names.read([left, *others]) & {*needs, *self.targets}:
                        why = f"{ast.unparse(node)} asks for an object itself, not a copy"
                        self.findings.doubt("travel", "", node.lineno, node.lineno, why)

    def _check_recurrence(
        self, tail: list[ast.stmt], hoisted: list[ast.expr], effects: Effects
    ) -> None:
        """A tail that does more than gather: whether the head is most of it must be measured."""
        found = tails.recurrence(tail, hoisted, self.carried, effects)
        if found is not None:
            line, why = found
            self.findings.doubt("recurrence", why.split(" ")[0], line, line, why)

    # --- where the head ends ----------------------------------------------------------------

    def _head(self, walker: Walker) -> tuple[list[ast.stmt], Effects]:
        """The longest prefix of statements that are independent, or not known not to be."""
        head: list[ast.stmt] = []
        merged = Effects()
        for statement in self.body:
            trial = walker.trial()
            trial.statement(statement)
            if contains_break(statement) or contains_return(statement):
                why = "may end the loop"
            else:
                why = self._in_order([statement], trial.effects)
            if why:
                self.cut = f"line {self._carrying_line(statement)} {why}"
                break
            head.append(statement)
            merged.merge(trial.effects)
            walker.adopt(trial)
        return head, merged

    def _carrying_line(self, statement: ast.stmt) -> int:
        """Where a statement uses what goes on from iteration to iteration, else where it begins."""
        lines = (
            node.lineno
            for node in nodes_of(statement)
            if isinstance(node, ast.Name) and node.id in self.carried
        )
        return min(lines, default=statement.lineno)

    def _in_order(self, nodes: Sequence[ast.AST], effects: Effects) -> str:
        """What code does for which it must stay in order; nothing where it need not."""
        touched = (names.read(nodes) | names.assigned(nodes)) & self.carried
        if touched:
            return f"uses {sorted(touched)[0]}, which goes on from iteration to iteration"
        return next(self._binding(effects), "")

    @staticmethod
    def _binding(effects: Effects) -> Iterator[str]:
        """Effects that tie code to its place in the order."""
        yield from (f"changes {root[1]} ({how})" for root, (_, how) in effects.writes.items())
        yield from (f"prints ({what})" for _, what in effects.noted("output"))
        yield from (f"draws random numbers ({what})" for _, what in effects.noted("draw"))
        yield from (f"has an effect outside ({what})" for _, what in effects.noted("external"))

    def _hoist(
        self, walker: Walker, tail: list[ast.stmt]
    ) -> tuple[list[ast.expr], dict[str, Value], Effects]:
        """Computing parts of the first tail statement that do not depend on the tail."""
        merged = Effects()
        values: dict[str, Value] = {}
        found: list[ast.expr] = []
        for expression in [part for first in tail[:1] for part in candidates(first)]:
            if not self._take(expression, walker, found, values, merged):
                break
        return found, values, merged

    def _take(
        self,
        node: ast.expr,
        walker: Walker,
        found: list[ast.expr],
        values: dict[str, Value],
        merged: Effects,
    ) -> bool:
        """Hoist an expression or parts of it; False once something that stays may raise.

        An exception must not come earlier than one that a part before it would have raised.
        """
        if not computes(node) and not self._spares(node, walker):
            return cannot_raise(node)
        trial = walker.trial()
        value = trial.value(node)
        if any(overlap(root, other) for root in trial.effects.reads for other in self._stored):
            travels = False  # it reads what the tail goes on to change
        else:
            travels = self._travels(node, value)
        if travels and not self._in_order([node], trial.effects):
            found.append(node)
            values[f"the value of {ast.unparse(node)}"] = value
            merged.merge(trial.effects)
            return True
        for part in always_evaluated(node):
            if not self._take(part, walker, found, values, merged):
                return False
        return False

    def _spares(self, node: ast.expr, walker: Walker) -> bool:
        """Whether with the value of an expression an object need not travel that only it reads.

        Such as a row of a table, of which a few cells are kept.
        """
        inside = {id(part) for part in nodes_of(node)}
        tail = [part for statement in self.body for part in nodes_of(statement)]
        elsewhere = {
            part.id
            for part in tail
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
            if id(part) not in inside and part.lineno >= node.lineno
        }
        read = {
            part.value.id
            for part in nodes_of(node)
            if isinstance(part, ast.Subscript | ast.Attribute)
            if isinstance(part.value, ast.Name)
        }
        own = (read & self.private) - elsewhere - self._live_after()
        return any(not walker.env[name].immutable for name in own if name in walker.env)

    @staticmethod
    def _travels(node: ast.expr, value: Value) -> bool:
        """Whether a value can come from a worker."""
        named = any(isinstance(part, ast.NamedExpr) for part in nodes_of(node))
        return untransportable(value) is None and not isinstance(node, ast.Starred) and not named

    @cached_property
    def _stored(self) -> list[Root]:
        """What the tail changes that is not its iteration's own."""
        return [
            root
            for root, (_, how) in self.later.writes.items()
            if not self._is_own(root, how) and not how.endswith(NESTED)
        ]

    def _tail_effects(self, walker: Walker, tail: list[ast.stmt]) -> Effects:
        trial = walker.trial()
        trial.run(tail)
        return trial.effects

    def _as_replayed(
        self, walker: Walker, tail: list[ast.stmt], hoisted: list[ast.expr]
    ) -> list[ast.stmt]:
        """The tail with names in the place of what workers have computed for it by then."""
        given: dict[int, ast.Name] = {}
        for number, expression in enumerate(hoisted):
            name = f"{_GIVEN} hoisted {number}"
            walker.env[name] = walker.trial().value(expression)
            given[id(expression)] = ast.copy_location(ast.Name(name, ast.Load()), expression)
        return copy.deepcopy(tail, dict(given)) if given else tail

    def _conflicts(self, tail: Effects, statements: list[ast.stmt]) -> dict[Root, tuple[int, str]]:
        """Everything that the tail may change, by root: the head must not read it."""
        changed = {**tail.doubtful_writes, **tail.writes}
        self.findings.loop.merge(tail)
        widened = dict(changed)
        files = only_writes_files(tail)
        for root, place in changed.items():
            if root == WORLD and files:
                continue  # files are no objects
            if not self._own_object(root) or place[1].endswith(NESTED):
                # It may be, or hold, any other object that is not known to be apart.
                widened[(STRANGER + root[0], root[1])] = place
        outside = tail.noted("external") + [
            place for root, place in changed.items() if root[0] == "library"
        ]
        if outside:
            widened[WORLD] = outside[0]
        self._item_shadows = set()
        for root, place in changed.items():
            if self.item is not None and overlap(root, self.item):
                for source in self.sources:
                    widened.setdefault(source, place)
                    self._item_shadows.add((source, place))
            elif (
                self.item is not None
                and any(overlap(root, source) for source in self.sources)
                and not self._is_own(root, place[1])
            ):
                widened.setdefault(self.item, place)
        for name in names.assigned(statements):  # bound anew: the object stays as it was
            widened.setdefault((self.function.scope, name), (self.loop.lineno, "assignment"))
        return widened

    def _own_object(self, root: Root) -> bool:
        """Whether a root is a local container that nothing else refers to."""
        scope, name = root
        if scope != self.function.scope:
            return False
        value = declared(self.program, self.function, name)
        if value.immutable:
            return True
        if value.types is None or not value.types <= _CONTAINERS:
            return False
        bindings = self.function.bindings.get(name, [])
        fresh = value.types is not None and not value.roots and bool(bindings)
        fresh = fresh and not any(how.endswith("shared") for how, _ in bindings)
        return fresh and name not in self.function.all_parameters and not self._escapes(name)

    def _escapes(self, name: str) -> bool:
        """Whether a local is ever used as a value that something else could keep."""
        again = readahead.in_outer_loop(self.function, self.loop)
        end = self.loop.end_lineno or 0

        elem = declared(self.program, self.function, name).elem
        uses = Uses(
            self.function,
            counts=lambda node: again or getattr(node, "lineno", 0) <= end,
            call=lambda _call: Fate.KEPT,
            plain=elem is not None and elem.immutable,
            immutable=lambda other: declared(self.program, self.function, other).immutable,
            own_methods=self.program.method_names,
        )
        if uses.kept(name):
            return True
        return any(  # a nested function may keep it
            isinstance(inner, ast.Lambda | ast.FunctionDef)
            and inner is not self.function.node
            and name in names.read([inner])
            for inner in nodes_of(self.function.node)
        )

    def _check_inner_readers(self, effects: Effects, head: list[ast.stmt]) -> None:
        """Functions that see the loop's variables from outside would not see the section's."""
        over = self.loop.iter.lineno
        for name in sorted(names.read([self.loop.iter]) & names.assigned(head)):
            why = f"{name}, which the loop goes over, is set in the body: it would not be bound yet"
            self.findings.doubt("form", name, over, over, why)
        for name in sorted(self.targets | names.assigned(head)):
            own = (self.function.scope, name)
            line = next((at for root, at in effects.reads.items() if overlap(own, root)), None)
            if line is not None:
                self.findings.doubt(
                    "form",
                    name,
                    line,
                    line,
                    f"a function called at line {line} reads {name} from outside",
                )

    def _check_failure(self, head: list[ast.stmt]) -> None:
        """An exception comes out of the replay, where the names are an earlier iteration's yet."""
        line = self.loop.lineno
        for name in sorted((self.targets | names.assigned(head)) & self._read_on_failure()):
            why = (
                f"{name} is read where an exception of the loop is caught: it would be older there"
            )
            self.findings.doubt("live-out", name, line, line, why)

    def _read_on_failure(self) -> set[str]:
        """Names that are read in this function after an exception has left the loop."""
        found: set[str] = set()
        parents = parents_of(self.function.node)
        node: ast.AST = self.loop
        while (node := parents.get(node, node)) in parents:
            goes_on = False
            match node:
                case ast.Try(handlers=handlers, finalbody=final):
                    found |= names.read([*handlers, *final])
                    goes_on = not all(names.leaves(handler.body) for handler in handlers)
                case ast.With(items=items):
                    goes_on = any("suppress" in ast.unparse(item) for item in items)
            if goes_on:
                assert isinstance(node, ast.stmt)
                for rest in following(self.function.node.body, node):
                    found |= names.read(rest)
        if found:
            inner = [part for part in self.function.own_nodes() if isinstance(part, _INNER)]
            found |= names.read(inner)
        return found

    def _check_tail(self, reading: Effects, head: Effects, tail: Effects) -> None:
        """A tail that does what nobody knows may change whatever the head reads."""
        unknown = tail.noted("unknown", "callable")
        _, odd = implicit_calls(self.program) if tail.untyped else (tail, ())
        if implicit := sorted(self.program.implicit_methods & {*odd}):
            unknown = [*unknown, (tail.untyped, f"your {implicit[0]}, which may run here,")]
        shared = {
            root
            for root in head.mutable_reads | reading.mutable_reads
            if not (root[0] == self.function.scope and self._own_object(root))
        }
        rebound = {
            root
            for root in head.reads | reading.reads
            if root[1].split(".")[0].removesuffix(BINDING) in self.function.module.declared_global
        }
        if unknown and (shared or rebound):
            line, what = unknown[0]
            name = sorted(root[1] for root in shared or rebound)[0]
            self.findings.doubt(
                "unknown",
                name,
                line,
                line,
                f"{what} cannot be followed: it may change what the loop reads, such as {name}",
            )
        for root in reading.mutable_reads & tail.mutable_reads:
            value = declared(self.program, self.function, root[1])
            if value.types is not None and value.types & ITERATORS:
                self.findings.doubt(
                    "flow",
                    root[1],
                    reading.reads[root],
                    tail.reads[root],
                    f"{root[1]} is read by the loop and by its tail",
                )

    def _check_copies(self) -> None:
        """Whoever asks which object something is must not be given a copy."""
        for node in self.function.own_nodes():
            match node:
                case ast.Compare(ops=ops, left=left, comparators=others) if any(
                    isinstance(op, ast.Is | ast.IsNot) for op in ops
                ):
                    asks = not any(is_singleton(self.function, part) for part in (left, *others))
                case ast.Call(func=ast.Name(id="id")):
                    asks = True
                case _:
                    continue
            if asks:
                why = f"{ast.unparse(node)} asks which object it is, not whether they are equal"
                self.findings.doubt("travel", "", node.lineno, node.lineno, why)

    def _check_continue(
        self,
        head: list[ast.stmt],
        needs: list[str],
        tail: list[ast.stmt],
        hoisted: list[ast.expr],
    ) -> None:
        """After a ``continue`` in the head nothing comes back, so nothing may be needed later."""
        leaves = any(isinstance(node, ast.Continue) for node in same_loop(head))
        late = set(needs) - without(tail, hoisted)
        if leaves and late:
            name = sorted(late)[0]
            self.findings.doubt(
                "live-out",
                name,
                self.loop.lineno,
                self.loop.lineno,
                f"{name} is read after the loop, but continue leaves it out",
            )

    def _independent_later(self, walker: Walker) -> str:
        """What calls the user's functions, behind what stays in order, but seems not to need it."""
        trial = walker.trial()
        for statement in self.body:
            for expression in candidates(statement):
                alone = trial.trial()
                alone.effects = Effects()
                alone.value(expression)
                if alone.effects.followed and not self._in_order([expression], alone.effects):
                    return f"{ast.unparse(expression)[:60]} at line {expression.lineno}"
            trial.statement(statement)
        return ""

    def _explain_empty(self, walker: Walker, behind: str) -> None:
        """Why there is nothing to run in parallel; ``behind``: but for what comes too late."""
        loop, findings = self.loop, self.findings
        effects = Effects()
        whole = walker.trial()
        whole.effects = effects
        whole.run(loop.body)
        for name in sorted(self.carried - accumulated(loop.body) - tails.extremes(loop.body)):
            sink = first_line(loop.body, name, ast.Load) or loop.lineno
            source = last_line(loop.body, name) or loop.lineno
            findings.prove(
                "flow",
                name,
                source,
                sink,
                f"{name} carries from line {source} of one iteration to line {sink} of the next: "
                "a recurrence",
            )
        reasons = effects.noted("external", "draw", "unknown", "callable")
        for root, (line, how) in effects.writes.items():
            if how in _ACCUMULATING or root == WORLD or self._is_own(root, how):
                continue  # effects outside are doubted below
            if how.endswith(NESTED):
                findings.doubt("flow", root[1], line, line, f"{root[1]} may be changed ({how})")
                continue
            why = f"every iteration changes {root[1]} ({how}), on which the next builds"
            if how == "assignment to an element" and reasons:  # what is stored is in the way
                continue
            findings.prove("flow", root[1], line, line, why)
        for line, what in effects.noted("external"):
            findings.doubt("effect", what, line, line, f"{what} has an effect outside the program")
        for line, what in effects.noted("draw"):
            findings.prove(
                "rng",
                what,
                line,
                line,
                f"{what} draws from one generator, in the order of the iterations",
            )
        for line, what in effects.noted("unknown", "callable"):
            findings.doubt("unknown", what, line, line, f"cannot be followed: {what}")
        if not (findings.proved or findings.doubts):
            findings.doubt(
                "empty",
                "",
                loop.lineno,
                loop.lineno,
                "nothing in the body computes apart from what it adds up or prints"
                if not behind
                else "what computes in the body comes after what must stay in order",
            )

    # --- what travels -----------------------------------------------------------------------

    def _needs(
        self, head: list[ast.stmt], tail: list[ast.stmt], hoisted: list[ast.expr]
    ) -> list[str]:
        """Names that the head sets and that the tail, or the code after the loop, reads."""
        made = self.targets | names.assigned(head)
        rest = without(tail, hoisted)
        live = self._live_after()
        wanted = (rest & made) | (made & live)
        for name in sorted((names.assigned(head) & live) - self.sure - self.targets):
            self.findings.doubt(
                "live-out",
                name,
                self.loop.lineno,
                self.loop.lineno,
                f"{name} is not set in every iteration, and read after the loop",
            )
        return sorted(wanted, key=lambda name: (position(self.loop, name), name))

    def _live_after(self) -> set[str]:
        """Names that code after the loop, or a function defined here, may read as it left them."""
        inside = {*nodes_of(self.loop)}.difference(*map(nodes_of, self.loop.orelse))
        others = [node for node in nodes_of(self.function.node) if node not in inside]
        if readahead.in_outer_loop(self.function, self.loop):
            used = {node.id for node in others if isinstance(node, ast.Name)}
            return used | self._seen_by_others()
        live = self._seen_by_others() | {
            name
            for node in others
            if isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef)
            and node is not self.function.node
            for name in names.read([node])
        }
        for rest in following(self.function.node.body, self.loop):
            live |= names.exposed(rest, set())[0]
        return live | names.read(self.loop.orelse)

    def _seen_by_others(self) -> set[str]:
        """Names that other modules may take from this one, if the loop is at its top level."""
        alone = len(self.program.modules) == 1
        top = isinstance(self.function.node, ast.Module)
        return self.program.mentions if top and not alone else set()

    def _identity_free(self, tail: list[ast.stmt]) -> set[str]:
        """Names whose values the tail only reads as text, numbers or keys: a copy will do."""
        parents = parents_of(ast.Module(tail, []))
        kept: set[str] = set()
        for node in (n for statement in tail for n in nodes_of(statement)):
            if not isinstance(node, ast.Name):
                continue
            match parents.get(node):
                case ast.FormattedValue():
                    continue
                case ast.Call(func=ast.Name(id="print" | "len" | "str" | "int" | "float")):
                    continue
            kept.add(node.id)
        return (self.targets | self.private) - kept


class OutgoingLoop(ForLoop):
    """The same where effects outside the program may be part of the head."""

    @staticmethod
    def _binding(effects: Effects) -> Iterator[str]:
        for root, (_, how) in effects.writes.items():
            if root != WORLD and not how.endswith(NESTED):  # else it is doubtful, not sure
                yield f"changes {root[1]} ({how})"
        yield from (f"prints ({what})" for _, what in effects.noted("output"))
        yield from (f"draws random numbers ({what})" for _, what in effects.noted("draw"))

    @cached_property
    def _stored(self) -> list[Root]:
        return [root for root in super()._stored if root != WORLD]
