"""Numbers of every kind: decimals, fractions, samples, calendars, heaps and bisections."""
import bisect
import datetime
import decimal
import heapq
import itertools
import random
import statistics
from collections import Counter, deque
from decimal import Decimal
from fractions import Fraction


class Loan:
    __slots__ = ("principal", "rate", "months", "due")

    def __init__(self, principal, rate, months):
        self.principal = Decimal(principal)
        self.rate = Decimal(rate) / 1200
        self.months = months
        self.due = None

    def schedule(self):
        balance = self.principal
        payment = balance / self.months + balance * self.rate
        for _ in range(self.months):
            balance += balance * self.rate - payment
            yield balance.quantize(Decimal("0.01"))

    def remainder(self):
        return sum(self.schedule(), Decimal(0))


class Ledger:
    """Rounds more coarsely with each loan it has valued."""

    def __init__(self):
        self.context = decimal.Context(prec=40)

    def value(self, loan):
        balance = loan.principal
        for _ in range(loan.months):
            balance = self.context.multiply(balance, 1 + loan.rate)
        if self.context.prec > 8:
            self.context.prec -= 1
        return balance


class Sampler:
    """Draws from a generator which belongs to the draw: the same each time."""

    def __init__(self, seed, size):
        self.seed = seed
        self.size = size

    def draw(self, number):
        rng = random.Random(self.seed * 1000 + number)
        return [rng.gauss(0, 1) for _ in range(self.size)]


class Urn:
    """Draws from one generator."""

    def __init__(self, seed, size):
        self.rng = random.Random(seed)
        self.size = size

    def pick(self, number):
        return [self.rng.gauss(number, 1) for _ in range(self.size)]


class Calendar:
    def __init__(self, holidays):
        self.holidays = sorted(holidays)

    def is_free(self, day):
        at = bisect.bisect_left(self.holidays, day)
        return day.weekday() >= 5 or at < len(self.holidays) and self.holidays[at] == day

    def add_workdays(self, day, count):
        while count:
            day += datetime.timedelta(days=1)
            if not self.is_free(day):
                count -= 1
        return day

    def book(self, day, count):
        end = self.add_workdays(day, count)
        at = bisect.bisect_left(self.holidays, end)
        if self.holidays[at:at + 1] != [end]:
            self.holidays.insert(at, end)
        return end


class Window:
    def __init__(self, size):
        self.values = deque(maxlen=size)

    def push(self, value):
        self.values.append(value)
        return statistics.median(self.values)


class Grid:
    def __init__(self, size):
        self.size = size

    def cost(self, x, y):
        return (x * 7 + y * 13 + x * y) % 10 + 1

    def route(self, start, goal):
        heap = [(0, start)]
        done = {}
        while heap:
            length, here = heapq.heappop(heap)
            if here in done:
                continue
            done[here] = length
            if here == goal:
                return length
            x, y = here
            for a, b in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if 0 <= a < self.size and 0 <= b < self.size and (a, b) not in done:
                    heapq.heappush(heap, (length + self.cost(a, b), (a, b)))
        return None


class TollGrid(Grid):
    """Roads wear out: what a route has crossed costs more from then on."""

    def __init__(self, size):
        super().__init__(size)
        self.worn = Counter()

    def cost(self, x, y):
        return super().cost(x, y) + self.worn[x, y]

    def drive(self, start, goal):
        length = self.route(start, goal)
        self.worn[goal] += 1
        self.worn[start] += 1
        return length


def dues(loans):
    for loan in loans:  # parallel: in-place element update
        loan.due = loan.remainder()


def values(ledger, loans):
    return [ledger.value(loan) for loan in loans]  # trap: the ledger's precision falls


def continued(numbers):
    """The terms' sum of the continued fractions."""
    total = 0
    for number in numbers:  # parallel: reduction
        terms = []
        rest = Fraction(number, 9973)
        while rest.denominator != 1 and len(terms) < 40:
            terms.append(int(rest))
            rest = 1 / (rest - int(rest))
        total += sum(terms) + int(rest)
    return total


def harmonic(numbers):
    total = Fraction(0)
    out = []
    for number in numbers:  # trap: each partial sum starts from the one before
        total += Fraction(1, number)
        out.append(total.numerator % 1009)
    return out


def spreads(sampler, numbers):
    out = {}
    for number in numbers:  # parallel: dict build
        out[number] = statistics.stdev(sampler.draw(number))
    return out


def drifts(urn, numbers):
    out = {}
    for number in numbers:  # trap: all draws come from one random.Random
        out[number] = statistics.fmean(urn.pick(number))
    return out


def deadlines(calendar, days):
    return [calendar.add_workdays(day, 30 + day.day) for day in days]  # parallel: map


def bookings(calendar, days):
    return [calendar.book(day, 30 + day.day) for day in days]  # trap: a booked day is a holiday


def medians(window, numbers):
    out = []
    for number in numbers:  # trap: the deque holds the values pushed before
        out.append(window.push(number))
    return out


def rolling(numbers, size):
    out = []
    for at in range(size, len(numbers)):  # parallel: ordered append
        window = deque(numbers[at - size:at], maxlen=size)
        out.append(statistics.median(window))
    return out


def farthest(grid, goals):
    best, who = -1, None
    for goal in goals:  # parallel: min/max
        length = grid.route((0, 0), goal)
        if length > best:
            best, who = length, goal
    return best, who


def tours(grid, goals):
    return sum(grid.drive((0, 0), goal) for goal in goals)  # trap: driving wears the roads


def merge_queue(tasks):
    """Takes the cheapest, puts back what is left of it."""
    heap = list(tasks)
    heapq.heapify(heap)
    order = 0
    while heap:  # trap: each turn pops the heap which the turn before has pushed to
        cost, name = heapq.heappop(heap)
        order = (order * 31 + name) % 1000003
        if cost > 20:
            heapq.heappush(heap, (cost * 2 // 3, name))
    return order


def main():
    loans = [Loan(1000 + 37 * n, 3 + n % 5, 70 + n % 60) for n in range(800)]
    dues(loans)
    print(sum(loan.due for loan in loans))
    print(sum(values(Ledger(), loans * 3)).quantize(Decimal("1e-12")))
    print(continued(range(1, 3000)))
    print(sum(harmonic(range(1, 7500))))
    print(round(sum(spreads(Sampler(3, 300), range(150)).values()), 9))
    print(round(sum(d / (n + 1) for n, d in drifts(Urn(3, 400), range(260)).items()), 9))
    first = datetime.date(2024, 1, 1)
    days = [first + datetime.timedelta(days=11 * n) for n in range(1000)]
    holidays = [datetime.date(year, m, 1) for year in range(2024, 2090) for m in (1, 5, 12)]
    print(max(deadlines(Calendar(holidays), days)))
    print(max(bookings(Calendar(holidays), days)))
    numbers = [(n * 7919) % 10007 for n in range(6000)]
    print(sum(medians(Window(301), numbers)))
    print(sum(rolling(numbers, 301)))
    goals = list(itertools.product(range(3, 30, 4), repeat=2))
    print(farthest(Grid(30), goals[::-1]))
    print(tours(TollGrid(24), [(a % 8 + 3, b % 8 + 3) for a, b in goals * 5]))
    print(merge_queue([(100000 + 17 * n, n) for n in range(2400)]))


if __name__ == "__main__":
    main()
