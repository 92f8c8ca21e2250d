"""What OpenMP has, by its names: one test a row of docs/parity.md."""

from __future__ import annotations

import functools
import operator
import os
import random
import threading
import time
from collections.abc import Iterator

import pytest

from paradvisor.runtime import (
    WorkerDied,
    atomic,
    barrier,
    critical,
    master,
    ordered,
    parallel,
    reduction,
    scheduled,
    sections,
    shared_array,
    shared_scalar,
    single,
    taskgroup,
    team_size,
    worker_number,
)

everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", "fork"])
in_teams = pytest.mark.parametrize("strategy", ["threads", "fork"])


@everywhere
def test_if_clause(strategy: str) -> None:
    def section() -> Iterator[tuple[int, int]]:
        for _ in scheduled(range(4)):
            yield os.getpid(), threading.get_ident()

    here = (os.getpid(), threading.get_ident())
    assert set(parallel(section, workers=2, strategy=strategy, if_=False)) == {here}


@everywhere
def test_critical_excludes(strategy: str) -> None:
    total, inside = shared_scalar(0.0), shared_array(1, "q")

    def section() -> None:
        for _ in scheduled(range(60), "dynamic", 1):
            with critical("total"):
                inside[0] += 1
                assert inside[0] == 1
                before = total.value
                time.sleep(0.0002)
                total.value = before + 1
                inside[0] -= 1

    parallel(section, workers=4, strategy=strategy)
    assert total.value == 60


@in_teams
def test_critical_blocks_of_other_names_do_not_exclude(strategy: str) -> None:
    here = shared_array(2, "q")

    def section() -> None:
        me = worker_number()
        with critical(f"name {me}"):
            here[me] = 1
            end = time.monotonic() + 20
            while not here[1 - me]:
                assert time.monotonic() < end, "the other one is kept out"
                time.sleep(0.001)

    parallel(section, workers=2, strategy=strategy)


@pytest.mark.parametrize("strategy", ["fork"])
def test_a_critical_block_is_given_back_by_a_worker_that_dies(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(8), "dynamic", 1):
            with critical():
                if i == 3:
                    os._exit(1)
            yield i

    with pytest.raises(WorkerDied):
        list(parallel(section, workers=2, strategy=strategy))


@everywhere
def test_atomic_counts_all(strategy: str) -> None:
    count = atomic(10)

    def section() -> Iterator[int]:
        for _ in scheduled(range(500)):
            yield count.add(3)

    steps = list(parallel(section, workers=4, strategy=strategy))
    assert sorted(steps) == [10 + 3 * n for n in range(1, 501)]
    assert count.value == 1510
    assert count.add(-2000) == -490


@everywhere
def test_barrier_holds_everybody_back(strategy: str) -> None:
    arrived = atomic()

    def section() -> None:
        barrier()  # here a forked team begins
        for turn in range(1, 6):
            time.sleep(random.random() / 200)
            arrived.add()
            barrier()
            assert arrived.value >= turn * team_size()
            barrier()

    parallel(section, workers=3, strategy=strategy)


@everywhere
def test_single_and_master_run_once(strategy: str) -> None:
    ran = shared_array(12, "q")

    def section() -> None:
        for place in range(10):
            if single():
                with critical():
                    ran[place] += 1
        if master():
            ran[10] += 1
            assert worker_number() == 0

    parallel(section, workers=3, strategy=strategy)
    assert list(ran) == [1] * 11 + [0]


@everywhere
@pytest.mark.parametrize("schedule", ["static", "dynamic", "guided"])
def test_ordered_blocks_run_in_order(strategy: str, schedule: str) -> None:
    log, end = shared_array(60, "q"), atomic()

    def section() -> Iterator[int]:
        for i in scheduled(range(60), schedule, ordered=True):
            if i % 7 != 3:  # not every iteration has a block to run
                with ordered():
                    log[end.add() - 1] = i
            yield i

    got = list(parallel(section, workers=3, strategy=strategy))
    assert got == list(range(60))
    expected = [i for i in range(60) if i % 7 != 3]
    assert list(log)[: len(expected)] == expected


