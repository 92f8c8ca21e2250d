"""Splits a long sum among forked processes and gathers the parts by exit status.

kind: child
bound: io
reason: the parent blocks in os.waitpid; the forked children compute.
"""

import os
import time


def digit_sum(start, stop):
    total = 0
    for number in range(start, stop):
        while number:
            total += number % 10
            number //= 10
    return total


def spawn(function, *args):
    """Run function in a child whose exit status is the result modulo 251."""
    pid = os.fork()
    if pid:
        return pid
    status = 255
    try:
        status = function(*args) % 251
    finally:
        os._exit(status)


def gather(pids):
    results = []
    for pid in pids:
        _, status = os.waitpid(pid, 0)
        results.append(os.waitstatus_to_exitcode(status))
    return results


def main():
    bounds = range(0, 3_900_000, 650_000)
    results = []
    for start in bounds:
        results += gather([spawn(digit_sum, start, start + 650_000)])
        time.sleep(0.02)
    print("parts", results, "sum", sum(results) % 251)


if __name__ == "__main__":
    main()
