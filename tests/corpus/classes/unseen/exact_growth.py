"""Counts walks through a graph exactly, with a numpy matrix of Python integers.

kind: native_gil
bound: compute
reason: numpy loops over an object array by calling the integers' own C arithmetic, and keeps the
  lock to do so; two threads took 2.19x the time of one.
"""

import numpy as np


def ring_with_chords(size):
    graph = np.zeros((size, size), dtype=object)
    for node in range(size):
        for jump in (1, 2, 7):
            graph[node, (node + jump) % size] = 1
            graph[(node + jump) % size, node] = 1
    return graph


def power(matrix, exponent):
    """Square and multiply."""
    result = None
    square = matrix
    while exponent:
        if exponent & 1:
            result = square if result is None else result.dot(square)
        exponent >>= 1
        if exponent:
            square = square.dot(square)
    return result


def main():
    graph = ring_with_chords(44)
    for length in (500, 1023, 2047):
        walks = power(graph, length)
        total = int(walks.sum())
        print(f"walks of {length}: {total.bit_length()} bits, ends {total % 10**12}")


if __name__ == "__main__":
    main()
