"""``break``, ``return`` and ``cancel`` in a section end it where the serial program would."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor.runtime import cancel, parallel, scheduled

everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", "fork"])


@everywhere
@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(1, 60),
    data=st.data(),
    workers=st.integers(1, 4),
    schedule=st.sampled_from(["static", "dynamic", "guided"]),
    chunk=st.none() | st.integers(1, 9),
    stream=st.booleans(),
    how=st.sampled_from(["break", "return", "cancel"]),
)
def test_a_loop_that_is_left_gives_what_precedes(
    strategy: str, length: int, data: st.DataObject, workers: int, schedule: str,
    chunk: int | None, stream: bool, how: str,
) -> None:  # fmt: skip
    ends = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=3))

    def section() -> Iterator[int]:
        numbers = range(length)
        for i in scheduled(iter(list(numbers)) if stream else numbers, schedule, chunk):
            yield i
            if i in ends:
                if how == "break":
                    break
                if how == "return":
                    return
                cancel()

    got = list(parallel(section, workers=workers, strategy=strategy))
    assert got == list(range(min(ends) + 1))


@everywhere
def test_the_loop_after_one_that_was_left_is_whole(strategy: str) -> None:
    def section() -> Iterator[tuple[str, int]]:
        for i in scheduled(range(100)):
            if i == 7:
                break
            yield "first", i
        for i in scheduled(range(20)):
            yield "second", i

    got = list(parallel(section, workers=3, strategy=strategy))
    assert got == [("first", i) for i in range(7)] + [("second", i) for i in range(20)]


@everywhere
def test_an_endless_input_ends_with_the_loop_that_is_left(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(itertools.count()):
            if i == 50:
                break
            yield i

    assert list(parallel(section, workers=2, strategy=strategy)) == list(range(50))


@everywhere
def test_later_iterations_are_not_begun_once_one_has_cancelled(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(10_000), "dynamic", 1):
            time.sleep(0.001)
            yield i
            if i == 3:
                cancel()

    begun = time.monotonic()
    assert list(parallel(section, workers=2, strategy=strategy)) == [0, 1, 2, 3]
    assert time.monotonic() - begun < 5  # all of it would be


@everywhere
def test_a_plain_section_can_be_cancelled(strategy: str) -> None:
    def section() -> None:
        for i in scheduled(range(1000)):
            if i == 500:
                cancel()

    assert parallel(section, workers=2, strategy=strategy) is None


@everywhere
def test_an_exception_that_the_section_handles_leaves_the_loop_too(strategy: str) -> None:
    def section() -> Iterator[int]:
        try:
            for i in scheduled(range(40)):
                if i == 11:
                    raise LookupError
                yield i
        except LookupError:
            pass

    assert list(parallel(section, workers=2, strategy=strategy)) == list(range(11))


@pytest.mark.parametrize("strategy", ["threads", "fork"])
def test_a_loop_that_is_dealt_out_of_order_loses_nothing_in_silence(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(10), "reversed"):
            if i == 5:
                break
            yield i

    with pytest.raises(RuntimeError, match="iteration 0 was not run"):
        list(parallel(section, workers=1, strategy=strategy))
