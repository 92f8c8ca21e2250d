"""Takes snapshots of a price feed as JSON, reads them back and reports what changed.

kind: native_gil
bound: compute
reason: json.loads and json.dumps run in Modules/_json.c, which has no Py_BEGIN_ALLOW_THREADS; two
  threads took 2.21x the time of one.
"""

import json
from itertools import pairwise


def listing(count, day):
    return [
        {
            "sku": f"A-{n:06d}",
            "price": (n * 7919 + day * 31 * (n % 5 == 0)) % 100_000 / 100,
            "stock": n * 13 % 500,
            "tags": ["new", "sale"] if n % 3 else [],
        }
        for n in range(count)
    ]


def snapshots(count, days):
    """Yield the feed of each day as text."""
    for day in range(days):
        yield json.dumps({"day": day, "items": listing(count, day)})


def changes(before, after):
    return sum(old["price"] != new["price"] for old, new in zip(before, after, strict=True))


def replay(texts, rounds):
    """Read each snapshot and write it again, as often as there are stages in the pipeline."""
    decoded = []
    for text in texts:
        for _ in range(rounds):
            data = json.loads(text)
            text = json.dumps(data)
        decoded.append(data)
    return decoded


def main():
    texts = list(snapshots(11_000, 5))
    print("bytes:", sum(map(len, texts)))
    days = replay(texts, 9)
    for before, after in pairwise(days):
        print(f"day {after['day']}: {changes(before['items'], after['items'])} prices changed")


if __name__ == "__main__":
    main()
