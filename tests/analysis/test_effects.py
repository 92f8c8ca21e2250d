"""What is read of an object can be told more closely, and only once."""

from __future__ import annotations

import ast

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


def test_a_cache_whose_statistics_are_read_is_changed_by_every_call() -> None:
    def judged(look: str) -> tuple[str, str]:
        text = STATISTICS.replace("LOOK", look)
        program = Program({"a.py": text}, {"a.py": "__main__"})
        [function] = [f for f in program.modules["a.py"].functions if f.qualname == "main"]
        [loop] = [node for node in function.own_nodes() if isinstance(node, ast.For)]
        found = split(program, function, loop)
        return found.verdict, str(found.dependences)

    assert judged("ways(3, 3)")[0] != "unsafe"
    verdict, why = judged("ways.cache_info()")
    assert verdict == "unsafe"
    assert "the cache of ways" in why
