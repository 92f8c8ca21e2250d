"""What `paradvisor apply` writes against pools written by hand, for the same loops.

Each case is a whole program with one loop. Four versions of it run in turn: serial, as apply
rewrites it, with `multiprocessing.Pool` and with `concurrent.futures`, both with chunks as a person
would choose them. Wall times are of whole processes, so imports count. All must print the same.

Run: python -m benchmarks.byhand [--only NAME]... [--rounds N]
"""

from __future__ import annotations

import argparse
import ast
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from paradvisor.analysis.dependences import splits
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.parts import Split
from paradvisor.analysis.source import Program
from paradvisor.rewrite.section import Change, rewrite

MEDIAN_TARGET, WORST_TARGET = 1.05, 1.10
#: Case -> what stands before the loop (a function `work`, a list `items`).
WORK = {
    "rows": """
def work(y):
    row = 0
    for x in range(900):
        c = complex(x / 450 - 1.6, y / 300 - 1.0)
        z, n = 0j, 0
        while abs(z) < 2 and n < 60:
            z, n = z * z + c, n + 1
        row += n
    return row

items = list(range(600))
""",
    "short": """
def work(n):
    total = 0
    for d in range(1, 450):
        total += n % d
    return total

items = list(range(80_000))
""",
    "uneven": """
def work(n):
    total = 0
    for i in range(n * n // 20):
        total += i ^ n
    return total

items = list(range(1_300))
""",
    "texts": """
import re

def work(text):
    return len(set(re.findall(r"[a-z]+\\d", text)))

items = ["".join(chr(97 + (i * k) % 26) + str(k % 7) for k in range(4000)) for i in range(2_500)]
""",
    "large": """
def work(n):
    block = bytes(range(256)) * 4096
    return bytes(x ^ (n & 255) for x in block[: 1 << 17]) * 8

items = list(range(160))
""",
    "dicts": """
def work(n):
    found = {}
    for k in range(2, 900):
        found[n * k % 97] = found.get(n * k % 97, 0) + k
    return found

items = list(range(15_000))
""",
}
LOOP = "results = []\nfor item in items:\n    results.append(work(item))\n"
POOL = """\
import multiprocessing

with multiprocessing.Pool() as pool:
    results = pool.map(work, items)
"""
FUTURES = """\
import os
from concurrent.futures import ProcessPoolExecutor

chunk = max(1, len(items) // (4 * os.cpu_count()))
with ProcessPoolExecutor() as executor:
    results = list(executor.map(work, items, chunksize=chunk))
"""
END = "import zlib\nprint(len(results), zlib.crc32(repr(results).encode()))\n"


class Case(NamedTuple):
    """A program: what stands before its loop, the loop, and two versions of it by hand."""

    before: str
    loop: str = LOOP
    pool: str = POOL
    futures: str = FUTURES
    way: Callable[[Split], object] = lambda _parts: True
    """Which of the ways to share the loop out is taken, where there are several."""


