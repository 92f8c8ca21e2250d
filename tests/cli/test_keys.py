"""Sorting by a key that takes its time."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

SORTING = '''\
"""Sorts numbers by how many steps Collatz takes from them."""


def steps(number):
    count = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        count += 1
    return count


def main():
    numbers = list(range(1, 120000))
    ranking = sorted(numbers, key=steps, reverse=True)
    print(ranking[:5], ranking[-5:])


main()
'''
COUNTING = SORTING.replace(
    "    return count\n", "    SEEN.append(count)\n    return len(SEEN)\n"
).replace("def steps", "SEEN = []\n\n\ndef steps")


def sort_of(report: dict) -> dict:  # type: ignore[type-arg]
    [loop] = [loop for loop in report["loops"] if "sorted(" in loop["source"]]
    return loop


def test_keys_are_computed_by_a_team_and_the_order_is_the_same(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("sorting.py", SORTING)
    profile = json.loads(paradvisor("profile", "-q", "--json", "sorting.py").stdout)
    loop = sort_of(profile)
    assert loop["verdict"] == "safe"
    assert loop["pattern"] == "sort by key"
    assert loop["iterations"] == 119999
    applied = paradvisor("apply", "-q", "--json", "--keep")
    report = json.loads(applied.stdout)
    assert report["kept"], applied.stderr
    text = (paradvisor.folder / "sorting.py").read_text()
    assert "for item in scheduled(numbers):" in text


def test_a_key_that_counts_its_calls_is_none_to_share(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("counting.py", COUNTING)
    profile = json.loads(paradvisor("profile", "-q", "--json", "counting.py").stdout)
    assert sort_of(profile)["verdict"] == "unsafe"