@everywhere
def test_ordered_blocks_of_loops_one_after_another(strategy: str) -> None:
    log, end = shared_array(40, "q"), atomic()

    def section() -> None:
        for first in (0, 20):
            for i in scheduled(range(first, first + 20), "dynamic", 1, ordered=True):
                with ordered():
                    log[end.add() - 1] = i

    parallel(section, workers=3, strategy=strategy)
    assert sorted(log) == list(range(40))
    for first in (0, 20):
        mine = [i for i in log if first <= i < first + 20]
        assert mine == sorted(mine)


VALUES = [1 / (1 + n * 37 % 101) for n in range(1000)]


def fractions() -> Iterator[float]:
    for value in scheduled(VALUES):
        yield value


def streamed_fractions() -> Iterator[float]:
    for value in scheduled(v for v in VALUES):
        yield value


@pytest.mark.parametrize("section", [fractions, streamed_fractions])
def test_reduction_is_the_same_for_any_team(section: object) -> None:
    sums = {
        reduction(operator.add, section, 0.0, workers=workers, strategy=strategy)  # type: ignore[arg-type]
        for strategy in ("serial", "threads", "fork")
        for workers in (1, 2, 3, 5)
    }
    assert len(sums) == 1
    assert sums.pop() == pytest.approx(sum(VALUES))


@everywhere
def test_exact_reduction_is_the_serial_one(strategy: str) -> None:
    exact = reduction(operator.add, fractions, workers=3, strategy=strategy, exact=True)
    assert exact == functools.reduce(operator.add, VALUES)


@everywhere
def test_reduction_by_any_associative_operator(strategy: str) -> None:
    def words() -> Iterator[str]:
        for n in scheduled(range(500)):
            yield f"{n} "
            if n % 3 == 0:
                yield "fizz "

    expected = "".join(f"{n} " + ("fizz " if n % 3 == 0 else "") for n in range(500))
    assert reduction(operator.add, words, "> ", workers=3, strategy=strategy) == "> " + expected


@everywhere
def test_reduction_of_nothing(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(0)):
            yield i

    assert reduction(operator.add, section, 7, strategy=strategy) == 7
    with pytest.raises(TypeError):
        reduction(operator.add, section, strategy=strategy)


@everywhere
def test_reduction_raises_what_an_iteration_has_raised(strategy: str) -> None:
    def section() -> Iterator[float]:
        for i in scheduled(range(100)):
            yield 1 / (50 - i)

    with pytest.raises(ZeroDivisionError):
        reduction(operator.add, section, workers=2, strategy=strategy)


def test_firstprivate_and_lastprivate_by_closures() -> None:
    state = [0]

    def section() -> Iterator[list[int]]:
        for i in scheduled(range(6), "static"):
            state[0] += 1  # a copy of its own in each worker: firstprivate
            yield [i, state[0]]

    results = list(parallel(section, workers=2, strategy="fork"))
    assert [count for _, count in results] == [1, 2, 3, 1, 2, 3]
    assert state == [0]
    assert results[-1] == [5, 3]  # the last iteration's: lastprivate


@everywhere
@pytest.mark.parametrize("shape", [6, (2, 3)])
def test_shared_array_is_seen_by_all(strategy: str, shape: int | tuple[int, ...]) -> None:
    array = shared_array(shape, "d")

    def section() -> None:
        for i in scheduled(range(6)):
            if isinstance(shape, int):
                array[i] = i / 2
            else:
                array[divmod(i, 3)] = i / 2

    parallel(section, workers=2, strategy=strategy)
    assert list(array.cast("B").cast("d")) == [i / 2 for i in range(6)]


@everywhere
def test_sections_return_in_order(strategy: str) -> None:
    assert sections(lambda: "a", lambda: "b", lambda: "c", strategy=strategy) == ["a", "b", "c"]
    with pytest.raises(LookupError, match="first"):
        sections(lambda: 1, failing("first"), failing("second"), strategy=strategy)


def failing(text: str) -> object:
    def fail() -> None:
        raise LookupError(text)

    return fail


def fib(n: int) -> int:
    if n < 2:
        return n
    with taskgroup() as group:
        left, right = group.task(fib, n - 1), group.task(fib, n - 2)
    return left.result() + right.result()  # type: ignore[no-any-return]


