"""Loops inside libraries: who profiles is told that they are there, and what would open them."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

WORK = '''\
import functools
import re


def steps(number):
    count = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        count += 1
    return count


def is_long(number):
    return steps(number) > 100


def longer(best, number):
    return max(best, steps(number))


class Replacer:
    def one(self, match):
        return str(steps(int(match.group())))


def main():
    numbers = range(1, 60000)
    {call}


main()
'''
CALLS = {
    "filter": ("print(len(list(filter(is_long, numbers))))", "filter, which calls is_long"),
    "method": (
        "print(len(re.sub(r'\\d+', Replacer().one, ' '.join(map(str, numbers)))))",
        "re.sub, which calls one",
    ),
    "lambda": (
        "print(len(list(filter(lambda number: not is_long(number), numbers))))",
        "filter, which calls is_long",
    ),
}
SERIAL = {
    "reduce": "print(functools.reduce(longer, numbers, 0))",
    "loop": "print(sum(is_long(number) for number in numbers))",
    "key": "print(max(numbers, key=steps))",
}


def hidden(paradvisor, call: str) -> list[dict]:  # type: ignore[no-untyped-def, type-arg]
    paradvisor.write("program.py", WORK.format(call=call))
    report = json.loads(paradvisor("profile", "-q", "--json", "program.py").stdout)
    return [skip for skip in report["skipped"] if skip["code"] == "PA212"]


@pytest.mark.parametrize("name", CALLS)
def test_a_loop_inside_a_library_is_named(paradvisor, name: str) -> None:  # type: ignore[no-untyped-def]
    call, words = CALLS[name]
    [skip] = hidden(paradvisor, call)
    assert skip["reason"].startswith(f"the loop is inside {words} ")
    assert skip["location"]["line"] == WORK.splitlines().index("    {call}") + 1


@pytest.mark.parametrize("name", SERIAL)
def test_what_is_none_is_not_taken_for_one(paradvisor, name: str) -> None:  # type: ignore[no-untyped-def]
    assert hidden(paradvisor, SERIAL[name]) == []
