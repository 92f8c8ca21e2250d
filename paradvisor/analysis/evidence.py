"""What a loop's shadow trials add to what its source shows: a verdict with its proof.

A trial can refute: a difference in any order is a dependence. What it can confirm is limited to
what the source leaves open and the trial went through; a flow that the source shows is not undone
by inputs on which it did not happen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from paradvisor.analysis import bodies, names, parallelism, partials, tails
from paradvisor.analysis.effects import UNSEEN
from paradvisor.analysis.parts import Ahead, LoopNode, Split, spot
from paradvisor.analysis.source import Function
from paradvisor.analysis.trees import nodes_of
from paradvisor.model import Dependence, Profile, Trial, Tried, Verdict

if TYPE_CHECKING:
    from paradvisor.analysis.loops import LoopFacts

Proof = Literal["static", "observed"] | None

_MOST_LOOPS = 16
_FEWEST = 4  # iterations that must have been tried, or all
_ENTRIES = 2  # that must have been tried, of a loop that has more than one
_SMALL_SHARE = 0.05
_SMALL_COST = 0.15
_LARGE_SHARE = 0.5
_MOST_RUNS = 1.5
"""Times the program's own time, for the trials of a loop with a large share of it."""
_TOGETHER_S = 4.0  # seconds for the trials of all loops,
_TOGETHER = 3.0  # and times the program's own time
_MOST_OF_IT = 0.7  # of the time: with less, two workers gain little beside a tail in order
_TYPES = "types"
"""The shape of a trial that only looks which types a body deals with."""
_OPEN = frozenset({"unknown", "alias", "callable", "recurrence"})
"""Kinds of what the source leaves open that types may settle."""
_SMALL_HEAD = 0.3  # of a loop's time: less is hardly worth sharing out
_TYPES_SHARE = 0.2  # of the program's time, that a loop must have for such a trial
_TYPES_S, _TYPES_RUNS = 0.5, 0.3  # seconds for it, and times the program's own time,
_TYPES_TIMES = 2.0  # but no more than so many times the loop's
_LEAST_MEASURED_S = 20e-6
"""An iteration that is shorter cannot be cut in parts by the clock: in a forked copy each page of
memory that is written to for the first time costs 2 to 4 microseconds."""
_LEAST_COMPARED_S = 1e-3  # of all iterations: below, what a fork copies first decides
_OVERHEAD_S = 3e-6  # of a trial, in the time that it measures of an iteration
_SUSPENDS = ast.Yield | ast.YieldFrom | ast.Await
_ORDERS = frozenset({"reversed", "shuffled 1", "shuffled 2", "dealt 1", "dealt 2"})


def candidates(profile: Profile, loops: Iterable[LoopFacts], factor: float) -> list[dict[str, Any]]:
    """The loops worth a trial, as the instrument takes them, each with the time that it may take.

    ``factor`` times the loop's own time, but for small loops (under 5 % of the program) 15 % of the
    program's time together, and for large ones not much more than the program's time, if that is
    enough for the fewest iterations. All together have a limit as well: loops around each other
    have the same time several times over. Those go first that have most to share out. None where
    the program is parallel already.
    """
    if parallelism.is_parallel(profile):
        return []
    wall_s = profile.baseline.wall_s
    loops = list(loops)
    obscure = [facts for facts in loops if _types_may_help(profile, facts)]
    open_ = [
        facts
        for facts in loops
        if facts.loop.verdict != "unsafe"
        and facts not in obscure
        and not _tried_as_it_is(profile, facts)
    ][:_MOST_LOOPS]
    small = [facts for facts in open_ if facts.loop.share < _SMALL_SHARE]
    before = profile.trials.loops if profile.trials is not None else ()
    left_s = _TOGETHER_S + _TOGETHER * wall_s - sum(trial.spent_s for trial in before)
    found = []
    for facts in sorted(open_, key=lambda facts: -facts.loop.head_share):
        most = _MOST_RUNS if facts.loop.share >= _LARGE_SHARE else _MOST_RUNS / 3
        most_s = factor * facts.loop.wall_s
        if facts in small:
            most_s = min(most_s, _SMALL_COST * wall_s / len(small))
        budget_s = min(most_s, 1.0 + most * wall_s)
        budgets_s = (budget_s, most_s)
        entries = facts.loop.entries or 1
        entry = specification(facts.function, facts.node, facts.split, budgets_s, entries)
        if entry is not None and budget_s <= left_s:
            found.append(entry)
            left_s -= budget_s
    looked = (_looking(facts, wall_s) for facts in obscure)
    return found + [entry for entry in looked if entry is not None]


