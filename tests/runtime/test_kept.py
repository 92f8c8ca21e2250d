"""A team that is kept runs later sections in the same processes, as new as they are."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from paradvisor.runtime import Team, WorkerDied, parallel, scheduled

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no fork")


def pids(team: Team) -> set[int]:
    def section() -> Iterator[int]:
        for _ in scheduled(range(8), "static", 1):
            yield os.getpid()

    return set(team.parallel(section))


def test_workers_are_kept_and_end_with_the_team(nothing_left: None) -> None:
    with Team(workers=2) as team:
        first = pids(team)
        assert len(first) == 2
        assert os.getpid() not in first
        assert pids(team) == first


def scaling(factor: int, offset: int) -> Callable[[], Iterator[int]]:
    def scale(x: int, factor: int = factor) -> int:
        return x * factor + offset

    def section() -> Iterator[int]:
        for x in scheduled(range(5)):
            yield scale(x)

    return section


def test_closures_come_along(nothing_left: None) -> None:
    with Team(workers=2) as team:
        kept = pids(team)
        for factor in range(4):
            results = list(team.parallel(scaling(factor, 100 * factor)))
            assert results == [x * factor + 100 * factor for x in range(5)]
        assert pids(team) == kept


SCALE = 1
TABLE = {"a": 1}


def scaled(x: int) -> int:
    return x * SCALE + TABLE["a"]


def test_globals_are_as_new_as_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    def section() -> Iterator[int]:
        for x in scheduled(range(4)):
            yield scaled(x)

    module = sys.modules[__name__]
    with Team(workers=2) as team:
        kept = pids(team)
        assert list(team.parallel(section)) == [1, 2, 3, 4]
        monkeypatch.setattr(module, "SCALE", 10)
        monkeypatch.setitem(TABLE, "a", 5)
        assert list(team.parallel(section)) == [5, 15, 25, 35]
        monkeypatch.setattr(module, "scaled", lambda x: -x)
        assert list(team.parallel(section)) == [0, -1, -2, -3]
        assert pids(team) == kept


def test_recursive_closures(nothing_left: None) -> None:
    def down(n: int) -> int:
        return 0 if n == 0 else 1 + down(n - 1)

    def section() -> Iterator[int]:
        for n in scheduled(range(6)):
            yield down(n)

    with Team(workers=2) as team:
        kept = pids(team)
        assert list(team.parallel(section)) == list(range(6))
        assert pids(team) == kept


@pytest.mark.parametrize("what", ["lock", "big"])
def test_what_cannot_be_sent_is_forked(what: str, nothing_left: None) -> None:
    captured = threading.Lock() if what == "lock" else bytes(2 << 20)

    def section() -> Iterator[tuple[bool, int]]:
        for _ in scheduled(range(4)):
            yield captured is not None, os.getpid()

    with Team(workers=2) as team:
        kept = pids(team)
        results = list(team.parallel(section))
        assert all(there for there, _ in results)
        assert not {pid for _, pid in results} & kept


def test_a_team_goes_on_after_failures(nothing_left: None) -> None:
    def failing() -> Iterator[float]:
        for x in scheduled(range(10)):
            yield 1 / (5 - x)

    def dying() -> Iterator[int]:
        for x in scheduled(range(10)):
            if x == 5:
                os._exit(1)
            yield x

    def endless() -> Iterator[int]:
        for x in scheduled(range(10**12)):
            yield x

    with Team(workers=2) as team:
        with pytest.raises(ZeroDivisionError):
            list(team.parallel(failing))
        assert len(pids(team)) == 2
        with pytest.raises(WorkerDied):
            list(team.parallel(dying))
        assert len(pids(team)) == 2
        results = team.parallel(endless)
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        results.close()
        assert len(pids(team)) == 2


def test_an_iterator_is_refused(nothing_left: None) -> None:
    def section() -> Iterator[int]:
        yield from scheduled(x for x in range(3))

    with Team(workers=2) as team, pytest.raises(TypeError, match="sequences only"):
        list(team.parallel(section))


def test_plain_sections_and_output(capfd: pytest.CaptureFixture[str]) -> None:
    def section() -> None:
        for x in scheduled(range(6), "dynamic", 1):
            print("line", x)

    with Team(workers=2) as team:
        for _ in range(2):
            assert team.parallel(section) is None
    assert capfd.readouterr().out == "".join(f"line {x}\n" for x in range(6)) * 2


@pytest.mark.parametrize("strategy", ["threads", "serial"])
def test_other_strategies_run_as_parallel_does(strategy: str) -> None:
    def section() -> Iterator[int]:
        for x in scheduled(range(5)):
            yield x * x

    with Team(workers=2, strategy=strategy) as team:
        expected = list(parallel(section, workers=2, strategy=strategy))
        assert list(team.parallel(section)) == expected


def test_random_streams_differ_from_region_to_region() -> None:
    import random

    def section() -> Iterator[float]:
        for _ in scheduled(range(4)):
            yield random.random()

    with Team(workers=2) as team:
        drawn = [x for _ in range(3) for x in team.parallel(section)]
    assert len(set(drawn)) == 12
