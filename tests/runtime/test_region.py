"""A region gives what the serial loop would give, whoever does the work."""

from __future__ import annotations

import collections
import functools
import itertools
import mmap
import os
import random
import sys
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor import parallel, scheduled, team_size, worker_number
from paradvisor.runtime import region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

linux = pytest.mark.skipif(sys.platform != "linux", reason="fork is for Linux")
FORK = pytest.param("fork", marks=linux)
everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", FORK])
in_teams = pytest.mark.parametrize("strategy", ["threads", FORK])
SCHEDULES = ["static", "dynamic", "guided"]

pytestmark = pytest.mark.usefixtures("nothing_left")


def as_given(kind: str, length: int) -> Any:
    match kind:
        case "range":
            return range(length)
        case "list":
            return list(range(length))
        case "generator":
            return (i for i in range(length))
        case "keys":
            return dict.fromkeys(range(length)).keys()
        case "dict":
            return dict.fromkeys(range(length))
        case "deque":
            return collections.deque(range(length))
        case _:
            return iter(range(length))


KINDS = ["range", "list", "generator", "keys", "dict", "deque", "iterator"]


@everywhere
@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 3), max_size=40),
    kind=st.sampled_from(KINDS),
    workers=st.integers(1, 5),
    schedule=st.sampled_from(SCHEDULES),
    chunk=st.none() | st.integers(1, 50),
    inner=st.booleans(),
)
def test_results_are_those_of_the_serial_loop(
    strategy: str, counts: list[int], kind: str, workers: int, schedule: str,
    chunk: int | None, inner: bool,
) -> None:
    source = as_given(kind, len(counts))

    def section() -> Iterator[tuple[int, int]]:
        for i in scheduled(source, schedule, chunk) if inner else scheduled(source):
            if counts[i] == 0:
                continue
            for k in range(counts[i]):
                yield i, k

    outer: dict[str, Any] = {} if inner else {"schedule": schedule, "chunk": chunk}
    results = parallel(section, workers=workers, strategy=strategy, **outer)
    assert list(results) == [(i, k) for i, count in enumerate(counts) for k in range(count)]


@everywhere
@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 15), min_size=2, max_size=3),
    kinds=st.lists(st.sampled_from(KINDS), min_size=3, max_size=3),
    schedules=st.lists(st.sampled_from(SCHEDULES), min_size=3, max_size=3),
    chunk=st.none() | st.integers(1, 6),
    workers=st.integers(1, 4),
)
def test_loops_of_a_section_follow_one_another(
    strategy: str, lengths: list[int], kinds: list[str], schedules: list[str],
    chunk: int | None, workers: int,
) -> None:
    def section() -> Iterator[tuple[int, int]]:
        for loop, length in enumerate(lengths):
            for i in scheduled(as_given(kinds[loop], length), schedules[loop], chunk):
                yield loop, i

    results = parallel(section, workers=workers, strategy=strategy)
    assert list(results) == [(loop, i) for loop, n in enumerate(lengths) for i in range(n)]


@everywhere
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.integers(1, 4), st.sampled_from(SCHEDULES), st.booleans())
def test_unordered_results_are_the_same_ones(
    strategy: str, length: int, workers: int, schedule: str, stream: bool
) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(iter(range(length)) if stream else range(length)):
            yield i
            yield -i

    results = parallel(
        section, workers=workers, strategy=strategy, schedule=schedule, ordered=False
    )
    assert sorted(results) == sorted([*range(length), *(-i for i in range(length))])


@in_teams
def test_a_short_static_loop_loses_nothing_when_first_iterations_are_last(
    strategy: str, tmp_path: Path, wait_until: Callable[..., bool]
) -> None:
    """With 8 workers for 3 iterations some blocks are empty and start where a full one does."""

    def section() -> Iterator[int]:
        for i in scheduled(range(3), "static"):
            if i == 1:
                assert wait_until((tmp_path / "3").exists)
            if i == 0:
                assert wait_until((tmp_path / "4").exists)
                assert wait_until((tmp_path / "5").exists)
            yield i
        (tmp_path / str(worker_number())).touch()

    for _ in range(5):
        assert list(parallel(section, workers=8, strategy=strategy)) == [0, 1, 2]
        for marker in tmp_path.iterdir():
            marker.unlink()