def _types_may_help(profile: Profile, facts: LoopFacts) -> bool:
    """Whether a loop has little to share out for want of types, and none were looked for."""
    node, loop = facts.node, facts.loop
    if not isinstance(node, ast.For) or loop.share < _TYPES_SHARE:
        return False
    if facts.split.shares and loop.head_share >= _SMALL_HEAD * loop.share:
        return False
    place = (facts.function.module.path, node.lineno, node.col_offset)
    trials = profile.trials.loops if profile.trials is not None else ()
    seen = any((trial.file, trial.line, trial.column) == place for trial in trials)
    open_ = any(dependence.kind in _OPEN for dependence in facts.split.dependences)
    return open_ and not seen and bool(_before_exits(node))


def _before_exits(node: ast.For) -> list[ast.stmt]:
    """The statements of a body up to the first that may leave the loop."""
    leaving = (bodies.contains_break(part) or bodies.contains_return(part) for part in node.body)
    return node.body[: next((n for n, leaves in enumerate(leaving) if leaves), len(node.body))]


def _looking(facts: LoopFacts, wall_s: float) -> dict[str, Any] | None:
    """A trial in which a body is only run to see its types; None where it cannot be run so."""
    node = facts.node
    assert isinstance(node, ast.For)
    whole = Split("unknown", tuple(range(len(_before_exits(node)))))
    budget_s = min(_TYPES_S + _TYPES_RUNS * wall_s, _TYPES_TIMES * facts.loop.wall_s)
    entry = specification(facts.function, node, whole, (budget_s, budget_s))
    return entry and entry | {"shape": _TYPES, "looking": True}


def _tried_as_it_is(profile: Profile, facts: LoopFacts) -> bool:
    trial = trial_of(profile, facts.function, facts.node, facts.split)
    return trial is not None and trial.shape == shape(facts.split)


def trial_of(profile: Profile, function: Function, node: LoopNode, split: Split) -> Trial | None:
    """The trial of a loop, if there is one: with the very head that the split says, if possible."""
    place = (function.module.path, node.lineno, node.col_offset)
    trials = profile.trials.loops if profile.trials is not None else ()
    found = [trial for trial in trials if (trial.file, trial.line, trial.column) == place]
    found = [trial for trial in found if trial.shape != _TYPES]
    return min(found, key=lambda trial: trial.shape != shape(split), default=None)


def without(trial: Trial, name: str) -> Trial:
    """A trial in which something of the process was not seen to change."""
    touched = tuple(other for other in trial.touched if other != name)
    ordered = tuple(other for other in trial.ordered_state if other != name)
    return replace(trial, touched=touched, ordered_state=ordered)


def shape(split: Split) -> str:
    """Which part of a loop is its head, in a word to compare."""
    hoisted = [(part.lineno, part.col_offset) for part in split.hoisted]
    gathered = [(part.lineno, part.col_offset) for part in split.gatherers]
    ahead = [spot(part) for part in (split.ahead.worker if split.ahead is not None else ())]
    ahead += [spot(head.first) for head in (split.ahead.heads[1:] if split.ahead else ())]
    parts = [part.name for part in split.parts]
    return f"{len(split.head)} {hoisted} {gathered} {' '.join(split.needs)} {ahead} {parts}"


