"""Solve a knapsack problem by dynamic programming and print the best value for some capacities.

The time goes into next_row, integer comparisons on list items in the interpreter. Each row of
the table is made from the row before, so the loop over the items cannot be split; within a row
the cells are independent, but a row is too short for workers to pay. Rewrite next_row in C.
"""
# expect: bound = "compute", kind = "python", hotspot = "next_row", loop = "for weight, value in items", verdict = "unsafe", strategy = "native", size = "280"

import random
import sys

CAPACITY = 100_000


def make_items(count: int) -> list[tuple[int, int]]:
    """Return the items, each a weight and a value that goes roughly with it."""
    rng = random.Random(2024)
    items = []
    for _ in range(count):
        weight = rng.randrange(200, 4000)
        items.append((weight, weight + rng.randrange(-150, 600)))
    return items


def next_row(row: list[int], weight: int, value: int) -> list[int]:
    """Return the best value for each capacity when one more item may be taken."""
    new_row = row[:weight]
    for capacity in range(weight, len(row)):
        best = row[capacity]
        taken = row[capacity - weight] + value
        if taken > best:
            best = taken
        new_row.append(best)
    return new_row


def main() -> None:
    """Fill the table row by row and print some of the last row."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 280
    items = make_items(count)
    row = [0] * (CAPACITY + 1)
    for weight, value in items:
        row = next_row(row, weight, value)
    for capacity in range(CAPACITY // 10, CAPACITY + 1, CAPACITY // 10):
        print(f"capacity {capacity:7d}  best value {row[capacity]:7d}")
    total_weight = sum(weight for weight, _ in items)
    print(f"{count} items of weight {total_weight} and value {sum(value for _, value in items)}")


if __name__ == "__main__":
    main()