_KEPT_IN_ORDER = """\
results, left_out = [], 0
for item in items:
    if item % 7 == 0:
        left_out += 1
        continue
    value = work(item)
    if len(results) % 100 == 0:
        print(item, left_out)
    results.append(value)
"""
_DRAWN_IN_ORDER = """
    results, left_out = [], 0
    for item, value in zip(items, values):
        if value is None:
            left_out += 1
            continue
        if len(results) % 100 == 0:
            print(item, left_out)
        results.append(value)
"""
_OR_NONE = """\
def work_or_none(item):
    return work(item) if item % 7 else None

"""
_COUNTED = """\
counts, letters, longest = {}, 0, []
for text in items:
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
        letters += len(word)
    longest.append(max(text.split(), key=len))
results = [counts, letters, longest]
"""
_COUNT = """\
def count(text):
    counts, letters = {}, 0
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
        letters += len(word)
    return counts, letters, max(text.split(), key=len)

"""
_ADDED = """
    counts, letters, longest = {}, 0, []
    for some, more, word in found:
        for key, value in some.items():
            counts[key] = counts.get(key, 0) + value
        letters += more
        longest.append(word)
results = [counts, letters, longest]
"""
_POOL = "import multiprocessing\n\nwith multiprocessing.Pool() as pool:\n"
_EXECUTOR = """\
import os
from concurrent.futures import ProcessPoolExecutor

chunk = max(1, len(items) // (4 * os.cpu_count()))
with ProcessPoolExecutor() as executor:
"""
#: Case -> the program.
CASES = {
    **{name: Case(before) for name, before in WORK.items()},
    "in order": Case(
        WORK["rows"],
        _KEPT_IN_ORDER,
        f"{_OR_NONE}{_POOL}    values = pool.map(work_or_none, items)\n{_DRAWN_IN_ORDER}",
        f"{_OR_NONE}{_EXECUTOR}    values = executor.map(work_or_none, items, chunksize=chunk)\n"
        f"{_DRAWN_IN_ORDER}",
        lambda parts: parts.ahead,
    ),
    "counts": Case(
        "items = [' '.join(str(i * k % 9973) for k in range(2_000)) for i in range(1_500)]\n",
        _COUNTED,
        f"{_COUNT}{_POOL}    found = pool.map(count, items)\n{_ADDED}",
        f"{_COUNT}{_EXECUTOR}    found = executor.map(count, items, chunksize=chunk)\n{_ADDED}",
        lambda parts: parts.parts,
    ),
}
OURS = "ours"


def versions(case: Case) -> dict[str, str]:
    """Version -> program."""
    before = case.before.lstrip()
    return {
        "serial": f"{before}\n{case.loop}{END}",
        OURS: _rewritten(f"{before}\n{case.loop}{END}", case.way),
        "Pool": f"{before}\n{case.pool}{END}",
        "futures": f"{before}\n{case.futures}{END}",
    }


def _rewritten(serial: str, way: Callable[[Split], object]) -> str:
    program = Program({"case.py": serial}, {"case.py": "__main__"})
    top = program.modules["case.py"].top
    node = next(node for node in loop_nodes(top) if isinstance(node, ast.For))
    parts = next(parts for parts in splits(program, top, node) if way(parts))
    change = Change(top, node, parts, "fork", None)
    return rewrite(serial.encode(), [change]).decode()


def measure(case: str, rounds: int) -> dict[str, list[float]]:
    """Version -> wall seconds, one of each in a round.

    Raises:
        SystemExit: one of them prints something else.
    """
    found: dict[str, list[float]] = {}
    printed = set()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, text in versions(CASES[case]).items():
                script = Path(folder, f"{name}.py")
                script.write_text(text, encoding="utf-8")
                begun = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, str(script)], stdout=subprocess.PIPE, check=True
                )
                found.setdefault(name, []).append(time.perf_counter() - begun)
                printed.add(done.stdout)
    if len(printed) > 1:
        sys.exit(f"{case}: the versions print different things: {printed}")
    return found


def main() -> int:
    """Print the table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="only this case")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each version, in turn (7)")
    options = parser.parse_args()
    print(f"{'case':10}{'serial':>9}{'ours':>8}{'Pool':>8}{'futures':>9}   ours / the faster one")
    ratios = []
    for case in options.only or list(CASES):
        walls = measure(case, options.rounds)
        middle = {name: statistics.median(values) for name, values in walls.items()}
        rival = min(("Pool", "futures"), key=lambda name: middle[name])
        rounds = [ours / other for ours, other in zip(walls[OURS], walls[rival], strict=True)]
        ratios.append(statistics.median(rounds))
        speedups = "".join(
            f"{middle['serial'] / middle[name]:{width}.2f}x"
            for name, width in ((OURS, 7), ("Pool", 7), ("futures", 8))
        )
        print(
            f"{case:10}{middle['serial']:8.2f}s{speedups}   "
            f"{ratios[-1]:.3f} ({min(rounds):.3f} to {max(rounds):.3f}) of {rival}",
            flush=True,
        )
    median, worst = statistics.median(ratios), max(ratios)
    met = median <= MEDIAN_TARGET and worst <= WORST_TARGET
    print(
        f"median {median:.3f} (target {MEDIAN_TARGET}), worst {worst:.3f} "
        f"(target {WORST_TARGET}): {'PASS' if met else 'SHORT'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
