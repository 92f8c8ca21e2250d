"""What threads and fork have in common: a loop shared out to a team."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from paradvisor.analysis import parallelism, predict
from paradvisor.analysis.loops import LoopFacts
from paradvisor.analysis.plan import Case
from paradvisor.model import Advice, Baseline, Dependence, Loop, Machine, Predicted, Skip

WORTH = 1.15  # a smaller gain is not worth a change to the program
_FAR_SLOWER = 0.1
_MOST_OF_IT = 0.5
_UNCOUNTED = 100  # iterations of a loop that nobody counted: a guess that is not small

Model = Callable[[predict.Work, Machine, Baseline, int], Predicted]


class Remedy(NamedTuple):
    """A strategy as far as sharing a loop goes."""

    name: str
    rule: str
    model: Model
    workers: Callable[[Case, LoopFacts], int]
    unsuited: Callable[[Case, LoopFacts], str | None]
    """Why this strategy cannot help this loop, if so."""


def consider(remedy: Remedy, case: Case) -> list[Advice | Skip]:
    """Advice or refusal for every hot loop."""
    return [_judge(remedy, case, facts) for facts in case.loops]


def _judge(remedy: Remedy, case: Case, facts: LoopFacts) -> Advice | Skip:
    loop = facts.loop

    def skip(code: str, reason: str) -> Skip:
        return Skip(loop.location, code, reason, remedy.name, loop.id)

    if loop.verdict == "unsafe":
        reason = f"carried dependence: {_with_remedy(loop.dependences[0])}"
        return skip("PA202", _with(reason, _later(facts)))
    baseline = case.profile.baseline
    if parallelism.is_parallel(case.profile):
        cores = parallelism.busy_cores(case.profile)
        return skip("PA205", f"already parallel: it keeps {cores:.1f} cores busy as it is")
    if (why := remedy.unsuited(case, facts)) is not None:
        return skip("PA207", why)
    work = work_of(case, facts)
    if work is None and loop.verdict == "unknown":
        why = _in_order(facts) or _doubt(loop)
        return skip("PA206", f"not known to be safe: {why}")
    if work is None:
        reason = "nothing in it that could be shared out takes measurable time"
        return skip("PA209", _with(reason, _in_order(facts)))
    workers = remedy.workers(case, facts)
    predicted = remedy.model(work, case.profile.machine, baseline, workers)
    gain = predicted.program_speedup.mid
    if loop.iterations is not None and loop.iterations < 2:
        return skip("PA201", "too small: it ran for fewer than two iterations")
    if gain < WORTH:
        slower = f"{1 / max(gain, 1e-3):,.0f} times slower" if gain < _FAR_SLOWER else ""
        what = slower or f"at {gain:.2f}x of its speed"
        reason = f"too small to pay: the program would run {what}"
        return skip("PA201", _with(reason, _in_order(facts)))
    if facts.split.unwritten is not None and loop.verdict == "safe":
        reason = f"safe, but it cannot be rewritten here: {facts.split.unwritten}"
        return Skip(loop.location, "PA211", reason, remedy.name, loop.id, workers, predicted)
    if loop.verdict == "unknown":
        doubt = _with(_doubt(loop), _later(facts))
        would = f"not known to be safe: {doubt}. It would give {gain:.1f}x"
        if facts.split.unwritten is not None:
            return skip("PA206", f"{would}, but cannot be rewritten: {facts.split.unwritten}")
        if any(found.kind == "form" for found in facts.split.dependences):
            return skip("PA206", f"{would}, but cannot be rewritten as it stands")
        reason = (
            f"{would}; "
            f"apply --unsafe --loop {loop.location.line} leaves the judgement to the verification"
        )
        return Skip(loop.location, "PA206", reason, remedy.name, loop.id, workers, predicted)
    return _advice(remedy, case, facts, work, workers, predicted)


_OUTGOING = (
    "its iterations have effects outside the program ({what}), and nothing tells whether those are "
    "apart from each other"
)
_REMEDIES = {
    "rng": "give each iteration a generator of its own, such as random.Random(seed + number)",
    "handle": "open it inside of the loop",
    "output": "move it behind the loop, or do it with the results in a second loop",
    "identity": "return new objects, or plain values, from what the loop calls",
    "travel": "return plain values from what the loop calls",
    "order": "return a sorted list instead of a set",
    "rounding": "gather the values in a list, and add them up behind the loop",
    "files": "read and write files of different folders, and open them by name",
    "alias": "copy one of the two before the loop, if they may be one object",
}
"""What a person could change, by the kind of what stands in the way."""


def _with_remedy(found: Dependence) -> str:
    remedy = _REMEDIES.get(found.kind)
    return f"{found.explanation} (to make it parallel: {remedy})" if remedy else found.explanation


def _with(reason: str, more: str) -> str:
    return f"{reason}; {more}" if more else reason


def _in_order(facts: LoopFacts) -> str:
    """Where most of a loop must stay in order: which line is the first, and why."""
    if not facts.split.cut or facts.loop.head_share > _MOST_OF_IT * facts.loop.share:
        return ""
    return (
        f"most of its time is in what stays in order, as {facts.split.cut} (to make it parallel: "
        "let a function compute that, and return what to add)"
    )


def _later(facts: LoopFacts) -> str:
    """What could be shared out if it came first."""
    if not facts.split.later:
        return ""
    return (
        f"{facts.split.later} seems to need no other iteration: if the body begins with it, it may "
        "be shared out"
    )


def _doubt(loop: Loop) -> str:
    """Why a loop is not known to be safe, and what a person could do about it."""
    first = loop.dependences[0]
    if first.kind == "effect":
        return _OUTGOING.format(what=first.name)
    return _with_remedy(first)


def work_of(case: Case, facts: LoopFacts) -> predict.Work | None:
    """The loop's parallel part in seconds; None if there is none."""
    entries = facts.loop.entries or 1
    iterations = facts.loop.iterations or _UNCOUNTED * entries
    work = predict.Work(
        wall_s=case.attribution.wall_s,
        head=facts.head_time,
        loop_s=facts.loop.wall_s,
        iterations=max(1, iterations),
        entries=entries,
        travel_s=facts.travel_s * max(1, iterations),
        crowded=facts.crowded,
        background_s=case.attribution.background_s(case.profile.baseline.cpu_s),
        error=predict.sampling_error(facts.loop.head_share, case.attribution.beats),
    )
    return work if work.head_s > 0 else None


