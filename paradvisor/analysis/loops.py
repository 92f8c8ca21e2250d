"""The loops of the hot functions and of their callers: how often they turn, and how long."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from paradvisor.analysis import evidence
from paradvisor.analysis.attribution import Attribution
from paradvisor.analysis.counts import count, counted_by
from paradvisor.analysis.dependences import splits
from paradvisor.analysis.expressions import function_of, keyed
from paradvisor.analysis.hotspots import kind_of, location
from paradvisor.analysis.parts import LoopNode, Split, spot
from paradvisor.analysis.source import Function, Program, walk_scope
from paradvisor.analysis.trees import nodes_of
from paradvisor.model import Form, Loop, Profile, Sample, TimeByKind

_SMALLEST_SHARE = 0.02
_MOST_OF_IT = 0.5
_NEARLY_ALL = 0.8
_MOST_REPEATED = 0.2
_AS_GOOD = 0.95  # of the time that could be shared out: what is left is not worth another place


@dataclass(frozen=True)
class LoopFacts:
    """A loop with what the strategies need to judge it: its split, and the time of its head."""

    loop: Loop
    function: Function
    node: LoopNode
    split: Split
    head_time: TimeByKind
    travel_s: float
    """Seconds that it takes to send what an iteration gives and takes, as a trial measured it."""
    crowded: float = 1.0
    """How many times as long iterations take on every core at once, as a trial measured it."""


def find(profile: Profile, program: Program, attribution: Attribution) -> tuple[LoopFacts, ...]:
    """Loops with at least 2 % of the time below them, longest first."""
    found = []
    for function, seconds in attribution.inclusive().items():
        if seconds >= _SMALLEST_SHARE * attribution.wall_s:
            for node in loop_nodes(function):
                facts = _facts(profile, program, attribution, function, node)
                if facts.loop.share >= _SMALLEST_SHARE:
                    found.append(facts)
    # Of nested loops, the outer one first; it has at least the inner one's time.
    found.sort(key=lambda facts: (-round(facts.loop.share, 2), facts.loop.location.line))
    return tuple(
        dataclasses.replace(facts, loop=_named(facts.loop, f"L{number}"))
        for number, facts in enumerate(found, 1)
    )


def loop_nodes(function: Function) -> list[LoopNode]:
    """Every loop of a function: for and while statements, comprehensions, calls of map."""
    return [
        node
        for node in _with_class_bodies(function.own_nodes())
        if isinstance(
            node, ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp
        )
        or (isinstance(node, ast.GeneratorExp) and function_of(function, node) is not None)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and ((node.func.id == "map" and len(node.args) > 1) or keyed(function, node))
        )
    ]


def _with_class_bodies(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes, and those of the classes among them, whose bodies run where they are defined."""
    for node in nodes:
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _with_class_bodies(walk_scope(node))


def at(program: Program, file: str, line: int, column: int) -> tuple[Function, LoopNode] | None:
    """The loop that begins at a place, if there is one."""
    module = program.modules.get(file)
    for function in module.functions if module is not None else ():
        for node in loop_nodes(function):
            if (node.lineno, node.col_offset) == (line, column):
                return function, node
    return None


def _samples(
    attribution: Attribution, function: Function, node: LoopNode, first: int, last: int
) -> list[Sample]:
    """Samples inside these lines of a loop. A line of a comprehension may hold other calls too."""
    if isinstance(node, ast.For | ast.While | ast.AsyncFor):
        return attribution.within(function, first, last)
    mentioned = {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in nodes_of(node)
        if isinstance(part, ast.Name | ast.Attribute)
    }
    return attribution.within(function, first, last, called=mentioned)


def _named(loop: Loop, name: str) -> Loop:
    from msgspec.structs import replace

    return replace(loop, id=name)


def _facts(
    profile: Profile, program: Program, attribution: Attribution, function: Function, node: LoopNode
) -> LoopFacts:
    end = node.end_lineno or node.lineno
    body_start = (
        node.body[0].lineno if isinstance(node, ast.For | ast.While | ast.AsyncFor) else node.lineno
    )
    samples = _samples(attribution, function, node, body_start, end)
    seconds = attribution.seconds(samples)
    parts = _larger(attribution, function, node, splits(program, function, node))
    trial = evidence.trial_of(profile, function, node, parts)
    if trial is not None and "flags" not in program.mentions:
        trial = evidence.without(trial, "the decimal flags")  # at which nobody looks
    alone = parts if program.alone is program else _same(_alone(program, function, node), parts)
    verdict, proof, dependences = evidence.settle(
        parts, trial, function.module.path, proved=alone.verdict == parts.verdict
    )
    head_time = attribution.by_kind(_head_samples(attribution, function, node, parts))
    entries, iterations = count(profile, function, node)
    at_loop = counted_by(trial, node)
    entries = entries if entries is not None else at_loop[0]
    iterations = iterations if iterations is not None else at_loop[1]
    return LoopFacts(
        loop=Loop(
            id="",
            location=location(function, node.lineno, end),
            form=_form(node),
            source=function.module.lines[node.lineno - 1].strip(),
            entries=entries,
            iterations=iterations,
            wall_s=seconds,
            share=seconds / attribution.wall_s,
            head_share=_sum(head_time) / attribution.wall_s,
            kind=kind_of(attribution.by_kind(samples)),
            verdict=verdict,
            proof=proof,
            pattern=parts.pattern,
            dependences=dependences,
            tried=evidence.tried(trial),
            outgoing=parts.outgoing,
            column=node.col_offset,
            head=head_lines(node, parts),
        ),
        function=function,
        node=node,
        split=parts,
        head_time=head_time,
        travel_s=trial.travel_s if trial is not None else 0.0,
        crowded=(trial.crowded if trial is not None else None) or 1.0,
    )


