"""Renders the tiles of a map in two processes and joins them.

kind: child
bound: io
reason: multiprocessing.Process.join waits for the processes, which compute; their results come
  through shared memory.
"""

import multiprocessing
from itertools import pairwise
from multiprocessing.sharedctypes import RawArray

SIZE = 640


def height(x, y):
    value = 0
    for octave in (1, 2, 4, 8):
        value += ((x // octave * 374761 + y // octave * 668265) ^ (x * y)) % 97 * octave
    return value % 256


def render(shared, first, last):
    for y in range(first, last):
        row = bytes(height(x, y) for x in range(SIZE))
        shared[y * SIZE : (y + 1) * SIZE] = row


def edges(pixels):
    """Count the neighbours in a row that differ a lot."""
    return sum(abs(one - two) > 200 for one, two in pairwise(pixels))


def main():
    shared = RawArray("B", SIZE * SIZE)
    for season in range(8):
        middle = SIZE // 2 + season
        workers = [
            multiprocessing.Process(target=render, args=(shared, 0, middle)),
            multiprocessing.Process(target=render, args=(shared, middle, SIZE)),
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        pixels = bytes(shared)
        print(f"season {season}: {pixels.count(0)} darkest, {edges(pixels)} edges")


if __name__ == "__main__":
    main()
