"""Ranks the pages of a site by powers of its matrix of links.

kind: native_nogil
bound: compute
reason: numpy multiplies matrices of floats in BLAS without the lock; two threads took 1.11x the
  time of one with one BLAS thread.
"""

import numpy as np


def links(size):
    """A matrix of who links to whom, each column summing to one."""
    rows, columns = np.indices((size, size))
    matrix = ((rows * 7919 + columns * 104729) % 1009 < 20).astype(float)
    matrix[np.arange(size), (np.arange(size) + 1) % size] = 1.0
    return matrix / matrix.sum(axis=0)


def surf(matrix, damping=0.85):
    size = len(matrix)
    return damping * matrix + (1.0 - damping) / size


def power(matrix, exponent):
    result = np.eye(len(matrix))
    while exponent:
        if exponent % 2:
            result = result @ matrix
        matrix = matrix @ matrix
        exponent //= 2
    return result


def main():
    matrix = surf(links(1300))
    ranks = power(matrix, 255)[:, 0]
    best = np.argsort(-ranks, kind="stable")[:3]
    for page in best:
        print(f"page {page}: {ranks[page] * len(ranks):.4f}")


if __name__ == "__main__":
    main()
