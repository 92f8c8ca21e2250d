"""Checks form fields against patterns that backtrack a lot.

kind: native_gil
bound: compute
reason: the matching engine (Modules/_sre) has no Py_BEGIN_ALLOW_THREADS, and each match lasts
  tens to hundreds of microseconds of backtracking; two threads took 1.94x the time of one.
"""

import random
import re

RULES = {
    "name": re.compile(r"(?:[A-Z][a-z]*\s?)+(?:[a-z]+\s?)*!$"),
    "list": re.compile(r"(\w+,?)+;$"),
    "path": re.compile(r"(?:/?\w*)*\.txt$"),
    "pair": re.compile(r".*?(\d+).*?\1.*?\1$"),
}


def fields(count):
    rng = random.Random(5)
    for number in range(count):
        rule = ("name", "list", "path", "pair")[number % 4]
        if rule == "name":
            text = "".join(rng.choice(["Ann ", "Bob", "Li "]) for _ in range(4))
        elif rule == "list":
            text = "".join(rng.choices("abc", k=13)) + rng.choice(";:")
        elif rule == "path":
            text = "/" + "".join(rng.choices("abcd", k=9)) + rng.choice([".txt", ".csv"])
        else:
            text = "-".join(str(rng.randrange(10, 10_000)) for _ in range(7))
        yield rule, text


def validate(items):
    accepted = dict.fromkeys(RULES, 0)
    for rule, text in items:
        if RULES[rule].match(text):
            accepted[rule] += 1
    return accepted


def main():
    items = list(fields(15_000))
    for rule, count in validate(items).items():
        print(f"{rule:6}{count:8} of {len(items) // 4}")


if __name__ == "__main__":
    main()
