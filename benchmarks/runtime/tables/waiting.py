"""Waiting: sleeps of 10 ms in many threads, and requests to a server that takes as long."""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

from benchmarks.runtime import contestants, show
from benchmarks.runtime.child import Report
from benchmarks.runtime.contestants import ALL, OURS
from benchmarks.runtime.figures import Outcome, Verdict, at_least
from benchmarks.runtime.plan import Cell, Settings
from benchmarks.runtime.work import NAP_S, nap, note_refusals

SLEEPS = {"8 threads": (8, 7.9), "32 threads": (32, 31.0), "128 threads": (128, 105.0)}
KEPT_NOTE = "the best peer is sought among those that make and end their teams, as paradvisor does"
SOCKETS = "sockets"
SOCKET_THREADS = 128
SOCKETS_BY_PEER = 1.05


def cells(settings: Settings) -> list[Cell]:
    found: list[Cell] = []
    threads = {workload: count for workload, (count, _) in SLEEPS.items()}
    for workload, count in (threads | {SOCKETS: SOCKET_THREADS}).items():
        more = {"threads": count, "each": 6 if settings.quick else 20}
        for key in contestants.of_kind("threads", settings.peers):
            label = ALL[key].labels["threads"]
            chunk = None if key in (OURS, "omp4py") else 1
            for kept in _ways(key):
                named = f"{label}, kept" if kept else label
                about = more | {"kept": kept, "peer": key != OURS and not kept}
                found.append(Cell("waiting", workload, key, named, "threads", chunk, about))
    return found


def _ways(key: str) -> tuple[bool, ...]:
    """Made and ended within the time that is taken, and kept from before it."""
    if key == OURS or not ALL[key].keeps:
        return (False,)
    return (True,) if key == "lucen" else (False, True)


def measure(cell: Cell, _turn: int, report: Report) -> None:
    with contextlib.ExitStack() as stack:
        asked = cell.workload == SOCKETS
        wait = _asking(stack.enter_context(_server())) if asked else nap
        items = [NAP_S] * (cell.more["threads"] * cell.more["each"])
        one_s = _one(wait)
        seconds = _shared(cell, wait, items)
    report.value("speedup", len(items) * one_s / seconds)
    report.value("per_s", len(items) / seconds)
    note_refusals(cell, report)


def _one(wait: Callable[[float], float]) -> float:
    """What one item takes in a serial loop; the whole loop would take half a minute."""
    times: list[float] = []
    for _ in range(21):
        begun = time.perf_counter()
        wait(NAP_S)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _shared(cell: Cell, wait: Callable[[float], float], items: list[float]) -> float:
    threads = cell.more["threads"]
    if not cell.more["kept"]:
        with contestants.team(cell.contestant, "threads", 2, cell.chunk) as mapped:
            list(mapped(nap, [0.0] * 4))  # imports what it needs
        begun = time.perf_counter()
        with contestants.team(cell.contestant, "threads", threads, cell.chunk) as mapped:
            assert list(mapped(wait, items)) == items
        return time.perf_counter() - begun
    with contestants.team(cell.contestant, "threads", threads, cell.chunk) as mapped:
        list(mapped(wait, items[: 2 * threads]))  # the threads are there, and connected
        begun = time.perf_counter()
        assert list(mapped(wait, items)) == items
        return time.perf_counter() - begun


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """The port of a server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.runtime.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def _asking(port: int) -> Callable[[float], float]:
    """A request, on a connection that each thread keeps."""
    own = threading.local()

    def ask(item: float) -> float:
        if not hasattr(own, "connection"):
            own.connection = socket.create_connection(("127.0.0.1", port))
        own.connection.sendall(b"%r\n" % item)
        answer = own.connection.recv(64)
        return float(answer)

    return ask


def judge(plan: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    label = ALL[OURS].labels["threads"]
    for workload, (_, target) in SLEEPS.items():
        of_it = [cell for cell in plan if cell.workload == workload]
        heading = f"waiting, sleeps of 10 ms, {workload}: speedup, team made and ended unless kept"
        show.table(heading, of_it, outcomes, "speedup", unit="x", less=False, notes=(KEPT_NOTE,))
        ours = outcomes[workload, label].median("speedup")
        verdicts.append(at_least(f"waiting, {workload}", ours, target, "x"))
    of_it = [cell for cell in plan if cell.workload == SOCKETS]
    heading = f"waiting, sockets, {SOCKET_THREADS} threads: requests a second"
    best = show.table(heading, of_it, outcomes, "per_s", unit="/s", less=False, notes=(KEPT_NOTE,))
    ours = outcomes[SOCKETS, label].median("per_s")
    share = ours / best.median if ours and best else None
    if best is None and ours is not None:
        return [*verdicts, Verdict(True, "PASS: waiting, sockets: no peer was measured")]
    what = "waiting, sockets, by the best peer" + (f" ({best.label})" if best else "")
    return [*verdicts, at_least(what, share, SOCKETS_BY_PEER, "x")]
