"""Price a book of options by simulation and add up its value.

needs: nothing
hot: 43
parallel: yes
reason: every option has a generator of its own; the sum is of whole cents, in any order the same
"""

import math
import random

STEPS = 12
PATHS = 3600
RATE = 0.02


def make_book(size=110):
    rng = random.Random(1)
    return [
        (number, rng.uniform(80, 120), rng.uniform(0.1, 0.5), rng.choice((0.5, 1.0, 2.0)))
        for number in range(size)
    ]


def price(option):
    number, strike, volatility, years = option
    gauss = random.Random(number).gauss
    step = years / STEPS
    drift = (RATE - volatility**2 / 2) * step
    spread = volatility * math.sqrt(step)
    payoff = 0.0
    for _ in range(PATHS):
        value = total = 100.0
        for _ in range(STEPS):
            value *= math.exp(drift + spread * gauss(0, 1))
            total += value
        payoff += max(total / (STEPS + 1) - strike, 0.0)
    return round(100 * math.exp(-RATE * years) * payoff / PATHS)


def main():
    book = make_book()
    cents = sum(price(option) for option in book)
    print(f"{len(book)} options are worth {cents / 100:.2f}")


if __name__ == "__main__":
    main()
