"""Pricing, bonds, ledgers and a little Monte Carlo."""
import math
import random
from dataclasses import dataclass
from decimal import Decimal, ROUND_DOWN, ROUND_HALF_UP, getcontext, localcontext


@dataclass(frozen=True)
class Bond:
    code: str
    coupon: float
    years: int
    price: float


@dataclass
class Option:
    spot: float
    strike: float
    rate: float
    vol: float
    years: float


class Overdraft(Exception):
    pass


class Account:
    def __init__(self, owner, balance, limit):
        self.owner = owner
        self.balance = balance
        self.limit = limit

    def apply(self, amount):
        if self.balance + amount < -self.limit:
            raise Overdraft(self.owner)
        fee = 0.0
        level = self.balance
        for step in range(12):
            fee += abs(math.sin(level + step)) * 0.01
        self.balance = self.balance + amount - fee
        return self.balance


def bond_value(bond, y):
    value = 0.0
    for t in range(1, bond.years + 1):
        value += bond.coupon / (1 + y) ** t
    return value + 100 / (1 + y) ** bond.years


def solve_yield(bond):
    low, high = -0.5, 1.0
    while high - low > 1e-10:
        mid = (low + high) / 2
        if bond_value(bond, mid) > bond.price:
            low = mid
        else:
            high = mid
    return low


def binomial_price(opt, steps=34):
    dt = opt.years / steps
    up = math.exp(opt.vol * math.sqrt(dt))
    p = (math.exp(opt.rate * dt) - 1 / up) / (up - 1 / up)
    disc = math.exp(-opt.rate * dt)
    values = [max(0.0, opt.strike - opt.spot * up ** (2 * k - steps)) for k in range(steps + 1)]
    for n in range(steps, 0, -1):
        values = [disc * (p * values[k + 1] + (1 - p) * values[k]) for k in range(n)]
    return values[0]


def backtest(prices, window):
    cash, held = 1000.0, 0.0
    total = sum(prices[:window])
    for k in range(window, len(prices)):
        mean = total / window
        if prices[k] > mean and cash:
            held, cash = cash / prices[k], 0.0
        elif prices[k] < mean and held:
            cash, held = held * prices[k], 0.0
        total += prices[k] - prices[k - window]
    return cash + held * prices[-1]


def asian_option(paths, spot, strike):
    total = 0.0
    for seed in range(paths):  # parallel: reduction
        rng = random.Random(seed)
        level, acc = spot, 0.0
        for _ in range(60):
            level *= 1 + rng.uniform(-0.02, 0.021)
            acc += level
        total += max(0.0, acc / 60 - strike)
    return total / paths


def barrier_option(paths, spot, barrier):
    payoffs = []
    for _ in range(paths):  # trap: all paths draw from the module's random generator
        level = spot
        for _ in range(60):
            level *= 1 + random.gauss(0.0, 0.01)
            if level > barrier:
                break
        payoffs.append(level)
    return sum(payoffs) / paths


def run_ledger(account, amounts):
    refused = 0
    trail = []
    for amount in amounts:  # trap: acceptance and fee depend on the balance so far
        try:
            trail.append(account.apply(amount))
        except Overdraft:
            refused += 1
            continue
    return trail, refused


def to_display(amount):
    """Rounded text; very large sums switch the whole program to coarse rounding."""
    if amount > Decimal("99800"):
        getcontext().rounding = ROUND_DOWN
    return str((amount * Decimal("1.0775")).quantize(Decimal("0.01")))


def volatility(returns, start):
    var = start
    out = []
    for r in returns:  # trap: variance feeds the next variance (GARCH)
        var = 1e-6 + 0.08 * r * r + 0.91 * var
        guess = var
        for _ in range(6):
            guess = 0.5 * (guess + var / guess)
        out.append(guess)
    return out


def make_rebalancer(weights):
    drift = 0.0

    def rebalance(row):
        nonlocal drift
        total = sum(w * v for w, v in zip(weights, row))
        share = [w * v / total for w, v in zip(weights, row)]
        drift += abs(share[0] - weights[0])
        if drift > 5.0:
            drift = 0.0
            return 1
        return 0
    return rebalance


def main():
    rng = random.Random(42)
    random.seed(7)
    getcontext().rounding = ROUND_HALF_UP
    bonds = [Bond(f"B{k:03d}", rng.uniform(0, 9), 5 + k % 20, rng.uniform(70, 130))
             for k in range(1200)]
    options = [Option(100.0, rng.uniform(80, 120), 0.03, rng.uniform(0.1, 0.5), 1.0)
               for _ in range(900)]
    prices = [100.0]
    for _ in range(4000):
        prices.append(prices[-1] * (1 + rng.gauss(0.0002, 0.01)))

    asian = asian_option(6000, 100.0, 101.0)
    yields = {b.code: solve_yield(b) for b in bonds}  # parallel: dict build
    values = list(map(binomial_price, options))  # parallel: map
    window = max(range(5, 180), key=lambda w: backtest(prices, w))  # parallel: min/max
    barrier = barrier_option(3600, 100.0, 112.0)
    account = Account("Ada", 500.0, 200.0)
    trail, refused = run_ledger(account, [rng.uniform(-90, 92) for _ in range(60000)])

    amounts = [Decimal(rng.randint(1, 9_990_000)) / 100 for _ in range(70000)]
    with localcontext():
        shown = [to_display(a) for a in amounts]  # trap: callee changes the decimal context

    returns = [b / a - 1 for a, b in zip(prices, prices[1:])]
    vols = volatility(returns * 40, 1e-4)
    rebalance = make_rebalancer([0.2, 0.3, 0.1, 0.4])
    rows = [[rng.uniform(0.5, 2) for _ in range(4)] for _ in range(5000)]
    trades = sum(rebalance(row) for row in rows * 10)  # trap: closure keeps a nonlocal drift

    for rate in range(1, 31):  # parallel: ordered print
        owed = 250000.0
        paid = 0.0
        for day in range(50 * 365):
            interest = owed * rate / 36500
            owed += interest
            paid += interest
            if day % 30 == 29:
                owed -= min(owed, 250000 * rate / 1200 + 130)
        print(f"rate {rate:2d}% owed {owed:.2f} interest {paid:.2f}")

    print("asian", round(asian, 6), "yield", round(sum(yields.values()), 6))
    print("options", round(sum(values), 6), "window", window)
    print("barrier", round(barrier, 6), "ledger", round(trail[-1], 4), refused)
    print("shown", shown[0], shown[-1], sum(int(s[-1]) for s in shown))
    print("vols", round(sum(vols), 6), "trades", trades)


if __name__ == "__main__":
    main()
