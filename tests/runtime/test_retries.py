"""``retries``: what a dead worker was at is done again, once and no more."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor.runtime import WorkerDied, atomic, parallel, scheduled

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="there is no fork"),
    pytest.mark.usefixtures("nothing_left"),
]


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(1, 60),
    data=st.data(),
    workers=st.integers(1, 3),
    retries=st.integers(0, 3),
    schedule=st.sampled_from(["static", "dynamic", "guided", "reversed"]),
    chunk=st.none() | st.integers(1, 9),
    stream=st.booleans(),
    costs=st.booleans(),
    ordered=st.booleans(),
)
def test_nothing_is_lost_or_doubled(
    length: int, data: st.DataObject, workers: int, retries: int, schedule: str,
    chunk: int | None, stream: bool, costs: bool, ordered: bool,
) -> None:  # fmt: skip
    deadly = data.draw(st.sets(st.integers(0, length - 1), max_size=retries))
    deaths = {i: atomic() for i in deadly}

    def section() -> Iterator[tuple[int, int]]:
        numbers = range(length)
        known = [1.0 + i % 5 for i in numbers] if costs and not stream else None
        loop = iter(list(numbers)) if stream else numbers
        for i in scheduled(iter(x for x in loop) if stream else loop, schedule, chunk, costs=known):
            yield i, 0
            if i in deaths and deaths[i].add() == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if i % 3 == 0:
                yield i, 1

    results = list(
        parallel(section, workers=workers, strategy="fork", retries=retries, ordered=ordered)
    )
    expected = [(i, k) for i in range(length) for k in ([0, 1] if i % 3 == 0 else [0])]
    assert (results if ordered else sorted(results)) == expected


def test_what_was_printed_appears_once(capfd: pytest.CaptureFixture[str]) -> None:
    died = atomic()

    def section() -> Iterator[int]:
        for i in scheduled(range(20)):
            print("line", i)
            yield i
            if i == 13 and died.add() == 1:
                os._exit(5)

    assert list(parallel(section, workers=2, retries=1)) == list(range(20))
    assert capfd.readouterr().out == "".join(f"line {i}\n" for i in range(20))


def test_retries_come_to_an_end() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(20), "dynamic", 1):
            if i == 13:
                os._exit(5)
            yield i

    got: list[int] = []
    with pytest.raises(WorkerDied, match="iteration 13 unfinished") as raised:
        got.extend(parallel(section, workers=2, retries=2))
    assert got == list(range(13))
    assert raised.value.exit_code == 5


def test_big_results_are_done_again_too() -> None:
    died = atomic()

    def section() -> Iterator[bytes]:
        for i in scheduled(range(10)):
            yield bytes([i]) * 500_000
            if i in (3, 8) and died.add() <= 2:
                os._exit(5)

    results = list(parallel(section, workers=2, retries=2))
    assert results == [bytes([i]) * 500_000 for i in range(10)]


def test_the_death_names_signal_and_iterations() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(100), "static", 10):
            if i == 57:
                os.kill(os.getpid(), signal.SIGKILL)
            yield i

    with pytest.raises(WorkerDied) as raised:
        list(parallel(section, workers=2, strategy="fork"))
    assert raised.value.iterations == (50, 60)
    assert "was killed by SIGKILL with iterations 50 to 59 unfinished" in str(raised.value)
