"""What the effect analysis knows of a value: possible types, and objects it may be part of."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from paradvisor.analysis.knowledge import IMMUTABLE, parse_result
from paradvisor.analysis.source import Class, Function, Module

Root = tuple[str, str]
"""(scope, name): an object from before the iteration, called by a variable that holds it."""

NO_ROOTS: frozenset[Root] = frozenset()
ITERATORS = frozenset(
    {"iter", "generator", "file", "csvreader", "stringio", "bytesio", "response", "stdin"}
)
SEQUENCES = frozenset(
    {"ndarray", "list", "tuple", "range", "str", "bytes", "deque", "array", "dict"}
)
"""Types that give the same items each time that they are iterated over."""
HANDLES = frozenset(
    {"file", "handle", "zipfile", "sqlite", "socket", "response", "csvwriter", "process"}
)
"""What is open: processes forked from this one share the position, and often the buffer, of it."""
MAPPED_FILES = frozenset(
    {"shelve", "dbm", "mmap", "h5py", "netCDF4", "lmdb", "tables", "sqlitedict", "diskcache"}
)
"""Modules whose objects read from a file when they are subscripted."""
UNPICKLABLE = frozenset(
    [
        "iter",
        "generator",
        "view",
        "file",
        "handle",
        "threadlocal",
        "function",
        "lock",
        "thread",
        "socket",
        "match",
        "hash",
        "compressor",
        "struct",
        "memoryview",
        "module",
        "csvwriter",
        "csvreader",
        "zipfile",
        "response",
        "process",
        "executor",
        "queue",
        "sqlite",
        "stdout",
        "stdin",
    ]
)
_UNORDERED = frozenset({"set", "frozenset"})
_MAPPINGS = frozenset({"dict", "defaultdict", "counter", "ordereddict"})
_TEXT = frozenset({"str", "bytes"})


class Bound(NamedTuple):
    """A method of a library's object, taken from it to be called later: ``draw = rng.gauss``."""

    owner: Value
    name: str


class Value(NamedTuple):
    """An abstract value.

    Attributes:
        types: the types that it may have, as tags of the knowledge table or ``class NAME``; None
            where nothing is known.
        roots: older objects that it may be, or be a part of; none for one made in this iteration.
        elem: what iterating over it or subscripting it gives, where that is known.
        ref: the function, class, dotted library name or bound method that it is.
        either: the functions of which it is one, where it may be several.
        guessed: whether nothing but a call that could not be followed leads to its roots.
        items: of a new tuple, what stands at each of its places.
    """

    types: frozenset[str] | None
    roots: frozenset[Root] = NO_ROOTS
    elem: Value | None = None
    ref: Function | Class | Module | Bound | str | None = None
    either: frozenset[Function] = frozenset()
    guessed: bool = False
    items: tuple[Value, ...] = ()

    @property
    def immutable(self) -> bool:
        """Whether it can neither change nor hold what can."""
        if self.types is None:
            return False
        holds_immutables = self.elem is not None and self.elem.immutable
        return all(
            holds_immutables if tag in ("tuple", "frozenset") else tag in IMMUTABLE
            for tag in self.types
        )

    @property
    def typed(self) -> bool:
        """Whether it is known to be of no class of the user's."""
        return self.types is not None and not any(tag.startswith("class ") for tag in self.types)

    @property
    def reach(self) -> frozenset[Root]:
        """Every older object that can be changed through it."""
        if self.immutable:
            return NO_ROOTS
        return self.roots | (self.elem.reach if self.elem is not None else NO_ROOTS)

    @property
    def known_reach(self) -> frozenset[Root]:
        """Those of them to which the source shows a way."""
        if self.immutable:
            return NO_ROOTS
        own = NO_ROOTS if self.guessed else self.roots
        return own | (self.elem.known_reach if self.elem is not None else NO_ROOTS)

    def is_only(self, *tags: str) -> bool:
        """Whether its type is known to be one of these."""
        return self.types is not None and self.types <= frozenset(tags)

    def may_iterate_once(self) -> bool:
        """Whether it may be an iterator, which reading uses up."""
        return self.types is None or bool(self.types & ITERATORS)


def untransportable(value: Value) -> str | None:
    """Why a value cannot come back from another process as it is, if so."""
    if value.types is not None and value.types & UNPICKLABLE:
        return "cannot be sent between processes"
    if value.types is not None and "exception" in value.types:
        return "is an exception, whose traceback and cause stay behind"
    inner = value.items or ((value.elem,) if value.elem is not None else ())
    return next((why for part in inner if (why := untransportable(part)) is not None), None)


def unordered(value: Value) -> bool:
    """Whether it is, or holds, a set: its order may change on the way between processes."""
    if value.types is not None and value.types & _UNORDERED:
        return True
    return value.elem is not None and unordered(value.elem)


