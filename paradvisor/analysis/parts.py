"""How a loop is taken apart: what its parts are called, and what is known of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from paradvisor.model import Dependence, Verdict

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
GIVES = "paradvisor gives "
"""Begins a string alone in a worker's code, where a head's statements are done: so trials know."""
Spot = tuple[int, int]
"""Where a statement begins: line and column, as ast numbers them."""
LoopNode = ast.For | ast.AsyncFor | ast.While | Comprehension | ast.Call


@dataclass(frozen=True)
class Drawn:
    """A head in the midst of a body: a worker computes it, and the loop draws it where it stands.

    Attributes:
        first: the statement that it begins with, or that the hoisted expressions are in.
        statements: its statements, one after the other in one block; none if it is expressions.
        hoisted: expressions of the statement that follows.
        needs: names that its statements give to the loop, or to the code after it.
    """

    first: ast.stmt
    statements: tuple[ast.stmt, ...]
    hoisted: tuple[ast.expr, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Ahead:
    """What a worker computes for an item given to it.

    Attributes:
        heads: in the order in which a worker comes to them, if not one or the other.
        kept: where the simple statements begin that a worker repeats on its way to the heads.
        worker: all that a worker does; with the string `GIVES` and a head's number where the
            statements of that head end.
        left_out: where those of the kept statements begin that the loop need not repeat itself.
    """

    heads: tuple[Drawn, ...]
    kept: frozenset[Spot]
    worker: tuple[ast.stmt, ...]
    left_out: frozenset[Spot] = frozenset()


@dataclass(frozen=True)
class Part:
    """A variable to which a loop adds up, and of which each iteration can have a part of its own.

    Attributes:
        name: the variable.
        word: what it begins as, such as ``int`` or ``defaultdict(list)``.
        fresh: the expression for one with nothing in it.
        merge: the statement that adds a part, with ``{name}`` and ``{more}``.
        only: the types of values for which that is exact; any, if none.
        statements: those that add to it.
    """

    name: str
    word: str
    fresh: str
    merge: str
    only: frozenset[str]
    statements: tuple[ast.stmt, ...]


def spot(node: ast.stmt | ast.expr) -> Spot:
    """Where a statement or an expression begins."""
    return node.lineno, node.col_offset


@dataclass(frozen=True)
class Split:
    """How a loop can be taken apart.

    Attributes:
        head: body statements that run in parallel, by number.
        hoisted: expressions of the first tail statement that are computed in parallel too.
        ahead: heads that are not the body's beginning; ``hoisted`` and ``needs`` are theirs then.
        needs: names that the head gives to the tail, or to the code after the loop.
        verdict: whether this is known to be right.
        gatherers: statements inside of the head that add to one variable: their values are what
            the head gives, and adding them is the tail.
        parts: variables of which each iteration gives its part; the whole body is the head then.
        zipped: whether the replay goes over the loop's own items beside the results, since the
            tail needs the very objects.
        followed: functions of the user's that were walked over, as FILE:FIRST LINE.
        outgoing: whether the head has effects outside the program, such as files that it writes.
        cut: which line begins the tail, and why it is none of the head.
        later: where there is no head: what could be one, but comes after what stays in order.
        unwritten: why ``apply`` cannot write the change, if so, safe as it may be.
        pattern: the standard name of what the loop does.
        dependences: what stands in the way, or is not known.
        caveats: what a person should know before accepting it.
    """

    verdict: Verdict
    head: tuple[int, ...] = ()
    hoisted: tuple[ast.expr, ...] = ()
    needs: tuple[str, ...] = ()
    pattern: str | None = None
    dependences: tuple[Dependence, ...] = ()
    caveats: tuple[str, ...] = ()
    zipped: bool = False
    gatherers: tuple[ast.stmt, ...] = ()
    unwritten: str | None = None
    followed: frozenset[str] = frozenset()
    outgoing: bool = False
    cut: str = ""
    later: str = ""
    ahead: Ahead | None = None
    parts: tuple[Part, ...] = ()

    @property
    def shares(self) -> bool:
        """Whether anything of a for statement is shared out."""
        return bool(self.head or self.hoisted or self.ahead)
