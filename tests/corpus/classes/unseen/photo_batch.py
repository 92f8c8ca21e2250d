"""Converts a batch of pictures by running a converter for each, one after the other.

kind: child
bound: io
reason: subprocess.run waits for each converter, which computes in a process of its own.
"""

import subprocess
import sys

CONVERTER = """
import sys
width, height, seed = map(int, sys.argv[1:])
total = 0
for y in range(height):
    for x in range(width):
        total = (total * 33 + (x * seed ^ y)) % 65521
print(total)
"""


def convert(width, height, seed):
    command = [sys.executable, "-S", "-c", CONVERTER, str(width), str(height), str(seed)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(result.stdout)


def batch(sizes):
    for number, (width, height) in enumerate(sizes):
        yield f"picture{number}", convert(width, height, number + 3)


def main():
    sizes = [(1100 + 60 * n, 1000) for n in range(8)]
    for name, total in batch(sizes):
        print(name, total)


if __name__ == "__main__":
    main()
