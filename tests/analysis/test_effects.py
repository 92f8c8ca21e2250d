"""What is read of an object can be told more closely, and only once."""

from __future__ import annotations

import ast

import pytest

from paradvisor.analysis.dependences import split
from paradvisor.analysis.effects import BINDING, Effects
from paradvisor.analysis.source import Program
from paradvisor.analysis.values import of

STATISTICS = """
from functools import lru_cache

@lru_cache(maxsize=100)
def ways(total, largest):
    if total < 1 or not largest:
        return int(total == 0)
    return ways(total - largest, largest) + ways(total, largest - 1)

def main():
    out = []
    for n in range(40):
        out.append(ways(20 + n % 9, 6 + n % 5))
    print(max(out), LOOK)
"""


def test_less_than_the_binding_cannot_be_read() -> None:
    root = ("f", "board")
    effects = Effects()
    effects.read(root, 3, of("list"))
    once = effects.narrowed(frozenset({root}), BINDING)
    [bound] = once.reads
    assert bound == ("f", "board" + BINDING)
    assert list(once.narrowed(frozenset({bound}), BINDING).reads) == [bound]
    assert list(once.narrowed(frozenset({bound}), ".cells").reads) == [bound]


COUNTING = """
def outer(n, callback):
    count = 0
    def inner():
        nonlocal count
        count += 1
        return count
    if callback:
        return callback()
    inner()
    return [BODY for k in range(n)], count

def between(n, callback):
    return outer(n, callback)

AGAIN

def main():
    out = []
    for n in range(40):
        out.append(outer(n, None))
    print(out)
"""


def judged(text: str, name: str, kind: type[ast.AST]) -> tuple[str, str]:
    program = Program({"a.py": text}, {"a.py": "__main__"})
    [function] = [f for f in program.modules["a.py"].functions if f.qualname == name]
    [loop] = [node for node in function.own_nodes() if isinstance(node, kind)]
    found = split(program, function, loop)
    return found.verdict, str(found.dependences)


def test_a_cache_whose_statistics_are_read_is_changed_by_every_call() -> None:
    assert judged(STATISTICS.replace("LOOK", "ways(3, 3)"), "main", ast.For)[0] != "unsafe"
    verdict, why = judged(STATISTICS.replace("LOOK", "ways.cache_info()"), "main", ast.For)
    assert verdict == "unsafe"
    assert "the cache of ways" in why


def test_what_an_inner_function_counts_is_of_the_call_that_made_it() -> None:
    text = COUNTING.replace("if callback:\n        return callback()\n    ", "")
    text = text.replace("BODY", "k")
    assert judged(text.replace("AGAIN", ""), "main", ast.For)[0] == "safe"
    assert judged(text.replace("AGAIN", "again = outer"), "main", ast.For)[0] != "safe"


@pytest.mark.parametrize("body", ["outer(k, inner)", "between(k, inner)", "again(k, inner)"])
def test_a_call_may_be_given_what_counts_for_the_one_before(body: str) -> None:
    text = COUNTING.replace("BODY", body).replace("AGAIN", "again = outer")
    verdict, why = judged(text, "outer", ast.ListComp)
    assert verdict != "safe"
    assert "count" in why
