"""py-spy beside the bare run: whose time it is, seen from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from paradvisor.instruments import spy

YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
may_trace = pytest.mark.skipif(
    YAMA.exists() and YAMA.read_text().strip() != "0" and os.geteuid() != 0,
    reason="this system lets only root trace processes that one has not started",
)

# A thread gives the GIL away where a function begins and at jumps: `straight` has neither until it
# returns, and the heartbeat finds its time in the functions that are called next.
HIDDEN = """\
def straight(a, b):
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    a = a * 3 + b; b = b * 5 + a; a = a % 1009; b = b % 2003
    return a ^ b


def nothing():
    return None


def main():
    total = 0
    for i in range(4_000_000):
        total += straight(i, total)
        nothing()
    print(total)


main()
"""


def shares(paradvisor: Any, passes: str) -> dict[str, float]:
    paradvisor.write("app.py", HIDDEN)
    run = paradvisor("profile", "-q", "--json", "--passes", passes, "app.py")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert not report["notes"]
    return {spot["location"]["function"]: spot["share"] for spot in report["hotspots"]}


@may_trace
@pytest.mark.slow
def test_time_that_no_thread_of_the_program_can_see_is_found_from_outside(paradvisor: Any) -> None:
    assert spy.find() is not None, "py-spy is part of the test extra"
    found = shares(paradvisor, "waits,bare,spy")
    assert found["straight"] > 0.6
    assert found.get("nothing", 0.0) < 0.2
    assert found["straight"] > shares(paradvisor, "waits").get("straight", 0.0) + 0.2


LOCKSTEP = """\
import threading


def relax(cells):
    for i in range(len(cells)):
        cells[i] = (cells[i - 1] + cells[i] * 2) % 9973


def work(number, barrier, cells):
    for _ in range(440):
        if number == 0:
            relax(cells)
        barrier.wait()


barrier, cells = threading.Barrier(6), list(range(60_000))
threads = [threading.Thread(target=work, args=(n, barrier, cells)) for n in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(cells[-1])
"""


@may_trace
@pytest.mark.slow
def test_threads_that_wake_up_and_wait_again_are_not_what_computes(paradvisor: Any) -> None:
    paradvisor.write("app.py", LOCKSTEP)
    run = paradvisor("profile", "-q", "--json", "--passes", "waits,bare,spy", "app.py")
    top = json.loads(run.stdout[run.stdout.index(b"{") :])["hotspots"][0]
    assert (top["location"]["function"], top["kind"]) == ("relax", "python")
    assert top["share"] > 0.87


PACKER = """\
import bz2
from concurrent.futures import ThreadPoolExecutor


def text(n):
    return b"".join(b"%d %d;" % (k, k * n % 977) for k in range(120_000))


def pack(texts):
    with ThreadPoolExecutor(1) as pool:
        for packed in pool.map(bz2.compress, texts):
            print(len(packed))


pack([text(n) * 4 for n in range(4)])
"""


@may_trace
@pytest.mark.slow
def test_what_a_library_does_in_a_thread_is_its_waiters_though_it_is_on_no_stack(
    paradvisor: Any,
) -> None:
    paradvisor.write("app.py", PACKER)
    run = paradvisor("profile", "-q", "--json", "--passes", "waits,bare,spy", "app.py")
    top = json.loads(run.stdout)["hotspots"][0]
    assert (top["location"]["function"], top["kind"]) == ("pack", "native_nogil")


def test_where_it_cannot_look_it_says_why(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    program = spy.find()
    assert program is not None
    watch = spy.Spy(program, tmp_path, str(tmp_path), 1.0)
    watch.begin(ended.pid)
    seen, why = watch.seen()
    assert seen is None
    assert why
    assert spy.Spy(program, tmp_path, ".", 1.0).seen() == (None, "it was not started")


def test_every_line_of_its_record_becomes_a_stack() -> None:
    text = [
        "<module> (/a b/app (1).py:3);strange;g (<string>:1);work (lib.py:9) 7",
        "<module> (/a b/app (1).py:3) 2",
        "torn",
    ]
    found = spy.parse(text, "/here", 100)
    assert found.tool == "py-spy"
    assert [(one.count, [(f.file, f.line) for f in one.stack]) for one in found.stacks] == [
        (7, [("/a b/app (1).py", 3), ("<string>", 1), ("/here/lib.py", 9)]),
        (2, [("/a b/app (1).py", 3)]),
    ]


def test_spy_needs_the_run_that_it_looks_at(paradvisor: Any) -> None:
    paradvisor.write("app.py", "print(1)")
    run = paradvisor("profile", "-q", "--passes", "spy,bare", "app.py")
    assert run.returncode == 2
    assert b"--passes waits,bare,spy" in run.stderr
