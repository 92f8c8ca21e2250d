"""What the sampler says of programs whose places are known."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

SHORT_CALLS = """\
def work(n):
    total = 0
    for i in range(n):
        total += i * n % 7
    return total


def main():
    out = []
    for y in range(600):
        out.append(work(5000 + y % 10))
    print(sum(out))


main()
"""


def profiled(paradvisor: Any, source: str) -> dict[str, Any]:
    paradvisor.write("app.py", source)
    passes = "waits,bare,functions,lines,trials"  # the heartbeat alone, without py-spy
    run = paradvisor("profile", "-q", "--json", "--passes", passes, "app.py")
    assert run.returncode == 0, run.stderr
    report: dict[str, Any] = json.loads(run.stdout)
    return report


@pytest.mark.slow
def test_calls_that_return_soon_keep_their_callers_and_lines(paradvisor: Any) -> None:
    report = profiled(paradvisor, SHORT_CALLS)
    top = report["hotspots"][0]
    assert top["location"]["function"] == "work"
    assert top["lines"][0]["text"] in ("total += i * n % 7", "for i in range(n):")
    ended = [line["share"] for line in top["lines"] if line["text"] == "return total"]
    assert sum(ended) < 0.1
    [outer] = [loop for loop in report["loops"] if loop["source"].startswith("for y in")]
    assert outer["share"] > 0.7
    assert outer["iterations"] == 600


DISTANCES = """\
def distance(a, b):
    previous = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        current = [i]
        for j, cb in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (ca != cb)))
        previous = current
    return previous[-1]


