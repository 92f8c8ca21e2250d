"""Runs a test suite under several settings, from a pool of threads.

kind: child
bound: io
reason: each thread waits in subprocess.run for a test process, which computes and rests; the main
  thread waits for the pool.
"""

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SUITE = """
import sys, time
size, mode = int(sys.argv[1]), sys.argv[2]
passed = 0
for case in range(size):
    value = case
    for step in range(60):
        value = (value * 31 + step) % 10007
    passed += value % (9 if mode == "strict" else 50) != 0
time.sleep(0.15)
print(passed, size - passed)
"""


def run(setting):
    size, mode = setting
    command = [sys.executable, "-S", "-c", SUITE, str(size), mode]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    passed, failed = map(int, result.stdout.split())
    return setting, passed, failed


def main():
    settings = list(itertools.product((40_000, 50_000, 60_000), ("plain", "strict")))
    with ThreadPoolExecutor(max_workers=2) as pool:
        for (size, mode), passed, failed in pool.map(run, settings):
            print(f"{size:6} {mode:7} passed {passed}, failed {failed}")


if __name__ == "__main__":
    main()
