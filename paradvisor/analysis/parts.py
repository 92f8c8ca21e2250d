"""How a loop is taken apart: what its parts are called, and what is known of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from paradvisor.model import Dependence, Verdict

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
LoopNode = ast.For | ast.AsyncFor | ast.While | Comprehension | ast.Call


@dataclass(frozen=True)
class Split:
    """How a loop can be taken apart.

    Attributes:
        head: body statements that run in parallel, by number.
        hoisted: expressions of the first tail statement that are computed in parallel too.
        needs: names that the head gives to the tail, or to the code after the loop.
        verdict: whether this is known to be right.
        gatherers: statements inside of the head that add to one variable: their values are what
            the head gives, and adding them is the tail.
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