def _advice(
    remedy: Remedy,
    case: Case,
    facts: LoopFacts,
    work: predict.Work,
    workers: int,
    predicted: Predicted,
) -> Advice:
    _, capacity = predict.capacities(work, case.profile.machine)
    hotspot = max(case.hotspots, key=lambda hotspot: hotspot.share, default=None)
    return Advice(
        id="",
        rule=remedy.rule,
        strategy=remedy.name,
        location=facts.loop.location,
        hotspot=hotspot.id if hotspot is not None else None,
        loop=facts.loop.id,
        workers=workers,
        predicted=predicted,
        basis="model",
        rationale=_rationale(remedy.name, facts),
        arithmetic=predict.arithmetic(work, predicted, workers, capacity),
        caveats=(*facts.split.caveats, *_doubts(case)),
    )


def _rationale(strategy: str, facts: LoopFacts) -> str:
    if strategy == "threads":
        why = (
            "its time is spent where other threads can run: waiting, or in C code that releases "
            "the interpreter lock"
        )
    elif facts.loop.kind == "native_nogil":
        why = "its time is spent computing, on which processes can work at the same time"
    else:
        why = (
            "its time is spent computing under the interpreter lock, which every process has for "
            "itself"
        )
    return f"{_independent(facts)} and {why}"


def _independent(facts: LoopFacts) -> str:
    """What needs no other iteration."""
    if facts.split.ahead is None:
        return f"the iterations are independent ({facts.loop.pattern})"
    first, last = facts.loop.head[0][0], facts.loop.head[-1][1]
    where = f"line {first} computes" if first == last else f"lines {first} to {last} compute"
    return f"what {where} needs no other iteration ({facts.loop.pattern})"


def _doubts(case: Case) -> tuple[str, ...]:
    if case.profile.baseline.differences:
        return ("the program differs from run to run, so no change to it can be verified",)
    return ()
