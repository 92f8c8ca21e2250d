"""A kill at any step of writing or undoing a change leaves a whole file, and a way back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = b"value = 1\nprint(value)\n"
AFTER = b"value = 2\nprint(value)\n"

KILLED = """
import os, signal, sys
from pathlib import Path
from paradvisor.apply.journal import Journal
from paradvisor.records import Records

what, limit = sys.argv[1], int(sys.argv[2])
folder = Path.cwd()
journal = Journal(Records(folder))
steps = 0

def hook(event, args):
    global steps
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.chmod"):
        if event == "open" and not str(args[0]).startswith(str(folder)):
            return
        steps += 1
        if steps > limit:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
if what == "write":
    journal.write(folder / "app.py", %r, %r, "fork", "app.py:1")
else:
    journal.undo(None)
sys.addaudithook(lambda *_: None)
print(steps)
""" % (BEFORE, AFTER)  # noqa: UP031


def run(folder: Path, what: str, limit: int) -> subprocess.CompletedProcess[str]:
    """Do it, and die at the step after so many."""
    return subprocess.run(
        [sys.executable, "-c", KILLED, what, str(limit)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def fresh(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "app.py").write_bytes(BEFORE)
    return folder


@pytest.mark.parametrize("what", ["write", "undo"])
def test_killed_at_every_step(tmp_path: Path, what: str) -> None:
    whole = fresh(tmp_path, "whole")
    if what == "undo":
        assert run(whole, "write", 1000).returncode == 0
    ended = run(whole, what, 1000)
    assert ended.returncode == 0, ended.stderr
    steps = int(ended.stdout)
    assert steps > 3
    for limit in range(steps):
        folder = fresh(tmp_path, f"{what} {limit}")
        if what == "undo":
            assert run(folder, "write", 1000).returncode == 0
        assert run(folder, what, limit).returncode == -9
        content = (folder / "app.py").read_bytes()
        assert content in (BEFORE, AFTER), limit
        again = run(folder, "undo", 1000)  # whatever it left can be taken back
        if content == AFTER:
            assert again.returncode == 0, (limit, again.stderr)
        assert (folder / "app.py").read_bytes() == BEFORE, limit
        assert run(folder, "write", 1000).returncode == 0, limit
        assert (folder / "app.py").read_bytes() == AFTER
        assert sorted(path.name for path in folder.iterdir()) == [".paradvisor", "app.py"]
