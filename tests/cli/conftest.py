"""Folders with a profile, and with a change, made once and copied for every test that needs one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLEEPY = '''\
"""Fetches things, slowly."""

import sys
import time

COUNT = 8


def fetch(number):
    time.sleep(0.05)
    return number * number


def main():
    # what comes back, in order
    results = []
    for number in range(COUNT):
        value = fetch(number)
        results.append(value)
    print(sum(results), results)


if __name__ == "__main__":
    main()
    print("done", sys.argv[1:])
'''

LOOP_LINE = SLEEPY.splitlines().index("    for number in range(COUNT):") + 1


def move(template: Path, folder: Path) -> None:
    """Copy a folder with its records, which name absolute paths."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    for file in folder.glob(".paradvisor/**/*.json"):
        file.write_bytes(file.read_bytes().replace(bytes(template), bytes(folder)))


@pytest.fixture(scope="session")
def _profiled_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    made: dict[str, Path] = {}

    def make(command_line, name: str) -> Path:  # type: ignore[no-untyped-def]
        if name not in made:
            command = command_line(tmp_path_factory.mktemp(name))
            command.write("sleepy.py", SLEEPY)
            run = command("profile", "-q", "sleepy.py")
            assert run.returncode == 0, run.stderr
            if name == "applied":
                run = command("apply", "-q", "--keep", "--strategy", "threads")
                assert run.returncode == 0, run.stderr + run.stdout
            made[name] = command.folder
        return made[name]

    return make


@pytest.fixture
def profiled(paradvisor, command_line, _profiled_once):  # type: ignore[no-untyped-def]
    """The command line in a folder where sleepy.py was profiled."""
    move(_profiled_once(command_line, "profiled"), paradvisor.folder)
    return paradvisor


@pytest.fixture
def applied(paradvisor, command_line, _profiled_once):  # type: ignore[no-untyped-def]
    """The command line in a folder where a change to sleepy.py was written."""
    move(_profiled_once(command_line, "applied"), paradvisor.folder)
    return paradvisor


@pytest.fixture(scope="session")
def sleepy() -> str:
    """The source of sleepy.py, as it was before the change."""
    return SLEEPY


@pytest.fixture(scope="session")
def loop_line() -> int:
    """Where its loop is."""
    return LOOP_LINE
