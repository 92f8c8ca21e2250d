"""Conducting: every cell in a fresh process with a time limit, round after round in turn."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from benchmarks.runtime.calm import DISTURBED, Watch
from benchmarks.runtime.figures import Outcome
from benchmarks.runtime.plan import Cell

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
TRIES = 3
"""Measurements in a round, if other programs disturb them."""
GRACE_S = 5.0
"""How long a child may take to leave once it has reported, before its group is killed."""


def rounds(cells: list[Cell], number: int) -> dict[tuple[str, str], Outcome]:
    """Measure all cells once a round, in turn, so that a busy moment falls on all of them.

    A cell that failed is not tried again: one that hangs would cost its time limit each time.
    """
    _adopt_orphans()
    outcomes = {cell.name: Outcome() for cell in cells}
    for turn in range(number):
        for at, cell in enumerate(cells, 1):
            outcome = outcomes[cell.name]
            if outcome.failures:
                continue
            _say(
                f"{cell.table}: round {turn + 1} of {number}, {at} of {len(cells)}: "
                f"{cell.workload}, {cell.label}"
            )
            _take(outcome, _undisturbed(cell, turn))
    _say("")
    return outcomes


def _undisturbed(cell: Cell, turn: int) -> list[dict[str, Any]]:
    """The least disturbed of a few measurements, or the first one that others left alone."""
    tries: list[tuple[float, list[dict[str, Any]]]] = []
    while len(tries) < TRIES:
        watch = Watch()
        entries = measure(cell, turn)
        tries.append((watch.others(), entries))
        if entries[-1]["ended"] or tries[-1][0] < DISTURBED:
            return entries
    others, entries = min(tries, key=lambda entry: entry[0])
    return [{"disturbed": others}, *entries]


def measure(cell: Cell, turn: int) -> list[dict[str, Any]]:
    """What a fresh process reports of this cell; the last entry says how it ended."""
    reader, writer = os.pipe()
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as errors:
        child = _start(cell, turn, writer, scratch, errors)
        os.close(writer)
        deadline = time.monotonic() + cell.limit_s
        try:
            entries = list(_entries(reader, deadline))
            late = time.monotonic() >= deadline
            if late or not _leave(child.pid, GRACE_S):
                child.kill()
                time.sleep(1.0)  # for helpers that clean up once it is gone
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # and whatever it has left behind
            child.wait()
            _bury_orphans()
            os.close(reader)
        if not entries or "ended" not in entries[-1]:
            why = f"no answer in {cell.limit_s:.0f} s" if late else _last_line(errors)
            entries.append({"ended": why or "it died"})
        return entries


def _start(
    cell: Cell, turn: int, writer: int, scratch: str, errors: IO[bytes]
) -> subprocess.Popen[bytes]:
    """The child, in a group and with a folder for temporary files of its own."""
    order = json.dumps({"cell": cell.as_dict(), "turn": turn, "report_fd": writer})
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.runtime.child", order],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": scratch},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=(writer,),
        start_new_session=True,
    )


def _entries(reader: int, deadline: float) -> Iterator[dict[str, Any]]:
    """JSON lines until the last one, the end of the pipe, or the deadline."""
    pending = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reader], [], [], left)[0]:
            return
        data = os.read(reader, 65536)
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            entry = json.loads(line)
            yield entry
            if "ended" in entry:
                return


def _leave(pid: int, patience_s: float) -> bool:
    """Whether the process has ended by itself. It stays a zombie, so its number stays its own."""
    deadline = time.monotonic() + patience_s
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _adopt_orphans() -> None:
    """Become the parent of what a child leaves behind, so that its time is counted as ours."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury_orphans() -> None:
    deadline = time.monotonic() + GRACE_S
    with contextlib.suppress(ChildProcessError):  # there are none
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)


def _take(outcome: Outcome, entries: list[dict[str, Any]]) -> None:
    if entries[-1]["ended"]:
        outcome.failures.append(entries[-1]["ended"])
    for entry in entries:
        outcome.disturbed += "disturbed" in entry
        if "value" in entry:
            outcome.series.setdefault(entry["series"], []).append(entry["value"])
        elif "remark" in entry:
            outcome.note(entry["remark"])


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:120] if lines else ""


def _say(text: str) -> None:
    """Progress on one line, for people only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
