"""What paradvisor costs before it does anything: ``--help``, and the import of its runtime.

Run: python -m benchmarks.startup [--runs N]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

HELP_TARGET_MS = 120.0
IMPORT_TARGET_MS = 10.0
FEWEST_RUNS = 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=21, help="runs of each command (21)")
    runs = max(FEWEST_RUNS, parser.parse_args().runs)
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "paradvisor --help": [*_paradvisor(), "--help"],
        "from paradvisor import ..": [
            sys.executable,
            "-c",
            "from paradvisor import parallel, scheduled",
        ],
    }
    times = _interleaved(list(commands.values()), runs)
    print(f"CPython {sys.version.split()[0]}, {runs} runs of each, taken in turn\n")
    print(f"{'command':28} {'median':>9} {'quartiles':>19} {'lowest':>9}")
    for name, milliseconds in zip(commands, times, strict=True):
        low, middle, high = statistics.quantiles(milliseconds, n=4)
        print(f"{name:28} {middle:6.1f} ms {low:8.1f}..{high:.1f} ms {min(milliseconds):6.1f} ms")
    bare, shown, imported = times
    above = statistics.median(b - a for a, b in zip(bare, imported, strict=True))
    print()
    met = [
        _verdict("paradvisor --help, whole", statistics.median(shown), HELP_TARGET_MS),
        _verdict("import of the runtime, above bare python", above, IMPORT_TARGET_MS),
    ]
    return 0 if all(met) else 1


def _paradvisor() -> list[str]:
    script = Path(sys.executable).with_name("paradvisor")
    return [str(script)] if script.exists() else [sys.executable, "-m", "paradvisor"]


def _interleaved(commands: list[list[str]], runs: int) -> list[list[float]]:
    """Milliseconds of each command, in turn, so that a busy moment falls on all of them."""
    times: list[list[float]] = [[] for _ in commands]
    for number in range(runs + 1):
        for command, milliseconds in zip(commands, times, strict=True):
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
            if number:  # the first round fills the caches
                milliseconds.append(1000 * (time.perf_counter() - begun))
    return times


def _verdict(what: str, milliseconds: float, target: float) -> bool:
    met = milliseconds <= target
    said = "PASS" if met else f"SHORT by {milliseconds - target:.1f} ms"
    print(f"{said}: {what}: {milliseconds:.1f} ms, target {target:.0f} ms")
    return met


if __name__ == "__main__":
    sys.exit(main())
