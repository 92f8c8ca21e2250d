"""Finds the gear trains that come closest to a set of ratios, in exact fractions.

kind: python
bound: compute
reason: fractions.Fraction is written in Python (Lib/fractions.py); math.gcd of small integers,
  which it calls, is much shorter than its bytecode.
"""

from fractions import Fraction
from itertools import combinations

TEETH = [n for n in range(12, 50) if n % 4]
TARGETS = [Fraction(22, 7), Fraction(355, 226), Fraction(99, 140), Fraction(577, 408)]


def trains():
    """Yield the ratio of each train of two pairs of wheels."""
    pairs = [Fraction(big, small) for small, big in combinations(TEETH, 2)]
    for first in pairs:
        for second in pairs:
            yield first * second


def closest(target, ratios):
    best = None
    error = None
    for ratio in ratios:
        off = abs(ratio - target)
        if error is None or off < error:
            best, error = ratio, off
    return best, error


def main():
    ratios = list(trains())
    print(len(ratios), "trains")
    for target in TARGETS:
        best, error = closest(target, ratios)
        print(f"{target}: {best}, off by {float(error):.2e}")


if __name__ == "__main__":
    main()
