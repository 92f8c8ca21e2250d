"""Functions as bytes, for processes forked from this one: closures too, which pickle refuses.

Code goes by marshal, which both ends understand, being the same interpreter; what a function has
captured goes by pickle. The program may have changed its globals since the fork, so those that the
code of its own functions names go along.
"""

from __future__ import annotations

import io
import marshal
import os
import pickle
import sys
from collections.abc import Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

_LIBRARY = os.path.dirname(os.__file__)


def dumps(function: Any) -> bytes:
    """A function, all that it has captured, and the globals that it names.

    Raises:
        Exception: something of it cannot be pickled.
    """
    file = io.BytesIO()
    pickler = _Pickler(file, 5)
    pickler.dump(function)
    done: set[tuple[str, str]] = set()
    while pickler.met:  # pickling what these name meets further ones
        met, pickler.met = pickler.met, []
        named = {key: value for one in met for key, value in _globals_of(one) if key not in done}
        done |= named.keys()
        pickler.dump(named)
    return file.getvalue()


def loads(packed: bytes) -> Any:
    """The function; the globals that came with it are set in their modules."""
    file = io.BytesIO(packed)
    unpickler = pickle.Unpickler(file)
    function = unpickler.load()
    while file.tell() < len(packed):
        for (module, name), value in unpickler.load().items():
            vars(sys.modules[module])[name] = value
    return function


class _Pickler(pickle.Pickler):
    """Pickles the program's own functions by value, those of libraries by name."""

    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self.met: list[FunctionType] = []
        """Functions pickled by value."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type) and _own(value.__module__):
            self.met += [each for each in vars(value).values() if type(each) is FunctionType]
        if type(value) is not FunctionType or not _own(value.__module__):
            return NotImplemented
        self.met.append(value)
        cells = len(value.__closure__ or ())
        made = (marshal.dumps(value.__code__), value.__module__, value.__name__, cells)
        # The state is set after the function is known, since it may have captured itself.
        return _make, made, _state(value), None, None, _fill


def _own(module: str) -> bool:
    """Whether a module is the program's own: no library's."""
    if module == "__main__":
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    library = file is None or file.startswith(_LIBRARY) or "site-packages" in file
    return not library and module.partition(".")[0] != __name__.partition(".")[0]


def _globals_of(function: FunctionType) -> Iterator[tuple[tuple[str, str], Any]]:
    """((module, name), value) of the globals that a function's code names, modules left out."""
    for name in _names(function.__code__):
        value = function.__globals__.get(name, sys)
        if not isinstance(value, ModuleType):
            yield (function.__module__, name), value


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _state(function: FunctionType) -> tuple[Any, ...]:
    values: list[tuple[Any, ...]] = []
    for cell in function.__closure__ or ():
        try:
            values.append((cell.cell_contents,))
        except ValueError:  # not assigned yet
            values.append(())
    return (
        values,
        function.__defaults__,
        function.__kwdefaults__,
        function.__qualname__,
        function.__dict__,
    )


def _make(code: bytes, module: str, name: str, cells: int) -> FunctionType:
    closure = tuple(CellType() for _ in range(cells))
    names = vars(sys.modules[module])
    return FunctionType(marshal.loads(code), names, name, None, closure)


def _fill(function: FunctionType, state: tuple[Any, ...]) -> None:
    values, defaults, kwdefaults, qualname, attributes = state
    for cell, value in zip(function.__closure__ or (), values, strict=True):
        if value:
            cell.cell_contents = value[0]
    function.__defaults__ = defaults
    function.__kwdefaults__ = kwdefaults
    function.__qualname__ = qualname
    function.__dict__.update(attributes)
