"""Digests of what a program's objects hold: two runs agree if their digests do.

A digest covers exact types, content, order, and which objects are one and the same; it never runs
a method of the program's own. Objects of C types that hide what they hold are counted as opaque.
"""

from __future__ import annotations

import marshal
import sys
import types
from _blake2 import blake2b
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_DEPTH = 20  # of sets in sets
_VALUES = frozenset({"pathlib", "pathlib._local", "datetime", "decimal", "_decimal", "fractions"})
"""Modules whose types are values: their objects do not change, and a copy is as good."""
_MOST_BYTES = 64 << 20  # of an array
MOST_OBJECTS = 200_000
"""Where a walk gives up."""
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
_CALLABLES = (
    types.BuiltinFunctionType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
_REDUCIBLE = frozenset(
    {"datetime", "decimal", "_decimal", "zoneinfo", "uuid", "fractions", "builtins", "itertools"}
    | {"collections", "_collections", "functools", "operator", "array", "pathlib", "string"}
)
"""Modules whose C types tell all that they hold by ``__reduce_ex__``."""


class Walk:
    """One walk over everything that can be reached from some roots.

    Attributes:
        ids: id -> the object, of every mutable object seen.
        opaque: id -> the type's name, of objects that hide what they hold.
        complete: False once there were too many objects.
        unordered: the type of something in a set that is no text.
    """

    def __init__(
        self, is_users: Callable[[str], bool], most: int = MOST_OBJECTS, until: float = float("inf")
    ) -> None:
        self.is_users = is_users
        self.most = most
        self.until = until
        self.ids: dict[int, Any] = {}
        self.opaque: dict[int, str] = {}
        self.complete = True
        self.unordered = ""
        self._seen: dict[int, int] = {}
        self._held: list[Any] = []
        self._open_sets: set[int] = set()
        self.depth = 0

    def digest(self, value: Any) -> bytes:
        """What can be reached from a value, in 16 bytes."""
        if type(value) in _ATOMS:
            return blake2b(_atom(value), digest_size=16).digest()
        into = blake2b(digest_size=16)
        tokens: list[bytes] = []
        stack, seen, held = [value], self._seen, self._held
        while stack:
            if len(tokens) > 4096:
                into.update(b"".join(tokens))
                tokens.clear()
                if len(seen) > self.most or perf_counter() > self.until:
                    self.complete = False
                    break
            found = stack.pop()
            kind = type(found)
            if kind in _ATOMS:
                tokens.append(_atom(found))
                continue
            number = seen.get(id(found))
            if number is not None:
                tokens.append(b"=%d" % number)
                continue
            seen[id(found)] = len(seen)
            held.append(found)
            slots = _PLAIN.get(kind)
            if slots is not None:  # most of all objects: no more is asked of them
                self.ids[id(found)] = found
                head, parts = b"", _held_by(found, slots)
            elif kind is list:
                self.ids[id(found)] = found
                head, parts = self._sequence(found)
            elif kind is dict:
                self.ids[id(found)] = found
                head, parts = self._mapping(found)
            else:
                head, parts = self._open(found, kind)
            name = _NAMES.get(kind)
            if name is None:
                name = _NAMES[kind] = f"<{kind.__module__}.{kind.__qualname__} ".encode()
            tokens.append(b"%b%d%b" % (name, len(parts), head))
            if parts:
                stack.extend(parts[::-1])
        into.update(b"".join(tokens))
        return into.digest()

    # --- what an object is made of ----------------------------------------------------------

    def _open(self, value: Any, kind: type) -> tuple[bytes, list[Any]]:
        """What identifies an object by itself, and the objects that it holds."""
        if kind in (tuple, frozenset):
            return self._sequence(list(value), ordered=kind is tuple)
        if kind in (range, slice) or value is ... or value is NotImplemented:
            return repr(value).encode(), []
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return b"", [value.__func__, value.__self__]
        if isinstance(value, _CALLABLES):
            holder = getattr(value, "__self__", None)
            own = (
                [holder] if holder is not None and not isinstance(holder, types.ModuleType) else []
            )
            return value.__qualname__.encode(), own
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, types.ModuleType):
            return value.__name__.encode(), []
        if isinstance(value, types.CodeType):
            return f"{value.co_filename}:{value.co_firstlineno}:{value.co_name}".encode(), []
        if isinstance(value, staticmethod | classmethod):
            return b"", [value.__func__]
        if kind is property:
            return b"", [value.fget, value.fset, value.fdel]
        if kind.__module__ == "re" and kind.__name__ == "Pattern":
            return repr((value.pattern, value.flags)).encode(), []
        if kind.__module__ in _VALUES:
            return self._value(value, kind)
        self.ids[id(value)] = value
        return self._mutable(value, kind)

    def _value(self, value: Any, kind: type) -> tuple[bytes, list[Any]]:
        """What cannot change, but for what it remembers to be faster."""
        if kind.__module__.startswith("pathlib"):
            return str(value).encode("utf-8", "surrogateescape"), []
        return self._by_reduction(value, kind, kind.__module__, [])

    def _mutable(self, value: Any, kind: type) -> tuple[bytes, list[Any]]:
        for base, opened in _OPENERS.items():
            if base in type.__getattribute__(kind, "__mro__"):  # isinstance() asks the object
                head, parts = opened(self, value)
                return (head, parts) if kind is base else (head, [*parts, *_attributes(value)])
        module = kind.__module__.split(".")[0]
        if module == "numpy":
            return self._numpy(value, kind)
        own = _attributes(value)
        if _is_plain(kind):
            _PLAIN[kind] = _slots(kind)
            return b"", own
        return self._by_reduction(value, kind, module, own)

    def _sequence(self, items: list[Any], ordered: bool = True) -> tuple[bytes, list[Any]]:
        if not ordered:
            return self._unordered(items)
        if _ATOMS.issuperset(map(type, items)):
            return marshal.dumps(items, 2), []
        return b"", items

    def _unordered(self, items: list[Any]) -> tuple[bytes, list[Any]]:
        odd = set(map(type, items)) - {str, bytes}
        self.unordered = self.unordered or next((kind.__name__ for kind in odd), "")
        if _ATOMS.issuperset(map(type, items)):
            return b"".join(sorted(map(_atom, items))), []
        if self.depth > _DEPTH:
            return b"%d" % len(items), []
        # Each for itself, since their order is no content; an open one is not entered again.
        digests = []
        for item in items:
            inner = Walk(self.is_users, self.most, self.until)
            inner.depth = self.depth + 1
            inner._seen = dict.fromkeys(self._open_sets, 0)
            inner._open_sets = {*self._open_sets, id(item)}
            digests.append(inner.digest(item))
            self.ids.update(inner.ids)
            self.opaque.update(inner.opaque)
            self.unordered = self.unordered or inner.unordered
        return b"".join(sorted(digests)), []

    def _mapping(self, value: Any) -> tuple[bytes, list[Any]]:
        keys, values = tuple(dict.keys(value)), list(dict.values(value))
        kinds = set(map(type, keys))
        if not kinds <= _ATOMS:
            return b"", [*keys, *values]
        if kinds == {str} and len(keys) < _SHORT:  # of an instance, most often: again and again
            head = _KEYS.get(keys)
            if head is None:
                head = _KEYS[keys] = marshal.dumps(list(keys), 2)
        else:
            head = marshal.dumps(list(keys), 2)
        more, parts = self._sequence(values)
        return head + b"|" + more, parts

    def _function(self, value: types.FunctionType) -> tuple[bytes, list[Any]]:
        name = f"{value.__module__}.{value.__qualname__}".encode()
        if not self.is_users(value.__code__.co_filename):
            return name, []
        cells = [cell.cell_contents for cell in value.__closure__ or () if _filled(cell)]
        own = [dict(vars(value))] if vars(value) else []
        return name, [value.__code__, value.__defaults__, value.__kwdefaults__, *own, *cells]

    def _class(self, value: type) -> tuple[bytes, list[Any]]:
        name = f"{value.__module__}.{value.__qualname__}".encode()
        module = sys.modules.get(value.__module__)
        if not self.is_users(str(getattr(module, "__file__", ""))):
            return name, []
        self.ids[id(value)] = value
        held = {key: item for key, item in vars(value).items() if key not in _HIDDEN}
        return name, [value.__bases__, list(held), *held.values()]

    def _numpy(self, value: Any, kind: type) -> tuple[bytes, list[Any]]:
        if kind.__name__ == "ndarray":
            base = value.base
            while base is not None:  # whose memory it is
                self.ids[id(base)] = base
                base = getattr(base, "base", None)
            if 0 in value.strides or value.nbytes > _MOST_BYTES:
                self.opaque[id(value)] = "numpy.ndarray"
                return b"", []
            head = f"{value.dtype.str}{value.shape}{value.strides}".encode()
            if value.dtype.hasobject:
                return head, value.ravel().tolist()
            return head + blake2b(value.tobytes(), digest_size=16).digest(), []
        if hasattr(value, "get_state"):
            return b"", [value.get_state(legacy=False)]
        if hasattr(value, "bit_generator"):
            return b"", [value.bit_generator.state]
        if hasattr(value, "tobytes"):
            return value.tobytes(), []
        return str(value).encode(), []

    def _by_reduction(
        self, value: Any, kind: type, module: str, own: list[Any]
    ) -> tuple[bytes, list[Any]]:
        if module in _REDUCIBLE:
            try:
                reduced = value.__reduce_ex__(4)
            except Exception:
                reduced = None
            if isinstance(reduced, tuple):
                parts = [list(part) if hasattr(part, "__next__") else part for part in reduced[1:]]
                return b"", [*parts, *own]
        digest = getattr(value, "hexdigest", None)
        if digest is not None and module in ("_hashlib", "_blake2", "_sha3", "_hmac", "_md5"):
            return str(digest()).encode(), own
        self.opaque[id(value)] = f"{kind.__module__}.{kind.__qualname__}"
        return b"", own


