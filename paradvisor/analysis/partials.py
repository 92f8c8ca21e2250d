"""Loops that add up in several variables, anywhere in the body: each iteration has its own parts.

    for path in paths:                  def section():
        for line in open(path):             for path in scheduled(paths):
            hits[line] += 1                     hits = Counter()
            lines += 1      becomes             lines = 0
                                                for line in open(path):
                                                    hits[line] += 1
                                                    lines += 1
                                                yield hits, lines

                                        for more_hits, more_lines in parallel(section):
                                            hits.update(more_hits)
                                            lines += more_lines

This is what the reduction clause of OpenMP does (OpenMP API 5.2, section 5.5.8), but for one part
an iteration, merged in their order: so lists and the order of keys come out the same. Sums must be
of ints, since those of floats are rounded at each step.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from paradvisor.analysis import beginnings, tails
from paradvisor.analysis.bodies import computes, same_loop
from paradvisor.analysis.effects import Effects
from paradvisor.analysis.judgement import caveats, check_travel, judge_head, judge_reads
from paradvisor.analysis.parts import Part, Split
from paradvisor.analysis.source import Function, Program, walk_scope
from paradvisor.analysis.statements import ForLoop
from paradvisor.analysis.tails import Gathered
from paradvisor.analysis.trees import names_in, nodes_of
from paradvisor.analysis.values import NO_ROOTS, Value
from paradvisor.analysis.walker import Walker

_INT, _TEXT = frozenset({"int", "bool"}), frozenset({"str", "bytes"})
_GROUPS = frozenset({"list", "tuple", "set", "frozenset", "str"})
"""Types of what many values are added from, which can be gone over again."""
_KEYS = _INT | _TEXT | {"none", "path", "date", "datetime"}
"""Types of keys that are equal to themselves, and to their copies."""
_ANY: frozenset[str] = frozenset()


class Kind(NamedTuple):
    """A way to add up, for which parts can be merged."""

    ways: frozenset[str]
    """What adds to it, as `added` has it."""
    merge: str
    """What adds a part to it."""
    only: frozenset[str] = _ANY
    """The types of values for which that is the same as one after the other; all, if none."""


_COUNTS = "for key, value in {more}.items():\n    "
_LISTS = "for key, values in {more}.items():\n    "
_KINDS = {
    "int": [Kind(frozenset({"Add", "Sub"}), "{name} += {more}", _INT)],
    "list": [Kind(frozenset({"append", "extend", "Add"}), "{name}.extend({more})")],
    # The order in a set of texts is another one in each process; in others it may be relied on.
    "set": [Kind(frozenset({"add"}), "{name}.update({more})", _TEXT)],
    "dict": [
        Kind(frozenset({"store"}), "{name}.update({more})"),
        Kind(frozenset({"get Add"}), _COUNTS + "{name}[key] = {name}.get(key, 0) + value", _INT),
        Kind(
            frozenset({"setdefault append"}), _LISTS + "{name}.setdefault(key, []).extend(values)"
        ),
    ],
    "Counter": [
        Kind(frozenset({"store Add", "store Sub", "update"}), "{name}.update({more})", _INT)
    ],
    "defaultdict(int)": [
        Kind(frozenset({"store Add", "store Sub"}), _COUNTS + "{name}[key] += value", _INT)
    ],
    "defaultdict(list)": [Kind(frozenset({"item append"}), _LISTS + "{name}[key].extend(values)")],
    "defaultdict(set)": [
        Kind(frozenset({"item add"}), _LISTS + "{name}[key].update(values)", _TEXT)
    ],
}
"""What a variable begins as -> how parts of it can be made and merged."""


def added(statement: ast.AST) -> Gathered | None:
    """What a statement adds to a variable, if it does only that; keys may be computed."""
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="extend" | "update" as method),
                args=[value],
                keywords=[],
            )
        ) if not isinstance(value, ast.Starred | ast.GeneratorExp):
            return Gathered(name, method, (value,))
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(
                    value=ast.Subscript(value=ast.Name(id=name), slice=key),
                    attr="append" | "add" as method,
                ),
                args=[value],
                keywords=[],
            )
        ) if not isinstance(value, ast.Starred):
            return Gathered(name, f"item {method}", (key, value))
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="setdefault"),
                        args=[key, ast.List(elts=[])],
                        keywords=[],
                    ),
                    attr="append",
                ),
                args=[value],
                keywords=[],
            )
        ) if not isinstance(value, ast.Starred):
            return Gathered(name, "setdefault append", (key, value))
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=key)],
            value=ast.BinOp(
                left=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=other), attr="get"),
                    args=[again, ast.Constant(value=0)],
                    keywords=[],
                ),
                op=ast.Add(),
                right=value,
            ),
        ) if name == other and ast.dump(key) == ast.dump(again) and _is_simple(key):
            return Gathered(name, "get Add", (key, value))
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value):
            return Gathered(name, "store", (key, value))
        case ast.AugAssign(
            target=ast.Subscript(value=ast.Name(id=name), slice=key), op=op, value=value
        ):
            return Gathered(name, f"store {type(op).__name__}", (key, value))
    return tails.gathered(statement)


def _is_simple(key: ast.expr) -> bool:
    """Whether it may be evaluated once instead of twice."""
    return not any(isinstance(node, ast.Call | ast.NamedExpr) for node in nodes_of(key))


def splits(program: Program, function: Function, loop: ast.For) -> list[Split]:
    """The split in which each iteration has its own parts, if there is one."""
    parts = [] if _ends_in_try(loop) else list(_parts(program, function, loop))
    if not parts:
        return []
    found = PartialLoop(program, function, loop, parts).judge()
    return [found] if found is not None else []


def _ends_in_try(loop: ast.For) -> bool:
    """Whether an iteration may end where a ``finally`` follows: its part would be given before."""
    return any(
        isinstance(node, ast.Try)
        and node.finalbody
        and any(isinstance(part, ast.Continue) for part in nodes_of(node))
        for node in same_loop(loop.body)
    )


def _parts(program: Program, function: Function, loop: ast.For) -> Iterator[Part]:
    """The variables that the body only adds to, each in a way that can be merged."""
    groups: dict[str, list[ast.stmt]] = {}
    for node in walk_scope(ast.Module(loop.body, [])):
        found = added(node)
        if found is not None and isinstance(node, ast.stmt):
            groups.setdefault(found.name, []).append(node)
    mentioned = [*_names(loop.body), *names_in(loop.iter), *names_in(loop.target)]
    for name, statements in groups.items():
        own = _names(statements)
        per_statement = sum(1 + (_how(part) == "get Add") for part in statements)
        if mentioned.count(name) == own.count(name) == per_statement:
            part = _part(program, function, loop, name, statements)
            if part is not None:
                yield part


def _names(statements: list[ast.stmt]) -> list[str]:
    nodes = [node for part in statements for node in nodes_of(part)]
    return [node.id for node in nodes if isinstance(node, ast.Name)]


def _how(statement: ast.stmt) -> str:
    found = added(statement)
    return found.how if found is not None else ""


def _part(
    program: Program, function: Function, loop: ast.For, name: str, statements: list[ast.stmt]
) -> Part | None:
    value = beginnings.value_at(program, function, loop, name)
    if value is None:
        return None
    constructor, fresh = _begun(Walker(program, function, {}, Effects()), value)
    ways = set(map(_how, statements))
    for kind in _KINDS.get(constructor, ()):
        part = Part(name, constructor, fresh, kind.merge, kind.only, tuple(statements))
        if ways <= kind.ways and beginnings.is_untouched(
            function, loop, name, partial(_adds_so, part)
        ):
            return part
    return None


def _adds_so(part: Part, statement: ast.stmt) -> bool:
    """Whether a statement before the loop adds to a variable what changes nothing of its kind."""
    found = added(statement)
    if found is None or found.name != part.name or part.name in _names_of(found.values):
        return False
    if part.only == _INT:
        return found.how in ("Add", "Sub", "store Add", "store Sub") and _is_int(found.values[-1])
    return part.word == "list" and found.how in ("append", "extend")


def _names_of(values: tuple[ast.expr, ...]) -> set[str]:
    return set().union(*map(names_in, values))


def _is_int(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _begun(walker: Walker, node: ast.expr) -> tuple[str, str]:
    """What a value is made by, and what makes a new one without anything in it."""
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return "int", "0"
        case ast.List():
            return "list", "[]"
        case ast.Dict(keys=[]):
            return "dict", "{}"
        case ast.Call(func=func, args=args, keywords=[]):
            made = walker.trial().value(func).ref
            if made in ("list", "dict", "set") and not args:
                return str(made), {"list": "[]", "dict": "{}", "set": "set()"}[str(made)]
            if made == "collections.Counter" and not args:
                return "Counter", f"{ast.unparse(func)}()"
            if made == "collections.defaultdict" and len(args) == 1:
                factory = walker.trial().value(args[0]).ref
                return f"defaultdict({factory})", ast.unparse(node)
    return "", ""


class PartialLoop(ForLoop):
    """A for statement whose whole body is the head, and gives parts of what it adds up."""

    def __init__(
        self, program: Program, function: Function, loop: ast.For, parts: list[Part]
    ) -> None:
        self.parts = parts
        super().__init__(program, function, loop, [])

    def _emptied(self) -> list[ast.stmt]:
        statements = [statement for part in self.parts for statement in part.statements]
        return tails.without(self.loop.body, statements, added)

    def judge(self) -> Split | None:
        """How all of the body can be shared out; None where something else goes on in it."""
        self.program.walks = 0
        findings = self.findings
        walker, iterable, reading = self._enter()
        kinds = {part.name: walker.trial().name(part.name, self.loop.lineno) for part in self.parts}
        head, effects = self._head(walker)
        if len(head) < len(self.body) or not any(map(computes, self.loop.body)):
            return None
        tail = self._merging(walker, kinds)
        tail_effects = self.later = self._tail_effects(walker, tail)
        self.head_reads = set(effects.reads)
        conflicts = self._conflicts(tail_effects, tail)
        judge_head(findings, effects, conflicts, self.program)
        judge_reads(findings, *self._read_ahead(iterable, reading, conflicts))
        self._check_tail(reading, effects, tail_effects)
        self._name_sources()
        self._check_inner_readers(effects, head)
        self._check_failure(head)
        self._check_parts(walker)
        self._check_copies()
        if self._needs(head, tail, []):
            return None
        check_travel(findings, self.program, self._values(walker), self.loop.lineno)
        return Split(
            findings.verdict(),
            tuple(range(len(self.body))),
            pattern=tails.pattern(self.loop, [part.statements[0] for part in self.parts]),
            dependences=findings.all(),
            caveats=caveats(effects),
            parts=tuple(self.parts),
            followed=frozenset(effects.followed),
            outgoing=bool(effects.noted("external")),
        )

    def _merging(self, walker: Walker, kinds: dict[str, Value]) -> list[ast.stmt]:
        """The statements that add a part to each variable."""
        found: list[ast.stmt] = []
        for number, part in enumerate(self.parts):
            more = f"paradvisor_more_{number}"
            walker.env[more] = kinds[part.name]._replace(roots=NO_ROOTS)
            tree = ast.parse(part.merge.format(name=part.name, more=more))
            for node in ast.walk(tree):
                if hasattr(node, "lineno"):
                    ast.copy_location(node, self.loop)
            found += tree.body
        return found

    def _check_parts(self, walker: Walker) -> None:
        """Parts must add up to the same, and be missed by nobody where an iteration fails."""
        line = self.loop.lineno
        for part in self.parts:
            for statement in part.statements:
                found = gathered(statement)
                types = walker.trial().value(found.values[-1]).types
                only = _only(part, found.how)
                if only and not (types is not None and types <= only):
                    why = _why(part, only)
                    self.findings.doubt("rounding", part.name, statement.lineno, line, why)
                keys = [walker.trial().value(key).types for key in found.values[:-1]]
                if not all(key is not None and key <= _KEYS for key in keys):
                    why = f"a key of {part.name} may be a number that is not equal to itself"
                    self.findings.doubt("rounding", part.name, statement.lineno, line, why)
        for name in sorted({part.name for part in self.parts} & self._read_on_failure()):
            why = f"{name} is read where an exception of the loop is caught: a part would be missed"
            self.findings.doubt("live-out", name, line, line, why)

    def _values(self, walker: Walker) -> dict[str, Value]:
        return {
            f"the value of {ast.unparse(value)}": walker.trial().value(value)
            for part in self.parts
            for statement in part.statements
            for value in gathered(statement).values
        }


def gathered(statement: ast.stmt) -> Gathered:
    """What a statement adds, of which it is known that it does."""
    found = added(statement)
    assert found is not None
    return found


def _only(part: Part, how: str) -> frozenset[str]:
    """The types that what a statement adds must be of; any, if none."""
    many = how in ("extend", "update") or (how == "Add" and part.fresh == "[]")
    return _GROUPS if many else part.only


def _why(part: Part, only: frozenset[str]) -> str:
    if only == _INT:
        return f"what is added to {part.name} may be no int: sums of parts are rounded otherwise"
    if only == _TEXT:
        return f"what is added to {part.name} may be no text: the set may have another order"
    return f"what is added to {part.name} may be an iterator, or hold other numbers than ints"


def private(parts: tuple[Part, ...]) -> set[str]:
    """Names of which each iteration has its own."""
    return {part.name for part in parts}


def noted(parts: tuple[Part, ...]) -> list[list[int]]:
    """Where the values stand that are added: line, column, their ends, and of which statement."""
    statements = [statement for part in parts for statement in part.statements]
    return [
        [value.lineno, value.col_offset, value.end_lineno or 0, value.end_col_offset or 0, n, role]
        for n, statement in enumerate(statements)
        for role, value in enumerate(gathered(statement).values)
    ]


def ways(parts: tuple[Part, ...]) -> list[list[object]]:
    """For each statement that adds: to which variable, in which way, and what must be the type."""
    return [
        [number, part.word, gathered(statement).how, sorted(_only(part, gathered(statement).how))]
        for number, part in enumerate(parts)
        for statement in part.statements
    ]
