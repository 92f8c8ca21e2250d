"""Runs of two variants in turn, until the difference between them is clear."""

from __future__ import annotations

import time
from collections.abc import Callable

from paradvisor.measure import statistics
from paradvisor.model import Measurement, Outcome

PAIRS = 5
MOST_PAIRS = 15
_CLEAR_EARLY = 3  # pairs that may do when each takes long
_PATIENCE_S = 90.0


def measure(
    before: Callable[[], float], after: Callable[[], float], most_pairs: int = MOST_PAIRS
) -> Measurement:
    """Time ``before`` and ``after`` alternately: A B A B.

    Stops after five pairs, or after three that took long, once the verdict is clear; after 15 in
    any case. Each call runs the variant once and returns its wall seconds.
    """
    befores: list[float] = []
    afters: list[float] = []
    begun = time.monotonic()
    last: Outcome | None = None
    while True:
        befores.append(before())
        afters.append(after())
        interval = statistics.speedup(befores, afters)
        outcome = statistics.verdict(interval)
        pairs = len(befores)
        enough = pairs >= PAIRS or (
            pairs >= _CLEAR_EARLY and time.monotonic() - begun > _PATIENCE_S
        )
        # Twice in a row, since looking again and again would find something in noise at last.
        clear = outcome != "inconclusive" and outcome == last
        if (enough and clear) or pairs >= most_pairs:
            return Measurement(tuple(befores), tuple(afters), interval, outcome)
        last = outcome
