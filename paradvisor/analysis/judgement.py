"""What stands in the way of running a loop's head in parallel, proved or only feared."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from paradvisor.analysis import names
from paradvisor.analysis.effects import BINDING, NESTED, STRANGER, WORLD, Effects, overlap
from paradvisor.analysis.implicit import implicit_calls
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import ITERATORS, Root, Value, unordered, untransportable
from paradvisor.model import Dependence, Verdict

_PICKLING = {
    *("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__"),
    *("__getnewargs_ex__", "__new__", "__getattr__", "__getattribute__", "__setattr__", "__del__"),
    *("__hash__", "__init_subclass__", "__set_name__", "__dict__", "__class__"),
}
"""Methods that decide what pickle makes of an instance, or notice that there is a copy."""
_FRAME_READERS = {"locals", "vars", "dir", "eval", "exec", "super", "globals"}


@dataclass
class Findings:
    """What accumulates on the way to a verdict."""

    proved: list[Dependence] = field(default_factory=list)
    doubts: list[Dependence] = field(default_factory=list)
    loop: Effects = field(default_factory=Effects)
    """What stays in order does: which objects come to be in other places on the way."""
    rebound: set[str] = field(default_factory=set)
    """Variables that the loop sets."""
    scope: str = ""
    """That of the function that the loop is in, whose variables a trial knows by their names."""
    local: frozenset[str] = frozenset()

    def prove(self, kind: str, name: str, source: int, sink: int, why: str) -> None:
        """A dependence that is there."""
        self.proved.append(
            Dependence(kind=kind, name=name, source_line=source, sink_line=sink, explanation=why)
        )

    def doubt(
        self,
        kind: str,
        name: str,
        source: int,
        sink: int,
        why: str,
        objects: tuple[str, str] | None = None,
        places: tuple[str, ...] = (),
        moved: tuple[str, ...] = (),
    ) -> None:
        """A dependence that may be there, or a form that is not handled."""
        self.doubts.append(Dependence(kind, name, source, sink, why, None, objects, places, moved))

    def path(self, root: Root) -> str:
        """A root as a trial knows it; with a blank in it if it may mean another one there."""
        elsewhere = root[0] != self.scope and root[1].split(".")[0] in self.local
        return f"another {root[1]}" if elsewhere else root[1]

    def moved(self, changed: Root) -> tuple[str, ...]:
        """The objects that may be where one is changed by then, since the loop has put them there.

        None where it is always the object that was there before the loop.
        """
        loop = self.loop
        anew = any(_is_in(changed, other) for other in loop.anew)
        anew = anew or (changed in loop.inner and changed in loop.anew)
        held = changed in loop.held or changed[1].split(".")[0] in self.rebound
        if not anew and not held:
            return ()
        return tuple(sorted({self.path(root) for root in self.loop.stored}))

    def verdict(self) -> Verdict:
        """Unsafe where something is proved, unknown where something is feared."""
        if self.proved:
            return "unsafe"
        return "unknown" if self.doubts else "safe"

    def all(self) -> tuple[Dependence, ...]:
        """What was found, the proved things first, each once."""
        return tuple(dict.fromkeys([*self.proved, *self.doubts]))


def judge_head(
    findings: Findings, effects: Effects, changed: dict[Root, tuple[int, str]], program: Program
) -> None:
    """Anything in the head that ties it to other iterations, or may."""
    for root, (source, how) in effects.writes.items():
        if root == WORLD:
            continue
        if how.endswith(NESTED):
            findings.doubt("flow", root[1], source, source, f"{root[1]} may be changed ({how})")
            continue
        findings.prove(
            "flow", root[1], source, source, f"{root[1]} is changed in every iteration ({how})"
        )
    for root, (source, how) in effects.doubtful_writes.items():
        findings.doubt(
            "alias",
            root[1],
            source,
            source,
            f"{root[1]} may be changed here ({how}): its type is not known",
            places=effects.places("write", root),
        )
    for at, what in effects.noted("external"):
        findings.doubt("effect", what, at, at, f"{what} has an effect outside the program")
    for at, what in effects.noted("output"):
        findings.doubt("output", what, at, at, f"{what} prints")
    for at, what in effects.noted("draw"):
        findings.prove(
            "rng", what, at, at, f"{what} draws from one generator, in the order of the iterations"
        )
    for at, what in effects.noted("clock"):
        findings.doubt("clock", what, at, at, f"{what} depends on the time or the process")
    for at, what in effects.noted("unknown"):
        places = effects.places("unknown", what)
        findings.doubt("unknown", what, at, at, f"cannot be followed: {what}", places=places)
    for at, what in effects.noted("callable"):
        findings.doubt("callable", what, at, at, f"cannot be followed: {what}")
    for at, what in effects.noted("handle"):
        why = f"{what} was opened before, and all workers would share its position and its buffer"
        findings.doubt("handle", what, at, at, why)
    unseen, odd = implicit_calls(program) if effects.untyped else (Effects(), ())
    effects.merge(unseen, effects.untyped)
    if odd:
        mine = ", ".join(odd[:3])
        findings.doubt(
            "unknown",
            mine,
            effects.untyped,
            effects.untyped,
            f"values of unknown type may be of your classes, which define {mine}",
        )
    judge_reads(findings, effects, changed)


def judge_reads(findings: Findings, effects: Effects, changed: dict[Root, tuple[int, str]]) -> None:
    """What is read ahead must not be what the tail of an earlier iteration changes."""
    libraries = {
        root[1].split(".")[0]: place for root, place in changed.items() if root[0] == "library"
    }
    strangers = {
        (root[0].removeprefix(STRANGER), root[1]): place
        for root, place in changed.items()
        if root[0].startswith(STRANGER)
    }
    for root, sink in effects.reads.items():
        if root[0] == "library" and root[1].split(".")[0] in libraries:
            changed = {root: libraries[root[1].split(".")[0]], **changed}
        writer = root if root in changed else _same(root, changed)
        if writer is not None:
            source, how = changed[writer]
            findings.doubt(
                "flow",
                root[1],
                source,
                sink,
                f"{root[1]} is read at line {sink} and changed at line {source} ({how}): "
                "an iteration may need what an earlier one left",
            )
        elif root in effects.mutable_reads and root != WORLD:
            for other, (source, _) in strangers.items():
                if overlap(other, root) or root[1].endswith(BINDING):
                    continue
                findings.doubt(
                    "alias",
                    other[1],
                    source,
                    sink,
                    f"{other[1]}, changed at line {source}, may be the same object as "
                    f"{root[1]}, read at line {sink}, or hold it",
                    (findings.path(other), findings.path(root)),
                    moved=findings.moved(other),
                )


def _is_in(root: Root, other: Root) -> bool:
    """Whether a root is a field of another one, which may be set anew."""
    return root[0] == other[0] and root[1].startswith(other[1] + ".")


def _same(root: Root, changed: dict[Root, tuple[int, str]]) -> Root | None:
    return next((other for other in changed if overlap(root, other)), None)


def is_singleton(function: Function, node: ast.expr) -> bool:
    """Whether an expression means an object of which each process has the very same one."""
    match node:
        case ast.Constant():
            return True
        case ast.Attribute(value=ast.Name(id=name)):  # pickle sends its name
            kind = function.module.classes.get(name)
            bases = [ast.unparse(base) for base in kind.node.bases] if kind is not None else []
            return any(base.endswith(("Enum", "Flag")) for base in bases)
    return False


def check_form(findings: Findings, function: Function, body: Sequence[ast.AST]) -> None:
    """Constructs that do not survive a move into a function of their own."""
    for used in function.own_nodes():
        if isinstance(used, ast.Name) and used.id in _FRAME_READERS - {"super"}:
            findings.doubt(
                "form",
                used.id,
                used.lineno,
                used.lineno,
                f"{used.id} looks into the function that the loop is in",
            )
            break
    for node in (n for statement in body for n in nodes_of(statement)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.NamedExpr():
                findings.doubt(
                    "form", "walrus", line, line, "the body assigns within an expression (:=)"
                )
            case ast.Yield() | ast.YieldFrom() | ast.Await():
                findings.doubt(
                    "form",
                    type(node).__name__.lower(),
                    line,
                    line,
                    f"the body contains {type(node).__name__.lower()}",
                )
            case ast.Name(id=name) if name in _FRAME_READERS:
                findings.doubt(
                    "form", name, line, line, f"{name} looks into the function that it is called in"
                )
            case ast.Global() | ast.Nonlocal() | ast.Delete() | ast.ImportFrom() | ast.Import():
                findings.doubt(
                    "form",
                    "statement",
                    line,
                    line,
                    f"a {type(node).__name__.lower()} statement in the body",
                )
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                findings.doubt("form", node.name, line, line, f"{node.name} is defined in the body")
            case ast.Name(id=name, ctx=ast.Store()) if name in function.declared_global:
                findings.prove("flow", name, line, line, f"{name} is a global that the body sets")


def _fed(value: Value, node: ast.expr) -> bool:
    """Whether items are read by one process for all: others than those with an index are."""
    by_index = {"enumerate", "zip", "reversed"}
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in by_index:
            return False
        case ast.Call(func=ast.Attribute(attr="items" | "keys" | "values")):
            return False
    return value.types is not None and bool(value.types & (ITERATORS | {"set", "frozenset"}))


def check_iterable(
    findings: Findings,
    value: Value,
    effects: Effects,
    node: ast.expr,
    target: ast.expr,
    used: Mapping[str, int] = MappingProxyType({}),
    runs_code: bool = False,
) -> None:
    """Items are read ahead of the tail: reading them must do nothing else.

    ``used``: how often open files are read anywhere in the module, which only this loop goes over.
    ``runs_code``: whether it was made before, and what it gives is computed by the program's code.
    """
    text, line = ast.unparse(node), node.lineno
    for name in sorted(names.read([node]) & names.assigned([target])):
        findings.doubt(
            "form", name, line, line, f"{name} is both what is iterated over and the loop variable"
        )
    if value.types is None:
        findings.doubt(
            "unknown", text, line, line, f"what {text} is, and what reading it does, is not known"
        )
    elif runs_code:
        why = f"{text} was made before: what it does while it is read would be done ahead"
        findings.doubt("input", text, line, line, why)
    elif "stdin" in value.types:
        findings.doubt("input", text, line, line, f"{text} would be read ahead of the tail")
    elif value.types & {"iter", "generator"} and (
        effects.noted("external", "output", "draw", "clock", "network")
        or any(not _is_only_read(*write, used) for write in effects.writes.items())
    ):
        why = f"reading {text} does more than give items, and would be done ahead"
        findings.doubt("input", text, line, line, why)
    elif value.types & {"iter", "generator"} and (
        effects.noted("unknown", "callable") or effects.doubtful_writes
    ):
        why = f"what reading {text} does is not known, and it would be done ahead"
        findings.doubt("unknown", text, line, line, why)


def _is_only_read(root: Root, place: tuple[int, str], used: Mapping[str, int]) -> bool:
    """Whether a change is that an iterator is used up, at which nobody else looks."""
    return place[1] == "iterating over it" and used.get(root[1]) == 1


def check_fed(
    findings: Findings,
    value: Value,
    node: ast.expr,
    items: Sequence[Value],
    item: Value,
    files: Collection[str] = (),
) -> None:
    """Items without an index are sent to the workers: a copy must do.

    ``items``: what the loop's variables hold of an ``item``; ``files``: open files that only this
    loop reads, which no copy can hold.
    """
    text, line = ast.unparse(node), node.lineno
    odd = [item for item in items if not item.immutable or untransportable(item) is not None]
    if _fed(value, node) and (odd or not items):
        known = item.types is not None and not item.guessed
        made = known and all(root[1] in files for root in item.reach)
        why = f"the items of {text} are sent to workers: those would get copies of them"
        findings.doubt("fed" if made else "travel", text, line, line, why)


def check_read_ahead(
    findings: Findings, program: Program, value: Value, node: ast.expr, early: bool
) -> None:
    """Items are read before their turn: nobody else may be reading, or look at how far it is."""
    text, line = ast.unparse(node), node.lineno
    mine = {"__iter__", "__next__", "__getitem__"}
    if any(program.may_have(tag, mine) for tag in value.types or ()):
        why = f"iterating over {text} runs code of yours, which would run ahead of the loop"
        findings.doubt("flow", text, line, line, why)
    elif early and value.roots and value.may_iterate_once():
        why = f"{text} may be an iterator, of which items behind the match must stay unread"
        findings.doubt("flow", text, line, line, why)


def check_travel(
    findings: Findings,
    program: Program,
    values: dict[str, Value],
    line: int,
    copies: set[str] | None = None,
) -> None:
    """What comes back from a worker is a copy: it must not matter that it is one."""
    for name, value in values.items():
        if name in (copies or set()):
            continue
        if (why := untransportable(value) or odd_instance(program, value)) is not None:
            findings.doubt("travel", name, line, line, f"{name} {why}")
        elif unordered(value) or _may_hold_sets(program, value):
            why = "is, or may hold, a set, whose order may change on the way between processes"
            findings.doubt("order", name, line, line, f"{name} {why}")
        elif value.reach:
            holder = sorted(root[1] for root in value.reach)[0]
            findings.doubt(
                "travel" if value.types is not None and value.known_reach else "identity",
                name,
                line,
                line,
                f"{name} may be, or hold, an object of {holder}: "
                "a worker would send back a copy of it",
            )


def _may_hold_sets(program: Program, value: Value) -> bool:
    """Whether an instance of a class of the user's may have a set among its attributes."""
    tags = (value.types or frozenset()) | (value.elem.types or frozenset() if value.elem else set())
    return program.makes_sets and any(tag.startswith("class ") for tag in tags)


def odd_instance(program: Program, value: Value) -> str | None:
    """Why an instance of a class of the user's is more than what pickle makes of it, if so."""
    for tag in value.types or ():
        kind = program.class_of(tag)
        if kind is not None and (
            "<locals>" in kind.qualname
            or "weakref" in program.mentions
            or _PICKLING & (kind.methods.keys() | program.late)
        ):
            return "is an instance of a class that does not survive pickling unchanged"
    return None


def caveats(effects: Effects) -> tuple[str, ...]:
    """What a person should know of a head before accepting the change."""
    if effects.noted("network"):
        return ("requests reach the server at the same time and in another order",)
    return ()
