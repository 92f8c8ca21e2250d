"""Stock keeping for a chain of shops: forecasts, orders, labels, shelves."""
import itertools
import math
import random
from dataclasses import dataclass, field


@dataclass
class Item:
    sku: str
    base: float
    stock: int
    history: list = field(default_factory=list)
    views: int = 0

    @property
    def price(self):
        """Popular items get dearer: every look counts."""
        self.views += 1
        step = 1.0
        for k in range(6):
            step += math.log1p(self.views / (k + 50)) * 0.01
        return self.base * step


class Label:
    printed = 0

    def __init__(self, item):
        Label.printed += 1
        self.serial = Label.printed
        text = f"{item.sku}-{self.serial:07d}"
        self.check = sum((k + 1) * ord(ch) for k, ch in enumerate(text)) % 97


class Shelf:
    """A mapping that takes no more than its capacity and keeps the first comers."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.load = 0
        self.places = {}
        self.wanted = {}

    def __setitem__(self, sku, volume):
        if self.load + volume <= self.capacity:
            self.load += volume
            self.places[sku] = volume
        elif sku in self.wanted:
            self.wanted[sku] += volume
        else:
            self.wanted[sku] = volume

    def __contains__(self, sku):
        return sku in self.places


class Tally:
    def __init__(self):
        self.bins = [0] * 64
        self.salt = 1

    def __iadd__(self, value):
        self.salt = (self.salt * 31 + value) % 1009
        self.bins[(value + self.salt) % 64] += 1
        return self

    def level(self):
        return sum(b * b for b in self.bins) % 251


def make_items(n, seed):
    rng = random.Random(seed)
    items = []
    for k in range(n):
        history = [int(rng.random() * (20 + k % 13)) for _ in range(52)]
        items.append(Item(f"S{k:05d}", rng.uniform(1, 80), rng.randint(0, 400), history))
    return items


def holt(series, alpha, beta):
    level, trend = series[0], series[1] - series[0]
    for value in series[1:]:
        last = level
        level = alpha * value + (1 - alpha) * (level + trend)
        trend = beta * (level - last) + (1 - beta) * trend
    return level + trend


def reorder_point(item, lead):
    mean = sum(item.history) / len(item.history)
    var = sum((h - mean) ** 2 for h in item.history) / (len(item.history) - 1)
    return math.ceil(mean * lead + 1.65 * math.sqrt(var * lead))


def vat_price(price):
    gross = price * 1.19
    cents = int(gross * 100)
    while cents % 100 not in (49, 95, 99):
        cents += 1
    return cents / 100


def best_supplier(offers, need):
    best_cost = None
    best_name = None
    for name, tiers in offers.items():  # parallel: min/max
        cost = 0.0
        for quantity in range(1, need + 1):
            price = tiers[0][1]
            for least, tier_price in tiers:
                if quantity >= least:
                    price = tier_price
            cost += price
        if best_cost is None or cost < best_cost:
            best_cost = cost
            best_name = name
    return best_name, best_cost


def allocate(orders, stock):
    """Each order takes from the fullest of three shops."""
    filled = 0
    for shops, quantity in orders:  # trap: stock left depends on the orders before
        best = max(shops, key=lambda s: (stock[s], s))
        take = min(quantity, stock[best])
        if take < quantity:
            stock[best] += 500
        stock[best] -= take
        filled += take
    return filled


def fold_substitutes(demand, replaced_by):
    """Move demand of discontinued goods on to their substitutes, in order."""
    total = 0
    for sku in list(demand):  # trap: demand is changed and read under other keys
        target = replaced_by.get(sku)
        weight = demand[sku]
        for k in range(8):
            weight += (demand[sku] * k) % 3
        if target is not None:
            demand[target] = demand.get(target, 0) + demand[sku]
            total += weight
    return total


def main():
    items = make_items(2500, 21)
    rng = random.Random(22)

    forecasts = {}
    for item in items:  # parallel: dict build
        if not item.history:
            continue
        options = [holt(item.history, a, 0.2) for a in (0.1, 0.2, 0.3, 0.4)]
        forecasts[item.sku] = sorted(options)[1]

    points = [reorder_point(i, lead) for i in items for lead in (1, 2, 4, 6, 8)]  # parallel: map

    prices = [item.base for item in items] * 24
    for k in range(len(prices)):  # parallel: in-place element update
        prices[k] = vat_price(prices[k])

    offers = {f"sup{k}": [(1, 9 + k % 5), (20 + k, 8.5), (90 + 3 * k, 7.0 + k % 4)]
              for k in range(40)}
    supplier, cost = best_supplier(offers, 16000)

    stock = [rng.randint(50, 900) for _ in range(300)]
    orders = [((k * 7 % 300, k * 11 % 299, k * 13 % 297), k % 40 + 1) for k in range(70000)]
    filled = allocate(orders, stock)

    labels = []
    for item in items * 16:  # trap: Label counts its objects in a class variable
        labels.append(Label(item).check)

    basket = [items[int(rng.random() ** 3 * 500)] for _ in range(90000)]
    revenue = sum(item.price for item in basket)  # trap: the price property counts views

    shelf = Shelf(60000)
    volumes = [(int(rng.random() * 40000), k % 9 + 1) for k in range(170000)]
    for sku, volume in volumes:  # trap: __setitem__ refuses when the shelf is full
        if sku not in shelf:
            shelf[sku] = volume

    numbers = itertools.count(1000)

    def ticket(item):
        n = next(numbers)
        return sum(int(d) for d in str(n * n * item.stock))

    tickets = [ticket(item) for item in items * 18]  # trap: itertools.count shared by the calls

    demand = {k: k * k % 50 + 1 for k in range(110000)}
    moved = fold_substitutes(demand, {k: k + 7 for k in range(0, 109000, 3)})

    tally = Tally()
    levels = []
    for item in items * 12:  # trap: += of a class with state, read by level()
        tally += item.stock
        levels.append(tally.level())

    print("forecast", round(sum(forecasts.values()), 6), "points", sum(points))
    print("prices", round(sum(prices), 2), "supplier", supplier, cost)
    print("filled", filled, sum(stock), "labels", sum(labels))
    print("revenue", round(revenue, 4), "shelf", shelf.load, len(shelf.places))
    print("tickets", sum(tickets), "moved", moved, "levels", sum(levels))


if __name__ == "__main__":
    main()
