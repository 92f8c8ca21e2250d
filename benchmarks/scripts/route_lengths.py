"""Estimate the lengths of delivery tours, with a cache for stretches that are nearly the same.

needs: nothing
hot: 46
parallel: no
reason: the cache rounds its key but keeps the exact length of the first stretch that had it, so
    that what a tour gets depends on the tours before it
"""

import itertools
import math
import random

_lengths = {}


def make_tours(count=160, stops=32):
    rng = random.Random(12)
    return [[(rng.uniform(47, 48), rng.uniform(7, 8)) for _ in range(stops)] for _ in range(count)]


def road_length(start, end):
    """Follow the road from one place to another in small steps over the ellipsoid."""
    key = (round(start[0], 1), round(start[1], 1), round(end[0], 1), round(end[1], 1))
    if key in _lengths:
        return _lengths[key]
    length = 0.0
    steps = 1500
    for step in range(steps):
        lat = math.radians(start[0] + (end[0] - start[0]) * step / steps)
        bend = 1 + 0.3 * math.sin(step / 17) ** 2
        north = math.radians((end[0] - start[0]) / steps) * 6367.4
        east = math.radians((end[1] - start[1]) / steps) * 6378.1 * math.cos(lat)
        length += bend * math.sqrt(north * north + east * east)
    _lengths[key] = length
    return length


def tour_length(stops):
    best = sum(road_length(a, b) for a, b in itertools.pairwise(stops))
    return best + road_length(stops[-1], stops[0])


def main():
    tours = make_tours()
    lengths = [tour_length(tour) for tour in tours]
    longest = max(range(len(tours)), key=lengths.__getitem__)
    print(f"{len(tours)} tours, {sum(lengths):.6f} km")
    print(f"longest is number {longest} with {lengths[longest]:.6f} km")
    print(f"last is {lengths[-1]:.6f} km")


if __name__ == "__main__":
    main()
