"""Watches one run of a loop's head: the types of variables, which function calls which, what ran.

It traces (sys.settrace, sys.setprofile), so it is for a copy of the program that is thrown away.
"""

from __future__ import annotations

import sys
import types
from _collections import deque
from itertools import islice
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

_EACH = 40  # items of a type that are looked into
_DEPTH = 3  # of containers in containers
_CLASS_ATTRIBUTES = 64
_LOOKS = 8  # at the variables, for each line
_INLINE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<module>"})
_COMPOUND = frozenset({list, tuple, set, frozenset, dict})
_CONSTANTS = frozenset({int, float, complex, bool, str, bytes, type(None)})
_BAGS = frozenset({"argparse:Namespace", "types:SimpleNamespace"})
"""Classes whose instances are nothing but attributes that the program gives them."""
_CONTAINERS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}


def _firsts(items: Any, count: int) -> Iterator[Any]:
    """The first so many items of each type: all types are looked at, and most of the structure."""
    left: dict[type, int] = {}
    for item in items:
        more = left.setdefault(type(item), count)
        if more:
            left[type(item)] = more - 1
            yield item


def _is_generated(frame: types.FrameType) -> bool:
    """Whether the library wrote a function: a method of a data class or of a named tuple."""
    code = frame.f_code
    return code.co_filename == "<string>" and (
        code.co_qualname.startswith("__create_fn__.")
        or str(frame.f_globals.get("__name__")).startswith("namedtuple_")
    )


def _of(kind: type, name: str) -> Any:
    """An attribute of a class, whatever its metaclass does when it is asked."""
    return type.__getattribute__(kind, name)


