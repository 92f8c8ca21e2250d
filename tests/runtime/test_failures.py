"""What goes wrong in a worker goes wrong in the program, at the right moment."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor import WorkerDied, parallel, scheduled
from paradvisor.runtime import RemoteError, RemoteTraceback

if TYPE_CHECKING:
    import subprocess

linux = pytest.mark.skipif(sys.platform != "linux", reason="fork is for Linux")
FORK = pytest.param("fork", marks=linux)
everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", FORK])
SCHEDULES = ["static", "dynamic", "guided"]

pytestmark = pytest.mark.usefixtures("nothing_left")

Script = Callable[..., "subprocess.CompletedProcess[str]"]


class RejectedError(Exception):
    def __init__(self, item: int, reason: str) -> None:
        super().__init__(item, reason)
        self.item = item


class DemandingError(Exception):
    """Cannot be made again from its args by its own __init__."""

    def __init__(self, item: int, *, reason: str) -> None:
        super().__init__(f"{item}: {reason}")
        self.reason = reason


class WrappingError(OSError):
    """Would be wrapped once more if its __init__ were called with its args."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, f"<{text}>", "file.txt")
        self.text = text


class UnsendableError(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.callback = lambda: None


class SilentError(Exception):
    def __init__(self) -> None:
        self.callback = lambda: None

    def __str__(self) -> str:
        raise RuntimeError("no text")


def until_it_fails(results: Iterator[Any]) -> tuple[list[Any], BaseException]:
    """The results that came, and the exception after them."""
    got = []
    try:
        for value in results:
            got.append(value)
    except BaseException as error:
        return got, error
    pytest.fail(f"no exception after {got}")


def reject(item: int) -> None:
    raise RejectedError(item, "too odd")


@everywhere
@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(1, 40), data=st.data(), workers=st.integers(1, 4),
    schedule=st.sampled_from(SCHEDULES), chunk=st.none() | st.integers(1, 9),
    stream=st.booleans(), late=st.booleans(),
)
def test_an_exception_comes_after_exactly_the_results_before_it(
    strategy: str, length: int, data: st.DataObject, workers: int, schedule: str,
    chunk: int | None, stream: bool, late: bool,
) -> None:
    """Whichever iterations fail besides; the first of them counts."""
    failing = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=5))
    first = min(failing)

    def section() -> Iterator[int]:
        for i in scheduled(iter(range(length)) if stream else range(length)):
            if i in failing and not late:
                reject(i)
            yield i
            if i in failing:
                reject(i)

    got, error = until_it_fails(
        parallel(section, workers=workers, strategy=strategy, schedule=schedule, chunk=chunk)
    )
    assert got == list(range(first + late))
    assert type(error) is RejectedError
    assert error.args == (first, "too odd")
    assert error.item == first


@everywhere
def test_the_message_shows_where_the_worker_failed(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(4)):
            if i == 2:
                try:
                    {}["missing"]
                except KeyError:
                    reject(i)
            yield i

    _, error = until_it_fails(parallel(section, workers=2, strategy=strategy))
    shown = "".join(traceback.format_exception(error))
    assert "in reject" in shown
    assert "in section" in shown
    assert "KeyError: 'missing'" in shown
    assert "_Forked" not in shown
    if strategy == "fork":
        assert isinstance(error.__cause__, RemoteTraceback)
        assert "in reject" in str(error.__cause__)


@everywhere
def test_a_section_without_results_raises_too(strategy: str) -> None:
    def section() -> None:
        for i in scheduled(range(10)):
            if i >= 5:
                reject(i)

    with pytest.raises(RejectedError) as info:
        parallel(section, workers=3, strategy=strategy)
    assert info.value.item == 5


@everywhere
@pytest.mark.parametrize("broken", [0, 1, 30])
def test_an_exception_of_the_input_comes_after_all_that_it_gave(
    strategy: str, broken: int
) -> None:
    def numbers() -> Iterator[int]:
        yield from range(broken)
        reject(broken)

    def section() -> Iterator[int]:
        yield from scheduled(numbers())

    got, error = until_it_fails(parallel(section, workers=3, strategy=strategy))
    assert got == list(range(broken))
    assert isinstance(error, RejectedError)
    assert error.item == broken


@everywhere
def test_an_exception_before_the_loop(strategy: str) -> None:
    def section() -> Iterator[int]:
        reject(-1)
        yield from scheduled(range(4))

    got, error = until_it_fails(parallel(section, workers=2, strategy=strategy))
    assert (got, type(error)) == ([], RejectedError)


@everywhere
def test_an_exception_after_the_loop_comes_last(strategy: str) -> None:
    def section() -> Iterator[int]:
        yield from scheduled(range(9))
        reject(9)

    got, error = until_it_fails(parallel(section, workers=2, strategy=strategy))
    assert (got, type(error)) == (list(range(9)), RejectedError)


