"""Shapes, pricing strategies and visitors called through untyped parameters."""
import math
from collections import namedtuple
from dataclasses import dataclass
from functools import partial

Box = namedtuple("Box", "left top right bottom")


class Shape:
    def __init__(self, size):
        self.size = size

    def edge(self, t):
        raise NotImplementedError

    def perimeter(self, steps=800):
        total = 0.0
        before = self.edge(0.0)
        for k in range(1, steps + 1):
            here = self.edge(k / steps)
            total += math.hypot(here[0] - before[0], here[1] - before[1])
            before = here
        return total

    @property
    def bounds(self):
        points = [self.edge(k / 700) for k in range(700)]
        xs = [p[0] for p in points]
        ys = [p[1] for p in points]
        return Box(min(xs), min(ys), max(xs), max(ys))


class Circle(Shape):
    def edge(self, t):
        return (self.size * math.cos(2 * math.pi * t), self.size * math.sin(2 * math.pi * t))


class Flower(Circle):
    petals = 5

    def edge(self, t):
        x, y = super().edge(t)
        grow = 1 + 0.3 * math.sin(self.petals * 2 * math.pi * t)
        return x * grow, y * grow


class Path:
    """Its corner wanders on with every step that anybody asks for."""
    turn = 0

    def __init__(self, size):
        self.size = size

    def step(self, t):
        return self.size * t, 0.0

    def travel(self, steps=800):
        total = 0.0
        before = self.step(0.0)
        for k in range(1, steps + 1):
            here = self.step(k / steps)
            total += math.hypot(here[0] - before[0], here[1] - before[1])
            before = here
        return total


class Spiral(Path):
    def step(self, t):
        Spiral.turn += 1
        angle = 2 * math.pi * t + Spiral.turn * 1e-7
        return self.size * math.cos(angle), self.size * t * math.sin(angle)


class Gauge:
    """Measures shapes; keeps the largest seen, and grades against it."""

    def __init__(self):
        self.largest = 0.0

    def rank(self, shape):
        length = shape.perimeter(700)
        if length > self.largest:
            self.largest = length
        return round(length / self.largest, 6)


class Scale:
    """Looks like Gauge, but only reads what it was made with."""

    def __init__(self, largest):
        self.largest = largest

    def grade(self, shape):
        length = shape.perimeter(700)
        if length > self.largest:
            length = self.largest
        return round(length / self.largest, 6)


@dataclass
class Order:
    amount: int
    price: float
    total: float = 0.0


class FullPrice:
    def __call__(self, amount, price):
        cost = 0.0
        for unit in range(amount):
            cost += price * (1 - 1 / (unit + 2))
        return cost


class Rebate:
    def __init__(self, percent):
        self.percent = percent

    def __call__(self, amount, price):
        cost = 0.0
        for unit in range(amount):
            cost += price * (100 - min(self.percent, unit)) / 100
        return cost


class Loyalty:
    """The more it has sold the cheaper it gets."""

    def __init__(self, percent):
        self.percent = percent

    def quote(self, amount, price):
        cost = 0.0
        for unit in range(amount):
            cost += price * (100 - min(self.percent, unit)) / 100
        self.percent = min(60, self.percent + 1)
        return cost


def measure(shapes):
    lengths = []
    for shape in shapes:  # parallel: ordered append
        lengths.append(round(shape.perimeter(), 6))
    return lengths


def measure_drifting(paths):
    lengths = []
    for path in paths:  # trap: Spiral.step moves a counter on the class
        lengths.append(round(path.travel(), 6))
    return lengths


def grade_all(gauge, shapes):
    return [gauge.rank(shape) for shape in shapes]  # trap: rank keeps the largest so far


def grade_fixed(scale, shapes):
    return [scale.grade(shape) for shape in shapes]  # parallel: map


def widest(shapes):
    best, who = -1.0, None
    for number, shape in enumerate(shapes):  # parallel: min/max
        box = shape.bounds
        area = (box.right - box.left) * (box.bottom - box.top)
        if area > best:
            best, who = area, number
    return who, round(best, 4)


def price_orders(orders, strategy):
    for order in orders:  # parallel: in-place element update
        order.total = strategy(order.amount, order.price)


def price_loyal(orders, scheme):
    for order in orders:  # trap: the scheme grows its percent with every call
        order.total = scheme.quote(order.amount, order.price)


RULES = {
    "square": lambda n: sum(i * i % 7 for i in range(n)),
    "cube": lambda n: sum(i * i * i % 11 for i in range(n)),
    "xor": lambda n: sum(i ^ (i >> 3) for i in range(n)),
}
TALLY = []
NOTED = {
    "square": lambda n, key: sum(i * i % key for i in range(n)) + len(TALLY),
    "cube": lambda n, key: TALLY.append(n) or sum(i * i * i % key for i in range(n)),
    "xor": lambda n, key: sum(i ^ (i >> key) for i in range(n)),
}


def run_rules(table, jobs):
    by_name = {}
    for name, size in jobs:  # parallel: histogram
        value = table[name](size)
        by_name[name] = by_name.get(name, 0) + value
    return by_name


def run_noted(table, jobs):
    by_name = {}
    for name, size in jobs:  # trap: "cube" appends to TALLY, whose length "square" adds
        value = table[name](size, 7)
        by_name[name] = by_name.get(name, 0) + value
    return by_name


def blend(weights, bias, n):
    value = bias
    for k in range(400):
        value = value * 0.99 + weights[(n * k) % len(weights)]
    return value


def learn(weights, bias, n):
    value = bias
    for k in range(400):
        value = value * 0.99 + weights[(n * k) % len(weights)]
    weights[n % len(weights)] += value * 1e-3
    return value


def total_blend(count):
    scorer = partial(blend, [0.5, 1.5, 2.5, -1.0], 0.25)
    return sum(map(scorer, range(count)))  # parallel: reduction


def total_learn(count):
    scorer = partial(learn, [0.5, 1.5, 2.5, -1.0], 0.25)
    return sum(map(scorer, range(count)))  # trap: the partial's list is changed by each call


def main():
    shapes = [(Circle, Flower)[n % 2](1 + n / 10) for n in range(160)]
    drifting = [(Path, Spiral)[n % 2](1 + n / 10) for n in range(190)]
    print(round(sum(measure(shapes)), 4))
    print(sum(int(x * 1e6) for x in measure_drifting(drifting)), Spiral.turn)
    print(round(sum(grade_all(Gauge(), shapes)), 4))
    print(round(sum(grade_fixed(Scale(40.0), shapes)), 4))
    print(widest(shapes))
    orders = [Order(600 + n % 90, 2.0 + n % 7) for n in range(1000)]
    price_orders(orders[::2], FullPrice())
    price_orders(orders[1::2], Rebate(20))
    print(round(sum(order.total for order in orders), 3))
    price_loyal(orders, Loyalty(5))
    print(round(sum(order.total for order in orders), 3))
    jobs = [(("square", "cube", "xor")[n % 3], 3000 + 10 * n) for n in range(240)]
    print(run_rules(RULES, jobs))
    print(run_noted(NOTED, jobs), len(TALLY))
    print(round(total_blend(2000), 6))
    print(round(total_learn(2000), 6))


if __name__ == "__main__":
    main()