class Types:
    """The types that variables and attributes had, in words.

    Attributes:
        names: (file, first line of the function, name) -> types that the variable had.
        attributes: (file, qualname of the class, name) -> types that the attribute had.
        older: objects from before the loop, by their ids; None where they are not known.
    """

    def __init__(self, is_users: Callable[[str], bool], older: Mapping[int, Any] | None) -> None:
        self.is_users = is_users
        self.older = older
        self.names: dict[tuple[str, int, str], set[str]] = {}
        self.attributes: dict[tuple[str, str, str], set[str]] = {}
        self.owners: dict[types.CodeType, int] = {}
        self._described: set[int] = set()

    def own(self, code: types.CodeType) -> None:
        """Comprehensions and lambdas are code objects of their own: they belong to a function."""
        first = self.owners.setdefault(code, code.co_firstlineno)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType) and constant.co_name.startswith("<"):
                self.owners.setdefault(constant, first)

    def look(self, frame: types.FrameType) -> None:
        """At what the variables hold now, and the globals that the function mentions."""
        code = frame.f_code
        first = self.owners[code]
        for name, value in list(frame.f_locals.items()):
            key = (code.co_filename, first, name)
            self.names.setdefault(key, set()).add(self.describe(value))
        if code.co_name != "<module>":
            for name in code.co_names:
                if name in frame.f_globals:
                    key = (code.co_filename, 1, name)
                    self.names.setdefault(key, set()).add(self.describe(frame.f_globals[name]))

    def see(self, code: types.CodeType, name: str, value: Any) -> None:
        """What a variable of a code object holds: each object is looked at anew."""
        self._described.clear()
        key = (code.co_filename, code.co_firstlineno, name)
        self.names.setdefault(key, set()).add(self.describe(value))

    def describe(self, value: Any, depth: int = _DEPTH) -> str:
        """A value's exact type, with those of what it holds: ``list[int|str]``."""
        kind = type(value)
        if kind is types.FunctionType:
            code = value.__code__
            return f"function {code.co_filename}:{code.co_firstlineno}"
        if kind is types.MethodType:
            called: types.CodeType | None = getattr(value.__func__, "__code__", None)
            if called is None:
                return "method"
            return f"method {called.co_filename}:{called.co_firstlineno}"
        if issubclass(kind, type):
            return f"type {self._class(value)}"
        if issubclass(kind, types.ModuleType):
            return f"module {value.__name__}"
        if kind in _CONTAINERS:
            return f"{_CONTAINERS[kind]}[{self._items(value, depth)}]"
        if issubclass(kind, dict) and _of(kind, "__module__") in ("builtins", "collections"):
            keys, values = self._items(value.keys(), depth), self._items(value.values(), depth)
            return f"{_of(kind, '__qualname__')}[{keys},{values}]"
        if kind is deque:
            return f"deque[{self._items(value, depth)}]"
        if _of(kind, "__module__") == "numpy" and _of(kind, "__qualname__") == "ndarray":
            return self._array(value)
        if self._mine(kind):
            self._instance(value, kind, depth)
            return f"class {self._class(kind)}"
        if self._class(kind) in _BAGS:
            self._instance(value, kind, depth)
        builtin = _of(kind, "__module__") == "builtins"
        return str(_of(kind, "__qualname__")) if builtin else self._class(kind)

    def _array(self, value: Any) -> str:
        """An array by what it shares: its memory may be that of an older one."""
        if value.dtype.hasobject or not value.flags.forc:
            return "numpy:strided"
        while value is not None:
            if self.older is None or id(value) in self.older:
                return "sharedarray"
            value = getattr(value, "base", None)
        return "ndarray"

    def _items(self, items: Any, depth: int) -> str:
        if not depth:
            return "?" if len(items) else ""
        kinds = set(map(type, items))
        if kinds == {types.FunctionType}:  # a table of functions: any of them may be called
            return "|".join(sorted({self.describe(item) for item in items}))
        if not kinds & _COMPOUND and not any(map(self._mine, kinds)):
            return "|".join(sorted(self.describe(first, depth - 1) for first in _firsts(items, 1)))
        return "|".join(sorted({self.describe(item, depth - 1) for item in _firsts(items, _EACH)}))

    def _mine(self, kind: type) -> bool:
        module = sys.modules.get(_of(kind, "__module__"))
        return self.is_users(str(getattr(module, "__file__", "")))

    def _class(self, kind: type) -> str:
        module = sys.modules.get(_of(kind, "__module__"))
        file = str(getattr(module, "__file__", "") or "")
        where = file if self.is_users(file) else _of(kind, "__module__")
        return f"{where}:{_of(kind, '__qualname__')}"

    def _instance(self, value: Any, kind: type, depth: int) -> None:
        """The types of an instance's attributes, by its class."""
        if not depth or id(value) in self._described:
            return
        self._described.add(id(value))
        try:
            held = dict(object.__getattribute__(value, "__dict__"))
        except AttributeError:
            held = {}
        for base in _of(kind, "__mro__"):
            for name, member in _of(base, "__dict__").items():
                if type(member) in _CONSTANTS and not name.startswith("__"):
                    held.setdefault(name, member)  # the class has it for all
                if type(member) is types.MemberDescriptorType:
                    try:
                        held[name] = member.__get__(value, kind)
                    except AttributeError:
                        continue
        file, _, qualname = self._class(kind).rpartition(":")
        for name, item in islice(held.items(), _CLASS_ATTRIBUTES):
            key = (file, qualname, str(name))
            self.attributes.setdefault(key, set()).add(self.describe(item, depth - 1))

    def rows(self) -> dict[str, list[list[Any]]]:
        """Names and attributes, each with its types."""
        return {
            "names": [[*key, sorted(found)] for key, found in self.names.items()],
            "attributes": [[*key, sorted(found)] for key, found in self.attributes.items()],
        }