@everywhere
def test_an_exception_in_the_second_loop(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(7), "dynamic"):
            yield i
        for i in scheduled(range(7, 14), "dynamic"):
            if i == 10:
                reject(i)
            yield i

    got, error = until_it_fails(parallel(section, workers=2, strategy=strategy))
    assert (got, type(error)) == (list(range(10)), RejectedError)


@everywhere
@pytest.mark.parametrize("leaving", [SystemExit(3), KeyboardInterrupt("now")], ids=repr)
def test_leaving_the_program_from_a_worker(strategy: str, leaving: BaseException) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(6), "dynamic"):
            if i == 3:
                raise leaving
            yield i

    got, error = until_it_fails(parallel(section, workers=2, strategy=strategy))
    assert (got, type(error), error.args) == ([0, 1, 2], type(leaving), leaving.args)


@everywhere
def test_regions_work_after_one_that_failed(strategy: str) -> None:
    def section(bad: int) -> Callable[[], Iterator[int]]:
        def run() -> Iterator[int]:
            for i in scheduled(range(6), "dynamic"):
                if i == bad:
                    reject(i)
                yield i

        return run

    for bad in range(6):
        got, _ = until_it_fails(parallel(section(bad), workers=2, strategy=strategy))
        assert got == list(range(bad))
    assert list(parallel(section(-1), workers=2, strategy=strategy)) == list(range(6))


# --- what cannot be pickled --------------------------------------------------------------------


@linux
def test_an_exception_is_made_again_without_its_init() -> None:
    def failing(error: Exception) -> BaseException:
        def section() -> Iterator[int]:
            for i in scheduled(range(4)):
                if i == 2:
                    raise error
                yield i

        return until_it_fails(parallel(section, workers=2, strategy="fork"))[1]

    error = failing(DemandingError(2, reason="tired"))
    assert (type(error), error.args, error.reason) == (DemandingError, ("2: tired",), "tired")
    here = WrappingError(2, "gone")
    here.add_note("noted")
    error = failing(here)
    assert (type(error), str(error), error.args) == (WrappingError, str(here), here.args)
    assert (error.errno, error.strerror, error.filename) == (2, "<gone>", "file.txt")
    assert (error.text, error.__notes__) == ("gone", ["noted"])


@linux
@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (lambda: UnsendableError("bad weather"), "UnsendableError: bad weather"),
        (lambda: type("Local", (ValueError,), {})("here"), "Local: here"),
        (SilentError, "SilentError"),
    ],
    ids=["unsendable", "local", "silent"],
)
def test_exceptions_that_cannot_be_pickled(failure: Callable[[], Exception], text: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(6), "dynamic"):
            if i == 3:
                raise failure()
            yield i

    got, error = until_it_fails(parallel(section, workers=2, strategy="fork"))
    assert got == [0, 1, 2]
    assert isinstance(error, RemoteError)
    assert text in str(error)
    assert "in section" in str(error.__cause__)


@linux
def test_results_that_cannot_be_pickled() -> None:
    def section() -> Iterator[object]:
        for i in scheduled(range(40), "static"):
            yield i if i != 10 else (lambda: 10)

    got, error = until_it_fails(parallel(section, workers=2, strategy="fork"))
    assert got == list(range(10)), "results before it are not to blame"
    assert isinstance(error, (pickle.PicklingError, AttributeError, TypeError))
    assert "pickled" in "".join(traceback.format_exception(error))


class Fragile:
    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


@linux
def test_results_that_cannot_be_made_again() -> None:
    def section() -> Iterator[object]:
        for i in scheduled(range(6), "dynamic"):
            yield Fragile() if i == 3 else i

    got, error = until_it_fails(parallel(section, workers=2, strategy="fork"))
    assert got == list(range(len(got)))
    assert len(got) <= 3
    assert isinstance(error, ValueError)


@linux
def test_input_that_cannot_be_pickled() -> None:
    def section() -> Iterator[object]:
        for function in scheduled((lambda: 1) for _ in range(5)):
            yield function()

    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        list(parallel(section, workers=2, strategy="fork"))


def test_results_of_threads_need_no_pickling() -> None:
    def section() -> Iterator[Callable[[], int]]:
        for i in scheduled(range(6)):
            yield lambda i=i: i

    functions = parallel(section, workers=2, strategy="threads")
    assert [function() for function in functions] == list(range(6))


# --- workers that die --------------------------------------------------------------------------


def die(how: str) -> None:
    if how.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[how])
        signal.pause()
    os._exit(int(how))


DEATHS = {"SIGKILL": -9, "SIGSEGV": -11, "SIGTERM": -15, "SIGABRT": -6, "0": 0, "7": 7}


