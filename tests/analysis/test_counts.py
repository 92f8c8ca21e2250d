"""Iteration counts of loops, from line counts as line_profiler gives them."""

from __future__ import annotations

import ast
import textwrap
from typing import NamedTuple

import pytest

from paradvisor.analysis.counts import count
from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Program
from paradvisor.model import (
    Baseline,
    Call,
    CallEdge,
    CallGraph,
    FunctionLines,
    LineCounts,
    LineHit,
    Machine,
    Profile,
    TargetInfo,
)

FILE = "/app.py"
Hits = dict[int, int]


class Form(NamedTuple):
    """A loop, and what line_profiler 5.1 says of it when it was run."""

    source: str
    on_3_11: Hits
    """Line -> hits in the function's own code."""
    since_3_12: Hits | None = None
    """The same where comprehensions are inlined, if it differs."""
    nested: Hits = {}  # noqa: RUF012
    """Line -> hits in a comprehension's code, on 3.11."""
    expected: tuple[int | None, int | None] = (1, 10)


FORMS = {
    "one line after the other": Form('''
        def main():
            for y in range(10):
                x = y
                print(x)
        ''', {2: 11, 3: 10, 4: 10}),
    "comprehension in the first statement": Form('''
        def main():
            for y in range(10):
                row = [f(x, y) for x in range(5)]
                print(row)
        ''', {2: 11, 3: 10, 4: 10}, nested={3: 60}),
    "comprehension over lines": Form('''
        def main():
            for y in range(10):
                row = [
                    f(x)
                    for x in range(5)
                ]
                print(row)
        ''', {2: 11, 3: 20, 5: 10, 7: 10}, {2: 11, 3: 60, 4: 50, 5: 60, 7: 10},
        nested={3: 110, 4: 50, 5: 50}),
    "nothing but a comprehension over lines": Form('''
        def main():
            for y in range(10):
                print([
                    f(x)
                    for x in range(5)
                ])
        ''', {2: 11, 3: 20, 5: 10}, {2: 11, 3: 70, 4: 50, 5: 60}, nested={3: 110, 4: 50, 5: 50}),
    "call over lines": Form('''
        def main():
            for y in range(10):
                value = g(
                    y + 1,
                )
                print(value)
        ''', {2: 11, 3: 20, 4: 10, 6: 10}),
    "if first": Form('''
        def main():
            for y in range(10):
                if y % 2:
                    continue
                print(y)
        ''', {2: 11, 3: 10, 4: 5, 5: 5}),
    "with first": Form('''
        def main():
            for y in range(10):
                with open("/dev/null") as f:
                    print(y)
        ''', {2: 11, 3: 20, 4: 10}),
    "try first": Form('''
        def main():
            for y in range(10):
                try:
                    print(1 / (y - 3))
                except ZeroDivisionError:
                    pass
        ''', {2: 11, 3: 10, 4: 10, 5: 1, 6: 1}),
    "loop first": Form('''
        def main():
            for y in range(10):
                for z in range(5):
                    print(z)
                g(1)
        ''', {2: 11, 3: 60, 4: 50, 5: 10}),
    "loop only": Form('''
        def main():
            for y in range(10):
                for z in range(5):
                    print(z)
        ''', {2: 11, 3: 60, 4: 50}),
    "break": Form('''
        def main():
            for y in range(20):
                if y == 9:
                    break
                g(y)
        ''', {2: 10, 3: 10, 4: 1, 5: 9}),
    "header over lines": Form('''
        def main():
            for y in range(
                10
            ):
                print(y)
        ''', {2: 12, 3: 1, 5: 10}),
    "while": Form('''
        def main():
            i = 0
            while i < 10:
                i += 1
        ''', {2: 1, 3: 11, 4: 10}),
    "while true": Form('''
        def main():
            n = 0
            while True:
                n += 1
                if n > 9:
                    break
        ''', {2: 1, 3: 10, 4: 10, 5: 10, 6: 1}),
    "no iteration": Form('''
        def main():
            for y in []:
                print(y)
        ''', {2: 1}, expected=(1, 0)),
    "all on one line": Form('''
        def main():
            for y in range(10): print(y)
        ''', {2: 11}, {2: 1}, expected=(1, None)),
    "skipped after continue": Form('''
        def main():
            for y in range(10):
                for z in range(2):
                    print(z)
                if (y %
                        2):
                    continue
                print(y)
        ''', {2: 11, 3: 30, 4: 20, 5: 20, 6: 10, 7: 5, 8: 5}),
}


