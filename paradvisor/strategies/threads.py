"""Threads: they help where the interpreter lock is not held."""

from __future__ import annotations

from paradvisor.analysis import predict
from paradvisor.analysis.loops import LoopFacts
from paradvisor.analysis.plan import Case
from paradvisor.model import WAITING, Advice, Skip
from paradvisor.strategies import sharing

HELD, MOST_HELD = 1.6, 2.5
"""Times as long as alone, beside a thread that always wants the lock: so it is where the loop holds
it. Still more says that it asks for the lock often, and waits in line behind that thread."""
IO_WORKERS = 16  # enough for most waits; few enough not to be taken for an attack


class Threads:
    """A team of threads for the loop."""

    name = "threads"

    def consider(self, case: Case) -> list[Advice | Skip]:
        """Advice for loops that wait or compute outside of the lock."""
        remedy = sharing.Remedy(self.name, "PA101", predict.threaded, _workers, _unsuited)
        return sharing.consider(remedy, case)


def _workers(case: Case, facts: LoopFacts) -> int:
    cores = case.profile.machine.usable_cores
    most = IO_WORKERS if facts.loop.kind in WAITING else cores
    return max(2, min(most, (facts.loop.iterations or most) // (facts.loop.entries or 1)))


def _unsuited(case: Case, facts: LoopFacts) -> str | None:
    if not case.profile.machine.gil or facts.loop.kind in WAITING:
        return None
    beside = facts.loop.tried.beside if facts.loop.tried is not None else None
    holds = beside is not None and HELD <= beside <= MOST_HELD
    measured = f" (measured: beside another thread it took {beside:.2f}x as long)" if holds else ""
    if facts.loop.kind in ("python", "native_gil") or holds:
        return f"threads cannot help: its time is spent holding the interpreter lock{measured}"
    return None
