"""Follow a ring of small bodies around a heavy one and print how the energy is kept.

The time goes into the pair loop of advance: float arithmetic on list items in the interpreter.
Each step starts from the positions the step before left, so the loop over the steps cannot be
split, and one step is far too short to be shared among workers. Rewrite advance in C.
"""
# expect: bound = "compute", kind = "python", hotspot = "advance", loop = "for step in range(steps)", verdict = "unsafe", strategy = "native", size = "65000"

import math
import sys

BODIES = 12
DT = 0.001


def make_ring(bodies: int) -> tuple[list[float], list[float], list[float]]:
    """Return positions and velocities (x, y of each body in turn) and masses."""
    positions = [0.0, 0.0]
    velocities = [0.0, 0.0]
    masses = [1000.0]
    for body in range(1, bodies):
        angle = 2.0 * math.pi * body / (bodies - 1)
        radius = 8.0 + body
        speed = math.sqrt(masses[0] / radius)
        positions += [radius * math.cos(angle), radius * math.sin(angle)]
        velocities += [-speed * math.sin(angle), speed * math.cos(angle)]
        masses.append(0.1 * body)
    return positions, velocities, masses


def advance(
    positions: list[float], velocities: list[float], masses: list[float], dt: float
) -> None:
    """Move all bodies on by one time step, in place."""
    count = len(masses)
    for i in range(count):
        for j in range(i + 1, count):
            dx = positions[2 * i] - positions[2 * j]
            dy = positions[2 * i + 1] - positions[2 * j + 1]
            squared = dx * dx + dy * dy
            pull = dt / (squared * math.sqrt(squared))
            velocities[2 * i] -= dx * masses[j] * pull
            velocities[2 * i + 1] -= dy * masses[j] * pull
            velocities[2 * j] += dx * masses[i] * pull
            velocities[2 * j + 1] += dy * masses[i] * pull
    for k in range(2 * count):
        positions[k] += dt * velocities[k]


def energy(positions: list[float], velocities: list[float], masses: list[float]) -> float:
    """Return the kinetic and potential energy of all bodies together."""
    total = 0.0
    for i in range(len(masses)):
        total += 0.5 * masses[i] * (velocities[2 * i] ** 2 + velocities[2 * i + 1] ** 2)
        for j in range(i + 1, len(masses)):
            dx = positions[2 * i] - positions[2 * j]
            dy = positions[2 * i + 1] - positions[2 * j + 1]
            total -= masses[i] * masses[j] / math.hypot(dx, dy)
    return total


def main() -> None:
    """Run the simulation, printing the energy ten times on the way."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 65000
    positions, velocities, masses = make_ring(BODIES)
    every = max(steps // 10, 1)
    for step in range(steps):
        if step % every == 0:
            print(f"step {step:7d}  energy {energy(positions, velocities, masses):.9f}")
        advance(positions, velocities, masses, DT)
    print(f"step {steps:7d}  energy {energy(positions, velocities, masses):.9f}")
    print(f"first body at {positions[2]:.9f} {positions[3]:.9f}")


if __name__ == "__main__":
    main()