def profile(source: str, hits: Hits, nested: Hits, calls: int = 1) -> Profile:
    entries = [FunctionLines(FILE, 1, "main", _lines(hits))]
    if nested:
        first = min(nested)
        entries.append(FunctionLines(FILE, first, "main.<locals>.<listcomp>", _lines(nested)))
    return Profile(
        target=TargetInfo("app.py", None, (), "/", "python"),
        roots=("/",),
        machine=Machine("Linux", "3.11.7", 2, 2.0, True, True, None, 0.01, 0.02, 0.004, 1e-6),
        baseline=Baseline(1.0, 1.0, 1, 0, (), 0.0),
        sampling=None,
        calls=CallGraph((Call(FILE, 1, "main", calls, 1.0, 1.0),), ()),
        lines=LineCounts(tuple(entries), True),
        sources={FILE: source},
        modules={FILE: "__main__"},
    )


def _lines(hits: Hits) -> tuple[LineHit, ...]:
    return tuple(LineHit(line, number, 0.0) for line, number in hits.items())


def counted(given: Profile, number: int = 0) -> tuple[int | None, int | None]:
    """What is said of the so-manieth loop of main()."""
    program = Program(given.sources, given.modules)
    main = program.modules[FILE].top.functions["main"]
    nodes = sorted(loop_nodes(main), key=lambda node: (node.lineno, node.col_offset))
    return count(given, main, nodes[number])


@pytest.mark.parametrize("name", FORMS)
def test_counts_before_comprehensions_were_inlined(name: str) -> None:
    form = FORMS[name]
    source = textwrap.dedent(form.source).lstrip("\n")
    assert counted(profile(source, form.on_3_11, form.nested)) == form.expected


@pytest.mark.parametrize("name", FORMS)
def test_counts_since_comprehensions_are_inlined(name: str) -> None:
    form = FORMS[name]
    source = textwrap.dedent(form.source).lstrip("\n")
    assert counted(profile(source, form.since_3_12 or form.on_3_11, {})) == form.expected


NESTED = '''
def main():
    for k in range(3):
        for y in range(10):
            row = [f(x) for x in range(4)]
'''.lstrip("\n")


def test_entries_of_inner_loops() -> None:
    given = profile(NESTED, {2: 4, 3: 33, 4: 30}, {4: 150})
    assert counted(given, 0) == (1, 3)
    assert counted(given, 1) == (3, 30)
    assert counted(given, 2) == (30, None)


def test_rounds_of_a_comprehension_with_a_code_object() -> None:
    source = "def main():\n    return [\n        f(x)\n        for x in xs\n        if x\n    ]\n"
    given = profile(source, {2: 2, 4: 1}, {2: 27, 3: 6, 4: 10, 5: 10})
    assert counted(given) == (1, 10)


def test_calls_in_a_comprehension_are_no_iterations() -> None:
    source = "def f(x):\n    return x\n\n\n" + NESTED
    functions = (Call(FILE, 5, "main", 1, 1.0, 1.0), Call(FILE, 1, "f", 120, 1.0, 1.0))
    graph = CallGraph(functions, (CallEdge(0, 1, 120, 1.0),))
    given = profile(source, {}, {})
    given = Profile(**{
        field: getattr(given, field) for field in given.__struct_fields__
    } | {"calls": graph, "lines": None})
    assert counted(given, 0) == (1, None)
    assert counted(given, 1) == (None, None)
    assert counted(given, 2) == (None, 120)


def test_loops_in_class_bodies_are_found() -> None:
    text = "class Table:\n    rows = []\n    for n in range(9):\n        rows.append(str(n))\n"
    module = Program({FILE: text}, {FILE: "__main__"}).modules[FILE]
    (node,) = loop_nodes(module.top)
    assert isinstance(node, ast.For)
    found = split(Program({FILE: text}, {FILE: "__main__"}), module.top, node)
    assert found.verdict == "unknown"
    assert "body of a class" in found.dependences[0].explanation
