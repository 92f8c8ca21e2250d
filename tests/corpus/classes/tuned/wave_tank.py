"""Simulates waves in a tank on a grid, and measures their energy.

kind: native_nogil
bound: compute
reason: ufuncs on arrays of 250,000 elements, which numpy computes without the lock
  (NPY_BEGIN_THREADS); two threads took 1.20x the time of one.
"""

import numpy as np


class Tank:
    def __init__(self, size):
        axis = np.linspace(-1.0, 1.0, size)
        self.now = np.exp(-60.0 * (axis[:, None] ** 2 + (axis[None, :] - 0.3) ** 2))
        self.before = self.now.copy()

    def spread(self):
        middle = self.now[1:-1, 1:-1]
        around = self.now[:-2, 1:-1] + self.now[2:, 1:-1]
        around += self.now[1:-1, :-2]
        around += self.now[1:-1, 2:]
        after = self.now.copy()
        after[1:-1, 1:-1] = 1.998 * middle - 0.998 * self.before[1:-1, 1:-1]
        after[1:-1, 1:-1] += 0.2 * (around - 4.0 * middle)
        self.before, self.now = self.now, after

    def energy(self):
        speed = self.now - self.before
        return float(np.mean(speed * speed) + np.mean(np.sqrt(np.abs(self.now))))


def main():
    tank = Tank(500)
    for moment in range(1, 241):
        tank.spread()
        if moment % 60 == 0:
            print(f"{moment:4} {tank.energy():.6f}")


if __name__ == "__main__":
    main()
