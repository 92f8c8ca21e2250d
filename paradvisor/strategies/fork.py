"""Forked processes: each has an interpreter lock of its own."""

from __future__ import annotations

from paradvisor.analysis import predict
from paradvisor.analysis.loops import LoopFacts
from paradvisor.analysis.plan import Case
from paradvisor.model import WAITING, Advice, Skip
from paradvisor.strategies import sharing


class Fork:
    """A team of forked workers for the loop."""

    name = "fork"

    def consider(self, case: Case) -> list[Advice | Skip]:
        """Advice for loops that compute."""
        remedy = sharing.Remedy(self.name, "PA102", predict.forked, _workers, _unsuited)
        return sharing.consider(remedy, case)


def _workers(case: Case, facts: LoopFacts) -> int:  # noqa: ARG001
    return case.profile.machine.usable_cores


def _unsuited(case: Case, facts: LoopFacts) -> str | None:
    machine = case.profile.machine
    if not machine.fork:
        return f"there is no safe fork on {machine.system}"
    if machine.usable_cores < 2:
        return "only one core is usable here"
    if facts.loop.kind in WAITING:
        return "processes cost more than threads and cannot wait any better"
    return None
