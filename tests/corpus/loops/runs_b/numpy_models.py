"""Small numerical models on numpy arrays, some of which share their work space."""
import numpy as np

SEEDED = np.random.default_rng(11)
ROUNDS = 25


class Model:
    """Every call makes arrays of its own."""

    def __init__(self, size):
        self.nodes = np.linspace(0.0, 1.0, size)

    def field(self, strength):
        value = np.sin(self.nodes * strength)
        for k in range(1, ROUNDS):
            value = value * 0.9 + np.cos(self.nodes * (strength + k)) * 0.1
        return value

    def energy(self, strength):
        field = self.field(strength)
        return float(np.sum(field * field))


class Damped(Model):
    def field(self, strength):
        return super().field(strength) * np.exp(-self.nodes)


class Workspace:
    """The same computation in one work array, which is what it returns."""

    def __init__(self, size):
        self.nodes = np.linspace(0.0, 1.0, size)
        self.work = np.zeros(size)

    def compute(self, strength):
        np.sin(self.nodes * strength, out=self.work)
        for k in range(1, ROUNDS):
            self.work *= 0.9
            self.work += np.cos(self.nodes * (strength + k)) * 0.1
        return self.work


class Relaxed:
    """Starts from the state in which the last call has left it."""

    def __init__(self, size):
        self.state = np.zeros(size)

    def settle(self, target):
        for _ in range(ROUNDS):
            self.state += (np.sin(target + self.state) - self.state) * 0.2
        return float(self.state.sum())


class Cold:
    """Starts from the same state each time."""

    def __init__(self, size):
        self.state = np.zeros(size)

    def solve(self, target):
        state = self.state.copy()
        for _ in range(ROUNDS):
            state += (np.sin(target + state) - state) * 0.2
        return float(state.sum())


class Walkers:
    def __init__(self, seed, steps):
        self.seed = seed
        self.steps = steps

    def walk(self, number):
        rng = np.random.default_rng((self.seed, number))
        return np.cumsum(rng.normal(size=(8, self.steps)), axis=1)


def reach(paths):
    return float(np.abs(paths).max())


def fields_sum(model, strengths):
    total = 0.0
    for strength in strengths:  # parallel: reduction
        total += model.energy(strength)
    return total


def fields(space, strengths):
    return [space.compute(strength) for strength in strengths]  # trap: all share the work array


def copies(model, strengths):
    return [model.field(strength) for strength in strengths]  # parallel: map


def settled(relaxed, targets):
    out = []
    for target in targets:  # trap: the model's state is the start of the next call
        out.append(relaxed.settle(target))
    return out


def solved(cold, targets):
    out = {}
    for number, target in enumerate(targets):  # parallel: dict build
        out[number] = cold.solve(target)
    return out


def widest(walkers, numbers):
    best, who = -1.0, None
    for number in numbers:  # parallel: min/max
        far = reach(walkers.walk(number))
        if far > best:
            best, who = far, number
    return who, round(best, 6)


def drawn(count, steps):
    far = []
    for _ in range(count):  # trap: all walks come from one random generator
        paths = np.cumsum(SEEDED.normal(size=(8, steps)), axis=1)
        far.append(reach(paths))
    return far


def smooth_rows(grid):
    """Each row from itself alone."""
    for at in range(len(grid)):  # parallel: in-place element update
        row = grid[at].copy()
        for _ in range(ROUNDS):
            row = (np.roll(row, 1) + row + np.roll(row, -1)) / 3
        grid[at] = row


def diffuse_rows(grid):
    """Each row from the one above, as just computed."""
    for at in range(1, len(grid)):  # trap: the row above was changed by the iteration before
        row = grid[at]
        for _ in range(2 * ROUNDS):
            row = (np.roll(row, 1) + row + grid[at - 1]) / 3
        grid[at] = row


def scatter(cells, places, strengths):
    """Right in any order as long as no place comes twice."""
    for place, strength in zip(places, strengths):  # trap: places may come twice
        value = cells[place]
        for k in range(300):
            value = (value * 1.25 + strength * k) % 1000.0
        cells[place] = value


def shifted(cells, lag):
    """Right in any order as long as lag is not below half the length."""
    for at in range(lag, len(cells)):  # trap: a smaller lag reads cells already changed
        value = cells[at - lag]
        for k in range(300):
            value = (value * 1.25 + k) % 1000.0
        cells[at] = value


def bins(model, strengths):
    counts = np.zeros(10, dtype=int)
    for strength in strengths:  # parallel: histogram
        level = int(model.energy(strength) * 100) % 10
        counts[level] += 1
    return counts.tolist()


def views(stack, count):
    """Views of one stack, which goes on turning."""
    out = []
    for number in range(count):  # trap: each view shows the stack that later turns change
        for _ in range(4):
            stack[:] = np.roll(stack, 1, axis=0) * 0.999
        out.append(stack[number % len(stack)])
    return out


def main():
    strengths = np.linspace(1.0, 50.0, 130).tolist()
    model, damped = Model(1000), Damped(1000)
    print(round(fields_sum(model, strengths[::2]) + fields_sum(damped, strengths[10:]), 6))
    print(round(sum(float(f.sum()) for f in fields(Workspace(1500), strengths)), 6))
    print(round(sum(float(f.sum()) for f in copies(damped, strengths)), 6))
    targets = [np.linspace(0, n / 10, 1000) for n in range(200)]
    print(round(sum(settled(Relaxed(1000), targets)), 6))
    print(round(sum(solved(Cold(1000), targets).values()), 6))
    print(widest(Walkers(5, 1200), range(330)))
    print(round(sum(drawn(400, 1200)), 6))
    grid = np.sin(np.arange(150 * 900).reshape(150, 900) % 97)
    smooth_rows(grid)
    print(round(float(np.abs(grid).sum()), 6))
    diffuse_rows(grid)
    print(round(float(np.abs(grid).sum()), 6))
    cells = np.arange(2200, dtype=float)
    scatter(cells, [(n * 7) % 2200 for n in range(900)], range(900))
    print(round(float(cells.sum()), 6))
    shifted(cells, 1100)
    print(round(float(cells.sum()), 6))
    print(bins(model, strengths + strengths[::3]))
    print(round(sum(float(v.sum()) for v in views(np.ones((40, 800)) + np.arange(800), 550)), 3))


if __name__ == "__main__":
    main()