@linux
@pytest.mark.parametrize("how", DEATHS)
@pytest.mark.parametrize("stream", [False, True], ids=["range", "generator"])
def test_a_worker_that_dies_is_reported(how: str, stream: bool) -> None:
    def section() -> Iterator[tuple[int, int]]:
        for i in scheduled(iter(range(30)) if stream else range(30), "dynamic", 1):
            if i == 20:
                die(how)
            yield i, os.getpid()

    got, error = until_it_fails(parallel(section, workers=2, strategy="fork"))
    assert isinstance(error, WorkerDied)
    assert error.exit_code == DEATHS[how]
    assert error.worker in (0, 1)
    assert [i for i, _ in got] == list(range(len(got)))
    assert len(got) <= 20
    assert f"worker {error.worker} (process {error.pid})" in str(error)
    assert (how if how.startswith("SIG") else f"exit status {how}") in str(error)
    assert error.pid != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(error.pid, 0)
    assert "_Forked" not in "".join(traceback.format_exception(error))


@linux
def test_what_a_dead_worker_had_sent_still_counts() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(6), "dynamic", 1):
            if i == 3:
                die("SIGKILL")
            yield i

    got, error = until_it_fails(parallel(section, workers=1, strategy="fork"))
    assert (got, type(error)) == ([0, 1, 2], WorkerDied)


@linux
def test_a_worker_killed_from_outside_while_it_waits_or_sends() -> None:
    """Its pipe is full of results that nobody has read; one of them is cut off in the middle."""

    def section() -> Iterator[tuple[int, bytes]]:
        for _ in scheduled(range(1000), "dynamic", 1):
            yield os.getpid(), bytes(3_000_000)

    results = parallel(section, workers=1, strategy="fork")
    pid, _ = next(results)
    os.kill(pid, signal.SIGKILL)
    got, error = until_it_fails(results)
    assert isinstance(error, WorkerDied)
    assert (error.pid, error.exit_code) == (pid, -signal.SIGKILL)
    assert len(got) < 999


@linux
def test_a_with_block_notices_a_dead_worker() -> None:
    def block() -> None:
        with parallel(workers=3) as team:
            if team.number == 1:
                die("SIGKILL")

    with pytest.raises(WorkerDied) as info:
        block()
    assert info.value.worker == 1


@linux
def test_a_with_block_raises_what_a_worker_raised() -> None:
    def block() -> None:
        with parallel(workers=2) as team:
            if team.number == 1:
                reject(17)

    with pytest.raises(RejectedError) as info:
        block()
    assert info.value.item == 17
    assert "in reject" in str(info.value.__cause__)


@linux
def test_a_with_block_raises_what_the_parent_raised() -> None:
    def block() -> None:
        with parallel(workers=2) as team:
            if team.number == 0:
                reject(1)
            signal.pause()

    with pytest.raises(RejectedError):
        block()


def test_worker_died_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(WorkerDied(3, 4711, -9)))
    assert str(error) == "worker 3 (process 4711) was killed by SIGKILL before its work was done"
    assert (error.worker, error.pid, error.exit_code) == (3, 4711, -9)


@linux
def test_a_program_that_ignores_the_end_of_its_children(script: Script) -> None:
    done = script(
        """
        import os, signal
        from paradvisor import WorkerDied, parallel, scheduled

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        def section():
            for i in scheduled(range(5)):
                yield i

        def dying():
            for i in scheduled(range(5)):
                os._exit(3)
                yield i

        print(list(parallel(section, workers=2)))
        try:
            list(parallel(dying, workers=2))
        except WorkerDied:
            print("died")
        """
    )
    assert (done.stdout, done.stderr) == ("[0, 1, 2, 3, 4]\ndied\n", "")


@linux
def test_an_uncaught_exception_of_a_worker_ends_the_program(script: Script) -> None:
    done = script(
        """
        from paradvisor import parallel, scheduled

        def compute(i):
            return 1 / (3 - i)

        def section():
            for i in scheduled(range(9)):
                yield compute(i)

        for value in parallel(section, workers=2, strategy="fork"):
            print(value)
        """
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [str(1 / 3), "0.5", "1.0"]
    assert "in compute" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "_Forked" not in done.stderr


# --- consumers that fail -----------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("stream", [False, True], ids=["range", "generator"])
def test_a_consumer_that_fails_or_stops_ends_the_team(strategy: str, stream: bool) -> None:
    """``nothing_left`` says whether it did."""

    def section() -> Iterator[int]:
        yield from scheduled(itertools.count() if stream else range(10**9), chunk=50)

    def consume() -> None:
        for i in parallel(section, workers=2, strategy=strategy):
            if i == 5:
                reject(i)

    for i in parallel(section, workers=2, strategy=strategy):
        if i == 5:
            break
    with pytest.raises(RejectedError):
        consume()
    results = parallel(section, workers=2, strategy=strategy)
    assert next(results) == 0
    results.close()
    results = parallel(section, workers=2, strategy=strategy)
    assert next(results) == 0
    del results
    results = parallel(section, workers=2, strategy=strategy)
    assert next(results) == 0
    with pytest.raises(RejectedError):
        results.throw(RejectedError(0, "thrown"))  # type: ignore[attr-defined]