def specification(
    function: Function,
    node: LoopNode,
    split: Split,
    budgets_s: tuple[float, float],
    entries: int = 1,
) -> dict[str, Any] | None:
    """What the trial instrument must know of a loop; None where it cannot be tried."""
    if isinstance(node, ast.While | ast.AsyncFor):
        return None
    if isinstance(node, ast.For) and not split.shares:
        return None
    if any(isinstance(part, _SUSPENDS) for part in nodes_of(node)):
        return None  # a shadow would go on in whoever reads the generator
    head = [node.body[number] for number in split.head] if isinstance(node, ast.For) else []
    worker = split.ahead.worker if split.ahead is not None else ()
    targets = [part.target for part in (node,) if isinstance(part, ast.For)]
    targets += [part.target for part in getattr(node, "generators", ())]
    private = names.assigned([*targets, *head, *worker])
    private |= {
        found.name for part in split.gatherers if (found := tails.gathered(part)) is not None
    }
    private |= partials.private(split.parts)
    return {
        "file": function.module.path,
        "line": node.lineno,
        "column": node.col_offset,
        "form": type(node).__name__,
        "head": len(head),
        "hoisted": list(map(_extent, split.hoisted)),
        "ahead": _ahead(split.ahead),
        "gatherers": [[part.lineno, part.col_offset] for part in split.gatherers],
        "noted": partials.noted(split.parts),
        "ways": partials.ways(split.parts),
        "shape": shape(split),
        "looking": False,
        "needs": list(split.needs),
        "private": sorted(private),
        "item": _item(node),
        "variables": sorted(names.assigned([node])) if isinstance(node, ast.For) else [],
        "budget_s": budgets_s[0],
        "most_s": budgets_s[1],
        "entries": entries,
    }


def _item(node: LoopNode) -> str:
    name = tails.item_name(node) if isinstance(node, ast.For) else None
    return tails.EACH + name if name else ""


def _extent(node: ast.expr) -> list[int | None]:
    return [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]


def _ahead(ahead: Ahead | None) -> dict[str, Any] | None:
    """Heads in the midst of a body, as the trial instrument puts them in."""
    if ahead is None:
        return None
    return {
        "heads": [
            {
                "first": spot(head.first),
                "count": len(head.statements),
                "hoisted": list(map(_extent, head.hoisted)),
                "needs": list(head.needs),
            }
            for head in ahead.heads
        ],
        "worker": ast.dump(ast.Module(list(ahead.worker), []), include_attributes=True),
    }


def settle(
    split: Split, trial: Trial | None, file: str, proved: bool
) -> tuple[Verdict, Proof, tuple[Dependence, ...]]:
    """The verdict on a loop, its proof, and what stands in the way or is not known.

    ``proved`` says that the source alone shows the verdict of the split; else it rests on types
    that were seen in a run.
    """
    rests_on: Proof = "static" if proved else "observed"
    if split.verdict == "unsafe":
        return "unsafe", rests_on, _with_iterations(split, trial)
    as_tried = trial is not None and trial.shape == shape(split)
    # What the guards have stopped comes out otherwise for that reason alone.
    refuted = _refutation(trial, split) if trial is not None and not trial.effects else []
    # What was tried otherwise had more in it: what that changes may be in the tail by now.
    other = not as_tried and (split.ahead is not None or (trial and not trial.differences))
    if refuted and not other and (as_tried or split.verdict == "unknown"):
        return "unsafe", "observed", (*refuted, *split.dependences)
    if split.verdict == "safe" and proved and not (as_tried and trial is not None and trial.opaque):
        return "safe", "static", ()
    if trial is None or not as_tried:
        return "unknown", None, split.dependences or (_not_tried(trial),)
    stopped = _hindrances(trial)
    open_ = [d for d in split.dependences if not _discharged(d, split, trial, file)]
    if stopped or open_:
        forms = [d for d in open_ if d.kind == "form"]  # a person can change those
        others = [d for d in open_ if d.kind != "form"]
        return "unknown", None, (*forms, *stopped, *others)
    return "safe", "observed", ()