def _open_generator(walk: Walk, value: Any) -> tuple[bytes, list[Any]]:  # noqa: ARG001
    frame = value.gi_frame
    if frame is None:
        return b"ended", []
    return b"%d" % frame.f_lasti, [dict(frame.f_locals), value.gi_yieldfrom]


def _open_exception(walk: Walk, value: Any) -> tuple[bytes, list[Any]]:  # noqa: ARG001
    get: Any = BaseException.__dict__  # what a class of the program's puts in their places may run
    return b"", [get["args"].__get__(value), get["__cause__"].__get__(value)]


def _open_random(walk: Walk, value: Any) -> tuple[bytes, list[Any]]:  # noqa: ARG001
    import _random

    return marshal.dumps(_random.Random.getstate(value), 2), []


def _open_lru_cache(walk: Walk, value: Any) -> tuple[bytes, list[Any]]:  # noqa: ARG001
    return b"", [value.__wrapped__]  # what it remembers is a matter of speed


def _openers() -> dict[type, Callable[[Walk, Any], tuple[bytes, list[Any]]]]:
    import _random
    from _collections import deque
    from _functools import _lru_cache_wrapper

    return {
        list: lambda walk, value: walk._sequence(list(list.__iter__(value))),
        dict: lambda walk, value: walk._mapping(value),
        set: lambda walk, value: walk._unordered(list(set.__iter__(value))),
        bytearray: lambda _, value: (bytes(value), []),
        memoryview: lambda _, value: (value.tobytes(), []),
        deque: lambda walk, value: walk._sequence([value.maxlen, *deque.__iter__(value)]),
        types.GeneratorType: _open_generator,
        BaseException: _open_exception,
        _random.Random: _open_random,
        _lru_cache_wrapper: _open_lru_cache,
        tuple: lambda walk, value: walk._sequence(list(tuple.__iter__(value))),
        int: lambda _, value: (b"%x" % int.__int__(value), []),
        float: lambda _, value: (float.hex(float.__float__(value)).encode(), []),
        str: lambda _, value: (str.encode(value, "utf-8", "surrogatepass"), []),
    }