@everywhere
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_tasks_of_tasks(strategy: str, workers: int, nothing_left: None) -> None:
    with taskgroup(workers=workers, strategy=strategy) as group:
        answer = group.task(fib, 12)
    assert answer.result() == 144


@in_teams
def test_tasks_run_at_the_same_time(strategy: str) -> None:
    here = shared_array(2, "q")

    def meet(me: int) -> int:
        here[me] = 1
        end = time.monotonic() + 20
        while not here[1 - me]:
            assert time.monotonic() < end, "alone"
            time.sleep(0.001)
        return me

    with taskgroup(workers=3, strategy=strategy) as group:
        tasks = [group.task(meet, 0), group.task(meet, 1)]
    assert [task.result() for task in tasks] == [0, 1]


@everywhere
def test_a_group_raises_what_its_first_failed_task_has_raised(
    strategy: str, nothing_left: None
) -> None:
    def work() -> None:
        with taskgroup(workers=2, strategy=strategy) as group:
            group.task(len, "ab")
            group.task(time.sleep, 0.001)
            group.task(failing("third"))  # type: ignore[arg-type]
            group.task(failing("fourth"))  # type: ignore[arg-type]

    with pytest.raises(LookupError, match="third"):
        work()


def test_a_task_that_is_killed_is_reported(nothing_left: None) -> None:
    with pytest.raises(WorkerDied), taskgroup(workers=2, strategy="fork") as group:
        group.task(os._exit, 3)


@in_teams
def test_nested_regions_have_teams_only_when_asked(strategy: str) -> None:
    def outer(**options: int) -> set[int]:
        def inner() -> Iterator[int]:
            for _ in scheduled(range(8), "static", 1):
                yield worker_number()

        def section() -> Iterator[list[int]]:
            for _ in scheduled(range(1)):
                yield list(parallel(inner, workers=2, strategy=strategy, **options))  # type: ignore[call-overload]

        [members] = parallel(section, workers=1, strategy=strategy)
        return set(members)

    assert len(outer()) == 1
    assert len(outer(max_active_levels=2)) == 2


@in_teams
def test_depth_of_nesting_from_the_environment(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARADVISOR_MAX_ACTIVE_LEVELS", "2")
    test_nested = test_nested_regions_have_teams_only_when_asked
    with pytest.raises(AssertionError):
        test_nested(strategy)
    monkeypatch.setenv("PARADVISOR_MAX_ACTIVE_LEVELS", "0")

    def section() -> Iterator[tuple[int, int]]:
        for _ in scheduled(range(4)):
            yield os.getpid(), threading.get_ident()

    here = (os.getpid(), threading.get_ident())
    assert set(parallel(section, workers=2, strategy=strategy)) == {here}


@everywhere
def test_costly_iterations_first_and_results_in_order(strategy: str) -> None:
    begun = atomic()

    def section() -> Iterator[tuple[int, int]]:
        for i in scheduled(range(40), costs=[1] * 39 + [100]):
            yield i, begun.add()

    results = list(parallel(section, workers=3, strategy=strategy))
    assert [i for i, _ in results] == list(range(40))
    begun = atomic()
    results = list(parallel(section, workers=1, strategy=strategy))
    assert [i for i, _ in results] == list(range(40))
    if strategy != "serial":
        assert results[39][1] == 1  # the last one in order is the first to be begun


@in_teams
@pytest.mark.parametrize("costs", [[], [1, 2], [1] * 11])
def test_costs_must_be_one_an_iteration(strategy: str, costs: list[int]) -> None:
    def section() -> Iterator[int]:
        yield from scheduled(range(10), costs=costs)

    with pytest.raises(ValueError, match="one an iteration"):
        list(parallel(section, workers=2, strategy=strategy))


@everywhere
def test_collapse(strategy: str) -> None:
    def section() -> Iterator[tuple[int, int]]:
        for i, j in scheduled((range(3), range(5)), collapse=2):
            yield i, j

    assert list(parallel(section, workers=2, strategy=strategy)) == [
        (i, j) for i in range(3) for j in range(5)
    ]


def test_outside_of_a_region_everything_is_for_one() -> None:
    with critical(), ordered():
        barrier()
    assert single()
    assert master()
    assert list(scheduled((range(2), range(2)), collapse=2)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
