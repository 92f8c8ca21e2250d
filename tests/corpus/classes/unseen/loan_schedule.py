"""Computes loan schedules to hundreds of digits, with logarithms and powers.

kind: native_gil
bound: compute
reason: the decimal module is the C library libmpdec behind Modules/_decimal, which has no
  Py_BEGIN_ALLOW_THREADS; two threads took 2.09x the time of one.
"""

from decimal import Decimal, getcontext


def payment(principal, rate, months):
    """Return the monthly payment that pays the loan back."""
    growth = ((1 + rate).ln() * months).exp()
    return principal * rate * growth / (growth - 1)


def months_to_pay(principal, rate, amount):
    return -((1 - rate * principal / amount).ln()) / (1 + rate).ln()


def schedule(principal, rate, months):
    amount = payment(principal, rate, months)
    rest = principal
    interest = Decimal(0)
    for _ in range(months):
        part = rest * rate
        interest += part
        rest = rest + part - amount
    return amount, interest, rest


def report(count):
    for number in range(1, count + 1):
        principal = Decimal(10_000 * number)
        rate = Decimal(number) / Decimal(1200)
        amount, interest, rest = schedule(principal, rate, 120)
        length = months_to_pay(principal, rate, amount * 2)
        yield number, round(amount, 12), round(interest, 12), round(length, 12), abs(rest) < 1


def main():
    getcontext().prec = 420
    lines = list(report(340))
    for number, amount, interest, length, closed in lines[::100]:
        print(f"{number:3} {amount:>24} {interest:>24} {length:>20} {closed}")


if __name__ == "__main__":
    main()
