"""Builds a search index of names: folds case and accents so that spellings meet.

kind: native_gil
bound: compute
reason: millions of calls of some microseconds of unicodedata.normalize (no Py_BEGIN_ALLOW_THREADS
  in Modules/unicodedata.c) and of str methods; two threads took 2.03x the time of one.
"""

import unicodedata
from collections import defaultdict

GIVEN = ["Zoë", "José", "Åsa", "Łukasz", "Siân", "François", "Ñuño", "Søren", "Dvořák", "Phương"]
FAMILY = ["Müller-Lüdenscheidt", "Núñez y Peñalosa", "Brontë", "Čapková", "Gödel", "Nguyễn Thị Ánh"]
PLACE = [
    "Århus i Østjylland",
    "São Tomé e Príncipe",
    "Łódź województwo łódzkie",
    "Đà Nẵng, Việt Nam",
]


def people(count):
    for n in range(count):
        given = GIVEN[n % 10] + " " + GIVEN[n * 3 % 10]
        yield f"{FAMILY[n % 6]}, {given}, {PLACE[n // 7 % 4]}, {PLACE[n // 3 % 4]} {n % 6}"


def fold(name):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold())


def index(names):
    found = defaultdict(list)
    for number, name in enumerate(names):
        found[fold(name)].append(number)
    return found


def main():
    names = list(people(430_000))
    found = index(names)
    common = max(found.values(), key=lambda numbers: (len(numbers), -numbers[0]))
    print(len(names), "names,", len(found), "different")
    print("most common:", names[common[0]], len(common))


if __name__ == "__main__":
    main()
