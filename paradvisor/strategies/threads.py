"""Threads: they help where the interpreter lock is not held."""

from __future__ import annotations

from paradvisor.analysis import predict
from paradvisor.analysis.loops import LoopFacts
from paradvisor.analysis.plan import Case
from paradvisor.model import WAITING, Advice, Skip
from paradvisor.strategies import sharing

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
    if facts.loop.kind in ("python", "native_gil") and case.profile.machine.gil:
        return "threads cannot help: its time is spent holding the interpreter lock"
    return None
