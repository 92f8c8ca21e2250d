"""Iterations that write files of their own, and those that only seem to."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

OWN_FILES = '''\
"""Writes a file for each number, slowly."""

import pathlib
import time

OUT = pathlib.Path("out")


def save(number, path):
    time.sleep(0.03)
    path.write_text(f"{number * number}\\n")
    return path.name


def main():
    OUT.mkdir(exist_ok=True)
    names = []
    for number in range(12):
        names.append(save(number, OUT / f"{number}.txt"))
    print(names)


main()
'''
LOOP = OWN_FILES.splitlines().index("    for number in range(12):") + 1
ONE_FILE = OWN_FILES.replace(
    '    path.write_text(f"{number * number}\\n")',
    '    with open("all.txt", "a") as out:\n        out.write(f"{number}\\n")',
).replace("OUT.mkdir(exist_ok=True)", 'pathlib.Path("all.txt").write_text("")')


def test_a_file_each_is_refused_and_can_be_overruled(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("own.py", OWN_FILES)
    run = paradvisor("profile", "-q", "own.py")
    assert f"paradvisor apply --unsafe --loop {LOOP}" in run.stdout.decode()
    refused = paradvisor("apply", "-q")
    assert refused.returncode == 3
    assert "own.py" in refused.stderr.decode()
    assert "apart from each other" in refused.stderr.decode()
    assert (paradvisor.folder / "own.py").read_text() == OWN_FILES

    kept = paradvisor("apply", "-q", "--json", "--unsafe", "--loop", str(LOOP))
    assert kept.returncode == 0, kept.stderr
    report = json.loads(kept.stdout)
    assert report["kept"]
    written = (paradvisor.folder / "own.py").read_text()
    assert 'yield save(number, OUT / f"{number}.txt")' in written
    for file in paradvisor.folder.joinpath("out").iterdir():
        assert file.read_text() == f"{int(file.stem) ** 2}\n"


def test_one_file_for_all_is_not_kept_whoever_asks(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("one.py", ONE_FILE)
    assert paradvisor("profile", "-q", "one.py").returncode == 0
    line = ONE_FILE.splitlines().index("    for number in range(12):") + 1
    run = paradvisor("apply", "-q", "--unsafe", "--loop", str(line))
    assert run.returncode == 1, run.stderr
    assert "all.txt" in (run.stdout + run.stderr).decode()
    assert (paradvisor.folder / "one.py").read_text() == ONE_FILE
