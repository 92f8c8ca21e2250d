"""The clock of trials: what a process waits for a processor does not count, other waits do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paradvisor.instruments.shadow.stopwatch import BUSIEST, Running, Stopwatch

if not Path("/proc/self/schedstat").exists():
    pytest.skip("the system does not tell of its run queue", allow_module_level=True)


@pytest.fixture
def crowd() -> Iterator[None]:
    """Three processes that compute on the one processor that this one may use."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    yield
    for process in busy:
        process.kill()
        process.wait()
    os.sched_setaffinity(0, before)


def _compute(cpu_s: float) -> None:
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass


@pytest.mark.usefixtures("crowd")
def test_the_run_queue_does_not_count() -> None:
    clock, begun = Stopwatch(), time.perf_counter()
    while clock.queued_s() < 1.0:
        _compute(0.1)
    wall_s = time.perf_counter() - begun
    assert clock.elapsed_s() < wall_s - 0.9
    assert clock.left_s(wall_s) > 0.9
    assert not clock.is_over(wall_s - 0.5)
    assert clock.left_s((wall_s - 0.01) / BUSIEST) == 0.0
    clock.stop()


def test_a_wait_counts() -> None:
    clock, begun = Stopwatch(), time.perf_counter()
    time.sleep(0.3)
    assert clock.elapsed_s() > 0.9 * (time.perf_counter() - begun)
    assert clock.left_s(0.25) == 0.0
    assert clock.is_over(0.25)
    assert not clock.is_over(60.0)
    clock.stop()


@pytest.mark.usefixtures("crowd")
def test_the_part_of_a_time_with_a_processor() -> None:
    running, begun, used = Running(), time.perf_counter(), time.process_time()
    _compute(0.5)
    used, wall_s = time.process_time() - used, time.perf_counter() - begun
    assert running.part() == pytest.approx(used / wall_s, abs=0.15)


def test_others_lend_no_more_than_has_passed() -> None:
    clock = Stopwatch()
    since_s = clock.elapsed_s()
    _compute(0.05)
    clock.lend(10.0, since_s)
    assert 0.0 <= clock.elapsed_s() < 0.05
    assert clock.stop() < 10.0
