"""Estimate the price of an Asian call option by simulating price paths in batches.

The time goes into batch_payoff: random numbers and float arithmetic in the interpreter. Each
batch has its own seeded generator, so batches can run in any order in forked processes; add the
sums up in the order of the batches, since float addition in another order changes the last
digits. Threads do not help, and a C rewrite would need the same random generator in C.
"""
# expect: bound = "compute", kind = "python", hotspot = "batch_payoff", loop = "for batch in range(batches)", verdict = "safe", strategy = "fork", size = "170"

import math
import random
import sys

SPOT = 100.0
STRIKE = 102.0
RATE = 0.03
VOLATILITY = 0.25
YEARS = 1.0
STEPS = 12
PATHS_PER_BATCH = 4000


def batch_payoff(seed: int, paths: int) -> float:
    """Return the sum of the payoffs of `paths` simulated price paths."""
    rng = random.Random(seed)
    dt = YEARS / STEPS
    drift = (RATE - 0.5 * VOLATILITY * VOLATILITY) * dt
    spread = VOLATILITY * math.sqrt(dt)
    total = 0.0
    for _ in range(paths):
        log_price = 0.0
        price_sum = 0.0
        for _ in range(STEPS):
            # The sum of three uniform numbers, scaled to variance 1, is near enough to normal.
            shock = 2.0 * (rng.random() + rng.random() + rng.random()) - 3.0
            log_price += drift + spread * shock
            price_sum += SPOT * math.exp(log_price)
        payoff = price_sum / STEPS - STRIKE
        if payoff > 0.0:
            total += payoff
    return total


def main() -> None:
    """Simulate all batches and print the discounted mean of the payoffs."""
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else 170
    total = 0.0
    total_squared = 0.0
    for batch in range(batches):
        payoff = batch_payoff(batch, PATHS_PER_BATCH)
        total += payoff
        total_squared += payoff * payoff
    mean = total / batches
    variance = max(total_squared / batches - mean * mean, 0.0)
    discount = math.exp(-RATE * YEARS) / PATHS_PER_BATCH
    print(f"paths          {batches * PATHS_PER_BATCH}")
    print(f"price          {discount * mean:.12f}")
    print(f"standard error {discount * math.sqrt(variance / batches):.12f}")


if __name__ == "__main__":
    main()
