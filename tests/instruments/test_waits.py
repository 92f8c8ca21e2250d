"""What the sampler says of programs whose places are known."""

from __future__ import annotations

import json
from typing import Any

import pytest

SHORT_CALLS = """\
def work(n):
    total = 0
    for i in range(n):
        total += i * n % 7
    return total


def main():
    out = []
    for y in range(600):
        out.append(work(5000 + y % 10))
    print(sum(out))


main()
"""


def profiled(paradvisor: Any, source: str) -> dict[str, Any]:
    paradvisor.write("app.py", source)
    run = paradvisor("profile", "-q", "--json", "app.py")
    assert run.returncode == 0, run.stderr
    report: dict[str, Any] = json.loads(run.stdout)
    return report


@pytest.mark.slow
def test_calls_that_return_soon_keep_their_callers_and_lines(paradvisor: Any) -> None:
    report = profiled(paradvisor, SHORT_CALLS)
    top = report["hotspots"][0]
    assert top["location"]["function"] == "work"
    assert top["lines"][0]["text"] in ("total += i * n % 7", "for i in range(n):")
    ended = [line["share"] for line in top["lines"] if line["text"] == "return total"]
    assert sum(ended) < 0.1
    [outer] = [loop for loop in report["loops"] if loop["source"].startswith("for y in")]
    assert outer["share"] > 0.7
    assert outer["iterations"] == 600


DIVISORS = """\
def divisors(n):
    total = 0
    for d in range(1, n // 2 + 1):
        if n % d == 0:
            total += d
    return total


print(max(divisors(n) for n in range(3000, 9000)))
"""


@pytest.mark.slow
def test_a_jump_that_is_on_no_line_counts_for_its_loop(paradvisor: Any) -> None:
    report = profiled(paradvisor, DIVISORS)
    top = report["hotspots"][0]
    assert top["location"]["function"] == "divisors"
    at_work = ("for d in range(1, n // 2 + 1):", "if n % d == 0:")
    assert sum(line["share"] for line in top["lines"] if line["text"] in at_work) > 0.8
