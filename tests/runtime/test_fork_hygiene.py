"""What a fork copies and must not: random streams, logging, locks, thread pools, odd parents."""

from __future__ import annotations

import io
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from paradvisor.runtime import parallel, scheduled, worker_number

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no fork")

Script = Callable[..., "subprocess.CompletedProcess[str]"]


def drawn(workers: int) -> list[float]:
    def section() -> Iterator[float]:
        for _ in scheduled(range(40), "dynamic", 4):
            yield random.random()

    return list(parallel(section, workers=workers, strategy="fork"))


def test_random_numbers_follow_from_the_programs_seed() -> None:
    import itertools

    from paradvisor.runtime import hygiene

    runs = []
    for workers in (2, 2, 3):
        hygiene._teams = itertools.count()  # as in a new process
        random.seed(42)
        runs.append((drawn(workers), drawn(workers), random.random()))
    assert runs[0] == runs[1] == runs[2], "whoever draws them"
    first, second, own = runs[0]
    assert len({*first, *second, own}) == 81


def test_numpy_random_numbers_follow_from_the_programs_seed() -> None:
    numpy = pytest.importorskip("numpy")
    import itertools

    from paradvisor.runtime import hygiene

    def section() -> Iterator[float]:
        for _ in scheduled(range(12), "dynamic", 3):
            yield float(numpy.random.random())

    runs = []
    for _ in range(2):
        hygiene._teams = itertools.count()
        random.seed(1)
        numpy.random.seed(7)
        runs.append(list(parallel(section, workers=2, strategy="fork")))
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 12


def test_logging_comes_in_the_order_of_the_loop() -> None:
    stream = io.StringIO()
    before, sys.stderr = sys.stderr, stream
    try:
        log = logging.Logger("paradvisor test")
        log.addHandler(logging.StreamHandler())

        def section() -> Iterator[int]:
            for i in scheduled(range(12), "dynamic", 1):
                log.warning("at %d", i)
                yield i

        for strategy in ("fork", "threads"):
            assert len(list(parallel(section, workers=3, strategy=strategy))) == 12
        log.warning("after")
    finally:
        sys.stderr = before
    assert stream.getvalue() == "".join(f"at {i}\n" for i in range(12)) * 2 + "after\n"


def test_live_output_is_not_held_back(script: Script) -> None:
    ran = script("""
        import os, time
        from paradvisor import parallel, scheduled

        r, w = os.pipe()

        def section():
            for i in scheduled(range(2), "static", 1):
                if i == 0:
                    os.read(r, 1)  # until the other one has printed
                print("iteration", i, flush=True)
                if i == 1:
                    os.write(w, b"x")

        parallel(section, workers=2, output="live")
    """)
    assert ran.stdout == "iteration 1\niteration 0\n", ran.stderr


def test_live_threads_are_named() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="the poller")
    thread.start()
    try:
        with pytest.warns(RuntimeWarning, match="the poller") as caught:
            drawn(2)
        assert caught[0].filename == __file__
    finally:
        stop.set()
        thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn(2)


def test_exits_finalizers_and_contexts_of_the_parent_are_left_alone(script: Script) -> None:
    ran = script("""
        import atexit, contextlib, threading, weakref
        from paradvisor import parallel, scheduled

        class Thing:
            def __del__(self):
                print("del", flush=True)

        @contextlib.contextmanager
        def context():
            try:
                yield
            finally:
                print("left", flush=True)

        atexit.register(print, "atexit", flush=True)
        thing, local = Thing(), threading.local()
        local.value = Thing()
        weakref.finalize(thing, print, "finalized", flush=True)
        with context():
            def section():
                for i in scheduled(range(4), "dynamic", 1):
                    yield i

            print(list(parallel(section, workers=2)), flush=True)
        del thing
        del local
    """)
    assert sorted(ran.stdout.split("\n")) == sorted(
        ["[0, 1, 2, 3]", "left", "del", "finalized", "del", "atexit", ""]
    ), ran.stdout + ran.stderr


