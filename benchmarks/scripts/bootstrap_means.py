"""Confidence intervals of the medians of several groups, by bootstrap.

needs: numpy
hot: 38
parallel: yes
reason: each group has a generator of its own, seeded by its number
"""

import numpy as np

GROUPS = 40
SAMPLES = 300
RESAMPLES = 2500


class Study:
    """Measurements in groups."""

    def __init__(self, seed):
        self.seed = seed
        rng = np.random.default_rng(seed)
        self.groups = [
            rng.lognormal(mean=number / GROUPS, sigma=0.6, size=SAMPLES) for number in range(GROUPS)
        ]

    def interval(self, number):
        """Return the middle and the limits for one group."""
        rng = np.random.default_rng([self.seed, number])
        values = self.groups[number]
        medians = np.empty(RESAMPLES)
        for index in range(RESAMPLES):
            medians[index] = np.median(rng.choice(values, size=values.size))
        low, high = np.quantile(medians, [0.025, 0.975])
        return float(np.median(values)), float(low), float(high)

    def intervals(self):
        """Return the intervals of all groups."""
        return [self.interval(number) for number in range(len(self.groups))]


def main():
    study = Study(seed=2024)
    intervals = study.intervals()
    for number, (middle, low, high) in enumerate(intervals):
        print(f"group {number:2}: {middle:.4f} ({low:.4f} to {high:.4f})")
    widest = max(intervals, key=lambda interval: interval[2] - interval[1])
    print(f"widest: {widest[2] - widest[1]:.4f}")


if __name__ == "__main__":
    main()