UNKNOWN = Value(None)
NUMBER = Value(frozenset({"number"}))


def of(*tags: str, elem: Value | None = None) -> Value:
    """A fresh value of these types."""
    return Value(frozenset(tags), elem=elem)


def join(first: Value | None, second: Value | None) -> Value:
    """What is true of a value that is one or the other."""
    if first is None or second is None:
        return first or second or UNKNOWN
    if first == second:
        return first
    types = None if first.types is None or second.types is None else first.types | second.types
    elem = _joined_elem(first, second)
    if types is None and elem == UNKNOWN:
        elem = None
    items: tuple[Value, ...] = ()
    if len(first.items) == len(second.items) and types == first.types:
        items = tuple(map(join, first.items, second.items))
    ref = first.ref if first.ref == second.ref else None
    functions = [_functions(first), _functions(second)] if ref is None else []
    either = frozenset().union(*functions) if functions and all(functions) else frozenset()
    guessed = _are_guessed(first, second)
    return Value(types, first.roots | second.roots, elem, ref, either, guessed, items)


def places(value: Value, count: int) -> list[Value] | None:
    """What unpacking a tuple into so many variables gives, if that is known of each place."""
    if not value.is_only("tuple") or len(value.items) != count:
        return None
    return [part if part.immutable else rooted(part, value.roots) for part in value.items]


def _are_guessed(*values: Value) -> bool:
    """Whether the source shows no way to the roots of any of them."""
    return all(value.guessed or not value.roots for value in values)


def rooted(value: Value, roots: Set[Root]) -> Value:
    """A value that is known to be, or to be a part of, these older objects as well."""
    return value._replace(roots=value.roots | roots, guessed=False)


def guess(*given: Value) -> Value:
    """What a call gives that cannot be followed: anything, or what it was given."""
    return Value(None, NO_ROOTS.union(*(value.reach for value in given)), guessed=True)


def _functions(value: Value) -> frozenset[Function]:
    """The functions of which a value is one, if that is known."""
    return frozenset({value.ref}) if isinstance(value.ref, Function) else value.either


def _joined_elem(first: Value, second: Value) -> Value | None:
    """An empty list has no elements that could be of another type; something unknown may have."""
    elems = [
        value.elem or UNKNOWN
        for value in (first, second)
        if value.elem is not None or value.types is None
    ]
    return join(elems[0], elems[-1]) if elems else None


def element(value: Value) -> Value:
    """What iterating over a value, or subscripting it, gives."""
    if value.is_only("str"):
        return value._replace(elem=None)
    if value.is_only("bytes", "range", "bytearray"):
        return of("int")
    if value.is_only("file"):
        return value.elem or Value(_TEXT)
    if value.types is not None and value.types & _MAPPINGS:
        return Value(None, value.reach, guessed=not value.known_reach)  # a key, or a value
    if value.elem is not None:
        if value.elem.immutable:
            return value.elem
        roots, guessed = value.elem.roots | value.roots, _are_guessed(value.elem, value)
        return value.elem._replace(roots=roots, guessed=guessed)
    return Value(None, value.roots, guessed=value.guessed)


def subscript(value: Value) -> Value:
    """What subscripting a value gives."""
    if value.types is not None and value.types <= _MAPPINGS and value.elem is not None:
        part = value.elem
        if part.immutable:
            return part
        return part._replace(roots=part.roots | value.roots, guessed=_are_guessed(part, value))
    return element(value)


def known_result(text: str, receiver: Value | None, args: list[Value]) -> Value:
    """A result of the knowledge table as a value; see there for its grammar."""
    tag, inner = parse_result(text)
    operands = [*([receiver] if receiver is not None else []), *args]
    subject = operands[0] if operands else UNKNOWN
    everything = frozenset().union(*(operand.reach for operand in operands))
    if tag == "elem":
        method = receiver is not None  # of which the first argument is a key, or an index
        found = subscript(subject) if method else element(subject)
        for default in operands[2 if method else 1 :]:
            found = join(found, default)
        return found
    if tag == "self":
        return subject
    if tag == "fresh":
        if receiver is not None and receiver.is_only("file"):
            return receiver.elem or Value(_TEXT)
        return UNKNOWN
    if tag == "alias":
        return Value(None, everything, guessed=not any(value.known_reach for value in operands))
    if tag == "args":
        found = element(subject) if len(operands) == 1 else subject
        for other in operands[1:]:
            found = join(found, other)
        return found
    elem = None
    if inner is not None:
        elem = known_result(inner, receiver, args)
        if inner == "tuple" and elem.elem is None:
            elem = elem._replace(elem=Value(None, everything))
    elif tag in {"list", "tuple", "dict", "set", "iter", "deque", "defaultdict", "generator"}:
        elem = Value(None, everything)
    return Value(frozenset({tag}), elem=elem)