def _with_iterations(split: Split, trial: Trial | None) -> tuple[Dependence, ...]:
    """What the source shows, with two iterations in which a trial saw it."""
    first, *others = split.dependences
    if trial is None or not trial.differences:
        return split.dependences
    seen = trial.differences[0]
    return replace(first, iterations=(seen.other, seen.iteration)), *others


def _not_tried(trial: Trial | None) -> Dependence:
    line = trial.line if trial is not None else 0
    why = "types seen in a run say that it is safe, but the loop was not tried out"
    return Dependence(kind="trial", name="", source_line=line, sink_line=line, explanation=why)


def tried(trial: Trial | None) -> Tried | None:
    """What a report says of a trial."""
    if trial is None:
        return None
    return Tried(
        entries=trial.entries,
        iterations=trial.iterations,
        of_iterations=trial.of_iterations,
        orders=trial.orders,
        seconds=trial.spent_s,
        problems=trial.problems,
        beside=trial.beside,
    )


def _refutation(trial: Trial, split: Split) -> list[Dependence]:
    found = []
    line = trial.line
    for difference in trial.differences[:1]:
        cause = next((d for d in split.dependences if d.kind in ("flow", "rng")), None)
        name = trial.touched[0] if trial.touched else cause.name if cause else ""
        of = f"through {name} " if name else ""
        found.append(
            Dependence(
                kind="flow",
                name=name,
                source_line=cause.source_line if cause else line,
                sink_line=cause.sink_line if cause else line,
                explanation=f"tried in {difference.order} order, iteration {difference.iteration} "
                f"{of}gave another result than in serial order "
                f"({difference.count} of {difference.of} iterations did)",
                iterations=(difference.other, difference.iteration),
            )
        )
    for name in trial.touched[:3]:
        found.append(
            Dependence(
                kind="flow",
                name=name,
                source_line=line,
                sink_line=line,
                explanation=f"an iteration changes {name}, which was there before the loop: "
                "others may need the change, which another process would lose",
            )
        )
    return found


def _hindrances(trial: Trial) -> list[Dependence]:
    """Why a trial does not confirm anything."""
    line = trial.line

    def doubt(kind: str, name: str, why: str) -> Dependence:
        return Dependence(kind=kind, name=name, source_line=line, sink_line=line, explanation=why)

    found = [
        doubt("effect", effect, f"an iteration has an effect outside the program: {effect}")
        for effect in trial.effects[:3]
    ]
    if trial.shared is not None:
        first, second = trial.shared
        why = f"iterations {first} and {second} give the same object, of which there would be two"
        found.append(doubt("travel", "", why))
    if trial.returned is not None:
        why = f"an iteration gives a {trial.returned} that was there before: it would be a copy"
        found.append(doubt("travel", trial.returned, why))
    if trial.opaque is not None:
        why = f"an iteration gives a {trial.opaque}, which cannot be compared"
        found.append(doubt("travel", trial.opaque, why))
    if trial.stuck is not None:
        why = f"its items, of type {trial.stuck}, would be sent to workers: pickle cannot copy them"
        found.append(doubt("travel", trial.stuck, why))
    for kind, at in list(trial.facts.handled.items())[:3]:
        why = f"line {at} calls a {kind} from before the loop, whose state cannot be seen"
        found.append(
            Dependence(kind="handle", name=kind, source_line=at, sink_line=at, explanation=why)
        )
    enough = max(2, min(_FEWEST, trial.of_iterations))
    if not found and (trial.iterations < enough or not set(trial.orders) >= _ORDERS):
        why = trial.problems[0] if trial.problems else "not every order was finished"
        found.append(doubt("trial", "", f"it was not tried out: {why}"))
    elif not found and trial.entries < min(_ENTRIES, trial.of_entries):
        why = f"only {trial.entries} of its {trial.of_entries} entries could be tried"
        found.append(doubt("trial", "", why))
    return found


