"""Simulations: ensembles, bodies, queues, a lattice, an oscillator."""
import heapq
import math
import random


class Walker:
    def __init__(self, seed, size):
        self.rng = random.Random(seed)
        self.x = self.y = 0
        self.size = size

    def run(self, steps):
        for _ in range(steps):
            d = self.rng.random()
            if d < 0.5:
                self.x += 1 if d < 0.25 else -1
            else:
                self.y += 1 if d < 0.75 else -1
            if abs(self.x) + abs(self.y) > self.size:
                return False
        return True


class Body:
    def __init__(self, x, y, mass):
        self.x, self.y, self.mass = x, y, mass
        self.vx = self.vy = 0.0


def lcg(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield seed / 2147483648


def force_on(body, bodies):
    fx = fy = 0.0
    for other in bodies:
        dx, dy = other.x - body.x, other.y - body.y
        d2 = dx * dx + dy * dy + 0.05
        pull = other.mass / (d2 * math.sqrt(d2))
        fx += dx * pull
        fy += dy * pull
    return fx, fy


def advance(bodies, dt, steps):
    for _ in range(steps):  # trap: time stepping, each step starts from the positions of the last
        forces = []
        for body in bodies:  # parallel: ordered append
            forces.append(force_on(body, bodies))
        for body, (fx, fy) in zip(bodies, forces):
            body.vx += fx * dt
            body.vy += fy * dt
            body.x += body.vx * dt
            body.y += body.vy * dt


def relax(bodies):
    """Move every body towards the pull of the others, at once."""
    for body in bodies:  # trap: bodies moved already act on the later ones
        fx, fy = force_on(body, bodies)
        norm = math.hypot(fx, fy) or 1.0
        body.x += 0.01 * fx / norm
        body.y += 0.01 * fy / norm


def first_escape(seeds, size, steps):
    for seed in seeds:  # parallel: first match
        if not Walker(seed, size).run(steps):
            return seed
    return None


def queue_waits(arrivals, servers):
    free = [0.0] * servers
    waits = []
    for when, load in arrivals:  # trap: the servers' free times come from earlier customers
        start = max(when, heapq.heappop(free))
        service = load
        for _ in range(5):
            service = load * (1 + 0.1 * math.sin(start + service))
        heapq.heappush(free, start + service)
        waits.append(start - when)
    return waits


def estimate(noise, n):
    """Rejection sampling; the number of draws differs from sample to sample."""
    accepted = []
    for _ in range(n):  # trap: all samples draw from one generator object
        x = next(noise)
        while next(noise) > math.exp(-4 * (x - 0.5) ** 2):
            x = next(noise)
        accepted.append(x)
    return sum(accepted) / n


def damped(n, friction):
    """Angle of a driven pendulum."""
    angle, speed = 0.4, 0.0
    peak = 0.0
    for k in range(n):  # trap: angle and speed carry over
        pull = -math.sin(angle) - friction * speed + 0.9 * math.cos(k * 0.0066)
        speed += pull * 0.01
        angle += speed * 0.01
        if abs(speed) > peak:
            peak = abs(speed)
    return angle, peak


def settle(grid, limit):
    """Heat plate: relax until the change gets small."""
    n = len(grid)
    change = limit + 1
    rounds = 0
    while change > limit:  # trap: runs until converged, each round reads the round before
        fresh = [row[:] for row in grid]
        for i in range(1, n - 1):
            up, row, down = grid[i - 1], grid[i], grid[i + 1]
            for j in range(1, n - 1):
                fresh[i][j] = 0.25 * (up[j] + down[j] + row[j - 1] + row[j + 1])
        change = max(abs(a - b) for p, q in zip(grid, fresh) for a, b in zip(p, q))
        grid = fresh
        rounds += 1
    return grid, rounds


DEBUG_SEEN = False


def sample_energy(k):
    """Energy of a sample; after the first hot one, readings are calibrated differently."""
    global DEBUG_SEEN
    value = sum(math.sin(k * j) for j in range(1, 30))
    if value > 18:
        DEBUG_SEEN = True
    return value - 1.0 if DEBUG_SEEN else value


def main():
    stuck = 0
    for seed in range(1000):  # parallel: reduction
        walker = Walker(seed, 30)
        stuck += walker.run(400)
    far = first_escape(range(5000, 7000), 110, 1000)

    rng = random.Random(4)
    bodies = [Body(rng.gauss(0, 3), rng.gauss(0, 3), rng.uniform(0.5, 2)) for _ in range(60)]
    advance(bodies, 0.01, 110)
    cloud = [Body(rng.gauss(0, 3), rng.gauss(0, 3), 1.0) for _ in range(640)]
    relax(cloud)
    pairs = {k: force_on(b, cloud)[0] for k, b in enumerate(cloud[:600])}  # parallel: dict build

    arrivals = []
    clock = 0.0
    for _ in range(80000):
        clock += rng.expovariate(3.0)
        arrivals.append((clock, rng.expovariate(1.2)))
    waits = queue_waits(arrivals, 3)
    mean = estimate(lcg(99), 90000)
    angle, peak = damped(180000, 0.2)
    plate = [[100.0 if i == 0 or j == 7 else 0.0 for j in range(40)] for i in range(40)]
    plate, rounds = settle(plate, 0.11)
    energies = [sample_energy(k) for k in range(24000)]  # trap: sample_energy sets a global flag

    print("stuck", stuck, "far", far)
    print("bodies", round(sum(b.x * b.mass for b in bodies), 8), round(sum(pairs.values()), 8))
    print("waits", round(sum(waits), 5), "mean", round(mean, 8))
    print("pendulum", round(angle, 8), round(peak, 8), "plate", rounds, round(plate[9][9], 6))
    print("energies", round(sum(energies), 6), DEBUG_SEEN)


if __name__ == "__main__":
    main()
