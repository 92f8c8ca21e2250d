"""Tests Mersenne numbers for primality with the Lucas-Lehmer test.

kind: native_gil
bound: compute
reason: arithmetic on integers of thousands of bits (Objects/longobject.c, which never releases
  the lock); two threads took 1.96x the time of one. There is no call: the operators are the C
  code.
"""


def is_mersenne_prime(exponent):
    modulus = (1 << exponent) - 1
    value = 4
    for _ in range(exponent - 2):
        value = value * value - 2
        value = (value & modulus) + (value >> exponent)
        if value >= modulus:
            value -= modulus
    return value == 0


def small_primes(limit):
    sieve = bytearray([1]) * limit
    for n in range(2, limit):
        if sieve[n]:
            yield n
            for multiple in range(n * n, limit, n):
                sieve[multiple] = 0


class Search:
    def __init__(self, exponents):
        self.exponents = exponents
        self.found = []

    def run(self):
        for exponent in self.exponents:
            if is_mersenne_prime(exponent):
                self.found.append(exponent)
        return self.found


def main():
    candidates = [p for p in small_primes(7400) if p > 6000 and p % 12 in (1, 11)]
    search = Search([4253, 4423, *candidates[:11], 9689])
    for exponent in search.run():
        print(f"2**{exponent} - 1 is prime")
    print(len(search.exponents), "candidates")


if __name__ == "__main__":
    main()
