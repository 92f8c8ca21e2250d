"""Whether a change made a program faster, from pairs of runs measured in turn."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, sqrt
from statistics import fmean, stdev

from paradvisor.model import Interval, Outcome

MARGIN = 1.03
"""Faster or slower by less than this is the same."""

# Two-sided 95 % points of Student's t (Abramowitz and Stegun, table 26.10), by degrees of freedom.
_T = (
    inf,
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
    2.120,
    2.110,
    2.101,
    2.093,
    2.086,
)


def speedup(before_s: Sequence[float], after_s: Sequence[float]) -> Interval:
    """The speedup of pairs of runs with its 95 % interval.

    The logarithms of the pairs' ratios are averaged, so that what slows a whole pair down cancels
    out and a ratio and its inverse weigh the same; the interval is Student's.
    """
    logs = [log(before / after) for before, after in zip(before_s, after_s, strict=True)]
    mid = fmean(logs)
    if len(logs) < 2:
        return Interval(0.0, exp(mid), inf)
    spread = _T[min(len(logs) - 1, len(_T) - 1)] * stdev(logs) / sqrt(len(logs))
    return Interval(exp(mid - spread), exp(mid), exp(mid + spread))


def verdict(interval: Interval) -> Outcome:
    """What an interval says: faster or slower only when all of it is."""
    if interval.low > MARGIN:
        return "faster"
    if interval.high < 1 / MARGIN:
        return "slower"
    if interval.low > 1 / MARGIN and interval.high < MARGIN:
        return "same"
    return "inconclusive"
