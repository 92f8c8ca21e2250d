"""Steps two bodies through their orbit with small numpy vectors.

kind: native_gil
bound: compute
reason: ufuncs on arrays of fewer than 500 elements do not release the lock
  (NPY_BEGIN_THREADS_THRESHOLDED); the time is numpy's C code for the millions of calls, not the
  bytecode between them; two threads took 1.96x the time of one.
"""

import numpy as np


class Body:
    def __init__(self, mass, position, velocity):
        self.mass = mass
        self.position = np.array(position, dtype=float)
        self.velocity = np.array(velocity, dtype=float)


def step(one, two, interval):
    offset = two.position - one.position
    square = np.add.reduce(offset * offset)
    pull = offset * (interval / (square * np.sqrt(square)))
    one.velocity += pull * two.mass
    two.velocity -= pull * one.mass
    one.position += one.velocity * interval
    two.position += two.velocity * interval


def run(steps):
    sun = Body(1.0, [0.0, 0.0, 0.0], [0.0, -0.001, 0.0])
    planet = Body(0.001, [1.0, 0.0, 0.0], [0.0, 1.0, 0.1])
    for _ in range(steps):
        step(sun, planet, 0.0005)
    return sun, planet


def main():
    sun, planet = run(200_000)
    print("sun   ", np.round(sun.position, 6))
    print("planet", np.round(planet.position, 6))


if __name__ == "__main__":
    main()
