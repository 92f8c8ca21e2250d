"""What shadow trials saw of variables, attributes and calls, as values of the effect analysis.

Source alone seldom shows a type. With the exact types that a run had, the same analysis follows
the methods that they have, branches that were not taken included.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from paradvisor.analysis.values import NO_ROOTS, Root, Value, join, of
from paradvisor.model import Facts

if TYPE_CHECKING:
    from paradvisor.analysis.source import Class, Function, Program

_TAGS = {
    "NoneType": "none",
    **{name: name for name in ("int", "float", "complex", "bool", "str", "bytes", "range")},
    **{name: name for name in ("list", "tuple", "set", "frozenset", "dict", "deque", "bytearray")},
    "defaultdict": "defaultdict",
    "OrderedDict": "ordereddict",
    "Counter": "counter",
    "datetime:date": "date",
    "datetime:datetime": "datetime",
    "datetime:timedelta": "timedelta",
    "datetime:time": "time",
    "decimal:Decimal": "decimal",
    "fractions:Fraction": "fraction",
    "pathlib:PosixPath": "path",
    "pathlib:Path": "path",
    "pathlib:PurePosixPath": "path",
    "re:Pattern": "pattern",
    "re:Match": "match",
    "random:Random": "random",
    "array:array": "array",
    "_io:TextIOWrapper": "file",
    "_io:BufferedReader": "file",
    "_io:BufferedWriter": "file",
    "_io:StringIO": "stringio",
    "_io:BytesIO": "bytesio",
    "_struct:Struct": "struct",
    "string:Template": "template",
    "uuid:UUID": "uuid",
    "argparse:Namespace": "namespace",
    "types:SimpleNamespace": "namespace",
    "generator": "generator",
    "ndarray": "ndarray",
    "sharedarray": "ndarray",
}
_UNKNOWN = Value(None)
_BAGS = {"namespace": ("argparse:Namespace", "types:SimpleNamespace")}
"""Types of the standard library whose attributes are what the program has put there."""
SHARED: frozenset[Root] = frozenset({("*shared", "memory")})
"""Marks arrays of which one was seen to have its memory in common with an older object."""


class Observed:
    """The facts of all trials of a run, for one program."""

    def __init__(self, program: Program, facts: Iterable[Facts]) -> None:
        self.program = program
        self.names: dict[str, set[str]] = {}
        self.attributes: dict[str, set[str]] = {}
        self._known: dict[str, Value] = {}
        for some in facts:
            for mine, theirs in (
                (self.names, some.names),
                (self.attributes, some.attributes),
            ):
                for key, words in theirs.items():
                    mine.setdefault(key, set()).update(words)

        self.described = {key.rpartition(":")[0] for key in self.attributes}

    def variable(self, function: Function, name: str) -> Value:
        """What a variable of a function was seen to hold."""
        key = f"{function.module.path}:{function.first_line}:{name}"
        if key not in self._known:
            self._known[key] = self._together(self.names.get(key, ()))
        return self._known[key]

    def attribute(self, owner: Value, name: str) -> Value:
        """What an attribute of instances of these classes was seen to hold."""
        words: set[str] = set()
        for tag in owner.types or ("",):
            kind = self.program.class_of(tag)
            own = (f"{kind.module.path}:{kind.qualname}",) if kind is not None else ()
            places = _BAGS.get(tag, own)
            if not self.described.intersection(places):
                return _UNKNOWN
            for where in places:  # where nothing was seen, its instances have no such attribute
                words |= self.attributes.get(f"{where}:{name}", set())
        seen = self._together(words)
        others = self._made.get(name)
        if others is None or (seen.types is None and seen.ref is None):
            return seen
        return join(seen, Value(others))  # in a branch that was not run, perhaps

    @cached_property
    def _made(self) -> dict[str, frozenset[str]]:
        """Attribute -> the program's classes of which the source puts an instance there."""
        found: dict[str, set[str]] = {}
        for module in self.program.modules.values():
            for function in module.functions:
                assignments = (n for n in function.own_nodes() if isinstance(n, ast.Assign))
                for node in assignments:
                    kind = _class_made(function, node.value)
                    for target in node.targets if kind is not None else ():
                        if isinstance(target, ast.Attribute) and kind is not None:
                            tags = {kind.tag, *self.program.derived(kind)}
                            found.setdefault(target.attr, set()).update(tags)
        return {name: frozenset(tags) for name, tags in found.items()}

    # --- words to values ----------------------------------------------------------------------

    def _together(self, words: Iterable[str]) -> Value:
        found: Value | None = None
        for word in sorted(words):
            value = self._value(word)
            if value.types is None and value.ref is None:
                return _UNKNOWN
            found = value if found is None else join(found, value)
        return found if found is not None else _UNKNOWN

    def _value(self, word: str) -> Value:
        outer, bracket, inner = word.partition("[")
        if bracket:
            return self._container(outer, inner[:-1])
        kind, _, rest = word.partition(" ")
        if kind == "class":
            found = self._class(rest)
            if found is None:
                return _UNKNOWN
            # Where one was, an instance of a class derived from it may be another time.
            return Value(frozenset({found.tag, *self.program.derived(found)}))
        if kind == "type":
            found = self._class(rest)
            module, _, name = rest.rpartition(":")
            if found is None and module == "builtins":
                return Value(None, ref=name)
            return _UNKNOWN if found is None else _defined("type", found)
        if kind == "function":
            file, _, line = rest.rpartition(":")
            function = self._function(file, int(line))
            return _UNKNOWN if function is None else _defined("function", function)
        if kind == "module":
            return _UNKNOWN
        if word not in _TAGS:
            return _UNKNOWN
        return of(_TAGS[word])._replace(roots=SHARED if word == "sharedarray" else NO_ROOTS)

    def _container(self, outer: str, inner: str) -> Value:
        tag = _TAGS.get(outer)
        if tag is None:
            return _UNKNOWN
        keys, *values = _split(inner, ",")
        words = values[0] if values else keys
        elem: Value | None = None
        for word in filter(None, _split(words, "|")):
            value = self._value(word) if word != "?" else _UNKNOWN
            elem = value if elem is None else join(elem, value)
        return of(tag, elem=elem)

    def _class(self, rest: str) -> Class | None:
        file, _, qualname = rest.rpartition(":")
        module = self.program.modules.get(file)
        kinds = module.all_classes if module is not None else []
        plain = qualname.replace(".<locals>", "")
        return next((k for k in kinds if k.qualname.replace(".<locals>", "") == plain), None)

    def _function(self, file: str, line: int) -> Function | None:
        module = self.program.modules.get(file)
        functions = module.functions[1:] if module is not None else []
        return next((f for f in functions if f.first_line == line), None)


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside of brackets."""
    parts, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == mark and not depth:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _class_made(function: Function, node: ast.expr) -> Class | None:
    """The class of which an expression makes an instance, or means one that was made there."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return function.module.classes.get(name)
        case ast.Name(id=name):
            made = [
                _class_made(function, of)
                for how, of in function.bindings.get(name, ())
                if how == "value" and isinstance(of, ast.Call)
            ]
            return next(filter(None, made), None)
    return None


def _defined(kind: str, found: Class | Function) -> Value:
    """A class or a function: an object too, whose attributes can be set."""
    root = (found.module.path, found.qualname)
    return Value(frozenset({kind}), frozenset({root}), ref=found)
