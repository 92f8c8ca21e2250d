"""From a profile to a plan: hotspots, loops, and for each remedy advice or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from paradvisor.analysis import callbacks, disagreement, parallelism
from paradvisor.analysis import hotspots as hotspots_
from paradvisor.analysis import loops as loops_
from paradvisor.analysis.attribution import Attribution
from paradvisor.analysis.source import Program
from paradvisor.model import Advice, Hotspot, Plan, Profile, Skip


@dataclass(frozen=True)
class Case:
    """All that a strategy may look at."""

    profile: Profile
    program: Program
    attribution: Attribution
    hotspots: tuple[Hotspot, ...]
    loops: tuple[loops_.LoopFacts, ...]


class Strategy(Protocol):
    """A remedy: it looks at the case and answers with advice and refusals."""

    name: str

    def consider(self, case: Case) -> list[Advice | Skip]:
        """What it recommends, and what it does not and why."""


def program_of(profile: Profile) -> Program:
    """The program's source, with what its trials showed of it."""
    program = _read(tuple(profile.sources.items()), tuple(profile.modules.items()))
    trials = profile.trials.loops if profile.trials is not None else ()
    return program.with_facts(trial.facts for trial in trials)


@lru_cache(1)
def _read(sources: tuple[tuple[str, str], ...], names: tuple[tuple[str, str], ...]) -> Program:
    """The source alone, and what has been found out of it: each round of trials asks for it."""
    return Program(dict(sources), dict(names))


def hot_loops(profile: Profile) -> tuple[loops_.LoopFacts, ...]:
    """The loops that the plan would judge."""
    program = program_of(profile)
    return loops_.find(profile, program, Attribution(profile, program))


def make(profile: Profile, strategies: Sequence[Strategy]) -> Plan:
    """Analyse a profile."""
    program = program_of(profile)
    attribution = Attribution(profile, program)
    found = hotspots_.find(profile, attribution)
    loops = loops_.find(profile, program, attribution)
    case = Case(profile, program, attribution, found, loops)
    answers = [answer for strategy in strategies for answer in strategy.consider(case)]
    advice, inside = _without_overlaps(
        [answer for answer in answers if isinstance(answer, Advice)], found_loops=case.loops
    )
    time = hotspots_.whole(attribution)
    return Plan(
        time=time,
        bound=hotspots_.bound_of(time),
        hotspots=found,
        loops=tuple(facts.loop for facts in loops),
        advice=_ranked(advice),
        threads=parallelism.threads(profile),
        notes=(*parallelism.notes(profile, time), *disagreement.notes(profile, attribution)),
        skipped=(
            *callbacks.skips(profile, attribution),
            *(answer for answer in answers if isinstance(answer, Skip)),
            *inside,
        ),
    )


def _without_overlaps(
    advice: list[Advice], found_loops: tuple[loops_.LoopFacts, ...]
) -> tuple[list[Advice], list[Skip]]:
    """Of loops that run inside each other, only the one that gains most, for each strategy."""
    shares = {facts.loop.id: facts.loop.share for facts in found_loops}
    kept: list[Advice] = []
    inside: list[Skip] = []
    for entry in sorted(advice, key=lambda entry: -entry.predicted.program_speedup.mid):
        rivals = [other for other in kept if entry.loop and other.strategy == entry.strategy]
        # Shares that add up to more than the whole program belong to loops around each other.
        if any(shares[str(other.loop)] + shares[str(entry.loop)] > 1 for other in rivals):
            reason = f"it runs inside the loop at line {rivals[0].location.line}, or around it"
            inside.append(Skip(entry.location, "PA210", reason, entry.strategy, entry.loop))
        else:
            kept.append(entry)
    return kept, inside


def _ranked(advice: list[Advice]) -> tuple[Advice, ...]:
    """Best first: what can be applied and verified, by its gain, then what a person must do."""
    from msgspec.structs import replace

    def merit(entry: Advice) -> float:
        # Between equals threads are better: nothing is copied and nothing has to be pickled.
        return entry.predicted.program_speedup.mid * (1.05 if entry.strategy == "threads" else 1.0)

    ranking = sorted(advice, key=lambda entry: (entry.loop is None, -merit(entry)))
    return tuple(replace(entry, id=f"A{number}") for number, entry in enumerate(ranking, 1))
