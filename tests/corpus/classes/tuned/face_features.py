"""Finds the main components of a set of synthetic pictures.

kind: native_nogil
bound: compute
reason: numpy.linalg calls LAPACK from generalized ufuncs, without the lock; two threads took
  1.10x the time of one with one BLAS thread.
"""

import numpy as np


def pictures(count, size):
    """Blobs at places that depend on the picture's number."""
    axis = np.linspace(0.0, 1.0, size)
    result = []
    for number in range(count):
        x, y = number * 0.618 % 1, number * 0.414 % 1
        blob = np.exp(-20 * ((axis[:, None] - x) ** 2 + (axis[None, :] - y) ** 2))
        result.append((blob + 0.1 * np.sin(number + 9 * axis)).ravel())
    return np.array(result)


def components(data):
    centred = data - data.mean(axis=0)
    _, strengths, axes = np.linalg.svd(centred, full_matrices=False)
    return strengths, axes


def rebuild_error(data, axes, kept):
    centred = data - data.mean(axis=0)
    weights = centred @ axes[:kept].T
    return float(np.abs(centred - weights @ axes[:kept]).mean())


def main():
    data = pictures(1000, 36)
    strengths, axes = components(data)
    print("strongest:", " ".join(f"{value:.2f}" for value in strengths[:4]))
    for kept in (5, 20, 60):
        print(f"{kept:3} components: error {rebuild_error(data, axes, kept):.5f}")


if __name__ == "__main__":
    main()
