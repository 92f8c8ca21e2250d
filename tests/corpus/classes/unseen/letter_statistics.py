"""Counts letters and pairs of letters in a long text, to tell its language.

kind: native_gil
bound: compute
reason: collections.Counter counts an iterable in C (_count_elements in
  Modules/_collectionsmodule.c), under the lock; two threads took 2.01x the time of one.
  str.translate and str.replace before it are C as well.
"""

from collections import Counter
from itertools import pairwise

SENTENCES = [
    "It was the last train, and nobody on the platform knew when another one would come. ",
    "Les enfants jouent dans la cour pendant que leurs parents discutent du prix du pain. ",
    "Der Regen hat erst am Abend aufgehört, und die Straßen glänzten noch lange danach. ",
]
MARKS = str.maketrans("", "", ".,;")


def text(count):
    return "".join(SENTENCES[n * n % 7 % 3] for n in range(count))


def clean(raw):
    return raw.translate(MARKS).lower().replace("ß", "ss").replace("ö", "oe")


def profile(letters):
    """Return the most common letters and the most common pairs of letters."""
    single = Counter(letters)
    double = Counter(map("".join, pairwise(letters)))
    return single.most_common(5), double.most_common(3)


def main():
    raw = text(60_000)
    for part in range(2):
        letters = clean(raw[part::2])
        single, double = profile(letters)
        print(len(letters), single, double)
    print(Counter(clean(raw)).most_common(2))


if __name__ == "__main__":
    main()
