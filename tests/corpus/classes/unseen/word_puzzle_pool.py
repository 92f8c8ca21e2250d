"""Solves word puzzles in a pool of processes.

kind: child
bound: io
reason: multiprocessing.Pool.map: the pool's processes compute, and the parent waits for them (by
  way of a condition that its result thread sets).
"""

import multiprocessing
import random


def ladder(words, start, end):
    """Length of the shortest chain of words that differ in one letter each."""
    known = set(words)
    front, steps, seen = [start], 0, {start}
    while front:
        if end in front:
            return steps
        following = []
        for word in front:
            for place in range(len(word)):
                for letter in "abcdef":
                    other = word[:place] + letter + word[place + 1 :]
                    if other in known and other not in seen:
                        seen.add(other)
                        following.append(other)
        front, steps = following, steps + 1
    return -1


def puzzle(seed):
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdef", k=7)) for _ in range(40_000)]
    return ladder(words, words[0], words[-1])


def main():
    with multiprocessing.Pool(2) as pool:
        lengths = pool.map(puzzle, range(8), chunksize=1)
    print("lengths:", lengths)


if __name__ == "__main__":
    main()
