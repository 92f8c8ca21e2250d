"""A changed program runs where it ran before: without a terminal, from an archive, as a module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the change shares out to forked processes"),
]

PROGRAM = '''\
"""Counts the steps of Collatz, range by range."""

import sys


def steps(number):
    count = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        count += 1
    return count


class Ranges:
    def __init__(self, count):
        self.count = count

    def longest(self, number):
        return max(steps(n) for n in range(number + 1, number + 100))

    def all(self):
        found = []
        for number in range(self.count):
            found.append(self.longest(number))
        return found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    found = Ranges(count).all()
    assert len(found) == count
    print(sum(found), found[:3])


if __name__ == "__main__":
    main()
'''
PYTHON = sys.executable
WANTED = b"590 [118, 118, 118]\n"
TEST = """\
import crunch


def test_ranges(capsys):
    crunch.sys.argv[1:] = ["5"]
    crunch.main()
    assert capsys.readouterr().out.startswith("590 ")
"""
POOL = """\
import multiprocessing
from crunch import Ranges

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(Ranges(5).all)
    print(sum(found), found[:3])
"""
ELSEWHERE = "import sys; sys.platform = {!r}; import crunch; sys.argv[1:] = ['5']; crunch.main()"
WAYS: dict[str, list[str]] = {
    "a script": [PYTHON, "crunch.py", "5"],
    "without assertions": [PYTHON, "-O", "crunch.py", "5"],
    "without docstrings": [PYTHON, "-OO", "crunch.py", "5"],
    "isolated": [PYTHON, "-I", "-S", "-c", "import sys; sys.path.insert(0, '.'); "
                 "sys.argv = ['crunch.py', '5']; import crunch; crunch.main()"],
    "a module": [PYTHON, "-m", "crunch", "5"],
    "no input": ["sh", "-c", 'exec "$0" crunch.py 5 <&-', PYTHON],
    "no error stream": ["sh", "-c", 'exec "$0" crunch.py 5 2>&-', PYTHON],
    "into a pipe": ["sh", "-c", '"$0" crunch.py 5 | cat', PYTHON],
    "pickled": [PYTHON, "pool.py"],
    "an archive": ["sh", "-c", '"$0" -m zipapp . -m crunch:main -o "$TMPDIR/crunch.pyz" && '
                   'cd / && exec "$0" -S "$TMPDIR/crunch.pyz" 5', PYTHON],
    "macOS": [PYTHON, "-W", "ignore", "-c", ELSEWHERE.format("darwin")],
    "Windows": [PYTHON, "-W", "ignore", "-c", ELSEWHERE.format("win32")],
}


@pytest.fixture(scope="module")
def changed(command_line, tmp_path_factory) -> Path:  # type: ignore[no-untyped-def]
    """A folder with a program whose loop was shared out, and the runtime beside it."""
    command = command_line(tmp_path_factory.mktemp("where"))
    command.write("crunch.py", PROGRAM)
    command.write("pool.py", POOL)
    command.write("test_crunch.py", TEST)
    assert command("profile", "-q", "crunch.py").returncode == 0
    run = command("apply", "-q", "--vendor", "--keep", "--strategy", "fork")
    assert run.returncode == 0, run.stderr
    text = (command.folder / "crunch.py").read_text()
    assert "from paradvisor_runtime import parallel, scheduled" in text
    folder: Path = command.folder
    return folder


def _run(folder: Path, command: list[str], temporary: Path) -> subprocess.CompletedProcess[bytes]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        command,
        cwd=folder,
        env=clean | {"TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,  # no terminal
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_changed_program_runs(changed: Path, way: str, tmp_path: Path) -> None:
    ran = _run(changed, WAYS[way], tmp_path)
    assert ran.stdout == WANTED, ran.stderr.decode()
    assert ran.returncode == 0
    assert ran.stderr == b""


def test_it_runs_under_pytest(changed: Path, tmp_path: Path) -> None:
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ran = _run(changed, [*command, "test_crunch.py"], tmp_path)
    assert b"1 passed" in ran.stdout, ran.stdout.decode()
