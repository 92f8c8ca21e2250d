"""Which loop is changed, and what is said where none is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from paradvisor.apply.choose import choose
from paradvisor.errors import InconclusiveError
from paradvisor.model import Location, Skip
from tests.reports.test_reports import GAIN, made


def test_the_reason_that_matters_most_comes_first() -> None:
    report = made()
    minor, major = report.loops
    places = {loop.id: Location("x.py", "main", 10 * n, 10 * n + 5)
              for n, loop in enumerate(report.loops)}
    loops = (replace(minor, share=0.1), replace(major, share=0.9))
    skipped = (
        Skip(places[minor.id], "PA207", "holds the lock", "threads", minor.id),
        Skip(places[minor.id], "PA201", "too small to pay", "fork", minor.id),
        Skip(places[major.id], "PA207", "holds the lock, too", "threads", major.id),
        Skip(places[major.id], "PA206", "for you to judge", "fork", major.id, 2, GAIN),
    )
    report = replace(report, loops=loops, advice=(), skipped=skipped)
    with pytest.raises(InconclusiveError) as caught:
        choose(report, "auto", None, unsafe=False)
    said = [line.split(": ")[-1] for line in str(caught.value.hint).splitlines()]
    assert said == ["for you to judge", "holds the lock, too", "holds the lock", "too small to pay"]
