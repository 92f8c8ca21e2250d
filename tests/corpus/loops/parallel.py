# ruff: noqa
"""Loops that are parallel: each cell (``# %%``) is a program of its own, as in traps.py."""

# %%
def sums_of_squares():
    """Independent sums, stored by number."""
    out = {}
    for i in range(100):
        value = sum(j * j for j in range(i))
        out[i] = value
    return out


# %%
def words_to_numbers():
    """A reduction over parsed words."""
    total = 0
    for text in "1,2 3,4".split():
        parts = text.split(",")
        if not parts:
            continue
        total += int(parts[0])
    return total


# %%
def _collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def longest_collatz(limit):
    """A pure function, and the maximum in the tail."""
    best, best_n = 0, 0
    for n in range(1, limit):
        steps = _collatz(n)
        if steps > best:
            best, best_n = steps, n
    return best_n


# %%
def _is_prime(n):
    if n < 2:
        return False
    for d in range(2, int(n**0.5) + 1):
        if n % d == 0:
            return False
    return True


def prime_flags(limit):
    """A comprehension of a pure function."""
    return [_is_prime(n) for n in range(limit)]


# %%
def _is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def primes_appended(limit):
    """Filters in order."""
    primes = []
    for n in range(limit):
        if _is_prime(n):
            primes.append(n)
    return primes


# %%
import hashlib


def digests(names):
    """Hashes files by name."""
    out = {}
    for name in sorted(names):
        with open(name, "rb") as stream:
            digest = hashlib.sha256(stream.read()).hexdigest()
        out[name] = digest
    return out


# %%
from pathlib import Path


def word_counts(folder):
    """Counts the words of each file of a folder."""
    counts = {}
    for path in sorted(Path(folder).glob("*.txt")):
        text = path.read_text()
        counts[path.name] = len(text.split())
    return counts


# %%
import json


def parse_lines(path):
    """Parses each line of a file."""
    records = []
    with open(path) as stream:
        for line in stream:
            record = json.loads(line)
            records.append(record)
    return records


# %%
import re

PATTERN = re.compile(r"(\w+)=(\d+)")


def parse_pairs(text):
    """A regular expression on each line."""
    out = []
    for line in str(text).splitlines():
        pairs = PATTERN.findall(line)
        out.append(len(pairs))
    return out


# %%
def _multiply(row, columns):
    return [sum(a * b for a, b in zip(row, column)) for column in columns]


def matrix_product():
    """Rows of a product of matrices. (loop 3)"""
    a = [[i + j for j in range(9)] for i in range(9)]
    columns = [(1, 2, 3), (4, 5, 6)]
    out = []
    for i in range(9):
        row = _multiply(a[i], columns)
        out.append(row)
    return out


# %%
def mandelbrot(width, height):
    """Rows of a picture."""
    rows = []
    for y in range(height):
        row = []
        for x in range(width):
            z, c = 0j, complex(x / width, y / height)
            n = 0
            while abs(z) < 2 and n < 50:
                z = z * z + c
                n += 1
            row.append(n)
        rows.append(row)
    return rows


# %%
import math


def trapezoid(steps):
    """A sum of function values."""
    total = 0.0
    h = math.pi / steps
    for i in range(steps):
        x = (i + 0.5) * h
        total += math.sin(x) * math.exp(-x) * h
    return total


# %%
import random


def seeded_batches(batches):
    """Each batch has a generator of its own."""
    means = []
    for batch in range(batches):
        rng = random.Random(batch)
        mean = sum(rng.random() for _ in range(100)) / 100
        means.append(mean)
    return means


# %%
from collections import Counter


def letters_merged(lines):
    """Counts per line, merged in the tail."""
    total = Counter()
    for line in sorted(lines):
        counts = Counter(line.lower())
        total.update(counts)
    return total


# %%
def histogram():
    """Counts the buckets of computed values."""
    counts = [0] * 10
    for i in range(1000):
        value = sum(int(digit) for digit in str(i * i))
        counts[value % 10] += 1
    return counts


# %%
def best_candidate():
    """The best of scored candidates is kept in the tail."""
    best = None
    for candidate in range(100):
        score = sum(candidate % d for d in range(1, 50))
        if best is None or score > best:
            best = score
    return best


