"""What a refusal tells the author to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SEARCH = """
import threading

LOCK = threading.Lock()

def is_odd_one(number):
    value = number
    for turn in range(60_000):
        value = (value * 7 + turn * 3) % 1_000_003
    return value == 5

def search(numbers):
    seen = set()
    for number in numbers:
        with LOCK:
            if number in seen:
                continue
            seen.add(number)
        if is_odd_one(number):
            return number, len(seen)
    return None, len(seen)

print(search(range(300)))
"""


def test_a_costly_call_behind_what_stays_in_order_is_named(tmp_path: Path) -> None:
    (tmp_path / "search.py").write_text(SEARCH)
    done = subprocess.run(
        [sys.executable, "-m", "paradvisor", "profile", "-q", "--json", "search.py"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True,
    )
    report = json.loads(done.stdout[done.stdout.index(b"{"):])
    [reason] = [
        skip["reason"] for skip in report["skipped"]
        if skip["strategy"] == "fork" and skip["location"]["line"] == 14
    ]
    assert "is_odd_one(number) at line 19 seems to need no other iteration" in reason