_OPENERS = _openers()
_HEAP_TYPE = 1 << 9
_HIDDEN = frozenset(
    {
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__abc_impl__",
        "_abc_impl",
        "__slotnames__",
    }
)


def _atom(value: Any) -> bytes:
    return marshal.dumps(value, 2)


def _filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


_POINTER = 8
_SHORT = 16
_KEYS: dict[tuple[Any, ...], bytes] = {}
_NAMES: dict[type, bytes] = {}
_PLAIN: dict[type, list[Any]] = {}
"""Python classes whose instances hold only their dictionary and their slots, with the slots."""


def _is_plain(kind: type) -> bool:
    """Whether instances hold no more than a dictionary and slots: nothing of a type made in C."""
    if type(kind) is not type or kind.__itemsize__:
        return False
    own = [base.__dict__ for base in kind.__mro__[:-1]]
    if any("__getattribute__" in names for names in own):
        return False
    if any(isinstance(names.get("__dict__"), property) for names in own):
        return False
    extra = (kind.__dictoffset__ > 0) + (kind.__weakrefoffset__ > 0)
    size = object.__basicsize__ + _POINTER * (len(_slots(kind)) + extra)
    return kind.__basicsize__ == size


def _slots(kind: type) -> list[Any]:
    """The descriptors of the slots that a class and its bases define."""
    found = []
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            private = name.startswith("__") and not name.endswith("__")
            mangled = f"_{base.__name__.lstrip('_')}{name}" if private else name
            member = base.__dict__.get(mangled)
            if isinstance(member, types.MemberDescriptorType):
                found.append(member)
    return found