# %%
def table():
    """Formatted lines, printed in order."""
    for n in range(1, 20):
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        print(f"{n:3d} {len(divisors):3d}")


# %%
def tolerant_parse(fields):
    """Errors are counted in the tail."""
    bad = 0
    values = []
    for field in sorted(fields):
        try:
            value = float(field)
        except ValueError:
            value = None
        if value is None:
            bad += 1
        else:
            values.append(value)
    return values, bad


# %%
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return (self.x**2 + self.y**2) ** 0.5


def norms():
    """New objects, used and forgotten."""
    out = []
    for i in range(50):
        point = Point(i, i + 1)
        length = point.norm()
        out.append(length)
    return out


# %%
class Particle:
    def __init__(self, mass):
        self.mass = mass


def particles():
    """New objects, kept."""
    out = []
    for i in range(50):
        particle = Particle(i * 2)
        out.append(particle)
    return out


# %%
import time


def polled(devices):
    """Waits for each device."""
    readings = []
    for device in range(devices):
        time.sleep(0.01)
        readings.append(device * 2)
    return readings


# %%
from urllib.request import urlopen


def titles():
    """Fetches pages."""
    out = {}
    for url in ["http://a.example", "http://b.example"]:
        with urlopen(url) as response:
            page = response.read().decode()
        out[url] = len(page)
    return out


# %%
def shouting():
    """A match statement that binds nothing which outlives it."""
    out = []
    for command in ["go 1", "stop", "go 2"]:
        match command.split():
            case ["go", steps]:
                value = int(steps)
            case _:
                value = 0
        out.append(value)
    return out


# %%
import zlib


def compressed(blocks):
    """Compresses numbered blocks."""
    sizes = []
    for number in range(blocks):
        block = bytes(number % 256 for _ in range(1000))
        packed = zlib.compress(block, 9)
        sizes.append(len(packed))
    return sizes


# %%
from functools import lru_cache


@lru_cache(maxsize=None)
def _fib(n):
    return n if n < 2 else _fib(n - 1) + _fib(n - 2)


def fibonacci(count):
    """A memoized pure function."""
    out = []
    for n in range(count):
        value = _fib(n)
        out.append(value)
    return out


# %%
def _distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


def closest(words):
    """Edit distances of all words to one."""
    out = []
    for word in "alpha beta gamma".split():
        distance = _distance(word, "betas")
        out.append((distance, word))
    return min(out)


# %%
def _count(n, row, columns, down, up):
    if row == n:
        return 1
    total = 0
    for column in range(n):
        if column not in columns and row + column not in down and row - column not in up:
            total += _count(n, row + 1, columns | {column}, down | {row + column}, up | {row - column})
    return total


def queens():
    """Solutions by the first queen's place."""
    total = 0
    for column in range(8):
        total += _count(8, 1, {column}, {column}, {-column})
    return total


# %%
GREY = (0.3, 0.6, 0.1)


def grey_picture():
    """Reads a table of constants."""
    out = []
    for y in range(20):
        row = [GREY[0] * x + GREY[1] * y + GREY[2] for x in range(20)]
        out.append(row)
    return out


# %%
def _blur(picture, y):
    return [sum(picture[y - 1 : y + 2][k][x] for k in range(3)) / 3 for x in range(len(picture[0]))]


def blurred():
    """Reads one picture, builds another. (loop 3)"""
    picture = [[x * y for x in range(9)] for y in range(9)]
    out = []
    for y in range(1, 8):
        row = _blur(picture, y)
        out.append(row)
    return out


# %%
import csv


def column_totals(path):
    """Rows of a CSV file."""
    total = 0.0
    with open(path, newline="") as stream:
        for row in csv.reader(stream):
            value = float(row[1]) * 1.2
            total += round(value, 2)
    return total


# %%
import statistics


def medians():
    """Statistics of computed samples."""
    out = []
    for i in range(20):
        sample = [(i * k) % 17 for k in range(100)]
        out.append(statistics.median(sample))
    return out


