"""Splits a loop's body into an independent head and a carried tail, or says what prevents it.

The head is what every iteration can compute without the others: it may run in any order, in other
processes. The tail is whatever carries state from one iteration to the next, and is replayed in
serial order. A loop is ``safe`` if its head is proved independent of all heads and tails, `unsafe`
if a dependence is proved to stand in the way, else ``unknown``.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from paradvisor.analysis import names
from paradvisor.analysis.bodies import (
    accumulated,
    always_evaluated,
    candidates,
    cannot_raise,
    computes,
    contains_break,
    first_line,
    following,
    in_simple_statement,
    last_line,
    parents_of,
    position,
    same_loop,
    without,
)
from paradvisor.analysis.declarations import declared
from paradvisor.analysis.effects import NESTED, WORLD, Effects
from paradvisor.analysis.judgement import (
    Findings,
    caveats,
    check_form,
    check_iterable,
    check_travel,
    judge_head,
    judge_reads,
)
from paradvisor.analysis.source import Function, FunctionNode, Program, walk_scope
from paradvisor.analysis.uses import Fate, Uses
from paradvisor.analysis.values import ITERATORS, NO_ROOTS, Root, Value, untransportable
from paradvisor.analysis.walker import Walker
from paradvisor.model import Dependence, Verdict

LoopNode = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.Call

_CONTAINERS = frozenset(
    {"list", "dict", "set", "deque", "counter", "defaultdict", "ordereddict", "bytearray"}
)
_ACCUMULATING = {".append()", ".add()", ".extend()"}


@dataclass(frozen=True)
class Split:
    """How a loop can be taken apart.

    Attributes:
        head: body statements that run in parallel, by number.
        hoisted: expressions of the first tail statement that are computed in parallel too.
        needs: names that the head gives to the tail, or to the code after the loop.
        verdict: whether this is known to be right.
        pattern: the standard name of what the loop does.
        dependences: what stands in the way, or is not known.
        caveats: what a person should know before accepting it.
    """

    verdict: Verdict
    head: tuple[int, ...] = ()
    hoisted: tuple[ast.expr, ...] = ()
    needs: tuple[str, ...] = ()
    pattern: str | None = None
    dependences: tuple[Dependence, ...] = ()
    caveats: tuple[str, ...] = ()


def split(program: Program, function: Function, loop: LoopNode) -> Split:
    """Find the head and the tail of a loop and judge it."""
    program.walks = 0
    if not any(node is loop for node in function.own_nodes()):
        return _in_class_body(loop)
    if isinstance(loop, ast.ListComp):
        return _Comprehension(program, function, loop).judge()
    if isinstance(loop, ast.For):
        return _ForLoop(program, function, loop).judge()
    kind, why = {
        ast.AsyncFor: ("form", "an async for loop awaits: use asyncio.gather or a TaskGroup"),
        ast.While: ("form", "a while loop decides after each iteration whether there is another"),
        ast.SetComp: ("form", "only list comprehensions are rewritten so far"),
        ast.DictComp: ("form", "only list comprehensions are rewritten so far"),
        ast.Call: ("form", "a map() call: write it as a list comprehension first"),
    }[type(loop)]
    line = loop.lineno
    verdict: Verdict = "unsafe" if isinstance(loop, ast.While) else "unknown"
    doubt = Dependence(kind=kind, name="", source_line=line, sink_line=line, explanation=why)
    return Split(verdict, dependences=(doubt,))


def _in_class_body(loop: LoopNode) -> Split:
    why = "the loop is in the body of a class, whose names a section of it would not see"
    line = loop.lineno
    doubt = Dependence(kind="form", name="", source_line=line, sink_line=line, explanation=why)
    return Split("unknown", dependences=(doubt,))


class _Comprehension:
    """``[element for target in iterable if test]``: all of it is head."""

    def __init__(self, program: Program, function: Function, loop: ast.ListComp) -> None:
        self.loop = loop
        self.walker = Walker(program, function, {}, Effects())
        self.findings = Findings()

    def judge(self) -> Split:
        loop, walker, findings = self.loop, self.walker, self.findings
        first = loop.generators[0]
        check_form(findings, self.walker.function, [loop])
        if not in_simple_statement(walker.function, loop):
            findings.doubt(
                "form",
                "place",
                loop.lineno,
                loop.lineno,
                "the comprehension stands inside another expression's body or a header",
            )
        iterable = walker.value(first.iter)
        check_iterable(findings, iterable, walker.effects, first.iter, first.target)
        walker.effects = Effects()
        item = walker.iterate(iterable._replace(roots=NO_ROOTS), first.iter.lineno)
        walker.assign(first.target, item._replace(roots=item.roots | iterable.reach))
        inner = ast.ListComp(loop.elt, loop.generators[1:])
        ast.copy_location(inner, loop)
        for test in first.ifs:
            walker.value(test)
        result = walker.value(inner if inner.generators else loop.elt)
        judge_head(findings, walker.effects, {}, walker.program)
        check_travel(findings, walker.program, {"its elements": result}, loop.lineno)
        return Split(
            findings.verdict(),
            pattern="map",
            dependences=findings.all(),
            caveats=caveats(walker.effects),
        )


class _ForLoop:
    """A for statement, its body cut in two."""

    def __init__(self, program: Program, function: Function, loop: ast.For) -> None:
        self.program = program
        self.function = function
        self.loop = loop
        self.findings = Findings()
        self.targets = names.assigned([loop.target])
        self.private = self.targets | names.assigned(loop.body)
        self.carried, self.sure = names.exposed(loop.body, self.targets)
        self.carried &= self.private

    def judge(self) -> Split:
        loop, findings = self.loop, self.findings
        check_form(findings, self.function, [loop.target, *loop.body])
        if not all(
            isinstance(part, ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context)
            for part in ast.walk(loop.target)
        ):
            findings.doubt(
                "form",
                "target",
                loop.lineno,
                loop.lineno,
                "the loop stores its items in something else than variables",
            )
        self._check_exits()
        before = Walker(self.program, self.function, {}, Effects())
        iterable = before.value(loop.iter)
        check_iterable(findings, iterable, before.effects, loop.iter, loop.target)
        reading = before.effects
        self._check_iterator(iterable)
        for root in iterable.reach:
            reading.read(root, loop.iter.lineno, iterable)
        before.effects = Effects()
        item = before.iterate(iterable._replace(roots=NO_ROOTS), loop.iter.lineno)
        env: dict[str, Value] = {}
        walker = Walker(self.program, self.function, env, Effects())
        walker.assign(loop.target, item._replace(roots=item.roots | iterable.reach))
        if walker.effects.writes or before.effects.writes:
            findings.doubt(
                "form",
                "target",
                loop.lineno,
                loop.lineno,
                "taking the next item changes something else",
            )
        walker.effects = Effects()

        head, effects = self._head(walker)
        hoisted, tail_values, hoist_effects = self._hoist(walker, len(head))
        if not hoisted and not any(computes(statement) for statement in head):
            head = []
        tail = loop.body[len(head) :]
        tail_effects = self._tail_effects(walker, tail)
        effects.merge(hoist_effects)
        if not head and not hoisted:
            self._explain_empty(walker)
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, conflicts, self.program)
        judge_reads(findings, reading, conflicts)
        self._check_tail(reading, effects, tail_effects)
        self._check_inner_readers(effects, loop.body[: len(head)])
        needs = self._needs(loop.body[: len(head)], tail, hoisted)
        self._check_continue(head, needs, tail, hoisted)
        travelling = {name: walker.env[name] for name in needs if name in walker.env}
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
            _pattern(tail),
            findings.all(),
            caveats(effects),
        )

    # --- where the head ends ----------------------------------------------------------------

    def _head(self, walker: Walker) -> tuple[list[ast.stmt], Effects]:
        """The longest prefix of statements that are independent, or not known not to be."""
        head: list[ast.stmt] = []
        merged = Effects()
        for statement in self.loop.body:
            trial = walker.trial()
            trial.statement(statement)
            if self._carries([statement], trial.effects) or contains_break(statement):
                break
            head.append(statement)
            merged.merge(trial.effects)
            walker.adopt(trial)
        return head, merged

    def _carries(self, nodes: Sequence[ast.AST], effects: Effects) -> bool:
        """Whether code takes part in what is carried, or has an effect that must stay in order."""
        touched = names.read(nodes) | names.assigned(nodes)
        return bool(touched & self.carried or effects.outside or effects.writes)

    def _hoist(
        self, walker: Walker, count: int
    ) -> tuple[list[ast.expr], dict[str, Value], Effects]:
        """Computing parts of the first tail statement that do not depend on the tail."""
        merged = Effects()
        values: dict[str, Value] = {}
        found: list[ast.expr] = []
        if count == len(self.loop.body):
            return found, values, merged
        for expression in candidates(self.loop.body[count]):
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
        if not computes(node):
            return cannot_raise(node)
        trial = walker.trial()
        value = trial.value(node)
        named = any(isinstance(part, ast.NamedExpr) for part in ast.walk(node))
        travels = untransportable(value) is None and not isinstance(node, ast.Starred) and not named
        if travels and not self._carries([node], trial.effects):
            found.append(node)
            values[f"the value of {ast.unparse(node)}"] = value
            merged.merge(trial.effects)
            return True
        for part in always_evaluated(node):
            if not self._take(part, walker, found, values, merged):
                return False
        return False

    def _tail_effects(self, walker: Walker, tail: list[ast.stmt]) -> Effects:
        trial = walker.trial()
        trial.run(tail)
        return trial.effects

    def _conflicts(self, tail: Effects, statements: list[ast.stmt]) -> dict[Root, tuple[int, str]]:
        """Everything that the tail may change, by root: the head must not read it."""
        changed = {**tail.doubtful_writes, **tail.writes}
        widened = dict(changed)
        for root, place in changed.items():
            if not self._own_object(root) or place[1].endswith(NESTED):
                # It may be, or hold, any other object that is not known to be apart.
                widened[("*", root[1])] = place
        outside = tail.noted("external") + [
            place for root, place in changed.items() if root[0] == "library"
        ]
        if outside:
            widened[WORLD] = outside[0]
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
        again = self._in_outer_loop(parents_of(self.function.node))
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
            for inner in ast.walk(self.function.node)
        )

    def _check_inner_readers(self, effects: Effects, head: list[ast.stmt]) -> None:
        """Functions that see the loop's variables from outside would not see the section's."""
        for name in sorted(self.targets | names.assigned(head)):
            if (line := effects.reads.get((self.function.scope, name))) is not None:
                self.findings.doubt(
                    "form",
                    name,
                    line,
                    line,
                    f"a function called at line {line} reads {name} from outside",
                )

    def _in_outer_loop(self, parents: dict[ast.AST, ast.AST]) -> bool:
        node: ast.AST = self.loop
        while node in parents:
            node = parents[node]
            if isinstance(node, ast.For | ast.While | ast.AsyncFor):
                return True
        return False

    def _check_tail(self, reading: Effects, head: Effects, tail: Effects) -> None:
        """A tail that does what nobody knows may change whatever the head reads."""
        unknown = tail.noted("unknown")
        if tail.untyped and (implicit := sorted(self.program.implicit_methods)):
            unknown = [*unknown, (tail.untyped, f"your {implicit[0]}, which may run here,")]
        shared = {
            root
            for root in head.mutable_reads | reading.mutable_reads
            if not (root[0] == self.function.scope and self._own_object(root))
        }
        rebound = {
            root
            for root in head.reads | reading.reads
            if root[1] in self.function.module.declared_global
        }
        if unknown and (shared or rebound):
            line, what = unknown[0]
            name = sorted(root[1] for root in shared or rebound)[0]
            self.findings.doubt(
                "unknown", name, line, line, f"{what} cannot be followed, and may change {name}"
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

    def _check_iterator(self, iterable: Value) -> None:
        """An older iterator that is read on after the loop must not have been read ahead."""
        if iterable.types is None or not iterable.types & ITERATORS:
            return
        later = {
            name
            for rest in following(getattr(self.function.node, "body", []), self.loop)
            for name in names.read(rest)
        }
        for name in sorted({root[1] for root in iterable.roots} & later):
            self.findings.doubt(
                "flow",
                name,
                self.loop.lineno,
                self.loop.lineno,
                f"{name} is an iterator that is used again after the loop",
            )

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

    # --- what must not be there -------------------------------------------------------------

    def _check_exits(self) -> None:
        loop = self.loop
        if loop.orelse:
            self.findings.doubt(
                "form",
                "else",
                loop.lineno,
                loop.orelse[0].lineno,
                "the loop has an else clause, which is not rewritten so far",
            )
        for node in same_loop(loop.body):
            if isinstance(node, ast.Break):
                self.findings.doubt(
                    "exit",
                    "break",
                    node.lineno,
                    loop.lineno,
                    "break: later iterations must not have happened",
                )
        for node in walk_scope(ast.Module(loop.body, [])):
            if isinstance(node, ast.Return):
                self.findings.doubt(
                    "exit",
                    "return",
                    node.lineno,
                    loop.lineno,
                    "return: later iterations must not have happened",
                )

    def _explain_empty(self, walker: Walker) -> None:
        """Why there is nothing to run in parallel."""
        loop, findings = self.loop, self.findings
        effects = Effects()
        whole = walker.trial()
        whole.effects = effects
        whole.run(loop.body)
        for name in sorted(self.carried - accumulated(loop.body)):
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
        for root, (line, how) in effects.writes.items():
            if how not in _ACCUMULATING and root != WORLD:  # effects outside are doubted below
                findings.prove(
                    "flow",
                    root[1],
                    line,
                    line,
                    f"every iteration changes {root[1]} ({how}), on which the next builds",
                )
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
        for line, what in effects.noted("unknown"):
            findings.doubt("unknown", what, line, line, f"cannot be followed: {what}")
        if not (findings.proved or findings.doubts):
            findings.doubt(
                "empty",
                "",
                loop.lineno,
                loop.lineno,
                "nothing in the body computes apart from what it adds up or prints",
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
        inside = {id(node) for node in ast.walk(self.loop)}
        others = [node for node in ast.walk(self.function.node) if id(node) not in inside]
        if isinstance(self.function.node, ast.Module) or self._in_outer_loop(
            parents_of(self.function.node)
        ):
            used = {node.id for node in others if isinstance(node, ast.Name)}
            outside = isinstance(self.function.node, ast.Module) and len(self.program.modules) > 1
            return used | (self.program.mentions if outside else set())
        live = {
            name
            for node in others
            if isinstance(node, FunctionNode | ast.Lambda) and node is not self.function.node
            for name in names.read([node])
        }
        for rest in following(self.function.node.body, self.loop):
            live |= names.exposed(rest, set())[0]
        return live

    def _identity_free(self, tail: list[ast.stmt]) -> set[str]:
        """Names whose values the tail only reads as text, numbers or keys: a copy will do."""
        parents = parents_of(ast.Module(tail, []))
        kept: set[str] = set()
        for node in (n for statement in tail for n in ast.walk(statement)):
            if not isinstance(node, ast.Name):
                continue
            match parents.get(node):
                case ast.FormattedValue():
                    continue
                case ast.Call(func=ast.Name(id="print" | "len" | "str" | "int" | "float")):
                    continue
            kept.add(node.id)
        return (self.targets | self.private) - kept


def _pattern(tail: list[ast.stmt]) -> str | None:
    match tail:
        case []:
            return "map"
        case [ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"))), *_]:
            return "ordered append"
        case [ast.AugAssign(target=ast.Name()), *_]:
            return "reduction"
        case [ast.AugAssign(target=ast.Subscript()), *_]:
            return "histogram"
        case [ast.Assign(targets=[ast.Subscript()]), *_]:
            return "dict build or element store"
        case [ast.Expr(value=ast.Call(func=ast.Name(id="print"))), *_]:
            return "print in order"
    return "ordered replay"
