"""A loop that counts, prints, leaves out and catches around what costs: from profile to undo."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHECKS = '''\
"""Asks for every number, slowly."""

import sys
import time


def ask(number):
    time.sleep(0.03)
    if number % 7 == 3:
        raise ValueError(f"no answer to {number}")
    return number * number


def main():
    asked = failed = 0
    left_out, answers = [], {}
    for number in range(40):
        print("asking", number, file=sys.stderr)
        if number % 5 == 0:
            left_out.append(number)
            continue
        asked += 1
        try:
            answer = ask(number)
        except ValueError as error:
            failed += 1
            print(error)
            continue
        answers[number] = answer
    print(asked, failed, left_out, sum(answers.values()))


main()
'''
LINES = CHECKS.splitlines()


def test_from_profile_to_undo(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("checks.py", CHECKS)
    before = subprocess.run(
        [sys.executable, "checks.py"], cwd=paradvisor.folder, capture_output=True, check=True
    )
    report = json.loads(paradvisor("profile", "-q", "--json", "checks.py").stdout)
    [loop] = [loop for loop in report["loops"] if loop["source"] == "for number in range(40):"]
    costs = LINES.index("            answer = ask(number)") + 1
    assert loop["verdict"] == "safe"
    assert loop["head"] == [[costs, costs]]
    assert loop["tried"]["iterations"] > 0
    advice = next(advice for advice in report["advice"] if advice["loop"] == loop["id"])
    assert f"line {costs} computes needs no other iteration" in advice["rationale"]

    applied = paradvisor("apply", "-q", "--json")
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["kept"]
    written = (paradvisor.folder / "checks.py").read_text()
    assert "            answer = future.result()\n" in written
    for workers in ("1", "2", "3"):
        after = subprocess.run(
            [sys.executable, "checks.py"], cwd=paradvisor.folder, capture_output=True, check=True,
            env={**os.environ, "PARADVISOR_WORKERS": workers},
        )
        assert (after.stdout, after.stderr) == (before.stdout, before.stderr)

    assert paradvisor("undo").returncode == 0
    assert (paradvisor.folder / "checks.py").read_text() == CHECKS
