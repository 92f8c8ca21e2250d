"""Keeps leaderboards of a race: sorts all results by several columns.

kind: native_gil
bound: compute
reason: list.sort with keys from operator.itemgetter stays in Objects/listobject.c, which never
  releases the lock; two threads took 2.00x the time of one. A few calls last most of the time.
"""

import random
from operator import itemgetter


def results(count):
    rng = random.Random(42)
    return [
        (f"runner {n % 5000:05d}", rng.randrange(200), rng.random() * 7200.0, rng.randrange(18, 80))
        for n in range(count)
    ]


class Leaderboard:
    def __init__(self, rows):
        self.rows = rows

    def ranked(self, *columns):
        return sorted(self.rows, key=itemgetter(*columns))

    def best(self, *columns, count=2):
        return self.ranked(*columns)[:count]


def merge(boards):
    """One board of all rows, the slow ones last."""
    rows = []
    for board in boards:
        rows += board.rows
    return Leaderboard(rows)


def main():
    rows = results(210_000)
    boards = [Leaderboard(rows[start::3]) for start in range(3)]
    for board in boards:
        print(board.best(2))
    everyone = merge(boards)
    for columns in ((0, 2), (1, 3, 2), (3, 0), (2, 1)):
        print(columns, everyone.best(*columns, count=1))


if __name__ == "__main__":
    main()
