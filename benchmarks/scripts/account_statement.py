"""Work out the daily balance of an account with compound interest and overdraft fees.

needs: nothing
hot: 34
parallel: no
reason: the balance of a day, its interest and its fee depend on the balance of the day before
"""

import random
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

DAYS = 35_000
CENT = Decimal("0.01")


def make_bookings():
    rng = random.Random(50)
    return [[Decimal(rng.randint(-9000, 8900)) / 100 for _ in range(3)] for _ in range(DAYS)]


def interest(balance, rate):
    """Return the interest for a day, compounded by the minute."""
    minute = 1 + rate / (365 * 1440)
    growth = minute
    for _ in range(160):
        growth = growth * minute**16
    return (balance * (growth - 1)).quantize(CENT, ROUND_HALF_EVEN)


def statement(bookings):
    balance = Decimal(1000)
    fees = Decimal(0)
    lines = []
    for day, amounts in enumerate(bookings):
        for amount in amounts:
            balance += amount
            if balance < -500:
                balance -= Decimal("2.50")
                fees += Decimal("2.50")
        balance += interest(balance, Decimal("0.02") if balance > 0 else Decimal("0.11"))
        if day % 3500 == 0:
            lines.append(f"day {day:5}: {balance:12}")
    return lines, balance, fees


def main():
    getcontext().prec = 34
    lines, balance, fees = statement(make_bookings())
    for line in lines:
        print(line)
    print(f"in the end {balance}, fees {fees}")


if __name__ == "__main__":
    main()
