"""List the primes among a run of large numbers, by finding the largest factor of each.

The time goes into the trial division of largest_factor, integer arithmetic in the interpreter.
A number with small factors is done in microseconds while a prime takes milliseconds, so fork
processes that take the numbers in small portions, not in equal shares; the list keeps the order.
Threads gain nothing. A C rewrite of the function, which needs only 64-bit integers, gains more.
"""
# expect: bound = "compute", kind = "python", hotspot = "largest_factor", loop = "[largest_factor(n) for n in numbers]", verdict = "safe", strategy = "fork", size = "3000"

import sys

START = 20_000_000_000


def largest_factor(n: int) -> int:
    """Return the largest prime factor of n, by trial division."""
    largest = 1
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            largest = divisor
            n //= divisor
        elif divisor == 2:
            divisor = 3
        else:
            divisor += 2
    return max(largest, n)


def main() -> None:
    """Factor the numbers and print the primes and a summary."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    numbers = list(range(START, START + count))
    factors = [largest_factor(n) for n in numbers]
    primes = 0
    for number, factor in zip(numbers, factors, strict=True):
        if factor == number:
            primes += 1
            print(f"{number} is prime")
    print(f"{primes} primes among {count} numbers from {START}")
    smallest = min(factors)
    print(f"smoothest number {numbers[factors.index(smallest)]}, its largest factor {smallest}")
    print(f"mean largest factor {sum(factors) // count}")


if __name__ == "__main__":
    main()
