"""Exceptions in loops whose later iterations come first: what precedes them is run all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from paradvisor.runtime import parallel, scheduled

HOW = ["fork", "threads"]


def serial(items: list[int]) -> tuple[list[int], str]:
    found = []
    try:
        for item in items:
            found.append(10 // item)
    except ZeroDivisionError as error:
        return found, str(error)
    return found, ""


def shared_out(items: list[int], **how: object) -> tuple[list[int], str]:
    def section() -> Iterator[int]:
        for item in scheduled(items):
            yield 10 // item

    found = []
    try:
        for result in parallel(section, **how):  # type: ignore[call-overload]
            found.append(result)
    except ZeroDivisionError as error:
        return found, str(error)
    return found, ""


@pytest.mark.parametrize("strategy", HOW)
@given(
    items=st.lists(st.sampled_from([0, 1, 2, 5, 5, 5]), max_size=30),
    workers=st.integers(1, 3),
    chunk=st.sampled_from([None, 1, 4]),
)
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_first_exception_comes_after_all_that_precedes_it(
    strategy: str, items: list[int], workers: int, chunk: int | None
) -> None:
    how = {"strategy": strategy, "workers": workers, "chunk": chunk}
    assert shared_out(items, schedule="reversed", **how) == serial(items)


@pytest.mark.parametrize("strategy", HOW)
@pytest.mark.parametrize("workers", [1, 2])
def test_so_does_one_where_the_costliest_comes_first(strategy: str, workers: int) -> None:
    items = [5, 2, 1, 0, 5, 0, 1, 0]

    def section() -> Iterator[int]:
        for item in scheduled(items, costs=[1, 1, 1, 1, 1, 5, 1, 9]):
            yield 10 // item

    found: list[int] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(parallel(section, workers=workers, strategy=strategy))
    assert found == [2, 5, 10]  # extend keeps what came before the exception


@pytest.mark.parametrize("strategy", HOW)
def test_a_section_that_only_acts_is_gone_on_with_too(
    strategy: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def section() -> None:
        for number in scheduled(range(6), "reversed"):
            print("at", number)
            if number >= 3:
                raise KeyError(number)

    with pytest.raises(KeyError, match="3"):
        parallel(section, workers=1, strategy=strategy)
    assert capfd.readouterr().out == "at 0\nat 1\nat 2\nat 3\n"


@pytest.mark.parametrize("strategy", HOW)
def test_an_exception_behind_the_loop_is_raised_once(strategy: str) -> None:
    def section() -> Iterator[int]:
        for number in scheduled(range(4), "reversed"):
            yield number
        raise KeyError("behind")

    found: list[int] = []
    with pytest.raises(KeyError, match="behind"):
        found.extend(parallel(section, workers=2, strategy=strategy))
    assert found == [0, 1, 2, 3]