def _larger(
    attribution: Attribution, function: Function, node: LoopNode, found: Sequence[Split]
) -> Split:
    """The cautious split, unless most of what another one could share out is not in it.

    One with effects outside comes last: only a person can call it safe.
    """
    chosen, *others = found
    others = [parts for parts in others if not _repeats_much(attribution, function, node, parts)]
    spent = {
        id(parts): attribution.seconds(_head_samples(attribution, function, node, parts))
        for parts in found
    }
    for outgoing in (False, True):
        group = [parts for parts in others if parts.outgoing == outgoing]
        most_s = max((spent[id(parts)] for parts in group), default=0.0)
        enough = [parts for parts in group if spent[id(parts)] >= _AS_GOOD * most_s]
        best = min(enough, key=_pieces, default=chosen)
        doubts = {found.kind for found in best.dependences}
        as_sure = chosen.verdict != "safe" and doubts <= {d.kind for d in chosen.dependences}
        least = _NEARLY_ALL if as_sure else _MOST_OF_IT
        more = spent[id(chosen)] < least * spent[id(best)]
        surer = chosen.verdict != "safe" and best.verdict == "safe"
        if more or (surer and spent[id(best)] >= _MOST_OF_IT * spent[id(chosen)]):
            chosen = best
    return chosen


def _pieces(parts: Split) -> int:
    """In how many places a loop would be changed."""
    return len(parts.ahead.heads) if parts.ahead is not None else 1


def _alone(program: Program, function: Function, node: LoopNode) -> list[Split]:
    """The splits that the source alone shows, which are the same after each round of trials."""
    known: dict[LoopNode, list[Split]] = program.alone.memo.setdefault("splits", {})
    if node not in known:
        known[node] = splits(program.alone, function, node)
    return known[node]


def _same(found: Sequence[Split], parts: Split) -> Split:
    """The split that shares out the same part, else the cautious one."""
    wanted = evidence.shape(parts)
    return next((other for other in found if evidence.shape(other) == wanted), found[0])


def _repeats_much(
    attribution: Attribution, function: Function, node: LoopNode, parts: Split
) -> bool:
    """Whether what workers do once more takes long, compared with what they do instead."""
    if parts.ahead is None or not isinstance(node, ast.For):
        return False
    repeated = [
        sample
        for part in nodes_of(node)
        if isinstance(part, ast.stmt) and spot(part) in parts.ahead.kept
        for sample in attribution.within(function, part.lineno, part.end_lineno or part.lineno)
    ]
    head_s = attribution.seconds(_head_samples(attribution, function, node, parts))
    return attribution.seconds(repeated) > _MOST_REPEATED * head_s


def _head_samples(
    attribution: Attribution, function: Function, node: LoopNode, parts: Split
) -> list[Sample]:
    """Samples in the part that would run in parallel, each once."""
    found = [
        sample
        for first, last in head_lines(node, parts)
        for sample in _samples(attribution, function, node, first, last)
    ]
    return list({id(sample): sample for sample in found}.values())


def _sum(time: TimeByKind) -> float:
    return time.python + time.native_gil + time.native_nogil + time.io + time.lock + time.child


def _form(node: LoopNode) -> Form:
    if isinstance(node, ast.While):
        return "while"
    if isinstance(node, ast.Call):
        return "map"
    return "for" if isinstance(node, ast.For | ast.AsyncFor) else "comprehension"


def head_lines(node: LoopNode, parts: Split) -> tuple[tuple[int, int], ...]:
    """First and last lines of the pieces that would run in parallel."""
    if not isinstance(node, ast.For):
        return ((node.lineno, node.end_lineno or node.lineno),) if parts.pattern else ()
    pieces: list[ast.stmt | ast.expr] = [node.body[number] for number in parts.head]
    pieces += parts.hoisted if parts.ahead is None else ()
    for head in parts.ahead.heads if parts.ahead is not None else ():
        pieces += [*head.statements, *head.hoisted]
    return tuple((part.lineno, part.end_lineno or part.lineno) for part in pieces)
