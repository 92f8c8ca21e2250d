"""Accounts, events and their listeners; much of it at module level."""
import csv
import itertools
from collections import deque


def crunch(seed, count):
    state = seed % 44488 + 1
    for k in range(count):
        state = (state * 157 + k) % 44489
    return state


class Money:
    """An amount that cannot change."""
    __slots__ = ("cents",)

    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        return Money(self.cents + other.cents)

    def __mul__(self, rate):
        return Money(int(self.cents * rate))

    def __lt__(self, other):
        return self.cents < other.cents

    def __format__(self, spec):
        return format(self.cents / 100, spec)


class Account:
    def __init__(self, number, parent=None):
        self.number = number
        self.parent = parent
        self.history = [Money((number * 37 + k * 101) % 5000) for k in range(100)]
        self.balance = number * 1000
        self.audit = number

    def replay(self):
        total = Money(0)
        for amount in self.history:
            total = total + amount
            if Money(50_000) < total:
                total = total * 0.97
        return total

    @property
    def risk(self):
        return crunch(self.number + self.history[-1].cents, 1200)


class Savings(Account):
    def replay(self):
        return super().replay() * 1.02 + max(self.history)


class Event:
    def __init__(self, number):
        self.number = number
        self.kind = ("open", "close", "move", "fee")[number * 7 % 11 % 4]

    def weigh(self):
        return crunch(self.number, 900)


def on_open(event):
    return event.weigh() % 13


def on_close(event):
    return -event.weigh() % 17


class OnMove:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, event):
        return event.weigh() * self.factor % 19


HANDLERS = {"open": on_open, "close": on_close, "move": OnMove(3), "fee": lambda event:
            event.weigh() % 23}


class Bus:
    """Tells its listeners of an event, and gives the sum of what they answer."""

    def __init__(self):
        self.listeners = {}

    def listen(self, kind, listener):
        self.listeners.setdefault(kind, []).append(listener)

    def publish(self, event):
        return sum(listener(event) for listener in self.listeners.get(event.kind, ()))


class Overload(Exception):
    pass


class Fuse:
    """Blows at the first heavy load; after that nothing goes through."""

    def __init__(self, limit):
        self.limit = limit
        self.blown = False

    def feed(self, number):
        load = crunch(number, 900)
        if self.blown or load > self.limit:
            self.blown = True
            raise Overload(number)
        return load


class Gate:
    """Refuses every heavy load, and no other."""

    def __init__(self, limit):
        self.limit = limit

    def let(self, number):
        load = crunch(number, 900)
        if load > self.limit:
            raise Overload(number)
        return load


class Monitor:
    def __init__(self, size):
        self.recent = deque(maxlen=size)

    def update(self, event):
        self.recent.append(event.weigh())
        return max(self.recent) - min(self.recent)


accounts = [(Account, Savings)[n % 2](n) for n in range(1000)]
events = [Event(n) for n in range(1150)]

balances = []
for account in accounts:  # parallel: ordered append
    balances.append(account.replay().cents)
print(sum(balances))

by_kind = {}
for event in events:  # parallel: histogram
    answer = HANDLERS[event.kind](event)
    by_kind[event.kind] = by_kind.get(event.kind, 0) + answer
print(by_kind)

log = []
bus = Bus()
bus.listen("open", Event.weigh)
bus.listen("fee", lambda event: event.weigh() + len(log))
bus.listen("close", lambda event: log.append(event) or event.weigh())
bus.listen("move", Event.weigh)
heard = 0
for event in events:  # trap: one listener adds to the log whose length another answers with
    heard += bus.publish(event)
print(heard, len(log))

let = []
gate = Gate(40000)
for number in range(1150):  # parallel: ordered append
    try:
        load = gate.let(number)
    except Overload:
        load = -1
    let.append(load)
print(sum(let))

fed = []
fuse = Fuse(44450)
for number in range(1150):  # trap: once blown the fuse lets nothing through
    try:
        load = fuse.feed(number)
    except Overload:
        load = -1
    fed.append(load)
print(sum(fed), fuse.blown)

spans = Monitor(12)
print(sum([spans.update(event) for event in events]))  # trap: the window of the last 12 events

first = None
for account in accounts:  # parallel: first match
    risk = account.risk
    if risk > 44485:
        first = account.number
        break
print(first)


def fees(events, known):
    """The number of the first event of its kind sets the fee for the kind."""
    out = []
    for event in events:  # trap: setdefault gives what an earlier event has stored
        fee = known.setdefault(event.kind, event.number)
        out.append(crunch(fee + event.number * 3, 800))
    return out


def scored(events, bonus):
    def score(event):
        return (event.weigh() + bonus) % 1009

    return sum(score(event) for event in events)  # parallel: reduction


def numbered(events):
    count = 0

    def score(event):
        nonlocal count
        count += event.number % 3
        return (event.weigh() + count) % 1009

    return sum(score(event) for event in events)  # trap: score() counts in the outer function


def transfer(moves, accounts):
    """Right in any order as long as no account pays after it has been paid."""
    for source, target, rate in moves:  # trap: a target may be the source of a later move
        amount = crunch(accounts[source].balance + rate, 800)
        accounts[target].balance = amount


def audit(accounts):
    """Right in any order as long as no parent is among the accounts."""
    for account in accounts:  # trap: a parent that comes earlier has another audit by then
        before = account.parent.audit if account.parent else 0
        account.audit = crunch(before + account.number, 1000)


def blocks(reader, count):
    """Sums of 100 rows each."""
    out = []
    for number in range(count):  # trap: every block goes on in the one csv reader
        rows = list(itertools.islice(reader, 100))
        out.append(number * crunch(sum(int(row[1]) for row in rows), 1500))
    return out


def statement(accounts):
    for account in accounts:  # parallel: ordered print
        print(f"{account.number:4} {account.replay():12.2f} {crunch(account.number, 38000)}")


def totals(accounts, rates):
    return {a.number: (a.replay() * rates[a.number % 3]).cents  # parallel: dict build
            for a in accounts}


print(sum(fees(events, {})))
print(scored(events, 17))
print(numbered(events))
transfer([(n, 500 + n, n) for n in range(500)] * 2, accounts)
print(sum(account.balance for account in accounts))
root = Account(7000)
children = [Account(n, root) for n in range(1200)]
audit(children)
print(sum(child.audit for child in children))
lines = [f"row{n},{n * 31 % 977},{n % 7}" for n in range(40_000)]
print(sum(blocks(csv.reader(lines), 400)))
statement(accounts[:20])
print(sum(totals(accounts, (0.5, 0.75, 1.0)).values()))
