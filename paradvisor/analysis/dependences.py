"""Splits a loop's body into an independent head and a carried tail, or says what prevents it.

The head is what every iteration can compute without the others: it may run in any order, in other
processes. The tail is whatever carries state from one iteration to the next, and is replayed in
serial order. A loop is ``safe`` if its head is proved independent of all heads and tails, `unsafe`
if a dependence is proved to stand in the way, else ``unknown``.
"""

from __future__ import annotations

import ast
import dataclasses

from paradvisor.analysis import ahead, partials, tails
from paradvisor.analysis.bodies import counting
from paradvisor.analysis.effects import WORLD
from paradvisor.analysis.expressions import ComprehensionLoop, KeyedCall, MapCall, keyed
from paradvisor.analysis.parts import LoopNode, Split
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.statements import ForLoop, OutgoingLoop
from paradvisor.model import Dependence, Verdict

_PERHAPS_AHEAD = {"recurrence", "live-out"}
"""Kinds of what stands in the way that a head in the midst of the body may do without."""


def splits(program: Program, function: Function, loop: LoopNode) -> list[Split]:
    """The cautious split of a loop, and others whose head is something else, if there are any.

    Where its head is not all that computes, a head may stand in the midst of the body. One may have
    effects outside: whether iterations that write files or start programs do so apart from each
    other, the source does not tell, so such a split is never ``safe``.
    """
    cautious = split(program, function, loop)
    if not isinstance(loop, ast.For) or (cautious.verdict == "unsafe" and cautious.head):
        return [cautious]
    bold = _split_for(OutgoingLoop, program, function, loop)
    wider = bold.outgoing and (bold.head, bold.hoisted) != (cautious.head, cautious.hoisted)
    others = [bold] if wider else []
    if not cautious.shares or {found.kind for found in cautious.dependences} & _PERHAPS_AHEAD:
        inside = ahead.splits(program, function, loop)
        others += inside
        reaches_out = any(
            found.kind == "effect" or found.name == WORLD[1] for found in cautious.dependences
        )
        if reaches_out and not (wider or inside):
            others += ahead.outgoing(program, function, loop)
    if len(cautious.head) < len(loop.body):
        others += partials.splits(program, function, loop)
    return [cautious if wider else dataclasses.replace(cautious, cut=bold.cut), *others]


def split(program: Program, function: Function, loop: LoopNode) -> Split:
    """Find the head and the tail of a loop and judge it."""
    program.walks = 0
    if not any(node is loop for node in function.own_nodes()):
        return _in_class_body(loop)
    if isinstance(loop, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return ComprehensionLoop(program, function, loop).judge()
    if isinstance(loop, ast.For):
        return _split_for(ForLoop, program, function, loop)
    if isinstance(loop, ast.Call):
        call = KeyedCall if keyed(function, loop) else MapCall
        return call(program, function, loop).judge()
    kind, why = {
        ast.AsyncFor: ("form", "an async for loop awaits: use asyncio.gather or a TaskGroup"),
        ast.While: ("form", "a while loop decides after each iteration whether there is another"),
    }[type(loop)]
    line = loop.lineno
    if isinstance(loop, ast.While) and (counted := counting(loop)) is not None:
        why = f"a counting loop in disguise: write it as {counted}, and profile again"
        doubt = Dependence(kind, "", loop.lineno, loop.lineno, why)
        return Split("unknown", dependences=(doubt,))
    verdict: Verdict = "unsafe" if isinstance(loop, ast.While) else "unknown"
    doubt = Dependence(kind=kind, name="", source_line=line, sink_line=line, explanation=why)
    return Split(verdict, dependences=(doubt,))


def _split_for(how: type[ForLoop], program: Program, function: Function, loop: ast.For) -> Split:
    gatherers = tails.gatherers(loop)
    whole = how(program, function, loop, gatherers).judge() if gatherers else None
    return whole or how(program, function, loop, []).whole()


def _in_class_body(loop: LoopNode) -> Split:
    why = "the loop is in the body of a class, whose names a section of it would not see"
    line = loop.lineno
    doubt = Dependence(kind="form", name="", source_line=line, sink_line=line, explanation=why)
    return Split("unknown", dependences=(doubt,))
