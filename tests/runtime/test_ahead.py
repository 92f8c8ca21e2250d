"""``futures``: what is computed ahead comes where it is asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor import RemoteTraceback, WorkerDied, futures, parallel, scheduled

STRATEGIES = ["serial", "threads", *(["fork"] if sys.platform == "linux" else [])]
each_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
forks = pytest.mark.skipif(sys.platform != "linux", reason="forks")


class Odd(ValueError):
    """An exception of our own."""


def odd_or_square(number: int) -> int:
    if number % 3 == 1:
        raise Odd(number, "odd")
    return number * number


class Falsy:
    """Neither true nor equal to anything."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = object.__hash__


SOURCES: dict[str, Callable[[], object]] = {
    "range": lambda: range(20),
    "list": lambda: list(range(20)),
    "iterator": lambda: iter(range(20)),
    "generator": lambda: (number for number in range(20)),
    "dict": lambda: dict.fromkeys(range(20)),
    "set": lambda: set(range(20)),
    "empty": list,
    "empty generator": lambda: (number for number in ()),
}


@each_strategy
@pytest.mark.parametrize("name", SOURCES)
def test_items_and_results_are_those_of_the_serial_loop(name: str, strategy: str) -> None:
    seen = []
    for number, future in futures(odd_or_square, SOURCES[name](), strategy=strategy, workers=3):
        try:
            seen.append((number, future.result()))
            assert future.exception() is None
        except Odd as error:
            assert type(future.exception()) is Odd
            seen.append((number, error.args))
    expected = [(n, (n, "odd") if n % 3 == 1 else n * n) for n in SOURCES[name]()]
    assert seen == expected


@each_strategy
def test_the_loop_has_its_own_objects(strategy: str) -> None:
    items = [Falsy() for _ in range(8)]
    for source in (items, iter(items), (item for item in items)):
        found = [item for item, _ in futures(id, source, strategy=strategy, workers=2)]
        assert [*map(id, found)] == [*map(id, items)]


@each_strategy
def test_what_nobody_asks_for_is_dropped(strategy: str) -> None:
    asked = []
    for number, future in futures(odd_or_square, range(9), strategy=strategy, workers=2):
        if number % 3 == 0:
            asked.append(future.result())
    assert asked == [0, 9, 36]


@each_strategy
def test_the_loop_may_be_left(strategy: str) -> None:
    def forever() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    for number, future in futures(odd_or_square, forever(), strategy=strategy, workers=2):
        if number == 30:
            assert future.result() == 900
            break


@forks
def test_an_exception_tells_where_in_the_worker_it_was_raised() -> None:
    [(_, future)] = futures(odd_or_square, [1], workers=2)
    with pytest.raises(Odd) as caught:
        future.result()
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "odd_or_square" in str(caught.value.__cause__)


@each_strategy
def test_an_exit_is_an_exception_as_any_other(strategy: str) -> None:
    for number, future in futures(sys.exit, range(3), strategy=strategy, workers=2):
        with pytest.raises(SystemExit) as caught:
            future.result()
        assert caught.value.code == number


@forks
def test_a_worker_that_dies_is_no_result() -> None:
    pairs = futures(lambda n: os._exit(3) if n == 4 else n, range(9), workers=2)
    with pytest.raises(WorkerDied):
        list(pairs)


@each_strategy
def test_an_error_of_the_iterable_comes_after_what_it_gave(strategy: str) -> None:
    def broken() -> Iterator[int]:
        yield from (0, 2, 3)
        raise Odd("no more")

    pairs = futures(odd_or_square, broken(), strategy=strategy, workers=2)
    assert [next(pairs)[1].result() for _ in range(3)] == [0, 4, 9]
    with pytest.raises(Odd, match="no more"):
        next(pairs)


def test_nothing_starts_before_it_is_asked_for() -> None:
    begun: list[int] = []
    pairs = futures(begun.append, range(3), strategy="serial")
    assert begun == []
    next(pairs)
    assert begun == [0]


@forks
def test_inside_of_a_region_it_is_serial() -> None:
    def section() -> Iterator[list[int]]:
        for number in scheduled(range(4)):
            yield [future.result() for _, future in futures(odd_or_square, [0, number * 3])]

    assert list(parallel(section, workers=2)) == [[0, 9 * n * n] for n in range(4)]


@forks
def test_workers_work_while_the_loop_does() -> None:
    """The third item's call waits for what the loop does with the first one."""
    read, write = os.pipe()

    def wait(number: int) -> bytes:
        return os.read(read, 1) if number == 2 else b""

    try:
        got = []
        for number, future in futures(wait, range(4), workers=2, chunk=1, schedule="dynamic"):
            if number == 0:
                os.write(write, b"x")
            got.append(future.result())
        assert got == [b"", b"", b"x", b""]
    finally:
        os.close(read)
        os.close(write)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 50), max_size=30), st.sampled_from(STRATEGIES),
    st.sampled_from(["static", "dynamic", "guided", "reversed"]), st.integers(1, 4),
)
def test_any_schedule_gives_the_same(
    numbers: list[int], strategy: str, schedule: str, workers: int
) -> None:
    found = [
        (number, str(future.exception() or future.result()))
        for number, future in futures(
            odd_or_square, numbers, strategy=strategy, schedule=schedule, workers=workers
        )
    ]
    assert found == [
        (n, str(Odd(n, "odd")) if n % 3 == 1 else str(n * n)) for n in numbers
    ]


def test_waits_overlap_in_threads() -> None:
    """By what was running at the same time, not by the clock."""
    running, most = [0], [0]

    def wait(number: int) -> int:
        running[0] += 1
        while most[0] < 2 and number < 2:
            most[0] = max(most[0], running[0])
            time.sleep(0.001)
        running[0] -= 1
        return number

    pairs = futures(wait, range(4), strategy="threads", workers=2, chunk=1, schedule="dynamic")
    assert [future.result() for _, future in pairs] == [0, 1, 2, 3]
    assert most[0] == 2


# --- several results of an item -------------------------------------------------------------


def in_two_steps(number: int) -> Iterator[object]:
    if number == 7:
        return
    page = [number]
    yield page
    if number % 4 == 2:
        raise Odd(number, "odd")
    yield sum(page), page[:]


@each_strategy
@pytest.mark.parametrize("name", SOURCES)
def test_what_a_generator_yields_comes_one_by_one(name: str, strategy: str) -> None:
    expected, seen = [], []
    for number in SOURCES[name]():  # type: ignore[attr-defined]
        steps = in_two_steps(number)
        expected.append((number, _all_of(steps)))
    for number, results in futures(in_two_steps, SOURCES[name](), strategy=strategy, workers=3):
        seen.append((number, _all_of(results)))
    assert seen == expected


def _all_of(results: Iterator[object]) -> list[object]:
    found: list[object] = []
    try:
        for result in results:
            found.append(result)
    except Odd as error:
        found.append(repr(error))
    assert next(results, None) is None
    return found


@each_strategy
def test_results_that_are_not_asked_for_are_dropped(strategy: str) -> None:
    firsts = [
        next(results, None)
        for _, results in futures(in_two_steps, range(10), strategy=strategy, workers=2)
    ]
    assert firsts == [None if number == 7 else [number] for number in range(10)]


@each_strategy
def test_an_exception_before_the_first_yield(strategy: str) -> None:
    def steps(number: int) -> Iterator[int]:
        yield 1 // number

    [(_, first), (_, second)] = futures(steps, range(2), strategy=strategy, workers=2)
    with pytest.raises(ZeroDivisionError):
        next(first)
    assert list(second) == [1]
