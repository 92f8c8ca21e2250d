"""A rewrite in C is advised for hot arithmetic that lasts, and for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = """
def churn(turns):
    value = 1
    for turn in range(turns):
        value = (value * 7 + turn * 3) % 1_000_003
    return value

print(churn(TURNS))
"""


def profile(folder: Path, turns: int) -> dict[str, Any]:
    (folder / "churn.py").write_text(PROGRAM.replace("TURNS", str(turns)))
    done = subprocess.run(
        [sys.executable, "-m", "paradvisor", "profile", "-q", "--json", "churn.py"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_rewrite_is_advised_for_arithmetic_that_lasts(tmp_path: Path) -> None:
    advice = profile(tmp_path, 8_000_000)["advice"]
    assert [(entry["strategy"], entry["location"]["function"]) for entry in advice] == [
        ("native", "churn")
    ]


def test_nothing_is_advised_for_a_program_that_is_over_at_once(tmp_path: Path) -> None:
    report = profile(tmp_path, 20_000)
    assert report["advice"] == []
    assert {skip["code"] for skip in report["skipped"] if skip["strategy"] == "native"} <= {"PA201"}
