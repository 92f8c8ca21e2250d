"""Loops whose judgement depends on what another file does."""

from __future__ import annotations

import ast
import textwrap

import pytest

from paradvisor.analysis.dependences import split
from paradvisor.analysis.source import Program

HOOK = '''
    class Counted:
        made = 0

        def __add__(self, other):
            Counted.made += 1
            return Counted.made
'''

#: name -> (the other file, the main file, the expression that each iteration appends)
TRAPS = {
    "a global list gets items of another type": (
        "ROWS = [1]\n\n\ndef use(x):\n    return int(ROWS[-1] + x + sum(range(x)))\n",
        "import other\n" + textwrap.dedent(HOOK) + "other.ROWS.append(Counted())\n",
        "other.use(x)",
    ),
    "so it does under another name": (
        "ROWS = [1]\n\n\ndef use(x):\n    return int(ROWS[-1] + x + sum(range(x)))\n",
        "from other import ROWS as rows, use\n" + textwrap.dedent(HOOK)
        + "rows.append(Counted())\n",
        "use(x)",
    ),
    "a function is replaced": (
        "import main\nSEEN = []\ndef noisy(x):\n    SEEN.append(x)\n    return len(SEEN)\n"
        "main.score = noisy\n",
        "import other\ndef score(x):\n    return x\n",
        "score(x) + sum(range(x))",
    ),
    "a class is replaced": (
        "import main\nSEEN = []\nclass Noisy:\n    def __init__(self, x):\n"
        "        SEEN.append(x)\n        self.x = len(SEEN)\nmain.Quiet = Noisy\n",
        "import other\nclass Quiet:\n    def __init__(self, x):\n        self.x = x\n",
        "int(Quiet(x).x) + sum(range(x))",
    ),
    "an operator is added by setattr": (
        "import main\nSEEN = []\ndef add(self, x):\n    SEEN.append(x)\n    return len(SEEN)\n"
        "setattr(main.Plain, '__add__', add)\n",
        "import other\nclass Plain:\n    def __init__(self, x):\n        self.x = x\n",
        "int(Plain(1) + x) + sum(range(x))",
    ),
}

LOOP = '''
def main():
    out = []
    for x in range(9):
        out.append({expression})
    return out
'''


def verdict(other: str, main: str, expression: str) -> str:
    text = main + LOOP.format(expression=expression)
    program = Program({"other.py": other, "main.py": text},
                      {"other.py": "other", "main.py": "main"})
    function = program.modules["main.py"].top.functions["main"]
    loop = next(node for node in function.own_nodes() if isinstance(node, ast.For))
    return split(program, function, loop).verdict


@pytest.mark.parametrize("name", TRAPS)
def test_what_another_file_does_is_seen(name: str) -> None:
    assert verdict(*TRAPS[name]) != "safe"


def test_a_function_of_another_file_is_followed() -> None:
    other = "def use(x):\n    return sum(i * x for i in range(x))\n"
    assert verdict(other, "import other\n", "other.use(x)") == "safe"