# %%
def enumerated_lines(text):
    """Numbered lines."""
    out = []
    for number, line in enumerate(str(text).splitlines(), 1):
        words = sorted(set(line.lower().split()))
        out.append(f"{number}: {' '.join(words)}")
    return out


# %%
from datetime import date, timedelta


def calendar_rows(start):
    """Dates computed from numbers."""
    first = date(2024, 1, 1)
    rows = []
    for days in range(366):
        day = first + timedelta(days=days)
        rows.append(day.isoformat())
    return rows


# %%
def grouped():
    """A dictionary of lists, filled by the tail."""
    groups = {}
    for n in range(100):
        key = sum(int(c) for c in str(n))
        groups.setdefault(key, []).append(n)
    return groups


# %%
def _solve(n, k):
    table = [[0] * (k + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        table[i][0] = 1
        for j in range(1, min(i, k) + 1):
            table[i][j] = table[i - 1][j - 1] + table[i - 1][j]
    return table[n][k]


def binomials():
    """Dynamic programming inside each iteration."""
    return [_solve(n, n // 2) for n in range(30)]


# %%
import os


def sizes(folder):
    """Sizes of files."""
    total = 0
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            total += os.path.getsize(path)
    return total


# %%
def nested_reduction():
    """A local reduction inside of the head."""
    rows = []
    for i in range(30):
        total = 0
        for j in range(i):
            total += j * j
        rows.append(total)
    return rows


# %%
import math


def key_sorted():
    """Sorts with a pure key."""
    out = []
    for k in range(20):
        points = [(math.sin(i * k), i) for i in range(50)]
        points.sort(key=lambda point: point[0])
        out.append(points[0][1])
    return out


# %% module: script_loop: a script's top level
import math

results = []
for n in range(1, 50):
    root = math.isqrt(n)
    results.append(root * root == n)
print(sum(results))


# %%
import sys


def printed_to_standard_output():
    """Standard output by its name: still in order."""
    for n in range(1, 20):
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        print(n, len(divisors), file=sys.stdout)


# %%
import sys


def written_to_standard_output():
    """As above, without print()."""
    for n in range(1, 20):
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        sys.stdout.write(f"{n} {len(divisors)}\n")


# %%
import sys


def printed_to_standard_error():
    """Progress on standard error."""
    out = []
    for n in range(1, 20):
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        print(n, file=sys.stderr)
        out.append(len(divisors))
    return out


# %%
def concatenated_fresh_lists():
    """Lists of this iteration, added up, changed and kept."""
    out = []
    for n in range(20):
        row = [i * n for i in range(5)] + [0] * 3
        row += [1, 2]
        row[0] += n
        out.append(row)
    return out


# %%
def fresh_table_of_fresh_rows():
    """New objects that hold each other."""
    out = []
    for n in range(20):
        row = []
        table = {"row": row}
        for i in range(n):
            row.append(i)
        table["row"].append(n)
        out.append(len(table["row"]))
    return out


# %%
def own_list_in_conditions():
    """The list is looked at in conditions, and kept by nobody."""
    out = []
    if not out or len(out) > 3:
        out.append(0)
    for n in range(20):
        value = sum(i * n for i in range(n))
        out.append(value)
    return [value for value in out if value] or None


# %%
import json


def parsed_with_options():
    """Keyword arguments that nobody calls."""
    out = []
    for n in range(20):
        text = json.dumps({"n": n, "square": n * n}, indent=2, sort_keys=True)
        out.append(len(text))
    return out


# %%
def same_names_for_loops():
    """One loop variable after another of the same name."""
    out = []
    for n in range(20):
        total = 0
        for item in range(n):
            total += item
        for item in str(n):
            total += int(item)
        out.append(total)
    return out


# %%
_MISSING = object()


def sentinel_compared_in_head():
    """The sentinel is compared where it is; only the count is the tail."""
    table = {"a": 1}
    misses = 0
    for key in ["a", "b"]:
        value = table.get(key, _MISSING)
        if value is _MISSING:
            misses += 1
    return misses


# %%
import re


def match_object_stays():
    """The match object, which cannot be pickled, stays with its worker."""
    out = []
    for line in ["a1", "b2"]:
        match = re.match("([a-z])", line)
        if match:
            out.append(match.group(1))
    return out


# %%
class _Amount:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        return _Amount(self.cents + other.cents)

    def __lt__(self, other):
        return self.cents < other.cents


def plain_operators_of_any_amounts(count):
    """Operators of the user's that only compute, on amounts from a list of unknown ones."""
    out = []
    for number in range(count):
        amounts = [_Amount(number * k % 7) for k in range(9)]
        total = max(amounts) + min(amounts)
        out.append(total.cents)
    return out


# %%
def _worth(table, name):
    return table[name](9) if name in table else 0


def counted_through_a_table(table, names):
    """What is stored cannot be followed; that it is stored is no reason to call it unsafe."""
    counts = {}
    for name in names:
        worth = _worth(table, name)
        counts[name] = counts.get(name, 0) + worth
    return counts


# %%
class _Study:
    def __init__(self, seed):
        self.seed = seed

    def _spread(self, number):
        values = [(number * k + self.seed) % 97 for k in range(50)]
        return len(values) * 2 + len(str(values))

    def spreads(self, count):
        """A method calls another one of its object, which only reads that."""
        out = []
        for number in range(count):
            spread = self._spread(number)
            out.append(spread)
        return out


# %%
import collections

_Answer = collections.namedtuple("_Answer", ["number", "steps"])


def _halvings(number):
    steps = 0
    while number > 1:
        number, steps = number // 2, steps + 1
    return steps


def named_tuples_of_results(count):
    """Making a named tuple does nothing else."""
    out = []
    for number in range(count):
        out.append(_Answer(number, _halvings(number)))
    return out


# %%
def _parts(number):
    return [k for k in range(1, number) if number % k == 0]


def grouped_by_length(count):
    """Each result goes to the list of its group, which is made when it is first needed."""
    groups = {}
    for number in range(count):
        parts = _parts(number)
        groups.setdefault(len(parts), []).append(number)
    return groups


# %%
import enum


class _Kind(enum.Enum):
    SMALL = 1
    LARGE = 2


def _sized(number, kind):
    if kind is _Kind.SMALL:
        return sum(k % 7 for k in range(number))
    return sum(k % 11 for k in range(2 * number))


def sums_by_kind(count):
    """A member of an enumeration is one object in every process."""
    sums = {}
    for number in range(count):
        found = _sized(number, _Kind.SMALL if number < 5 else _Kind.LARGE)
        sums[number] = found
    return sums


# %%
def _records(path):
    name, rows = None, []
    with open(path) as file:
        for line in file:
            if line.startswith(">"):
                if name is not None:
                    yield name, "".join(rows)
                name, rows = line[1:], []
            else:
                rows.append(line.strip())
    yield name, "".join(rows)


def lengths_of_records(path):
    """The items come from a generator that only reads a file, and are texts."""
    lengths = {}
    for name, text in _records(path):
        lengths[name] = len(set(text.upper()))
    return lengths


# %%
def _divided(text):
    count, seen = 0, []
    for part in text.split(","):
        count += 1
        seen.append(part.strip())
    return count, seen


def parts_at_their_places(count):
    """Of a tuple that a call gives, each part has its own type."""
    total, found = 0, []
    for text in [str(number) for number in range(count)]:
        parts, seen = _divided(text)
        total += parts
        found.append(seen)
    return total, found


# %%
def _shouted(line):
    return sum(ord(letter) for letter in line.upper())


def numbered_lines(path):
    """Nobody else looks at the file that is read ahead."""
    found = {}
    with open(path) as file:
        for number, line in enumerate(file, 1):
            worth = _shouted(line)
            found[number] = worth
    return found


# %%
class _Unreadable(Exception):
    pass


def _number(text):
    if text.endswith("x"):
        raise _Unreadable(f"cannot read {text}")
    return int(text)


def _decoded(text):
    try:
        return sum(_number(part) for part in text.split())
    except (_Unreadable, ValueError) as error:
        return len(error.args[0])


def decoded_or_told(count):
    """The exceptions of the program hold texts."""
    sums = []
    for text in [f"{number} {number}x" for number in range(count)]:
        value = _decoded(text)
        sums.append(value)
    return sums