@everywhere
def test_a_section_that_yields_nothing_is_run_before_parallel_returns(strategy: str) -> None:
    done = mmap.mmap(-1, 100)

    def section() -> None:
        for i in scheduled(range(100)):
            done[i] += i + 1

    assert parallel(section, workers=3, strategy=strategy) is None
    assert list(done[:]) == list(range(1, 101))


@everywhere
def test_what_a_plain_function_returns_is_ignored(strategy: str) -> None:
    def section() -> int:
        for _ in scheduled(range(3)):
            pass
        return 5

    assert parallel(section, workers=2, strategy=strategy) is None
    assert parallel(lambda: 5, workers=2, strategy=strategy) is None


class Grid:
    def __init__(self, width: int) -> None:
        self.width = width

    def cells(self, factor: int = 1) -> Iterator[int]:
        for i in scheduled(range(self.width)):
            yield i * factor


@everywhere
def test_bound_methods_and_partials_are_sections_too(strategy: str) -> None:
    assert list(parallel(Grid(4).cells, workers=2, strategy=strategy)) == [0, 1, 2, 3]
    tripled = functools.partial(Grid(4).cells, 3)
    assert list(parallel(tripled, workers=2, strategy=strategy)) == [0, 3, 6, 9]


@everywhere
def test_nothing_runs_before_the_first_result_is_asked_for(strategy: str) -> None:
    calls: list[int] = []

    def section() -> Iterator[int]:
        calls.append(1)
        yield from scheduled(range(3))

    results = parallel(section, workers=2, strategy=strategy)
    assert calls == []
    assert next(results) == 0
    assert calls
    results.close()


