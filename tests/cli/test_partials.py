"""Loops that add up in several variables, or show what they are only when they run: to undo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOGS = '''\
"""Counts what is in some logs."""

import re
from collections import Counter, defaultdict
from pathlib import Path

LINE = re.compile(r"(?P<who>\\S+) (?P<page>\\S+) (?P<size>\\d+)")


def main():
    folder = Path("logs")
    folder.mkdir(exist_ok=True)
    text = "\\n".join(f"u{k % 17} /p{k * k % 23} {k % 900}" for k in range(4_000))
    for number in range(150):
        (folder / f"{number:03}.log").write_text(f"{text}\\nu{number} /new 1\\ncut off")
    pages, by_user = Counter(), defaultdict(int)
    odd, lines = [], 0
    for path in sorted(folder.glob("*.log")):
        with open(path) as log:
            for line in log:
                lines += 1
                match = LINE.match(line)
                if match is None:
                    odd.append(path.name)
                    continue
                pages[match["page"]] += 1
                by_user[match["who"]] += int(match["size"])
    print(lines, len(odd), pages.most_common(4), list(by_user.items())[:5])


main()
'''

ROWS = '''\
"""Scores rows of which only a run shows what is in them."""

import json


def score(text, weights):
    total = 0
    for k, letter in enumerate(text):
        total = (total * 31 + ord(letter) * weights[k % len(weights)]) % 10_007
    return total


def main():
    rows = json.loads(json.dumps([{"name": f"n{k}", "text": "abcdef" * 30_000} for k in range(60)]))
    short, best, kept = [], None, {}
    for row in rows:
        if len(row["name"]) < 3:
            short.append(row["name"])
            continue
        found = score(row["text"] + row["name"], [3, 5, 7])
        if best is None or found > best:
            best = found
        kept[row["name"]] = found
    print(len(short), best, sum(kept.values()))


main()
'''


def run(folder: Any, name: str, **environ: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run([sys.executable, name], cwd=folder, capture_output=True, check=False,
                          env={**os.environ, **environ})
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("name", "source", "head", "written"), [
    ("logs.py", LOGS, 'for path in sorted(folder.glob("*.log")):', "pages.update(more_pages)"),
    ("rows.py", ROWS, "for row in rows:", "found = future.result()"),
])
def test_from_profile_to_undo(
    paradvisor: Any, name: str, source: str, head: str, written: str
) -> None:
    paradvisor.write(name, source)
    before = run(paradvisor.folder, name)
    report = json.loads(paradvisor("profile", "-q", "--json", "--trial-budget", "40", name).stdout)
    [loop] = [loop for loop in report["loops"] if loop["source"] == head]
    assert loop["verdict"] == "safe", loop["dependences"]

    applied = paradvisor("apply", "-q", "--json", "--loop", str(loop["location"]["line"]))
    change = json.loads(applied.stdout)
    assert change["verification"]["equal"], applied.stderr
    if change["kept"]:  # a matter of speed
        assert written in (paradvisor.folder / name).read_text()
        for workers in ("1", "2", "3"):
            assert run(paradvisor.folder, name, PARADVISOR_WORKERS=workers) == before
        assert paradvisor("undo").returncode == 0
    assert (paradvisor.folder / name).read_text() == source
