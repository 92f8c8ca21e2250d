"""Ranks flight offers by rules that a plain sort key cannot express.

kind: python
bound: compute
reason: list.sort is C, but each of its comparisons calls the Python function given to cmp_to_key,
  and that function is where the time goes.
"""

from dataclasses import dataclass
from functools import cmp_to_key


@dataclass(slots=True)
class Offer:
    price: int
    minutes: int
    stops: int
    carrier: str


def offers(count):
    state = 12345
    result = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        result.append(
            Offer(
                price=8000 + state // 7 % 40_000,
                minutes=60 + state // 11 % 900,
                stops=state // 13 % 4,
                carrier="ABCDEFG"[state // 17 % 7],
            )
        )
    return result


def penalty(offer, other):
    """Each stop more costs, but less so on long journeys."""
    extra = offer.stops - other.stops
    if extra <= 0:
        return 0
    return extra * (3000 if offer.minutes < 300 else 1500)


def compare(one, two):
    cost_one = one.price + one.minutes * 12 + penalty(one, two)
    cost_two = two.price + two.minutes * 12 + penalty(two, one)
    if abs(cost_one - cost_two) > 50:
        return -1 if cost_one < cost_two else 1
    if one.stops != two.stops:
        return one.stops - two.stops
    if one.carrier != two.carrier:
        return -1 if one.carrier < two.carrier else 1
    return one.price - two.price


def main():
    ranked = sorted(offers(270_000), key=cmp_to_key(compare))
    for offer in ranked[:3]:
        print(offer)
    print("last:", ranked[-1])


if __name__ == "__main__":
    main()
