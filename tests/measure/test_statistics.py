"""The verdict on simulated runs: no change is rarely called faster, a real one nearly always."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradvisor.measure import statistics
from paradvisor.measure.interleave import MOST_PAIRS, PAIRS, measure
from paradvisor.model import Interval, Measurement

SIMULATIONS = 1500


def noise(rng: random.Random, sigma: float, shape: str) -> float:
    """A factor on a run's time."""
    if shape == "normal":
        return math.exp(rng.gauss(0, sigma))
    if shape == "skewed":  # a run is never faster than the machine
        return 1 + rng.expovariate(1 / (sigma or 1e-9)) if sigma else 1.0
    # A neighbour that now and then takes the core away.
    return math.exp(rng.gauss(0, sigma / 3)) * (1 + (rng.random() < 0.1) * 5 * sigma)


def simulate(seed: int, speedup: float, sigma: float, shape: str = "normal") -> list[Measurement]:
    rng = random.Random(seed)
    return [
        measure(lambda: 2.0 * noise(rng, sigma, shape),
                lambda: 2.0 / speedup * noise(rng, sigma, shape))
        for _ in range(SIMULATIONS)
    ]


def rate(found: list[Measurement], verdict: str) -> float:
    return sum(one.verdict == verdict for one in found) / len(found)


@pytest.mark.parametrize("shape", ["normal", "skewed", "bursts"])
@pytest.mark.parametrize("sigma", [0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_no_change_is_rarely_called_faster(sigma: float, shape: str) -> None:
    found = simulate(20250101, 1.0, sigma, shape)
    assert rate(found, "faster") <= 0.055
    assert rate(found, "slower") <= 0.055


@pytest.mark.parametrize("sigma", [0.0, 0.005, 0.01])
def test_no_change_is_called_the_same_on_a_quiet_machine(sigma: float) -> None:
    assert rate(simulate(3, 1.0, sigma), "same") >= 0.95


@pytest.mark.parametrize(("speedup", "sigma"), [(1.5, 0.05), (1.9, 0.1), (3.0, 0.2), (1.2, 0.02)])
def test_a_change_is_noticed(speedup: float, sigma: float) -> None:
    found = simulate(4, speedup, sigma)
    assert rate(found, "faster") >= 0.97
    assert rate(found, "slower") == 0
    found = simulate(5, 1 / speedup, sigma)
    assert rate(found, "slower") >= 0.97
    assert rate(found, "faster") == 0


@pytest.mark.parametrize("pairs", [3, 5, 8, 15, 40])
@pytest.mark.parametrize("speedup", [0.7, 1.0, 1.8])
def test_interval_covers_the_truth(speedup: float, pairs: int) -> None:
    rng = random.Random(6)
    covered = 0
    for _ in range(SIMULATIONS):
        before = [2.0 * noise(rng, 0.1, "normal") for _ in range(pairs)]
        after = [2.0 / speedup * noise(rng, 0.1, "normal") for _ in range(pairs)]
        interval = statistics.speedup(before, after)
        covered += interval.low <= speedup <= interval.high
    assert 0.93 <= covered / SIMULATIONS <= 0.97


@pytest.mark.parametrize("sigma", [0.02, 0.1, 0.3])
def test_interval_covers_the_truth_although_the_number_of_pairs_depends_on_it(sigma: float) -> None:
    found = simulate(7, 1.5, sigma)
    covered = sum(one.speedup.low <= 1.5 <= one.speedup.high for one in found)
    assert covered / len(found) >= 0.9


def test_a_slow_pair_cancels_out() -> None:
    before = [1.0, 1.0, 10.0, 1.0, 1.0]
    after = [0.5, 0.5, 5.0, 0.5, 0.5]
    interval = statistics.speedup(before, after)
    assert interval.low == pytest.approx(2.0)
    assert interval.high == pytest.approx(2.0)


def test_number_of_pairs() -> None:
    for one in simulate(8, 1.0, 0.05)[:200] + simulate(9, 2.0, 0.05)[:200]:
        assert PAIRS <= len(one.before_s) == len(one.after_s) <= MOST_PAIRS
        if one.verdict == "inconclusive":
            assert len(one.before_s) == MOST_PAIRS


def test_the_variants_take_turns() -> None:
    order: list[str] = []

    def variant(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    found = measure(lambda: variant("A", 2.0), lambda: variant("B", 1.0))
    assert order == ["A", "B"] * PAIRS
    assert found.verdict == "faster"


seconds = st.lists(st.floats(0.001, 1000), min_size=2, max_size=20)


@given(seconds, seconds)
def test_interval_is_ordered_and_inverts(before: list[float], after: list[float]) -> None:
    size = min(len(before), len(after))
    before, after = before[:size], after[:size]
    there, back = statistics.speedup(before, after), statistics.speedup(after, before)
    assert there.low <= there.mid <= there.high
    assert math.isclose(there.mid * back.mid, 1, rel_tol=1e-6)
    if math.isfinite(there.high) and there.low:
        assert math.isclose(there.low * back.high, 1, rel_tol=1e-6)


@given(seconds)
def test_the_same_times_are_the_same(times: list[float]) -> None:
    interval = statistics.speedup(times, times)
    assert (interval.low, interval.mid, interval.high) == pytest.approx((1, 1, 1))
    assert statistics.verdict(interval) == "same"


def test_one_pair_proves_nothing() -> None:
    interval = statistics.speedup([10.0], [1.0])
    assert interval.mid == pytest.approx(10)
    assert statistics.verdict(interval) == "inconclusive"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(1.04, 2, "faster"), (1.02, 2, "inconclusive"), (0.5, 0.9, "slower"), (0.99, 1.01, "same"),
     (0.5, 1.01, "inconclusive"), (0.5, 2, "inconclusive"), (0.0, math.inf, "inconclusive")],
)
def test_verdict(low: float, high: float, verdict: str) -> None:
    assert statistics.verdict(Interval(low, 1.0, high)) == verdict
