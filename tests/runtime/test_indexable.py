"""Iterators that stand on sequences are dealt by index, and give what they would have given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradvisor.runtime.indexable import as_sequence, collapsed, part

ITEMS = st.lists(st.integers(), max_size=30)

KINDS: dict[str, Callable[[list[int]], Any]] = {
    "list": list,
    "tuple": tuple,
    "bytes": lambda xs: bytes(x % 256 for x in xs),
    "text": lambda xs: "".join(chr(64 + x % 2000) for x in xs),
    "range": lambda xs: range(3, 3 + 2 * len(xs), 2),
    "list's iterator": iter,
    "tuple's iterator": lambda xs: iter(tuple(xs)),
    "range's iterator": lambda xs: iter(range(len(xs))),
    "enumerate": lambda xs: enumerate(xs, 5),
    "zip": lambda xs: zip(xs, range(len(xs) + 3), strict=False),
    "zip of one": zip,
    "reversed list": reversed,
    "reversed tuple": lambda xs: reversed(tuple(xs)),
    "reversed range": lambda xs: reversed(range(len(xs))),
    "enumerate of zip of reversed": lambda xs: enumerate(zip(reversed(xs), xs, strict=False)),
    "dict": dict.fromkeys,
    "items": lambda xs: {x: -x for x in xs}.items(),
    "values": lambda xs: {x: -x for x in xs}.values(),
    "items' iterator": lambda xs: iter({x: -x for x in xs}.items()),
    "enumerate of items": lambda xs: enumerate({x: -x for x in xs}.items()),
    "set": set,
}


@pytest.mark.parametrize("kind", KINDS)
@given(ITEMS, st.integers(0, 3), st.data())
def test_the_sequence_behind_has_the_same_items(
    kind: str, numbers: list[int], eaten: int, data: st.DataObject
) -> None:
    iterable, same = KINDS[kind](numbers), KINDS[kind](numbers)
    if hasattr(iterable, "__next__"):  # it may have been read in part already
        for _ in range(eaten):
            next(iterable, None)
            next(same, None)
    expected = list(same)
    items = as_sequence(iterable)
    assert items is not None
    assert len(items) == len(expected)
    assert list(part(items, 0, len(items))) == expected
    start = data.draw(st.integers(0, len(expected)))
    stop = data.draw(st.integers(start, len(expected)))
    assert list(part(items, start, stop)) == expected[start:stop]
    if hasattr(iterable, "__next__"):
        assert list(iterable) == [], "after a loop over it, an iterator is used up"


def stream() -> Iterator[int]:
    yield from (1, 2)


@pytest.mark.parametrize(
    "make",
    [
        stream,
        lambda: zip([5, 6], stream(), strict=False),
        lambda: zip([5, 6], [7, 8], strict=True),
        lambda: enumerate(stream()),
        lambda: map(abs, [1, -2]),
        lambda: enumerate(zip([5, 6], stream(), strict=False)),
    ],
)
def test_what_can_only_be_read_is_left_untouched(make: Callable[[], Any]) -> None:
    iterable = make()
    assert as_sequence(iterable) is None
    assert list(iterable) == list(make())


class Squares:
    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> int:
        return index * index


class SquaresSequence(Squares, Sequence[int]):  # type: ignore[misc]
    pass


class Graph(Squares):
    def __iter__(self) -> Iterator[str]:
        return iter("abcde")


class Backwards(list[int]):
    def __iter__(self) -> Iterator[int]:
        return reversed(self)


def test_a_sequence_of_a_users_own_is_read_by_index() -> None:
    items = as_sequence(SquaresSequence())
    assert items is not None
    assert list(part(items, 1, 4)) == [1, 4, 9]


@pytest.mark.parametrize("odd", [Squares(), Graph(), Backwards([1, 2]), range(10**30)])
def test_what_a_loop_does_not_read_by_index_is_not_dealt_so(odd: Any) -> None:
    assert as_sequence(odd) is None


@pytest.mark.parametrize("make", [
    lambda it: zip(it, it, strict=False), lambda it: zip(enumerate(it), it, strict=False),
])
def test_an_iterator_that_is_read_in_turns_is_left_alone(make: Callable[[Any], Any]) -> None:
    iterable = make(iter([1, 2, 3, 4]))
    assert as_sequence(iterable) is None
    assert len(list(iterable)) == 2


@given(st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_nested_loops_become_one(lengths: list[int]) -> None:
    expected: list[tuple[int, ...]] = [()]
    for length in lengths:
        expected = [(*done, i) for done in expected for i in range(length)]
    items = collapsed(tuple(map(range, lengths)), len(lengths))
    assert list(part(items, 0, len(items))) == expected
    assert [items[i] for i in range(len(items))] == expected


@pytest.mark.parametrize("loops", [(range(2),), (range(2), stream()), 3])
def test_only_ranges_and_sequences_can_be_collapsed(loops: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        collapsed(loops, 2)
