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
from pathlib import Path

from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Program
from paradvisor.rewrite.section import Change, rewrite

MEDIAN_TARGET, WORST_TARGET = 1.05, 1.10
#: Case -> what stands before the loop (a function `work`, a list `items`), and what is printed.
CASES = {
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
OURS = "ours"


def versions(case: str) -> dict[str, str]:
    """Version -> program."""
    before = CASES[case].lstrip()
    serial = f"{before}\n{LOOP}{END}"
    return {
        "serial": serial,
        OURS: _rewritten(serial),
        "Pool": f"{before}\n{POOL}{END}",
        "futures": f"{before}\n{FUTURES}{END}",
    }


def _rewritten(serial: str) -> str:
    program = Program({"case.py": serial}, {"case.py": "__main__"})
    top = program.modules["case.py"].top
    [node] = [n for n in loop_nodes(top) if isinstance(n, ast.For)]
    change = Change(top, node, split(program, top, node), "fork", None)
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
            for name, text in versions(case).items():
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