def test_blas_threads_are_limited_in_workers() -> None:
    controller = pytest.importorskip("threadpoolctl").ThreadpoolController
    pytest.importorskip("numpy")

    def threads() -> list[int]:
        return [pool["num_threads"] for pool in controller().info()]

    def section() -> Iterator[list[int]]:
        for _ in scheduled(range(2), "static", 1):
            yield threads()

    before = threads()
    cores = len(os.sched_getaffinity(0))
    for inside in parallel(section, workers=cores, strategy="fork"):
        assert inside == [1] * len(before)
    assert threads() == before


def test_a_program_that_reaps_all_children_itself(script: Script) -> None:
    ran = script("""
        import os, signal
        from paradvisor import WorkerDied, parallel, scheduled

        def reap(*_):
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                pass

        signal.signal(signal.SIGCHLD, reap)

        def section():
            for i in scheduled(range(50)):
                yield i

        for _ in range(20):
            assert list(parallel(section, workers=2)) == list(range(50))

        def deadly():
            for i in scheduled(range(50)):
                if i == 30:
                    os.kill(os.getpid(), 9)
                yield i

        try:
            list(parallel(deadly, workers=2))
        except WorkerDied as error:
            print("died", error.exit_code in (None, -9))
    """)
    assert ran.stdout == "died True\n", ran.stderr


@pytest.mark.parametrize("closed", [(0,), (0, 1, 2)])
def test_closed_standard_streams(script: Script, closed: tuple[int, ...]) -> None:
    ran = script(f"""
        import os, sys
        for fd in {closed!r}:
            os.close(fd)
        sys.stdin = None
        if {len(closed) == 3}:
            sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(40)):
                print("x")
                yield bytes([i]) * 300_000

        ok = list(parallel(section, workers=2)) == [bytes([i]) * 300_000 for i in range(40)]
        raise SystemExit(5 if ok else 6)
    """)
    assert ran.returncode == 5, ran.stderr


def test_inside_a_daemonic_process(script: Script) -> None:
    ran = script("""
        import multiprocessing
        from paradvisor import parallel, scheduled

        def work():
            def section():
                for i in scheduled(range(10)):
                    yield i * i
            print(sum(parallel(section, workers=2)), flush=True)

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
            process.start()
            process.join()
            print(process.exitcode)
    """)
    assert ran.stdout == "285\n0\n", ran.stderr


def test_causes_and_notes_of_an_exception_come_along() -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(4)):
            if i == 2:
                try:
                    try:
                        raise KeyError("inner")
                    except KeyError as error:
                        raise LookupError("middle", 7) from error
                except LookupError as error:
                    error.add_note("a note")
                    raise ValueError("outer", i) from error
            yield i

    with pytest.raises(ValueError, match="outer") as raised:
        list(parallel(section, workers=2, strategy="fork"))
    error = raised.value
    assert error.args == ("outer", 2)
    middle = error.__cause__
    assert type(middle) is LookupError
    assert middle.args == ("middle", 7)
    assert middle.__notes__ == ["a note"]
    inner = middle.__cause__
    assert type(inner) is KeyError
    assert "in section" in str(inner.__cause__)


@pytest.mark.parametrize("strategy", ["threads", "fork"])
def test_memory_and_recursion_errors_are_ordinary_ones(strategy: str) -> None:
    def deeper(n: int) -> int:
        return deeper(n + 1)

    for failing, kind in ((4, RecursionError), (5, MemoryError)):
        def only(failing: int = failing) -> Iterator[int]:
            for i in scheduled(range(failing, 6)):
                if i == failing:
                    deeper(0) if failing == 4 else bytes(1 << 62)
                yield i

        with pytest.raises(kind):
            list(parallel(only, workers=2, strategy=strategy))


def test_a_worker_that_dies_is_noticed_while_the_others_work() -> None:
    import time

    def section() -> Iterator[int]:
        for i in scheduled(range(2), "static", 1):
            if i == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
            yield worker_number()

    begun = time.monotonic()
    with pytest.raises(Exception, match="SIGKILL"):
        list(parallel(section, workers=2, strategy="fork"))
    assert time.monotonic() - begun < 30
