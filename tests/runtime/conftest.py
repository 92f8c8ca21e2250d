"""What tests of the runtime share: scripts in a session of their own, and a look at leftovers."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import paradvisor

ROOT = Path(paradvisor.__file__).parents[1]
DEADLINE_S = 60.0

Script = Callable[..., "subprocess.CompletedProcess[str]"]


def members_of_session(session: int) -> list[int]:
    """Live processes of a session. (init takes its time to reap what a killed parent left.)"""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it may have gone meanwhile
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> bool:
    """Whether a condition comes true before a generous deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def leftovers() -> dict[str, list[str]]:
    """This process's descriptors, children (zombies included) and worker threads."""
    gc.collect()  # what earlier tests have left in cycles holds descriptors until then
    descriptors = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            descriptors.append(f"{fd} -> {fd.readlink()}")
    children = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has just been joined
            children += (task / "children").read_text().split()
    return {
        "descriptors": sorted(descriptors),
        "children": sorted(children),
        "threads": sorted(t.name for t in threading.enumerate() if "paradvisor" in t.name),
    }


@pytest.fixture(autouse=True)
def _no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARADVISOR_STRATEGY", raising=False)
    monkeypatch.delenv("PARADVISOR_WORKERS", raising=False)
    monkeypatch.delenv("PARADVISOR_SCHEDULE", raising=False)


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., bool]:
    return wait_until


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test if it leaves a descriptor, child or thread, or has exchanged a stream."""
    before, streams = leftovers(), (sys.stdout, sys.stderr)
    yield
    assert leftovers() == before
    assert (sys.stdout, sys.stderr) == streams


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script in a session of its own; checks afterwards that nobody of it still lives."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONUNBUFFERED" and not name.startswith(("PARADVISOR_", "PYTEST_"))
    }
    env["PYTHONPATH"] = str(ROOT)
    running: list[subprocess.Popen[str]] = []

    def started(source: str, *args: object, **options: object) -> subprocess.Popen[str]:
        path = tmp_path / f"script_{len(running)}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, str(path), *map(str, args)],
            env=env, cwd=tmp_path, start_new_session=True, **options,  # type: ignore[call-overload]
        )
        running.append(process)
        return process

    yield started
    left = []
    for process in running:
        # One that still runs belongs to a test that failed already.
        orphans = process.poll() is None or not wait_until(
            lambda pid=process.pid: not members_of_session(pid), 10
        )
        if orphans:
            left += members_of_session(process.pid)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    assert left == [], "processes that outlive the program"


@pytest.fixture
def script(start: Callable[..., subprocess.Popen[str]]) -> Script:
    """Runs a script to its end, which it must reach before a generous deadline."""

    def run(source: str, *args: object, **options: object) -> subprocess.CompletedProcess[str]:
        process = start(source, *args, **options)
        try:
            out, err = process.communicate(timeout=DEADLINE_S / 3)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, err = process.communicate()
            pytest.fail(f"the script did not end:\n{err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run