class Observer(Types):
    """Collects facts about the program's own code while it runs.

    Attributes:
        calls: (file, line) -> functions of the program's own that were called from there.
        lines: (file, line) of everything that ran.
        library: (file, line) -> library functions that were called from there.
        handled: opaque objects from before the loop whose methods were called: id -> line.
    """

    def __init__(
        self,
        is_users: Callable[[str], bool],
        older: Mapping[int, Any],
        opaque: Mapping[int, str],
        left_s: Callable[[], float],
    ) -> None:
        super().__init__(is_users, older)
        self.opaque = opaque
        self.left_s = left_s
        self.until = perf_counter() + left_s()
        self.calls: dict[tuple[str, int], set[tuple[str, int]]] = {}
        self.library: dict[tuple[str, int], set[str]] = {}
        self.lines: dict[tuple[str, int], int] = {}
        self.handled: dict[int, int] = {}

    def begin(self, frame: types.FrameType) -> None:
        """Watch from here on, the frame of the loop too."""
        self.own(frame.f_code)
        at: types.FrameType | None = sys._getframe(1)  # a comprehension's frame is above the loop's
        while at is not None:
            if self.is_users(at.f_code.co_filename):
                self.owners.setdefault(at.f_code, frame.f_code.co_firstlineno)
                self.lines[at.f_code.co_filename, at.f_lineno] = 1
                at.f_trace = self._local
            at = None if at is frame else at.f_back
        sys.settrace(self._called)
        sys.setprofile(self._profiled)

    def _is_late(self) -> bool:
        """Whether the time is over, now that the wall clock says so."""
        self.until = perf_counter() + (left_s := self.left_s())
        return left_s <= 0.0

    def end(self) -> None:
        """Watch no longer."""
        sys.setprofile(None)
        sys.settrace(None)

    def _called(self, frame: types.FrameType, event: str, arg: object) -> Any:
        if perf_counter() > self.until and self._is_late():
            self.end()
            return None
        code = frame.f_code
        mine = self.is_users(code.co_filename) and not _is_generated(frame)
        caller = frame.f_back  # for a function that a library calls, the user's frame below that
        while mine and caller is not None and not self.is_users(caller.f_code.co_filename):
            caller = caller.f_back
        if caller is not None and self.is_users(caller.f_code.co_filename):
            place = (caller.f_code.co_filename, caller.f_lineno)
            if mine and code.co_name not in _INLINE:
                self.calls.setdefault(place, set()).add((code.co_filename, code.co_firstlineno))
            elif not mine:
                module = frame.f_globals.get("__name__", "")
                self.library.setdefault(place, set()).add(f"{module}.{code.co_qualname}")
                # What it calls of C is its own affair; calls of Python functions are still seen.
                sys.setprofile(None)
                frame.f_trace_lines = False
                return self._in_library
        if not mine:
            return None
        sys.setprofile(self._profiled)
        self.own(code)
        self.look(frame)
        return self._local

    def _in_library(self, frame: types.FrameType, event: str, arg: object) -> Any:
        if event == "return" and perf_counter() <= self.until:
            sys.setprofile(self._profiled)
        return self._in_library

    def _local(self, frame: types.FrameType, event: str, arg: object) -> Any:
        if perf_counter() > self.until and self._is_late():
            self.end()
            return None
        if event in ("line", "return"):
            place = (frame.f_code.co_filename, frame.f_lineno)
            looks = self.lines[place] = self.lines.get(place, 0) + 1
            if looks <= _LOOKS:
                self.look(frame)
        return self._local

    def _profiled(self, frame: types.FrameType, event: str, arg: Any) -> None:
        if event != "c_call" or not self.is_users(frame.f_code.co_filename):
            return
        owner = getattr(arg, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType):
            name = f"{getattr(arg, '__module__', '')}.{arg.__qualname__}"
        else:
            name = f"{type(owner).__qualname__}.{arg.__name__}"
        place = (frame.f_code.co_filename, frame.f_lineno)
        self.library.setdefault(place, set()).add(name)
        if id(owner) in self.opaque:
            self.handled.setdefault(id(owner), frame.f_lineno)
