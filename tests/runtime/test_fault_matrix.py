"""Every failure, in every kind of section, many times over: no hang, nothing lost, nothing left."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from paradvisor.runtime import WorkerDied, parallel, scheduled, shared_array
from tests.runtime.conftest import leftovers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="fork and /proc"),
]

ROUNDS = 200
LENGTH = 24
SIZES = {"small": 1, "big": 300_000}


class RoundError(Exception):
    pass


def overflow(n: int) -> int:
    return overflow(n + 1) + 1


def die_by(number: int) -> None:
    faulthandler.disable()
    os.kill(os.getpid(), number)


def reject() -> None:
    raise RoundError("odd", 3)


#: What goes wrong in an iteration, what the program sees of it, and whether in any strategy.
FAILURES: dict[str, tuple[Callable[[], object], type[BaseException], bool]] = {
    "exception": (reject, RoundError, True),
    "memory": (lambda: bytes(1 << 62), MemoryError, True),
    "recursion": (lambda: overflow(0), RecursionError, True),
    "SIGKILL": (lambda: die_by(signal.SIGKILL), WorkerDied, False),
    "SIGSEGV": (lambda: die_by(signal.SIGSEGV), WorkerDied, False),
    "os._exit": (lambda: os._exit(3), WorkerDied, False),
}
LEAVINGS = ("break", "consumer raises", "never finished", "not begun")


def make(i: int, size: int) -> bytes:
    return bytes([i]) * size


def yielding(fault: Callable[[], object] | None, at: int, size: int) -> Callable[[], Iterator[Any]]:
    def section() -> Iterator[tuple[int, bytes]]:
        for i in scheduled(range(LENGTH), "dynamic", 2):
            if i == at and fault is not None:
                fault()
            yield i, make(i, size)

    return section


def plain(fault: Callable[[], object], at: int, done: Any) -> Callable[[], None]:
    def section() -> None:
        for i in scheduled(range(LENGTH), "dynamic", 2):
            if i == at:
                fault()
            done[i] += 1

    return section


def in_shm() -> set[str]:
    """Files in /dev/shm, but for those that multiprocessing makes, in tests that run beside."""
    names = {path.name for path in Path("/dev/shm").iterdir()}
    return {name for name in names if not name.startswith(("sem.", "psm_", "pym-"))}


def take_in(results: Iterator[tuple[int, bytes]], size: int, got: list[int]) -> None:
    for i, value in results:
        assert value == make(i, size)
        got.append(i)


@pytest.fixture(autouse=True)
def nothing_is_left_at_all() -> Iterator[None]:
    before = leftovers(), in_shm()
    yield
    assert (leftovers(), in_shm()) == before


@pytest.mark.parametrize("strategy", ["threads", "fork"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("failure", FAILURES)
def test_failures_of_a_yielding_section(strategy: str, size: str, failure: str) -> None:
    fault, kind, everywhere = FAILURES[failure]
    if strategy == "threads" and not everywhere:
        pytest.skip("it would end the program, as it would the serial one")
    for turn in range(ROUNDS):
        at = turn % LENGTH
        got: list[int] = []
        section = yielding(fault, at, SIZES[size])
        with pytest.raises(kind) as raised:
            take_in(parallel(section, workers=3, strategy=strategy), SIZES[size], got)
        # An exception comes after exactly what precedes it. A death is told at once.
        assert got == list(range(len(got)))
        assert len(got) == at if everywhere else len(got) <= at
        if failure == "exception":
            assert raised.value.args == ("odd", 3)


@pytest.mark.parametrize("strategy", ["threads", "fork"])
@pytest.mark.parametrize("failure", FAILURES)
def test_failures_of_a_plain_section(strategy: str, failure: str) -> None:
    fault, kind, everywhere = FAILURES[failure]
    if strategy == "threads" and not everywhere:
        pytest.skip("it would end the program, as it would the serial one")
    for turn in range(ROUNDS):
        done = shared_array(LENGTH, "q")
        with pytest.raises(kind):
            parallel(plain(fault, turn % LENGTH, done), workers=3, strategy=strategy)
        assert set(done) <= {0, 1}
        assert done[turn % LENGTH] == 0


@pytest.mark.parametrize("strategy", ["threads", "fork"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("leaving", LEAVINGS)
def test_consumers_that_leave(strategy: str, size: str, leaving: str) -> None:
    for turn in range(ROUNDS):
        results = parallel(yielding(None, 0, SIZES[size]), workers=3, strategy=strategy)
        if leaving == "not begun":
            del results
            continue
        got = []
        try:
            for i, value in results:
                assert value == make(i, SIZES[size])
                got.append(i)
                if i == turn % LENGTH:
                    if leaving == "break":
                        break
                    if leaving == "consumer raises":
                        raise RoundError
                    assert got == list(range(turn % LENGTH + 1))
                    del results
                    break
        except RoundError:
            pass
        assert got == list(range(turn % LENGTH + 1))
        results = None


PROGRAM = """
    import os, signal, sys, time
    from paradvisor import parallel, scheduled

    strategy, size, fate, rounds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])

    def section():
        for i in scheduled(range(200), "dynamic", 1):
            time.sleep(0.0005)
            yield bytes([i % 256]) * size

    def program():
        os.setpgid(0, 0)
        os.write(w, b"x")
        try:
            for number, value in enumerate(parallel(section, workers=2, strategy=strategy)):
                assert value == bytes([number % 256]) * size
                if number == 3:
                    os.write(w, b"y")
        except KeyboardInterrupt:
            os._exit(7)
        os._exit(0)

    for turn in range(rounds):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            program()
        os.read(r, 2)
        while os.read(r, 1) not in (b"y", b""):
            pass
        time.sleep(turn % 7 / 2000)
        if fate == "killed":
            os.kill(pid, signal.SIGKILL)
        else:
            os.killpg(pid, signal.SIGINT)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        # Ctrl-C may also hit it before or after its try statement.
        assert status in ((-9, 0) if fate == "killed" else (7, 0, -2)), status
        os.close(r)
        os.close(w)
    print("survived", rounds)
"""


@pytest.mark.parametrize("fate", ["killed", "interrupted"])
@pytest.mark.parametrize("strategy", ["threads", "fork"])
@pytest.mark.parametrize("size", SIZES)
def test_programs_that_are_ended(
    script: Callable[..., Any], strategy: str, size: str, fate: str
) -> None:
    before = in_shm()
    ran = script(PROGRAM, strategy, SIZES[size], fate, ROUNDS)
    assert ran.stdout == f"survived {ROUNDS}\n", ran.stderr  # and the fixture looks for survivors
    assert in_shm() == before


