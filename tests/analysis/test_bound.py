"""Methods that are taken from their object and called by another name."""

from __future__ import annotations

import ast
import textwrap

import pytest

from paradvisor.analysis.dependences import split
from paradvisor.analysis.source import Program

#: name -> (before the loop, in the loop, the verdict)
CASES = {
    "of an object of the iteration's own": (
        "", "draw = random.Random(x).random\n        value = draw() + x", "safe"
    ),
    "of a generator for all": (
        "draw = random.Random(1).random", "value = draw() + x", "unsafe"
    ),
    "of a generator in a list": (
        "draws = [random.Random(1).random]", "value = draws[0]() + x", "unknown"
    ),
    "of a generator that a function gives": (
        "def one():\n                return random.Random(1).random\n            draw = one()",
        "value = draw() + x", "unsafe",
    ),
    "of a pattern": ("find = re.compile('a').findall", "value = len(find('a' * x))", "safe"),
    "of an older list": ("add = seen.append", "add(x)\n        value = len(seen) + x", "unknown"),
    "of a list that is emptied": ("take = seen.pop", "value = take() + sum(range(x))", "unsafe"),
}


@pytest.mark.parametrize("name", CASES)
def test_they_do_what_they_do(name: str) -> None:
    before, body, verdict = CASES[name]
    text = textwrap.dedent(f"""
        import random, re

        def main():
            seen = [1]
            {before}
            out = []
            for x in range(9):
                {body.replace(chr(10), chr(10) + '        ')}
                out.append(value * 2)
            return out
        """)
    program = Program({"a.py": text}, {"a.py": "__main__"})
    function = program.modules["a.py"].top.functions["main"]
    loop = next(node for node in function.own_nodes() if isinstance(node, ast.For))
    assert split(program, function, loop).verdict == verdict


KEYS = {
    "lambda n: n % 7": "safe",
    "lambda n: scale(n)": "safe",
    "lambda n: n + COUNT.pop()": "unsafe",
    "lambda n: unknown(n)": "unknown",
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_followed(key: str) -> None:
    text = textwrap.dedent(f"""
        COUNT = [1, 2, 3]

        def scale(n):
            return sum(range(n))

        def main():
            numbers = [3, 1, 2]
            return max(numbers, key={key})
        """)
    program = Program({"a.py": text}, {"a.py": "__main__"})
    function = program.modules["a.py"].top.functions["main"]
    loop = next(node for node in function.own_nodes()
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "max")
    assert split(program, function, loop).verdict == KEYS[key]
