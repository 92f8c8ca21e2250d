"""Lines share the time of their function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradvisor.analysis.linetimes import settled, within
from paradvisor.analysis.traced import Lines, Timed
from paradvisor.model import Sample

seconds = st.floats(0.001, 100.0)
lines = st.dictionaries(st.integers(1, 6), seconds, min_size=1)


@given(lines, seconds, lines)
def test_the_sum_is_as_given_and_no_line_moves_away_from_its_part(
    had: dict[int, float], total: float, parts: dict[int, float]
) -> None:
    found = settled(had, total, parts)
    assert sum(found.values()) == pytest.approx(total)
    assert all(each >= -1e-9 for each in found.values())
    gains = total > sum(had.values())
    whole = sum(parts.values())
    for line, each in found.items():
        before, wanted = had.get(line, 0.0), total * parts.get(line, 0.0) / whole
        nearer = max(before, wanted) if gains else min(before, wanted)
        assert min(before, nearer) - 1e-6 <= each <= max(before, nearer) + 1e-6


@given(lines, seconds)
def test_without_parts_all_lines_change_alike(had: dict[int, float], total: float) -> None:
    factor = total / sum(had.values())
    expected = {line: each * factor for line, each in had.items()}
    assert settled(had, total, {}) == pytest.approx(expected)


def test_time_in_no_function_of_the_users_stays_as_it_is() -> None:
    outside = ((), Sample((), "", "python", "", 1.0, 1.0))
    assert within([outside], {}) == [outside]


def test_lines_of_which_nothing_is_known_have_no_parts() -> None:
    assert Lines({3: Timed(seconds=0.0, hits=5, nodes=0, calls=False)}).parts() == {}
