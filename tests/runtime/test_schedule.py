"""Every iteration is dealt exactly once, whatever the schedule."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradvisor.runtime.schedule import SCHEDULES, Chunks, Source

LENGTHS = st.integers(0, 2000)
TEAMS = st.integers(1, 64)
CHUNKS = st.none() | st.integers(1, 2500)


def sizes(chunks: Chunks) -> list[int]:
    return [stop - start for start, stop in (chunks[k] for k in range(len(chunks)))]


@given(LENGTHS, TEAMS, st.sampled_from(SCHEDULES), CHUNKS)
def test_every_index_is_dealt_exactly_once_and_in_order(
    length: int, team: int, schedule: str, chunk: int | None
) -> None:
    chunks = Chunks(length, team, schedule, chunk)
    order = range(len(chunks))
    if schedule == "reversed":
        order = reversed(order)
    dealt = [i for k in order for i in range(*chunks[k])]
    assert dealt == list(range(length))


@given(LENGTHS, TEAMS)
def test_static_gives_every_worker_one_block_of_the_same_size(length: int, team: int) -> None:
    blocks = sizes(Chunks(length, team, "static", None))
    assert len(blocks) <= team
    assert max(blocks) <= -(-length // team)
    assert sum(blocks) == length


@given(LENGTHS, TEAMS, st.sampled_from(["static", "dynamic"]), st.integers(1, 2500))
def test_chunks_of_a_given_size_but_for_the_last(
    length: int, team: int, schedule: str, chunk: int
) -> None:
    assert all(size == chunk for size in sizes(Chunks(length, team, schedule, chunk))[:-1])
    assert all(0 < size <= chunk for size in sizes(Chunks(length, team, schedule, chunk)))


@given(LENGTHS, TEAMS)
def test_dynamic_deals_single_iterations_unless_told(length: int, team: int) -> None:
    assert sizes(Chunks(length, team, "dynamic", None)) == [1] * length


@given(LENGTHS, TEAMS, CHUNKS)
def test_guided_chunks_shrink_to_the_smallest(length: int, team: int, chunk: int | None) -> None:
    dealt = sizes(Chunks(length, team, "guided", chunk))
    assert dealt == sorted(dealt, reverse=True)
    assert all(size >= (chunk or 1) for size in dealt[:-1])
    assert all(size > 0 for size in dealt)
    if dealt:
        assert dealt[0] <= max(chunk or 1, -(-length // team)), "more than a worker's fair share"


@given(st.integers(10**6, 10**15), TEAMS)
def test_guided_needs_few_chunks_for_a_long_loop(length: int, team: int) -> None:
    assert len(Chunks(length, team, "guided", None)) < 2 * team * 60


@pytest.mark.parametrize("schedule", ["", "auto", "Static", "runtime"])
def test_an_unknown_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="static, dynamic, guided"):
        Chunks(10, 2, schedule, None)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("chunk", [0, -1])
def test_a_chunk_of_nothing_is_refused(schedule: str, chunk: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Chunks(10, 2, schedule, chunk)


@given(TEAMS, st.integers(0, 10**6))
def test_a_stream_is_dealt_in_small_parts_of_what_was_dealt(team: int, dealt: int) -> None:
    size = Source([], team, None, None).size(dealt)
    assert 1 <= size <= max(1, dealt / team / 8)
    assert size <= Source.LARGEST


@given(TEAMS, st.integers(0, 10**6), st.integers(1, 1000))
def test_a_stream_is_dealt_in_chunks_of_the_size_asked_for(
    team: int, dealt: int, chunk: int
) -> None:
    assert Source([], team, None, chunk).size(dealt) == chunk


@given(st.integers(0, 300), TEAMS, st.sampled_from(SCHEDULES), st.none() | st.integers(1, 50))
def test_every_item_of_a_stream_is_dealt_once_and_an_error_comes_last(
    length: int, team: int, schedule: str, chunk: int | None
) -> None:
    def stream() -> Iterator[int]:
        yield from range(length)
        raise LookupError

    source = Source(stream(), team, schedule, chunk)
    dealt: dict[int, list[int]] = {}
    while True:
        try:
            start, items = source.draw()
        except LookupError:
            break
        assert start not in dealt
        dealt[start] = items
    assert source.read == length
    assert [i for start in sorted(dealt) for i in dealt[start]] == list(range(length))
    assert all(start == items[0] for start, items in dealt.items())


def test_a_reversed_stream_is_dealt_last_first_and_read_a_little_ahead() -> None:
    source = Source(itertools.count(), 2, "reversed", None)
    starts = [source.draw()[0] for _ in range(2 * Source.AHEAD)]
    ahead = Source.AHEAD
    assert starts == [*reversed(range(ahead)), *reversed(range(ahead, 2 * ahead))]
