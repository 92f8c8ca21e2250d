"""Find the largest eigenvalue of a few matrices by squaring each of them again and again.

All the time goes into the matrix products, which NumPy hands to its BLAS library; that runs in
C with the interpreter lock released and already uses every core. Threads or processes on top
would only fight over the same cores, and there is nothing left to rewrite in C. Leave it.
"""
# expect: bound = "compute", kind = "native_nogil", hotspot = "largest_eigenvalue", loop = "for name, matrix in matrices.items()", verdict = "unknown", strategy = "none", size = "1200"

import sys

import numpy as np

NAMES = ["east", "north", "south", "west"]
SQUARINGS = 12


def make_matrices(size: int) -> dict[str, np.ndarray]:
    """Return a symmetric matrix with positive elements for each name."""
    matrices = {}
    for seed, name in enumerate(NAMES):
        half = np.random.default_rng(seed).random((size, size))
        matrices[name] = half + half.T
    return matrices


def largest_eigenvalue(matrix: np.ndarray, squarings: int) -> float:
    """Return the largest eigenvalue of a symmetric matrix.

    The high powers of the matrix turn every vector towards the eigenvector.
    """
    power = matrix / np.abs(matrix).max()
    for _ in range(squarings):
        power = power @ power
        power /= np.abs(power).max()
    vector = power @ np.ones(len(matrix))
    vector /= np.sqrt(vector @ vector)
    return float(vector @ matrix @ vector)


def main() -> None:
    """Compute the eigenvalues and print them to six digits after the point."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    matrices = make_matrices(size)
    values = {}
    for name, matrix in matrices.items():
        values[name] = largest_eigenvalue(matrix, SQUARINGS)
    for name, value in values.items():
        print(f"{name:<6} {value:14.6f}")
    print(f"{len(values)} matrices of {size} x {size}, sum {sum(values.values()):.6f}")


if __name__ == "__main__":
    main()