def _held_by(value: Any, slots: list[Any]) -> list[Any]:
    """The instance's dictionary, and what is in its slots; None where a slot is empty."""
    found = []
    if type(value).__dictoffset__:
        try:
            found.append(object.__getattribute__(value, "__dict__"))
        except AttributeError:
            pass
    for member in slots:
        try:
            found.append(member.__get__(value))
        except AttributeError:
            found.append(None)
    return found


def _attributes(value: Any) -> list[Any]:
    """What an instance holds beside what its type does."""
    return _held_by(value, _slots(type(value)))


def of_process() -> dict[str, Any]:
    """What belongs to the process as a whole and decides what library calls do."""
    import os

    state: dict[str, Any] = {
        "the environment": dict(os.environ),
        "the working directory": os.getcwd(),
        "the recursion limit": sys.getrecursionlimit(),
        "sys.path": list(sys.path),
    }
    for name, read in _WATCHED:
        module = sys.modules.get(name)
        if module is not None and name in _loaded():
            try:
                label, value = read(module)
            except Exception:
                continue
            state[label] = value
    return state


_WATCHED: list[tuple[str, Callable[[Any], tuple[str, Any]]]] = [
    ("random", lambda random: ("the generator of random", random._inst.getstate())),
    (
        "numpy.random",
        lambda module: ("the generator of numpy.random", _of_numpy(module.get_state())),
    ),
    ("decimal", lambda decimal: ("the decimal context", _settings(decimal.getcontext()))),
    ("decimal", lambda decimal: ("the decimal flags", repr(decimal.getcontext().flags))),
    ("warnings", lambda warnings: ("the warnings filters", repr(warnings.filters))),
    ("locale", lambda locale: ("the locale", locale.setlocale(locale.LC_ALL))),
    ("gc", lambda gc: ("the garbage collector's settings", (gc.isenabled(), gc.get_threshold()))),
]


def _settings(context: Any) -> str:
    """What decides on results, without what they leave behind."""
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp", "traps")
    return repr([getattr(context, name) for name in names])


_AT_FIRST: set[str] = set()


def _loaded() -> set[str]:
    """Which of the watched modules were there at the first look.

    One that is imported later brings a state of its own, which nobody has changed.
    """
    if not _AT_FIRST:
        _AT_FIRST.update(["sys"], {name for name, _ in _WATCHED} & sys.modules.keys())
    return _AT_FIRST


def _of_numpy(state: Any) -> tuple[Any, ...]:
    return (state[0], state[1].tobytes(), *state[2:])


def modules_of(is_users: Callable[[str], bool]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The program's own modules and what their names are bound to."""
    for name, module in list(sys.modules.items()):
        if type(module) is not types.ModuleType:  # another object may do anything when it is asked
            continue
        file = vars(module).get("__file__")
        if isinstance(file, str) and is_users(file) and not name.startswith("_paradvisor"):
            yield name, vars(module)
