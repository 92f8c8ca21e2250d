"""Simulate days at a counter and print how long customers waited.

needs: nothing
hot: 34
parallel: no
reason: all days draw from the one generator of the random module, so their order is part of them
"""

import random

DAYS = 200
CUSTOMERS = 9000

random.seed(1234)


def simulate_day(clerks):
    free_at = [0.0] * clerks
    now = 0.0
    waited = 0.0
    longest = 0.0
    for _ in range(CUSTOMERS):
        now += random.expovariate(1.0)
        clerk = min(range(clerks), key=free_at.__getitem__)
        start = max(now, free_at[clerk])
        waited += start - now
        longest = max(longest, start - now)
        free_at[clerk] = start + random.lognormvariate(0.9, 0.4)
    return waited / CUSTOMERS, longest


def main():
    days = []
    for day in range(DAYS):
        mean, longest = simulate_day(clerks=3 + day % 2)
        days.append((day, mean, longest))
    for day, mean, longest in days[::20]:
        print(f"day {day:3}: mean {mean:7.3f}, longest {longest:7.2f}")
    print(f"all days: {sum(mean for _, mean, _ in days) / DAYS:.4f}")


if __name__ == "__main__":
    main()