words = ["ab" * (n % 4 + 2) + str(n) for n in range(220)]
print(sum(distance(a, b) for a in words for b in words[::2]))
"""


@pytest.mark.slow
def test_a_function_is_not_seen_where_it_ends(paradvisor: Any) -> None:
    paradvisor.write("app.py", DISTANCES)
    run = paradvisor("profile", "-q", "--json", "--quick", "app.py")
    top = json.loads(run.stdout)["hotspots"][0]
    shares = {line["text"]: line["share"] for line in top["lines"]}
    assert shares.get("return previous[-1]", 0.0) < 0.05
    assert max(shares, key=lambda text: shares[text]).startswith("current.append(")


DIVISORS = """\
def divisors(n):
    total = 0
    for d in range(1, n // 2 + 1):
        if n % d == 0:
            total += d
    return total


print(max(divisors(n) for n in range(3000, 9000)))
"""


@pytest.mark.slow
def test_a_jump_that_is_on_no_line_counts_for_its_loop(paradvisor: Any) -> None:
    report = profiled(paradvisor, DIVISORS)
    top = report["hotspots"][0]
    assert top["location"]["function"] == "divisors"
    at_work = ("for d in range(1, n // 2 + 1):", "if n % d == 0:")
    assert sum(line["share"] for line in top["lines"] if line["text"] in at_work) > 0.8


def quick(paradvisor: Any, source: str) -> dict[str, Any]:
    paradvisor.write("app.py", source)
    run = paradvisor("profile", "-q", "--json", "--quick", "app.py")
    assert run.returncode == 0, run.stderr
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def top_kind(report: dict[str, Any]) -> str:
    time = report["time"]
    return max(time, key=lambda kind: float(time[kind]))


TASKS = """\
import asyncio


async def slow(number):
    await asyncio.sleep(0.3)
    return number


async def fetch(reader):
    return await reader.readline()


async def serve(reader, writer):
    for _ in range(3):
        await asyncio.sleep(0.4)
        writer.write(b"line\\n")
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        await fetch(reader)
    writer.close()
    server.close()


asyncio.run(main())
"""


@pytest.mark.slow
def test_waits_of_an_event_loop_are_billed_to_what_its_tasks_await(paradvisor: Any) -> None:
    report = quick(paradvisor, TASKS)
    assert top_kind(report) == "io"
    shares = {spot["location"]["function"]: spot["share"] for spot in report["hotspots"]}
    assert shares["serve"] > 0.25
    assert shares["fetch"] > 0.25
    lines = {line["text"] for spot in report["hotspots"] for line in spot["lines"][:1]}
    assert "return await reader.readline()" in lines
    assert "await asyncio.sleep(0.4)" in lines


EXECUTOR = """\
import asyncio
import time


def crunch(n):
    total = 0
    for k in range(n):
        total += k * k % 7
    return total


async def main():
    loop = asyncio.get_running_loop()
    print(sum([await loop.run_in_executor(None, crunch, 1_500_000) for _ in range(6)]))


asyncio.run(main())
"""


@pytest.mark.slow
def test_a_loop_that_waits_for_its_executor_does_what_the_executor_does(paradvisor: Any) -> None:
    report = quick(paradvisor, EXECUTOR)
    assert top_kind(report) == "python"
    assert report["bound"] == "compute"
    assert report["hotspots"][0]["location"]["function"] == "crunch"
    names = [thread["name"] for thread in report["threads"]]
    assert names[0] == "main"
    assert any(name.startswith("asyncio_0") for name in names)
    worker = next(thread for thread in report["threads"] if thread["name"].startswith("asyncio_0"))
    assert worker["time"]["python"] > 0.3 * worker["wall_s"]


HASHES = """\
import hashlib
import threading

DATA = bytes(8_000_000)


def digest():
    for _ in range(500):
        hashlib.sha256(DATA).digest()


workers = [threading.Thread(target=digest, name=f"digest {n}") for n in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
"""


@pytest.mark.slow
def test_a_join_is_what_the_threads_do(paradvisor: Any) -> None:
    report = quick(paradvisor, HASHES)
    assert top_kind(report) == "native_nogil"
    assert report["hotspots"][0]["location"]["function"] == "digest"
    assert {thread["name"] for thread in report["threads"]} >= {"main", "digest 0", "digest 1"}


POOL = """\
import multiprocessing


def crunch(n):
    total = 0
    for k in range(n):
        total += k * k % 7
    return total


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(sum(pool.map(crunch, [600_000] * 60)))
"""


@pytest.mark.slow
def test_waiting_for_a_pool_is_waiting_for_children(paradvisor: Any) -> None:
    report = quick(paradvisor, POOL)
    assert top_kind(report) == "child"


READER = """\
import os
import tempfile


def checksum(line):
    total = 0
    for part in line.split(","):
        total = total * 31 + len(part)
    return total % 97


def main():
    handle, name = tempfile.mkstemp()
    with os.fdopen(handle, "w") as out:
        for n in range(300_000):
            out.write(f"{n},{n * 7 % 1000},abc,def\\n")
    total = 0
    for _ in range(20):
        with open(name) as log:
            for line in log:
                total += checksum(line)
    print(total)
    os.unlink(name)


main()
"""


@pytest.mark.slow
def test_reading_in_between_is_not_what_a_program_of_bytecode_does(paradvisor: Any) -> None:
    report = profiled(paradvisor, READER)
    top = report["hotspots"][0]
    assert (top["location"]["function"], top["kind"]) == ("checksum", "python")
    shares = {loop["source"]: loop["share"] for loop in report["loops"]}
    assert shares["for line in log:"] > 0.5  # 0.86 in truth


LETTERS = """\
from collections import Counter

text = "the quick brown fox jumps over the lazy dog " * 60_000


def count(letters):
    return Counter(letters)


print(count(text).most_common(3), count(text[1:]).most_common(3))
"""


@pytest.mark.slow
def test_native_code_that_lets_no_heartbeat_through_is_known_by_its_calls(paradvisor: Any) -> None:
    top = profiled(paradvisor, LETTERS)["hotspots"][0]
    assert (top["location"]["function"], top["kind"]) == ("count", "native_gil")


OPERATORS = """\
def known(names):
    return [f"name {n}" for n in range(names)]


class Filter:
    def __init__(self, names):
        self.names = names

    def has(self, name):
        return name in self.names


def main():
    keep = Filter(known(6000))
    print(sum(keep.has(f"other {n}") for n in range(15_000)))


main()
"""


@pytest.mark.slow
def test_an_operator_at_work_in_a_short_callee_is_native_code_there(paradvisor: Any) -> None:
    report = profiled(paradvisor, OPERATORS)
    top = report["hotspots"][0]
    assert top["location"]["function"] == "Filter.has"
    assert top["kind"] == "native_gil"
    assert top["lines"][0]["text"] == "return name in self.names"


@pytest.mark.slow
def test_a_wait_says_for_what(paradvisor: Any) -> None:
    report = quick(
        paradvisor,
        """\
import socket


def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(1.2)
        try:
            ear.recv(10)
        except TimeoutError:
            pass


listen()
""",
    )
    assert "UDP socket" in report["hotspots"][0]["evidence"]["summary"]


STOPPED_AT_TIMES = """\
import os, queue, socket, subprocess, sys, time


def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.8)
        try:
            ear.recv(10)
        except TimeoutError:
            pass


def wait():
    try:
        queue.Queue().get(timeout=0.8)
    except queue.Empty:
        pass


def rest():
    time.sleep(0.8)


def main():
    tease = subprocess.Popen([sys.executable, "tease.py", str(os.getpid())])
    listen()
    wait()
    rest()
    tease.kill()
    tease.wait()


main()
"""
TEASE = """\
import os, signal, sys, time

for _ in range(500):
    time.sleep(0.005)
    os.kill(int(sys.argv[1]), signal.SIGSTOP)
    os.kill(int(sys.argv[1]), signal.SIGCONT)
"""


def test_waits_that_a_signal_interrupts_keep_their_kinds(paradvisor: Any) -> None:
    paradvisor.write("tease.py", TEASE)
    report = quick(paradvisor, STOPPED_AT_TIMES)
    found = {spot["location"]["function"]: spot for spot in report["hotspots"]}
    kinds = {name: found[name]["kind"] for name in ("listen", "wait", "rest")}
    assert kinds == {"listen": "io", "wait": "lock", "rest": "io"}
    assert "UDP socket" in found["listen"]["evidence"]["summary"]
    assert "sleep" in found["rest"]["evidence"]["summary"]


ON_ONE_CORE = """\
import os
import numpy

one = {min(os.sched_getaffinity(0))}
for task in os.listdir("/proc/self/task"):  # the threads of the BLAS take turns there
    os.sched_setaffinity(int(task), one)
a = numpy.ones((400, 400))
for _ in range(150):
    a = (a @ a) / 400
print(a.sum())
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="NumPy starts no threads on one core, and no other system gives a core to a thread",
)
def test_threads_that_wait_for_a_core_make_a_program_parallel_too(paradvisor: Any) -> None:
    paradvisor.write("app.py", ON_ONE_CORE)
    run = paradvisor("profile", "-q", "--json", "--quick", "app.py")
    assert run.returncode == 0, run.stderr
    assert any("cores busy by itself" in note for note in json.loads(run.stdout)["notes"])
