"""Objects that know of each other: registries, pools, descriptors, proxies, weak references."""
import gc
import itertools
import weakref
from dataclasses import dataclass, field
from functools import cached_property


def churn(seed, count):
    """Busy work: a number that depends on the arguments only."""
    state = seed % 65537 + 1
    for k in range(count):
        state = (state * 75 + k) % 65537
    return state


class Positive:
    """A descriptor that checks what is stored."""

    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, item, owner=None):
        return getattr(item, self.slot)

    def __set__(self, item, value):
        if value < 0:
            raise ValueError(value)
        setattr(item, self.slot, value)


class Metered:
    """A descriptor that charges for reading: each read makes the next one dearer."""

    def __init__(self):
        self.price = 1

    def __get__(self, item, owner=None):
        self.price += 1
        return item.base * self.price


class Part:
    weight = Positive()
    factor = 3

    def __init__(self, weight):
        self.weight = weight

    def load(self):
        return churn(self.weight * self.factor, 600)


class Wheel(Part):
    factor = 4

    def load(self):
        return super().load() + churn(self.weight, 200)


class Meter:
    reading = Metered()

    def __init__(self, base):
        self.base = base

    def bill(self):
        return self.reading % 1000 + churn(self.base, 700)


class Member:
    """Every member made is in the class's list, and ranks by its place there."""
    everyone = []

    def __init__(self, name):
        self.name = name
        self.everyone.append(self)

    def rank(self):
        return churn(len(self.everyone) + self.name, 600)


class Guest:
    """Has a list of its own, where Member has one for all."""

    def __init__(self, name):
        self.name = name
        self.visits = []

    def visit(self, times):
        for k in range(times):
            self.visits.append(churn(self.name + k, 60))
        return len(self.visits) * sum(self.visits)


class Ticket:
    numbers = itertools.count(100)

    def __init__(self, holder):
        self.number = next(self.numbers)
        self.code = churn(self.number * 31 + holder, 600)


@dataclass(slots=True)
class Stamp:
    number: int
    holder: int
    marks: list = field(default_factory=list)

    def code(self):
        self.marks.append(churn(self.number * 31 + self.holder, 600))
        return self.marks[-1] + len(self.marks)


class Worker:
    def __init__(self):
        self.fatigue = 0

    def work(self, task):
        self.fatigue += task % 3
        return churn(task + self.fatigue, 600)


class Pool:
    def __init__(self, size):
        self.free = [Worker() for _ in range(size)]

    def run(self, task):
        worker = self.free.pop()
        try:
            return worker.work(task)
        finally:
            self.free.insert(0, worker)


class Agency:
    """Hires a new worker for each task."""

    def serve(self, task):
        worker = Worker()
        return worker.work(task) + worker.work(task + 1)


class Scale:
    """Weighs against the first thing ever put on it."""

    def __init__(self):
        self.unit = None

    def weigh(self, part):
        if self.unit is None:
            self.unit = part.load() + 1
        return part.load() / self.unit


class Handle:
    closed = []

    def __init__(self, number):
        self.number = number

    def use(self):
        return churn(self.number + len(self.closed), 700)

    def __del__(self):
        self.closed.append(self.number)


class Catalog:
    """Remembers, weakly, what is in use: what is known already costs nothing."""

    def __init__(self):
        self.known = weakref.WeakValueDictionary()
        self.kept = []

    def fetch(self, key):
        item = self.known.get(key)
        if item is not None:
            return 0
        item = Guest(key)
        self.known[key] = item
        self.kept.append(item)
        return item.visit(22)


class Proxy:
    """Hands every attribute it lacks on to what it wraps."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def __getattr__(self, name):
        return getattr(self._wrapped, name)


class Shelf:
    def __init__(self, parts):
        self.parts = parts

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, at):
        return Proxy(self.parts[at])

    @cached_property
    def unit(self):
        return sum(part.weight for part in self.parts)


def loads(parts):
    out = []
    for part in parts:  # parallel: ordered append
        out.append(part.load())
    return out


def bills(meters):
    out = []
    for meter in meters:  # trap: reading through the descriptor raises its price
        out.append(meter.bill())
    return out


def ranks(names):
    return [Member(name).rank() for name in names]  # trap: the class counts its members


def visits(names):
    return [Guest(name).visit(12) for name in names]  # parallel: map


def tickets(holders):
    out = {}
    for holder in holders:  # trap: the number comes from a counter of the class
        ticket = Ticket(holder)
        out[holder] = ticket.number * ticket.code
    return out


def stamps(holders):
    out = {}
    for number, holder in enumerate(holders, 100):  # parallel: dict build
        out[holder] = number * Stamp(number, holder).code()
    return out


def pooled(pool, tasks):
    return sum(pool.run(task) for task in tasks)  # trap: pooled workers tire


def hired(agency, tasks):
    return sum(agency.serve(task) for task in tasks)  # parallel: reduction


def weights(scale, parts):
    return list(map(scale.weigh, parts))  # trap: the first part weighed becomes the unit


def handles(numbers):
    total = 0
    for number in numbers:  # trap: __del__ of the last handle adds to the list use() reads
        handle = Handle(number)
        total += handle.use()
    return total


def fetched(catalog, keys):
    total = 0
    for place, key in enumerate(keys):  # trap: a key fetched before is known, and costs nothing
        total += place * catalog.fetch(key)
    return total


def heaviest(shelf):
    best, place = -1, None
    for at in range(len(shelf)):  # parallel: min/max
        load = shelf[at].load() * shelf[at].weight % shelf.unit
        if load > best:
            best, place = load, at
    return best, place


def classes_of(shelf):
    counts = {}
    for part in shelf:  # parallel: histogram
        key = part.load() % 5
        counts[key] = counts.get(key, 0) + 1
    return sorted(counts.items())


def main():
    gc.disable()
    parts = [(Part, Wheel)[n % 2](n) for n in range(1400)]
    print(sum(loads(parts)))
    print(sum(n * b for n, b in enumerate(bills([Meter(n) for n in range(1300)]))))
    print(sum(ranks(range(1600))))
    print(sum(visits(range(1300))))
    print(sum(tickets(range(1600)).values()))
    print(sum(stamps(range(1600)).values()))
    print(pooled(Pool(7), range(1600)))
    print(hired(Agency(), range(800)))
    print(round(sum(weights(Scale(), parts[3:800])), 9))
    print(handles(range(1400)), len(Handle.closed))
    print(fetched(Catalog(), [n * n % 1201 for n in range(1500)]))
    print(heaviest(Shelf(parts[:700])))
    print(classes_of(Shelf(parts[:1400])))


if __name__ == "__main__":
    main()
