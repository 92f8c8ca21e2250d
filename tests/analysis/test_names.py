"""Which names code reads from around it."""

from __future__ import annotations

import ast
import textwrap

import pytest

from paradvisor.analysis import names

READ = {
    "a function's parameters and locals": (
        "def f(a, *b, c=d):\n    e = a\n    return e + g", {"d", "g"}),
    "what it declares to be another's": (
        "def f():\n    global a\n    nonlocal b\n    a = a + 1\n    b += b\n", {"a", "b"}),
    "its decorators and annotations": ("@a\ndef f(b: c) -> d: pass", {"a", "c", "d"}),
    "a function inside of it": ("def f(a):\n    def g(b): return a + b + c\n    return g", {"c"}),
    "a comprehension": ("[a for a in b if a > c]", {"b", "c"}),
    "a lambda": ("lambda a, b=c: a + b + d", {"c", "d"}),
}


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    source, expected = READ[name]
    assert names.read(ast.parse(textwrap.dedent(source)).body) == expected
