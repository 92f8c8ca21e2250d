"""The judgement of loops against a corpus: traps must never be called safe."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from paradvisor.analysis.dependences import split, splits
from paradvisor.analysis.parts import Split
from paradvisor.analysis.source import Function, Module, Program

CORPUS = Path(__file__).parents[1] / "corpus" / "loops"

#: Traps whose loop may be called safe if the names that must travel are among the needs.
NEEDED = {
    "deleted_after_loop": {"number", "text"},
    "augmented_after_loop": {"number"},
    "read_by_earlier_closure": {"value"},
}


#: Traps with something in the midst of the body that has nothing to do with what is carried.
APART = {
    "library_table_changed": "name.upper()",
    "table_of_fresh_row": "sum(range(number))",
    "typed_by_first_item_chain": "sum(range(x))",
}

#: Loops of parallel.py that the source alone does not show to be parallel.
UNDECIDED = {
    "counted_through_a_table",
    *("column_totals", "digests", "fibonacci", "letters_merged"),
    *("matrix_product", "tolerant_parse", "trapezoid"),
}


class Case(NamedTuple):
    """A loop of the corpus."""

    name: str
    why: str
    program: Program
    function: Function
    loop: ast.For | ast.ListComp


def _cells(path: Path) -> list[tuple[str, str]]:
    """(title, text) of each cell, padded so that lines keep their numbers."""
    lines = path.read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    ends = [*starts[1:], len(lines)]
    return [
        (lines[start].removeprefix("# %%").strip(), "\n" * start + "\n".join(lines[start:end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _loop(function: Function, number: int) -> ast.For | ast.ListComp:
    loops = [n for n in function.own_nodes() if isinstance(n, ast.For | ast.ListComp)]
    return sorted(loops, key=lambda node: (node.lineno, node.col_offset))[number - 1]


def _documented(module: Module) -> list[tuple[Function, str]]:
    found = []
    for function in module.functions[1:]:
        assert not isinstance(function.node, ast.Module)
        text = ast.get_docstring(function.node)
        if text:
            found.append((function, text))
    return found


@cache
def _cases(file: str) -> list[Case]:
    path = CORPUS / file
    found = []
    for title, text in _cells(path):
        program = Program({str(path): text}, {})
        module = program.modules[str(path)]
        if title.startswith("module:"):
            _, name, why = (part.strip() for part in title.split(":", 2))
            found.append(Case(name, why, program, module.top, _loop(module.top, 1)))
        for function, why in _documented(module):
            number = re.search(r"\(loop (\d+)\)", why)
            loop = _loop(function, int(number[1]) if number else 1)
            found.append(Case(function.qualname, why, program, function, loop))
    return found


def _judged(case: Case) -> Split:
    # As the tool does: every loop of the program in turn, so that what is remembered from one
    # must not mislead the judgement of another.
    module = case.function.module
    for function in module.functions:
        for node in function.own_nodes():
            if isinstance(node, ast.For | ast.ListComp) and node is not case.loop:
                split(case.program, function, node)
    return split(case.program, case.function, case.loop)


def _ids(cases: list[Case]) -> list[str]:
    return [case.name for case in cases]


TRAPS = _cases("traps.py")
PARALLEL = _cases("parallel.py")


@pytest.mark.parametrize("case", TRAPS, ids=_ids(TRAPS))
def test_no_trap_is_safe(case: Case) -> None:
    found = _judged(case)
    if case.name in NEEDED and NEEDED[case.name] <= set(found.needs):
        return
    assert found.verdict != "safe", (
        f"{case.name}: {case.why} head={found.head} needs={found.needs} "
        f"hoisted={[ast.unparse(node) for node in found.hoisted]}"
    )


@pytest.mark.parametrize("case", TRAPS, ids=_ids(TRAPS))
def test_nothing_that_a_trap_carries_is_computed_ahead(case: Case) -> None:
    for found in splits(case.program, case.function, case.loop):
        if found.ahead is not None and {d.kind for d in found.dependences} <= {"recurrence"}:
            heads = found.ahead.heads
            parts = [part for head in heads for part in (*head.statements, *head.hoisted)]
            computed = [ast.unparse(part) for part in parts]
            assert computed == [APART.get(case.name)], case.why


@pytest.mark.parametrize("case", TRAPS, ids=_ids(TRAPS))
def test_nothing_that_a_trap_carries_is_added_up_in_parts(case: Case) -> None:
    # The body stays as it is, so its exceptions come in their order.
    if case.name != "order_of_exceptions":
        for found in splits(case.program, case.function, case.loop):
            assert not found.parts or found.verdict != "safe", case.why


@pytest.mark.parametrize("case", PARALLEL, ids=_ids(PARALLEL))
def test_no_parallel_loop_is_unsafe(case: Case) -> None:
    found = _judged(case)
    assert found.verdict != "unsafe", [d.explanation for d in found.dependences]


@pytest.mark.parametrize("case", PARALLEL, ids=_ids(PARALLEL))
def test_parallel_loops_are_safe(case: Case) -> None:
    found = _judged(case)
    why = [d.explanation for d in found.dependences]
    assert (found.verdict == "safe") == (case.name not in UNDECIDED), why


@pytest.mark.parametrize("case", [*TRAPS, *PARALLEL], ids=_ids([*TRAPS, *PARALLEL]))
def test_hoisted_expressions_can_be_replaced_by_names(case: Case) -> None:
    for node in _judged(case).hoisted:
        assert not isinstance(node, ast.Slice | ast.Starred | ast.NamedExpr)
        assert not any(isinstance(part, ast.NamedExpr) for part in ast.walk(node))


@pytest.mark.parametrize("case", [*TRAPS, *PARALLEL], ids=_ids([*TRAPS, *PARALLEL]))
def test_every_reason_names_a_line(case: Case) -> None:
    for found in _judged(case).dependences:
        assert found.source_line > 0, found
        assert found.sink_line > 0, found
        assert not re.search(r"line 0\b", found.explanation)


def test_corpus_is_large_enough() -> None:
    assert len(TRAPS) >= 290
    assert len(PARALLEL) >= 45
    assert len({case.name for case in [*TRAPS, *PARALLEL]}) == len(TRAPS) + len(PARALLEL)