@linux
def test_code_before_the_loop_runs_once_with_fork(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def section() -> Iterator[int]:
        with log.open("a") as file:
            file.write("prepared\n")
        yield -1
        yield from scheduled(range(5))

    assert list(parallel(section, workers=3, strategy="fork")) == [-1, 0, 1, 2, 3, 4]
    assert log.read_text() == "prepared\n"


@everywhere
def test_number_and_size_of_the_team(strategy: str) -> None:
    workers = 1 if strategy == "serial" else 3

    def section() -> Iterator[tuple[int, int, int]]:
        for i in scheduled(range(9), "static", 1):
            yield i, worker_number(), team_size()

    results = list(parallel(section, workers=3, strategy=strategy))
    assert results == [(i, i % workers, workers) for i in range(9)]
    assert (worker_number(), team_size()) == (0, 1)


@linux
def test_fork_is_the_default_and_its_workers_are_processes() -> None:
    def section() -> Iterator[int]:
        for _ in scheduled(range(3), "static"):
            yield os.getpid()

    assert len({os.getpid(), *parallel(section, workers=3)}) == 4


def test_workers_of_threads_are_threads() -> None:
    meeting = threading.Barrier(3)  # while all live, no two have the same identity

    def section() -> Iterator[int]:
        for _ in scheduled(range(3), "static"):
            meeting.wait(30)
            yield threading.get_ident()

    everyone = {threading.get_ident(), *parallel(section, workers=3, strategy="threads")}
    assert len(everyone) == 4


@everywhere
def test_iterations_run_at_the_same_time(strategy: str, tmp_path: Path) -> None:
    """Each of two iterations waits for the other to have begun."""
    deadline = time.monotonic() + 30

    def section() -> Iterator[bool]:
        for i in scheduled(range(2), "static"):
            (tmp_path / str(i)).touch()
            other = tmp_path / str(1 - i)
            while not other.exists() and time.monotonic() < deadline and strategy != "serial":
                time.sleep(0.001)
            yield other.exists()

    met = list(parallel(section, workers=2, strategy=strategy))
    assert met == ([False, True] if strategy == "serial" else [True, True])


def squares(count: int) -> Iterator[int]:
    for i in scheduled(range(count), "dynamic"):
        yield i * i


@everywhere
@pytest.mark.parametrize("own", [None, "threads", FORK])
def test_a_region_in_a_region_is_whole_in_each_worker(strategy: str, own: str | None) -> None:
    def section() -> Iterator[tuple[int, list[int], int]]:
        for i in scheduled(range(6), "dynamic"):
            inner = parallel(functools.partial(squares, i), workers=2, strategy=own)
            yield i, list(inner), team_size()

    size = 1 if strategy == "serial" else 2
    results = list(parallel(section, workers=2, strategy=strategy))
    if strategy == "serial":  # its team is the caller itself
        results = [(i, inner, 1) for i, inner, _ in results]
    assert results == [(i, [k * k for k in range(i)], size) for i in range(6)]


@everywhere
def test_a_region_before_the_loop_of_a_region_is_whole(strategy: str) -> None:
    def section() -> Iterator[int]:
        base = sum(parallel(functools.partial(squares, 5), workers=2, strategy=strategy))
        for i in scheduled(range(4)):
            yield base + i

    assert list(parallel(section, workers=2, strategy=strategy)) == [30, 31, 32, 33]


@linux
def test_a_with_block_in_a_region_is_run_by_its_worker_alone() -> None:
    def section() -> Iterator[list[int]]:
        for _ in scheduled(range(4), "dynamic"):
            with parallel(workers=2) as team:
                seen = list(scheduled(range(5)))
            yield [team.size, *seen]

    assert list(parallel(section, workers=2, strategy="fork")) == [[1, 0, 1, 2, 3, 4]] * 4


@everywhere
def test_regions_can_be_read_side_by_side(strategy: str) -> None:
    several = [
        parallel(functools.partial(squares, n), workers=2, strategy=strategy) for n in (5, 6, 7)
    ]
    together = list(zip(*several, strict=False))
    for results in several:
        results.close()
    assert together == [(i * i,) * 3 for i in range(5)]


@everywhere
def test_a_region_in_the_body_of_another_ones_results(strategy: str) -> None:
    sums = [
        i + sum(parallel(functools.partial(squares, 4), workers=2, strategy=strategy))
        for i in parallel(functools.partial(squares, 3), workers=2, strategy=strategy)
    ]
    assert sums == [14, 15, 18]


@everywhere
def test_a_region_in_a_thread_that_is_not_the_main_one(strategy: str) -> None:
    results: list[int] = []
    section = functools.partial(squares, 10)
    thread = threading.Thread(
        target=lambda: results.extend(parallel(section, workers=2, strategy=strategy))
    )
    thread.start()
    thread.join()
    assert results == [i * i for i in range(10)]


# --- input -------------------------------------------------------------------------------------


def test_outside_of_a_region_scheduled_is_the_whole_loop() -> None:
    assert list(scheduled(range(5))) == [0, 1, 2, 3, 4]
    assert list(scheduled(iter("abc"), "dynamic", 2)) == ["a", "b", "c"]
    assert (worker_number(), team_size()) == (0, 1)


@everywhere
@pytest.mark.parametrize("chunk", [None, 1, 7])
def test_an_infinite_input_can_be_left(strategy: str, chunk: int | None) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(itertools.count(), chunk=chunk):
            yield i * i

    got = []
    for value in parallel(section, workers=2, strategy=strategy):
        got.append(value)
        if value >= 900:
            break
    assert got == [i * i for i in range(31)]


@everywhere
def test_input_is_read_only_a_little_ahead(strategy: str) -> None:
    limit, read = 20_000, [0]

    def numbers() -> Iterator[int]:
        for i in itertools.count():
            read[0] = i
            yield i

    stream = numbers()

    def section() -> Iterator[int]:
        yield from scheduled(stream)

    results = parallel(section, workers=2, strategy=strategy)
    assert [next(results) for _ in range(10)] == list(range(10))
    deadline = time.monotonic() + 0.5  # time for an eager reader to be found out
    while time.monotonic() < deadline and read[0] < limit:
        time.sleep(0.01)
    results.close()
    assert 9 <= read[0] < limit


@linux
def test_input_is_read_by_the_parent_with_fork() -> None:
    def section() -> Iterator[tuple[int, int]]:
        for reader in scheduled(os.getpid() for _ in range(10)):
            yield reader, os.getpid()

    for reader, worker in parallel(section, workers=2, strategy="fork"):
        assert reader == os.getpid() != worker


@everywhere
def test_lines_of_a_file_that_is_opened_around_the_region(strategy: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("".join(f"{i}\n" for i in range(500)))
    with path.open() as lines:

        def section() -> Iterator[int]:
            for line in scheduled(lines):
                yield int(line)

        assert list(parallel(section, workers=2, strategy=strategy)) == list(range(500))


@linux
def test_a_file_that_the_section_opens_itself_is_never_read_in_part(tmp_path: Path) -> None:
    # The parent leaves the section when its workers take over, and so closes the file.
    path = tmp_path / "lines"
    path.write_text("".join(f"{i}\n" for i in range(500)))

    def section() -> Iterator[int]:
        with path.open() as lines:
            for line in scheduled(lines):
                yield int(line)

    with pytest.raises(ValueError, match="closed file"):
        list(parallel(section, workers=2, strategy="fork"))


@everywhere
def test_text_and_arrays_are_dealt_too(strategy: str) -> None:
    numpy = pytest.importorskip("numpy")

    def section() -> Iterator[object]:
        yield from scheduled("parallel")
        for row in scheduled(numpy.arange(6).reshape(3, 2)):
            yield int(row.sum())

    results = list(parallel(section, workers=2, strategy=strategy))
    assert results == [*"parallel", 1, 5, 9]


# --- results -----------------------------------------------------------------------------------


@everywhere
def test_big_results(strategy: str) -> None:
    size = 30_000_000

    def section() -> Iterator[bytes]:
        for i in scheduled(range(3), "dynamic"):
            yield bytes([i]) * size

    for i, block in enumerate(parallel(section, workers=2, strategy=strategy)):
        assert len(block) == size
        assert block.count(i) == size


@everywhere
def test_arrays_come_back_whole_and_writable(strategy: str) -> None:
    numpy = pytest.importorskip("numpy")

    def arrays(i: int) -> list[Any]:
        base = numpy.arange(i, i + 600.0).reshape(20, 30)
        frozen = base.copy()
        frozen.setflags(write=False)
        return [
            base, base.T, base[::2, ::3], numpy.asfortranarray(base), frozen, numpy.zeros((0, 5)),
            numpy.full((1500, 1500), i), numpy.array([{"x": i}, None]),
            *(numpy.full(3, k) for k in range(1300)),  # more than one writev takes
        ]

    def section() -> Iterator[list[Any]]:
        for i in scheduled(range(4), "dynamic"):
            yield arrays(i)

    count = 0
    for i, got in enumerate(parallel(section, workers=2, strategy=strategy)):
        count += 1
        for array, expected in zip(got, arrays(i), strict=True):
            assert array.dtype == expected.dtype
            assert array.flags.writeable == expected.flags.writeable
            numpy.testing.assert_array_equal(array, expected)
        got[0] += 1
    assert count == 4


@everywhere
def test_many_small_results(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(50)):
            yield from range(1000 * i, 1000 * (i + 1))

    assert list(parallel(section, workers=2, strategy=strategy)) == list(range(50_000))


@pytest.mark.parametrize("strategy", ["serial", FORK])
def test_a_buffer_may_be_used_again_after_it_was_yielded(strategy: str) -> None:
    """As in the serial loop, where the consumer has seen it before the section goes on."""

    def section() -> Iterator[list[int]]:
        row = [0, 0]
        for i in scheduled(range(20), "static"):
            row[:] = [i, i * i]
            yield row

    results = parallel(section, workers=2, strategy=strategy)
    assert [tuple(row) for row in results] == [(i, i * i) for i in range(20)]


@pytest.mark.parametrize("strategy", ["serial", FORK])
def test_an_array_may_be_used_again_after_it_was_yielded(strategy: str) -> None:
    numpy = pytest.importorskip("numpy")

    def section() -> Iterator[Any]:
        row = numpy.zeros(3)
        for i in scheduled(range(20), "static"):
            row[:] = i
            yield i, row

    results = parallel(section, workers=2, strategy=strategy)
    assert [(i, row.tolist()) for i, row in results] == [(i, [float(i)] * 3) for i in range(20)]


# --- surroundings ------------------------------------------------------------------------------


setting: ContextVar[str] = ContextVar("setting", default="unset")


@everywhere
def test_context_variables_are_visible_in_workers(strategy: str) -> None:
    def section() -> Iterator[str]:
        for _ in scheduled(range(4), "static", 1):
            yield setting.get()

    token = setting.set("set")
    try:
        assert list(parallel(section, workers=2, strategy=strategy)) == ["set"] * 4
    finally:
        setting.reset(token)


def one_draw_each(draw: Callable[[], float]) -> list[float]:
    def section() -> Iterator[float]:
        for _ in scheduled(range(4), "static", 1):
            yield draw()

    return list(parallel(section, workers=4, strategy="fork"))


@linux
def test_random_numbers_differ_among_workers_and_regions() -> None:
    state = random.getstate()
    try:
        random.seed(1)
        assert len({*one_draw_each(random.random), *one_draw_each(random.random)}) == 8
    finally:
        random.setstate(state)


@linux
def test_numpy_random_numbers_differ_among_workers_and_regions() -> None:
    numpy = pytest.importorskip("numpy")
    state = numpy.random.get_state()
    try:
        numpy.random.seed(1)
        first = one_draw_each(numpy.random.random)
        assert len(set(first)) == 4
        second = one_draw_each(numpy.random.random)
        assert len({*first, *second}) == 8, "the next region repeats the same random numbers"
        after = numpy.random.random()
        numpy.random.seed(1)
        assert numpy.random.random() == after, "the regions drew from the parent's stream"
    finally:
        numpy.random.set_state(state)


# --- with blocks -------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["serial", FORK])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_with_block_is_run_by_the_whole_team(strategy: str, schedule: str) -> None:
    size = 1 if strategy == "serial" else 3
    done, seen = mmap.mmap(-1, 100), mmap.mmap(-1, 3)
    with parallel(workers=3, strategy=strategy, schedule=schedule) as team:
        assert team.size == size
        assert (team.number, size) == (worker_number(), team_size())
        seen[team.number] += 1
        for i in scheduled(range(50)):
            done[i] += 1
        for i in scheduled(range(50, 100), "static"):
            done[i] += 1
    assert done[:] == b"\1" * 100
    assert seen[:] == b"\1" * size + b"\0" * (3 - size)
    assert (worker_number(), team_size()) == (0, 1)


@linux
def test_a_with_block_deals_a_generator_once() -> None:
    done = mmap.mmap(-1, 40)
    with parallel(workers=2):
        for i in scheduled(i for i in range(40)):
            done[i] += 1
    assert done[:] == b"\1" * 40


@linux
def test_a_with_block_deals_every_line_of_a_file_once_or_refuses(tmp_path: Path) -> None:
    """Forked workers share the file's position, so each cannot read a copy of its own."""
    count = 200_000
    path = tmp_path / "lines"
    path.write_text("".join(f"{i:07}\n" for i in range(count)))
    done = mmap.mmap(-1, count)
    try:
        with path.open() as lines, parallel(workers=2):
            for line in scheduled(lines):
                done[int(line)] += 1
    except (TypeError, ValueError) as error:
        assert "file" in str(error)  # noqa: PT017
    else:
        assert done.find(b"\0") == -1
        assert done[:].count(1) == count


def test_threads_cannot_run_a_with_block() -> None:
    with pytest.raises(ValueError, match="threads"):
        parallel(strategy="threads", workers=2)


# --- settings ----------------------------------------------------------------------------------


def processes_and_threads() -> list[tuple[int, str, int]]:
    def section() -> Iterator[tuple[int, str, int]]:
        for _ in scheduled(range(8), "static", 1):
            yield os.getpid(), threading.current_thread().name, team_size()

    return list(parallel(section, strategy="serial", workers=2))


def test_strategy_and_workers_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(set(processes_and_threads())) == 1
    monkeypatch.setenv("PARADVISOR_STRATEGY", "threads")
    monkeypatch.setenv("PARADVISOR_WORKERS", "4")
    teams = processes_and_threads()
    assert len({process for process, _, _ in teams}) == 1
    assert len({thread for _, thread, _ in teams}) == 4
    assert {size for _, _, size in teams} == {4}


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 64),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 64),
        ({}, 64),
    ],
)
def test_a_containers_quota_limits_the_team(
    files: dict[str, str], cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(region, "_CGROUP", str(tmp_path))
    monkeypatch.setattr(region, "_quota", [])
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)), raising=False)
    assert region.usable_cores() == cores


