"""What a loop goes over is read ahead of its turn: who may notice.

An iterator that others read too, or come to again, must not be further than the loop is; one in
which code of the program's runs does what it does too early.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

from paradvisor.analysis import names
from paradvisor.analysis.beginnings import beginning
from paradvisor.analysis.bodies import contains_break, contains_return, following
from paradvisor.analysis.declarations import declared
from paradvisor.analysis.judgement import Findings, check_read_ahead
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.analysis.values import ITERATORS, Value

_OF_LIBRARY = frozenset(
    {"csv.reader", "csv.DictReader", "iter", "enumerate", "zip", "reversed", "open", "range", "len"}
)
"""Calls that make iterators in which no code of the program's runs."""
_ROUNDS = ast.For | ast.While | ast.AsyncFor


def own_files(program: Program, function: Function, loop: ast.For) -> Counter[str]:
    """How often open files are read that are the function's own.

    Nothing where the loop may end early, or be come to again, in an outer one or after an
    exception.
    """
    early = any(contains_break(part) or contains_return(part) for part in loop.body)
    if early or _is_in(function, loop, _ROUNDS | ast.Try):
        return Counter()
    elsewhere = {id(node) for node in _in_other_blocks(function, loop)}
    return Counter(
        node.id
        for node in nodes_of(function.module.top.node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        if id(node) not in elsewhere
        if node.id in function.bindings and node.id not in function.all_parameters
        if declared(program, function, node.id).is_only("file", "stringio", "bytesio")
    )


def _in_other_blocks(function: Function, loop: ast.For) -> Iterator[ast.AST]:
    """Names in ``with`` statements that the loop is not in, and which set those names first."""
    own = set(map(id, function.own_nodes()))  # a function in it may run later
    for block in function.own_nodes():
        if isinstance(block, ast.With) and not any(node is loop for node in nodes_of(block)):
            bound = names.assigned(block.items)
            inside = (node for statement in block.body for node in nodes_of(statement))
            yield from (
                node
                for node in inside
                if isinstance(node, ast.Name) and node.id in bound and id(node) in own
            )


def runs_code(function: Function, loop: ast.For, iterable: Value) -> bool:
    """Whether a loop goes over an older iterator in which code of the program's may run."""
    lazy = iterable.types is not None and iterable.types & {"iter", "generator"}
    if not lazy or not iterable.roots:
        return False
    if not isinstance(loop.iter, ast.Name):
        return True
    bound = function.bindings.get(loop.iter.id, [("", loop)])
    return not all(how == "value" and _is_of_library(node) for how, node in bound)


def _is_of_library(node: ast.AST) -> bool:
    inside = list(nodes_of(node))
    calls = [ast.unparse(part.func) for part in inside if isinstance(part, ast.Call)]
    lazy = any(isinstance(part, ast.GeneratorExp) for part in inside)
    return isinstance(node, ast.Call) and {*calls} <= _OF_LIBRARY and not lazy


def check(
    findings: Findings, program: Program, function: Function, loop: ast.For, iterable: Value
) -> None:
    """An older iterator that is read on after the loop must not have been read ahead."""
    leaves = any(
        isinstance(node, ast.Break | ast.Return) for part in loop.body for node in nodes_of(part)
    )
    check_read_ahead(findings, program, iterable, loop.iter, early=leaves)
    if iterable.types is None or not iterable.types & ITERATORS:
        return
    later = {
        name
        for rest in following(getattr(function.node, "body", []), loop)
        for name in names.read(rest)
    }
    later |= {root[1] for root in iterable.roots if _comes_again_to(function, loop, root[1])}
    line = loop.lineno
    for name in sorted({root[1].split(".")[0] for root in iterable.roots} & later):
        why = f"{name} is an iterator that is used again after the loop"
        findings.doubt("flow", name, line, line, why)


def in_outer_loop(function: Function, loop: ast.For) -> bool:
    """Whether a loop is in another one of the same function."""
    return _is_in(function, loop, _ROUNDS)


def _is_in(function: Function, loop: ast.For, kinds: Any) -> bool:
    parents = parents_of(function.node)
    node: ast.AST = loop
    while node in parents:
        node = parents[node]
        if isinstance(node, kinds):
            return True
    return False


def _comes_again_to(function: Function, loop: ast.For, name: str) -> bool:
    """Whether an outer loop may come to this one again with the same object in a variable."""
    parents = parents_of(function.node)
    node: ast.AST = loop
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.With) and name in names.assigned(node.items):
            return False
        if isinstance(node, _ROUNDS):
            begun = beginning(function, loop, name)
            return begun is None or begun.around is not loop
    return False
