"""What can be dealt by index: sequences, and the sequences that stand behind common iterators.

``enumerate(names)`` is an iterator, but the list behind it has a length. Its ``__reduce__``, made
for copying, tells what it stands on (Objects/enumobject.c, Objects/iterobject.c), so that such a
loop is dealt like one over the list itself: no worker waits for another one to read.
"""

from __future__ import annotations

import sys
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    Base = Sequence[Any]
else:
    Base = object

_SIZED: tuple[type, ...] = (
    dict,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    set,
    frozenset,
)
_EMPTY: tuple[Any, ...] = ([], (), "", "\u00e9", b"", range(0))
_FORWARD = tuple(type(iter(empty)) for empty in _EMPTY)
_BACKWARD: tuple[type, ...] = (type(reversed([])), reversed)
_BY_INDEX = [kind.__iter__ for kind in (list, tuple, str, bytes, bytearray, range)]
_BUILT_IN = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: nobody has given it other ways
_DICT: dict[Any, Any] = {}
_OF_DICTS = tuple(type(iter(view)) for view in (_DICT, _DICT.values(), _DICT.items()))


def as_sequence(iterable: Iterable[Any]) -> Sequence[Any] | None:
    """The sequence that has the iterable's items; None where it can only be read.

    An iterator that stands on a sequence is used up then, as it would be after its loop.
    """
    items = _find(iterable)
    if items is not None and items is not iterable:
        _use_up(iterable)
    return items


def _find(iterable: Any) -> Sequence[Any] | None:
    kind = type(iterable)
    if kind in _SIZED:
        return list(iterable)
    if hasattr(iterable, "__len__") and hasattr(iterable, "__getitem__"):
        return iterable if _iterates_by_index(iterable) else None
    if kind is enumerate:
        inner, first = iterable.__reduce__()[1]
        items = _find(inner)
        return None if items is None else Enumerated(items, first)
    if kind is zip:
        made = iterable.__reduce__()
        columns = [items for inner in made[1] if (items := _find(inner)) is not None]
        strict = len(made) > 2  # it must see all the ends
        whole = columns and len(columns) == len(made[1])
        bases = list(_bases(iterable))
        twice = len(bases) > len(set(bases))  # zip(it, it) takes turns
        return Zipped(columns) if whole and not strict and not twice else None
    if kind in _FORWARD or kind in _BACKWARD or kind in _OF_DICTS:
        return _behind(iterable)
    return None


def part(items: Sequence[Any], start: int, stop: int) -> Iterator[Any]:
    """Iterator over ``items[start:stop]``, without a copy of it."""
    if isinstance(items, View):
        return items.part(start, stop)
    if type(items) is range:
        return iter(items[start:stop])
    iterator: Any = iter(items)
    if type(iterator) in _FORWARD:
        iterator.__setstate__(start)
        return islice(iterator, stop - start)
    return (items[index] for index in range(start, stop))


def collapsed(loops: Iterable[Sequence[Any]], depth: int) -> Sequence[Any]:
    """The iterations of so many nested loops as one, in their order: ``(i, j)`` and so on.

    Raises:
        ValueError: not so many loops, or one whose length is not known before it runs.
    """
    nested = [as_sequence(loop) for loop in loops]
    if len(nested) != depth or depth < 1 or None in nested:
        raise ValueError(f"collapse={depth} takes a tuple of {depth} ranges or sequences")
    return Product([loop for loop in nested if loop is not None])


class View(Base):
    """A sequence whose items are made when they are asked for."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return next(self.part(index, index + 1))

    def __iter__(self) -> Iterator[Any]:
        return self.part(0, self._length)

    def part(self, start: int, stop: int) -> Iterator[Any]:
        """The items from start to stop."""
        raise NotImplementedError


class Enumerated(View):
    """As ``enumerate(items, first)``."""

    def __init__(self, items: Sequence[Any], first: int) -> None:
        super().__init__(len(items))
        self._items, self._first = items, first

    def part(self, start: int, stop: int) -> Iterator[Any]:
        return enumerate(part(self._items, start, stop), self._first + start)


class Zipped(View):
    """As ``zip(*columns)``."""

    def __init__(self, columns: list[Sequence[Any]]) -> None:
        super().__init__(min(map(len, columns)))
        self._columns = columns

    def part(self, start: int, stop: int) -> Iterator[Any]:
        return zip(*(part(column, start, stop) for column in self._columns), strict=False)


class Reversed(View):
    """The first ``length`` items, last one first."""

    def __init__(self, items: Sequence[Any], length: int) -> None:
        super().__init__(length)
        self._items = items

    def part(self, start: int, stop: int) -> Iterator[Any]:
        last = self._length - 1
        return (self._items[last - index] for index in range(start, stop))


class Rest(View):
    """All but the items before ``first``."""

    def __init__(self, items: Sequence[Any], first: int) -> None:
        super().__init__(max(0, len(items) - first))
        self._items, self._first = items, first

    def part(self, start: int, stop: int) -> Iterator[Any]:
        return part(self._items, self._first + start, self._first + stop)


class Product(View):
    """As ``itertools.product(*loops)``, which would copy the loops and cannot begin anywhere."""

    def __init__(self, loops: list[Sequence[Any]]) -> None:
        length = 1
        for loop in loops:
            length *= len(loop)
        super().__init__(length)
        self._loops = loops

    def part(self, start: int, stop: int) -> Iterator[Any]:
        for index in range(start, stop):
            places = []
            for loop in reversed(self._loops):
                index, place = divmod(index, len(loop))
                places.append(loop[place])
            yield tuple(reversed(places))


def _behind(iterator: Any) -> Sequence[Any] | None:
    """What is left of the sequence that an iterator of a built-in type walks along."""
    _, arguments, *state = iterator.__reduce__()
    items = arguments[0] if arguments else ()
    if type(items) not in (list, tuple, str, bytes, range):
        return None
    if type(iterator) in _BACKWARD:
        return Reversed(items, state[0] + 1 if state else 0)
    return Rest(items, state[0]) if state and state[0] else items


def _bases(iterator: Any) -> Iterator[int]:
    """The innermost iterators that an iterator is built on."""
    if type(iterator) in (enumerate, zip):
        for inner in iterator.__reduce__()[1]:
            if hasattr(inner, "__next__"):
                yield from _bases(inner)
    else:
        yield id(iterator)


def _iterates_by_index(items: Any) -> bool:
    """Whether a loop over an object with a length gives its elements 0, 1, 2, .."""
    try:
        len(items)
    except OverflowError:
        return False
    way = getattr(type(items), "__iter__", None)
    if way in _BY_INDEX or type(items) is memoryview:
        return True
    if type(items).__module__ in ("array", "collections") and type(items).__flags__ & _BUILT_IN:
        return True  # array.array and deque
    abstract = sys.modules.get("collections.abc")
    if abstract is not None and way is abstract.Sequence.__iter__:
        return True
    return type(items).__module__ == "numpy" and type(items).__name__ == "ndarray"


def _use_up(iterator: Any) -> None:
    kind = type(iterator)
    if kind in (enumerate, zip):
        for inner in iterator.__reduce__()[1]:
            _use_up(inner)
    elif kind in _BACKWARD:
        iterator.__setstate__(-1)
    elif kind in _FORWARD:
        iterator.__setstate__(sys.maxsize)
    elif kind in _OF_DICTS:
        for _ in iterator:
            pass
