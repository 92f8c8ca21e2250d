"""Imports ledgers written as CSV and checks that they balance.

kind: native_gil
bound: compute
reason: csv.reader and csv.writer (Modules/_csv.c) have no Py_BEGIN_ALLOW_THREADS and read and
  write whole ledgers from one call; two threads took 2.08x the time of one. Adding up is Python,
  and the lesser part.
"""

import csv
import io
from collections import defaultdict


def entries(count, seed):
    accounts = [f"account {n:03d}" for n in range(40)]
    for n in range(count):
        amount = (n * seed * 2654435761) % 1_000_000
        memo = f'invoice "{n}", paid; ' + "details of the delivery " * 4
        yield [n, accounts[n % 40], accounts[n * 7 % 40], amount, memo, "EUR", "booked", "main", ""]


def write(rows):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return buffer.getvalue()


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def balance(rows):
    totals = defaultdict(int)
    for row in rows:
        amount = int(row[3])
        totals[row[1]] -= amount
        totals[row[2]] += amount
    return totals


def main():
    for seed in (3, 5, 7, 11):
        ledger = list(entries(17_000, seed))
        rows = []
        for _ in range(4):  # handed from system to system
            text = write(rows or ledger)
            rows = read(text)
        totals = balance(rows)
        print(f"{len(text)} characters, balance {sum(totals.values())}, {max(totals.values())}")


if __name__ == "__main__":
    main()
