"""A change that would touch more than its loop is refused."""

from __future__ import annotations

import ast

import pytest

from paradvisor.analysis.source import Program
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite import untouched

BEFORE = b"import os\n\n\nx = 1   # odd  spacing\nfor y in range(3):\n    print(y)\nz = 2\n"
LOOP = 5


def check(after: bytes) -> None:
    program = Program({"a.py": BEFORE.decode()}, {})
    top = program.modules["a.py"].top
    [node] = [node for node in top.own_nodes() if isinstance(node, ast.For)]
    assert node.lineno == LOOP
    untouched.check(BEFORE, after, [(top, node)], "paradvisor")


def test_lines_may_be_added_and_the_loop_may_go() -> None:
    check(BEFORE)
    check(BEFORE.replace(b"for y in range(3):\n    print(y)\n", b"section()\n"))
    check(BEFORE.replace(b"os\n", b"os\n\nfrom a import b\n"))


@pytest.mark.parametrize(
    "changed",
    [BEFORE.replace(b"odd  ", b"odd "), BEFORE.replace(b"z = 2\n", b"z = 2"),
     BEFORE.replace(b"import os\n", b"import os\r\n"), BEFORE.replace(b"z = 2\n", b"")],
)
def test_another_line_must_stay(changed: bytes) -> None:
    with pytest.raises(InconclusiveError, match=r"line [147]"):
        check(changed)
