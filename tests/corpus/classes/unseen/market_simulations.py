"""Simulates markets in worker processes and draws up their results.

kind: child
bound: io
reason: ProcessPoolExecutor.map: the workers are processes that compute; the parent waits for
  their futures and tabulates a little.
"""

import random
import statistics
from concurrent.futures import ProcessPoolExecutor


def simulate(seed):
    """Return the closing prices of a market of simple traders."""
    rng = random.Random(seed)
    price = 1000
    prices = []
    for day in range(30_000):
        demand = 0
        for trader in range(20):
            if (price + trader * 37 + day) % 12 < 6:
                demand += 1
            else:
                demand -= 1
        price = max(1, price + demand + rng.choice((-3, -1, 1, 3)) + (1000 - price) // 50)
        prices.append(price)
    return prices


def table(results):
    for seed, prices in enumerate(results):
        yield f"{seed:2} {min(prices):6} {max(prices):6} {statistics.median(prices):8.1f}"


def main():
    with ProcessPoolExecutor(max_workers=2) as pool:
        lines = list(table(pool.map(simulate, range(40))))
    print("\n".join(lines[::8]))


if __name__ == "__main__":
    main()
