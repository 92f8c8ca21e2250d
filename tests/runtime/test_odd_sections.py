"""Sections that no rewriter would write, and people do: the serial result or an error."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from paradvisor.runtime import (
    Team,
    WorkerDied,
    atomic,
    barrier,
    critical,
    ordered,
    parallel,
    reduction,
    scheduled,
    shared_scalar,
    taskgroup,
    worker_number,
)

if TYPE_CHECKING:
    import subprocess

linux = pytest.mark.skipif(sys.platform != "linux", reason="fork is for Linux")
FORK = pytest.param("fork", marks=linux)
everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", FORK])
in_teams = pytest.mark.parametrize("strategy", ["threads", FORK])

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@everywhere
def test_a_loop_in_an_iteration_is_whole(strategy: str) -> None:
    def section() -> Iterator[tuple[int, int]]:
        for i in scheduled(range(6)):
            yield i, sum(scheduled([i, 1, 2]))

    expected = [(i, i + 3) for i in range(6)]
    assert list(parallel(section, workers=2, strategy=strategy)) == expected


@in_teams
def test_two_loops_side_by_side_are_refused(strategy: str) -> None:
    def section() -> Iterator[tuple[int, int]]:
        yield from zip(scheduled(range(6)), scheduled(range(6)), strict=False)

    with pytest.raises(RuntimeError, match="side by side"):
        list(parallel(section, workers=2, strategy=strategy))


@everywhere
def test_a_section_that_catches_everything(strategy: str) -> None:
    def suppressing() -> Iterator[int]:
        with contextlib.suppress(BaseException):
            for i in scheduled(range(9)):
                yield i

    def going_on() -> Iterator[tuple[int, int]]:
        for turn in range(2):
            try:
                for i in scheduled(range(5)):
                    yield turn, i
            finally:
                continue  # noqa: B012

    assert list(parallel(suppressing, workers=2, strategy=strategy)) == list(range(9))
    expected = [(turn, i) for turn in range(2) for i in range(5)]
    assert list(parallel(going_on, workers=2, strategy=strategy)) == expected


@everywhere
def test_return_in_a_loop_ends_the_section(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(50)):
            if i == 30:
                return
            yield i
        for i in scheduled(range(100, 150)):
            yield i
        yield -1

    assert list(parallel(section, workers=3, strategy=strategy)) == list(range(30))


@everywhere
def test_what_follows_a_loop_that_was_left(strategy: str) -> None:
    def section() -> Iterator[object]:
        for i in scheduled(range(50)):
            if i == 30:
                break
            yield i
        yield "after"

    got = list(parallel(section, workers=3, strategy=strategy))
    assert got[:30] == list(range(30))
    assert set(got[30:]) == {"after"}


@linux
def test_workers_that_see_different_loops_are_told(tmp_path: Any) -> None:
    path = tmp_path / "lines"
    path.write_text("x\n" * 4000)

    def section() -> Iterator[str]:
        for _ in scheduled(range(2), "static", 1):
            pass
        yield from scheduled(line.strip() for line in file)

    with path.open() as file, pytest.raises(RuntimeError, match="different lengths"):
        list(parallel(section, workers=2, strategy="fork"))


@linux
def test_an_item_that_is_used_again_for_the_next_one() -> None:
    def reused() -> Iterator[list[int]]:
        item = [0]
        for i in range(200):
            item[0] = i
            yield item

    stream = reused()

    def section() -> Iterator[int]:
        for item in scheduled(stream):
            yield item[0]

    assert list(parallel(section, workers=2, strategy="fork")) == list(range(200))


@everywhere
def test_critical_excludes_across_nested_regions_and_tasks(strategy: str) -> None:
    total = shared_scalar(0.0)

    def step() -> None:
        with critical("step"):
            before = total.value
            os.sched_yield()
            total.value = before + 1

    def inner() -> None:
        for _ in scheduled(range(10)):
            step()

    def outer() -> None:
        for _ in scheduled(range(6), "dynamic", 1):
            parallel(inner, workers=2, strategy=strategy, max_active_levels=2)
            parallel(inner, workers=2, strategy="serial")

    parallel(outer, workers=3, strategy=strategy)
    assert total.value == 120
    with taskgroup(workers=3, strategy=strategy) as group:
        for _ in range(40):
            group.task(step)
    assert total.value == 160


@in_teams
def test_an_error_before_a_barrier_does_not_hang(strategy: str) -> None:
    def section() -> None:
        barrier()
        if worker_number() == 1:
            raise LookupError("before")
        barrier()

    with pytest.raises(LookupError, match="before"):
        parallel(section, workers=3, strategy=strategy)


@in_teams
@pytest.mark.parametrize("how", [{"costs": range(40)}, {"schedule": "reversed"}])
def test_ordered_blocks_are_dealt_in_order(strategy: str, how: dict[str, Any]) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(40), ordered=True, **how):
            with ordered():
                yield i

    assert list(parallel(section, workers=2, strategy=strategy)) == list(range(40))


@in_teams
def test_an_ordered_block_needs_an_ordered_loop(strategy: str) -> None:
    def section() -> None:
        for _ in scheduled(range(4)):
            with ordered():
                pass

    with pytest.raises(RuntimeError, match="ordered=True"):
        parallel(section, workers=2, strategy=strategy)


@linux
def test_nothing_is_missing_in_silence_after_an_ordered_loop_that_was_left() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(8), "dynamic", 1, ordered=True):
            if i == 4:
                break
            with ordered():
                yield i
        for i in scheduled(range(100, 108), "static"):
            yield i

    expected = [0, 1, 2, 3, *range(100, 108)]
    try:
        assert list(parallel(section, workers=2, strategy="fork")) == expected
    except RuntimeError as error:
        assert "was not run" in str(error)  # noqa: PT017


class Unmakeable:
    def __reduce__(self) -> Any:
        return make_none_of_it, ("model.bin",)


def make_none_of_it(name: str) -> None:
    raise FileNotFoundError(name)


@linux
def test_a_result_that_fails_to_be_made_is_no_death(nothing_left: None) -> None:
    def section() -> Iterator[Any]:
        for i in scheduled(range(6), "dynamic", 1):
            yield Unmakeable() if i == 3 else i

    with pytest.raises(FileNotFoundError, match=r"model\.bin"):
        list(parallel(section, workers=2, strategy="fork"))


@everywhere
@pytest.mark.parametrize("section", [lambda: iter(()), lambda: (x for x in range(3))])
def test_a_section_that_returns_an_iterator_is_refused(strategy: str, section: Any) -> None:
    with pytest.raises(TypeError, match="generator function"):
        parallel(section, workers=2, strategy=strategy)


@in_teams
def test_a_serial_region_in_a_thread_prints(
    strategy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def inner() -> None:
        for i in scheduled(range(2)):
            print("inner", i)

    def section() -> Iterator[int]:
        for i in scheduled(range(3), "dynamic", 1):
            print("outer", i)
            parallel(inner)
            yield i

    assert list(parallel(section, workers=2, strategy=strategy)) == [0, 1, 2]
    assert capsys.readouterr().out == "".join(f"outer {i}\ninner 0\ninner 1\n" for i in range(3))


def test_output_goes_through_a_stream_of_the_programs_own() -> None:
    class Log:
        encoding = "utf-8"

        def __init__(self) -> None:
            self.said: list[str] = []

        def write(self, text: str) -> int:
            self.said.append(text)
            return len(text)

        def __getattr__(self, name: str) -> Any:
            return getattr(sys.__stdout__, name)

    for strategy in ("serial", "threads", "fork"):
        log = Log()
        with contextlib.redirect_stdout(log):  # type: ignore[type-var]

            def section() -> None:
                for i in scheduled(range(3)):
                    print("line", i)

            parallel(section, workers=2, strategy=strategy)
        assert "".join(log.said) == "line 0\nline 1\nline 2\n"


@linux
def test_a_kept_teams_regions_side_by_side(nothing_left: None) -> None:
    def numbers(base: int) -> Callable[[], Iterator[int]]:
        def section() -> Iterator[int]:
            for i in scheduled(range(30)):
                yield base + i

        return section

    with Team(workers=2) as team:
        first, second = team.parallel(numbers(0)), team.parallel(numbers(100))
        pairs = list(zip(first, second, strict=True))
        assert pairs == [(i, 100 + i) for i in range(30)]
        found: dict[int, list[int]] = {}
        threads = [
            threading.Thread(
                target=lambda n=n: found.update({n: list(team.parallel(numbers(n)))}),
                name=f"paradvisor-test-{n}",
            )
            for n in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {n: [n + i for i in range(30)] for n in range(3)}
        rest = team.parallel(numbers(0))
        assert next(rest) == 0
    with pytest.raises(RuntimeError, match="has ended"):
        list(rest)


@linux
def test_an_atomic_counter_works_with_a_kept_team() -> None:
    count = atomic()

    def section() -> None:
        for _ in scheduled(range(20)):
            count.add()

    with Team(workers=2) as team:
        for _ in range(3):
            team.parallel(section)
    assert count.value == 60


@linux
def test_a_child_that_the_consumer_forks_leaves_the_team_alone() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(20), "dynamic", 1):
            yield i

    got = []
    for i in parallel(section, workers=2, strategy="fork"):
        got.append(i)
        if i == 3:
            pid = os.fork()
            if pid == 0:
                raise_and_leave()
            os.waitpid(pid, 0)
    assert got == list(range(20))


def raise_and_leave() -> None:
    import gc

    gc.collect()
    os._exit(0)


@linux
def test_few_descriptors_make_a_small_team(script: Script) -> None:
    ran = script("""
        import os, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        from paradvisor import parallel, scheduled, team_size

        def section():
            for i in scheduled(range(60)):
                yield i, team_size()

        before = len(os.listdir("/proc/self/fd"))
        for workers in (12, 16, 40, 200):
            results = list(parallel(section, workers=workers))
            assert [i for i, _ in results] == list(range(60))
            assert 2 <= results[0][1] <= workers
        print(len(os.listdir("/proc/self/fd")) - before)
    """)
    assert ran.stdout == "0\n", ran.stderr


@linux
def test_orphans_of_regions_in_several_threads_end(start: Any, wait_until: Any) -> None:
    process = start("""
        import threading, time
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(4), "static", 1):
                time.sleep(0.05 if i < 2 else 100)
                yield i

        def region():
            for i in parallel(section, workers=2):
                if i == 0:
                    print("begun", flush=True)

        for n in range(3):
            threading.Thread(target=region, name=f"paradvisor-{n}", daemon=True).start()
        time.sleep(100)
    """)
    for _ in range(3):
        assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()  # the fixture looks for survivors


@linux
def test_a_death_in_the_gap_between_ticket_and_chunk() -> None:
    from paradvisor.runtime import worker

    died = atomic()
    draw = worker.Offset.take

    def take_and_die(self: Any) -> int:
        ticket = draw(self)
        if ticket == 3 and died.add() == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return ticket

    worker.Offset.take = take_and_die  # type: ignore[method-assign]
    try:

        def section() -> Iterator[int]:
            for i in scheduled(range(12), "dynamic", 1):
                yield i

        got = list(parallel(section, workers=2, strategy="fork", retries=1))
        assert got == list(range(12))
        died = atomic()
        with pytest.raises(WorkerDied):
            list(parallel(section, workers=2, strategy="fork"))
    finally:
        worker.Offset.take = draw  # type: ignore[method-assign]


@everywhere
def test_a_reduction_ignores_costs(strategy: str) -> None:
    def section() -> Iterator[float]:
        for i in scheduled(range(500), costs=range(500)):
            yield 1 / (i + 1)

    sums = {
        reduction(lambda a, b: a + b, section, workers=workers, strategy=strategy)
        for workers in (1, 2, 3)
    }
    assert len(sums) == 1