@linux
def test_fork_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARADVISOR_STRATEGY", "fork")
    assert len({process for process, _, _ in processes_and_threads()}) == 2


@in_teams
@pytest.mark.parametrize("stream", [False, True], ids=["range", "generator"])
def test_a_loop_can_be_run_from_its_end_without_changing_the_program(
    strategy: str, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = itertools.count()

    def section() -> Iterator[tuple[int, int]]:
        numbers = range(10)
        for i in scheduled(iter(numbers) if stream else numbers, "static"):
            yield i, next(turn)

    assert list(parallel(section, workers=1, strategy=strategy)) == [(i, i) for i in range(10)]
    turn = itertools.count()
    monkeypatch.setenv("PARADVISOR_SCHEDULE", "reversed")
    results = list(parallel(section, workers=1, strategy=strategy))
    assert results == [(i, 9 - i) for i in range(10)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARADVISOR_STRATEGY", "magic"), ("PARADVISOR_WORKERS", "0"),
        ("PARADVISOR_WORKERS", "-2"), ("PARADVISOR_WORKERS", "many"),
        ("PARADVISOR_SCHEDULE", "fair"),
    ],
)
def test_nonsense_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError):
        parallel(functools.partial(squares, 3))


@everywhere
@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": 0}, {"workers": -1}, {"schedule": "fair"}, {"chunk": 0}, {"chunk": -3},
        {"strategy": "mpi"},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_at_once(strategy: str, wrong: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"strategy": strategy, "workers": 2} | wrong
    with pytest.raises(ValueError):
        parallel(functools.partial(squares, 3), **settings)


@everywhere
@pytest.mark.parametrize("stream", [False, True], ids=["range", "generator"])
@pytest.mark.parametrize(
    "wrong", [{"schedule": "fair"}, {"chunk": 0}, {"chunk": -3}], ids=str
)
def test_wrong_settings_of_a_loop_are_refused(
    strategy: str, wrong: dict[str, Any], stream: bool
) -> None:
    def section() -> Iterator[int]:
        numbers: Iterable[int] = range(5)
        yield from scheduled(iter(numbers) if stream else numbers, **wrong)

    with pytest.raises(ValueError):
        list(parallel(section, workers=2, strategy=strategy))


def test_without_a_safe_fork_a_region_is_serial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.warns(RuntimeWarning, match="serially") as warnings:
        results = parallel(functools.partial(squares, 3), strategy="fork")
    assert Path(warnings[0].filename) == Path(__file__)
    assert list(results) == [0, 1, 4]
    assert list(parallel(functools.partial(squares, 3))) == [0, 1, 4]
