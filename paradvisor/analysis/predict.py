"""What a remedy would bring: the arithmetic, with its bounds.

The program's time is T. Of it, H seconds are in the part of the loop that would run in parallel;
the rest stays as it is (Amdahl 1967). The loop's part becomes what the machine can do at the same
time, plus the cost of the team. Seconds come from the bare runs, shares from the sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

from paradvisor.model import Baseline, Interval, Machine, Predicted, TimeByKind

_FORK_S_PER_GB = 0.0165  # page tables of the parent's resident memory, for each fork
_THREADS_S = 0.0004


@dataclass(frozen=True)
class Work:
    """The part of a loop that would run in parallel."""

    wall_s: float
    """T, of the whole program."""
    head: TimeByKind
    loop_s: float
    iterations: int
    entries: int
    travel_s: float
    """Seconds for which items and results are pickled and unpickled on their way."""
    crowded: float
    """How many times as long an iteration takes while all cores run some."""
    background_s: float
    """CPU seconds of the program's other threads, which hold the GIL too."""
    error: float
    """Standard error of the head's share of T, from the number of samples."""

    @property
    def head_s(self) -> float:
        """H: seconds that would be shared out."""
        return self.holding_s + self.free_s + self.waiting_s

    @property
    def holding_s(self) -> float:
        """Seconds of H that hold the GIL."""
        return self.head.python + self.head.native_gil

    @property
    def free_s(self) -> float:
        """Seconds of H that keep a core busy without the GIL: native code, and child processes."""
        return self.head.native_nogil + self.head.child

    @property
    def waiting_s(self) -> float:
        """Seconds of H that nobody computes in."""
        return self.head.io + self.head.lock


class Bound(NamedTuple):
    """The assumptions of one bound of a prediction."""

    capacity: float
    """Cores' worth of work at the same time."""
    overhead: float
    """Times the usual cost of a team."""
    overlap: float
    """Part of the computing that goes on while others wait, from 0 to 1."""
    head_s: float
    """Seconds of H."""


def sampling_error(share: float, beats: int) -> float:
    """Standard error of a share seen in so many samples (binomial)."""
    return sqrt(max(share * (1 - share), 0.0) / max(beats, 1))


def forked(work: Work, machine: Machine, baseline: Baseline, workers: int) -> Predicted:
    """With forked workers: computing shares the cores, waiting shares the workers."""
    gigabytes = baseline.max_rss_bytes / 1e9
    team_s = machine.team_s + workers * gigabytes * _FORK_S_PER_GB

    def at(bound: Bound) -> float:
        # The parent, which pickles half of it, works beside the team.
        busy_s = work.holding_s + work.free_s + work.travel_s
        computing = busy_s / min(bound.capacity, workers)
        shared = computing + work.waiting_s / workers
        return _elapsed(work, machine, shared, bound.head_s, bound.overhead * team_s)

    return _predicted(work, at, machine)


def threaded(work: Work, machine: Machine, baseline: Baseline, workers: int) -> Predicted:  # noqa: ARG001
    """With threads: what holds the GIL stays serial, the rest overlaps.

    How well computing overlaps with waiting depends on how the waits fall: not at all is the
    pessimistic bound, entirely the optimistic one, half of it the estimate.
    """

    def at(bound: Bound) -> float:
        cores = min(bound.capacity, workers)
        held = work.holding_s / (1.0 if machine.gil else cores) + work.background_s
        computing = held + work.free_s / cores
        rounds = ceil(work.iterations / work.entries / workers) * work.entries / work.iterations
        waiting = work.waiting_s * rounds
        shared = max(computing, waiting) + (1 - bound.overlap) * min(computing, waiting)
        return _elapsed(work, machine, shared, bound.head_s, bound.overhead * _THREADS_S)

    return _predicted(work, at, machine)


def _elapsed(work: Work, machine: Machine, shared_s: float, head_s: float, team_s: float) -> float:
    """T' for a head of ``head_s`` seconds that takes ``shared_s / H`` of its time."""
    item_s = head_s / work.iterations
    last = min(item_s / 2, head_s)  # some worker ends half an item after the others
    overhead = work.entries * team_s + work.iterations * machine.item_s + machine.import_s
    return work.wall_s - head_s + max(head_s * shared_s / work.head_s, item_s) + last + overhead


def capacities(work: Work, machine: Machine) -> tuple[float, float]:
    """Cores' worth of this work at the same time: at the least, and as it is expected.

    Less than of another program's where it waits for the memory, or for what cores share. Either is
    measured for a moment only, on a machine that others may use too: expected is the middle.
    """
    own = max(1.0, machine.usable_cores / work.crowded)
    least = min(machine.parallel_capacity, own)
    return least, (least + machine.parallel_capacity) / 2


def _predicted(work: Work, at: Callable[[Bound], float], machine: Machine) -> Predicted:
    """The program's time at three bounds, as speedups of the program and of the loop."""
    doubt = 2 * work.error * work.wall_s
    cores = float(machine.usable_cores)
    least, capacity = capacities(work, machine)
    slow = at(Bound(least * 0.9, 3.0, 0.0, max(work.head_s - doubt, 1e-6)))
    mid = at(Bound(capacity, 1.0, 0.5, work.head_s))
    fast = at(Bound(cores, 0.5, 1.0, min(work.head_s + doubt, work.wall_s)))
    rest = work.wall_s - work.loop_s

    def loop(elapsed: float) -> float:
        return work.loop_s / max(elapsed - rest, 1e-6)

    return Predicted(
        program_speedup=Interval(work.wall_s / slow, work.wall_s / mid, work.wall_s / fast),
        loop_speedup=Interval(*sorted([loop(slow), loop(mid), loop(fast)])),
    )


def amdahl(share: float, gain: Interval) -> Interval:
    """The program's speedup if a share of it becomes faster by so much."""
    return Interval(
        *(1 / (1 - share + share / factor) for factor in (gain.low, gain.mid, gain.high))
    )


def arithmetic(work: Work, predicted: Predicted, workers: int, capacity: float) -> str:
    """The prediction's arithmetic in one line."""
    rest = work.wall_s - work.head_s
    after = work.wall_s / predicted.program_speedup.mid
    return (
        f"{work.wall_s:.2f} s = {work.head_s:.2f} s to share + {rest:.2f} s serial; "
        f"shared by {workers} workers ({capacity:.2f} cores' worth measured) and with the team's "
        f"cost {after:.2f} s; {work.wall_s:.2f} / {after:.2f} = "
        f"{predicted.program_speedup.mid:.2f}x"
    )