def _discharged(doubt: Dependence, split: Split, trial: Trial, file: str) -> bool:
    """Whether a trial went through what was not known."""
    match doubt.kind:
        case "unknown":
            return _harmless(doubt, split, trial, file)
        case "alias" if doubt.objects is None:
            return _harmless(doubt, split, trial, file)
        case "order":
            return trial.unordered is None
        case "files":
            return trial.files_apart and _went_through(trial, doubt, file)
        case "rounding":
            return trial.inexact is None
        case "fed":  # made for the loop, and pickle copies them, else a trial had said so
            return trial.distinct
        case "identity":
            return True  # else a trial had seen an older object, or one given twice
        case "alias" if doubt.objects is not None:
            changed, read = doubt.objects
            return all(_apart(trial, other, read) for other in (changed, *doubt.moved))
        case "recurrence":
            spent = _OVERHEAD_S * trial.iterations
            head_s, loop_s = trial.head_s - spent, trial.loop_s - spent
            measurable = loop_s > max(_LEAST_MEASURED_S * trial.iterations, _LEAST_COMPARED_S)
            return measurable and head_s >= _MOST_OF_IT * loop_s
    return False


def _harmless(doubt: Dependence, split: Split, trial: Trial, file: str) -> bool:
    """Whether what could not be followed was run, changed nothing, and is no code of the user's.

    Code of the user's that the source does not lead to may do otherwise another time: it has
    branches that were not taken, and a table may hold functions that were not called.
    """
    called = {target for targets in trial.facts.calls.values() for target in targets}
    return trial.whole_state and called <= split.followed and _went_through(trial, doubt, file)


def _went_through(trial: Trial, doubt: Dependence, file: str) -> bool:
    """Whether every place of a doubt was run; nothing older was seen to change."""
    places = doubt.places or (str(doubt.source_line),)
    return all(
        _was_run(trial, place if ":" in place else f"{file}:{place}", doubt.name)
        for place in places
    )


def _was_run(trial: Trial, place: str, what: str) -> bool:
    """Whether the line of a place was run; where that does not tell, whether its call was seen."""
    line = place.removesuffix(UNSEEN)
    if line == place:
        return place in trial.facts.lines
    called = re.match(r"a call of \.?(?:\w+\.)*(\w+)", what)
    seen = trial.facts.library.get(line, ())
    return called is not None and any(called[1] in name.split(".") for name in seen)


def _apart(trial: Trial, one: str, other: str) -> bool:
    """Whether the objects of two variables were seen to have nothing in common."""
    first, second = _path(one), _path(other)
    if first is None or second is None:
        return False
    pairs = [(first, second)]
    if first.split(".")[0] != second.split(".")[0]:
        pairs.append((first.split(".")[0], second.split(".")[0]))
    return all(_seen_apart(trial, a, b) for a, b in pairs)


def _seen_apart(trial: Trial, one: str, other: str) -> bool:
    """Whether two paths, or what they are in, were compared and have nothing in common."""
    a, b = _compared(trial, one), _compared(trial, other)
    if a is None or b is None or a == b:
        return False
    return (a, b) not in trial.overlaps and (b, a) not in trial.overlaps


def _compared(trial: Trial, path: str) -> str | None:
    """The path, or the nearest one that it is a part of, whose objects were compared."""
    while path not in trial.apart:
        path, dot, _ = path.rpartition(".")
        if not dot:
            return None
    return path


def _path(name: str) -> str | None:
    """A root's name as a trial knows it, that of the loop's items too."""
    name = name.removesuffix("=")
    return None if " " in name.removeprefix(tails.EACH) else name
