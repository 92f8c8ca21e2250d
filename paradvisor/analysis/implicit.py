"""Methods that operators call unseen: which of them only compute, and what the others do."""

from __future__ import annotations

import ast
from typing import NamedTuple

from paradvisor.analysis.calls import run_method
from paradvisor.analysis.effects import Effects
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.values import (
    NO_ROOTS,
    Root,
    Value,
)
from paradvisor.analysis.walker import Walker

_ROUNDS = 8  # until it is clear which methods only compute
_OPERAND: Root = ("*operand", "an operand")
"""Whatever an operation is done to: what is read of it, what names it has read."""


class Plain(NamedTuple):
    """A method that only computes: what it reads, and older objects that its result may be of."""

    effects: Effects
    given: frozenset[Root]


def plain_methods(program: Program) -> dict[tuple[str, str], Plain]:
    """(class, method) of all methods that an operation may run, and that only compute.

    Whatever the operands are: operations in them on values of unknown type may run any of the
    others, so all are taken for plain first, and those that are not are left out until the rest
    agrees.
    """
    memo = program.memo.setdefault("plain", {})
    if "table" not in memo:
        names = program.special_methods | program.property_names
        found = program.methods_named(names) or []
        memo["table"] = {place: Plain(Effects(), NO_ROOTS) for place in found}
        for _ in range(_ROUNDS):
            before = memo["table"]
            program.memo.pop("followed", None)  # it rests on what was taken for plain
            program.walks = 0
            memo["table"] = {
                place: plain
                for place in before
                if (plain := _walked_alone(program, *place)) is not None
            }
            if _same(before, memo["table"]):
                break
        else:
            memo["table"] = {}
        program.memo.pop("followed", None)
        program.walks = 0
    table: dict[tuple[str, str], Plain] = memo["table"]
    return table


def _same(one: dict[tuple[str, str], Plain], other: dict[tuple[str, str], Plain]) -> bool:
    return one.keys() == other.keys() and all(
        one[place].given == other[place].given
        and one[place].effects.reads.keys() == other[place].effects.reads.keys()
        for place in one
    )


def _walked_alone(program: Program, tag: str, name: str) -> Plain | None:
    kind = program.class_of(tag)
    method = program.method(kind, name) if kind is not None else None
    walker = Walker(program, program.anywhere, {}, Effects())
    operand = Value(None, frozenset({_OPERAND}))
    one = operand._replace(types=frozenset({tag}))
    given = run_method(walker, method, one, [operand], 0) if method is not None else None
    if given is None or not walker.effects.only_reads:
        return None
    effects = walker.effects.without_reads(_OPERAND[0])
    return Plain(effects, frozenset(r for r in given.reach if r[0] != _OPERAND[0]))


def implicit_calls(program: Program) -> tuple[Effects, tuple[str, ...]]:
    """What methods read that run unseen, with any operands, and those that do more than compute."""
    table = plain_methods(program)
    special = program.special_methods
    methods = program.methods_named(special)
    if methods is None:
        return Effects(), tuple(sorted(special))
    effects = Effects()
    for place in methods:
        if place in table:
            effects.merge(table[place].effects)
    return effects, tuple(sorted({name for tag, name in methods if (tag, name) not in table}))


def factories(program: Program) -> Effects:
    """What the functions do that some defaultdict of the program calls for what is missing."""
    memo: dict[str, Effects] = program.memo.setdefault("factories", {})
    if "all" not in memo:
        memo["all"] = Effects()  # while it is being found out: one may use such a dictionary
        found = Effects()
        for module in program.modules.values():
            for function in module.functions:
                for node in function.own_nodes():
                    if isinstance(node, ast.Call) and _makes_defaultdict(node) and node.args:
                        found.merge(_factory(program, function, node.args[0]), 0, module.path)
        memo["all"] = found
    return memo["all"]


def _makes_defaultdict(node: ast.Call) -> bool:
    return ast.unparse(node.func).split(".")[-1] == "defaultdict"


def _factory(program: Program, function: Function, node: ast.expr) -> Effects:
    walker = Walker(program, function, {}, Effects())
    walker.value(ast.copy_location(ast.Call(node, [], []), node))
    return walker.effects
