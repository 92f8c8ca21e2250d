"""A file that a formatter would leave alone is one after the change, too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paradvisor.rewrite import formatting

TIDY = '''\
def main(here):
    for folder in sorted(folder for folder in here.iterdir() if folder.is_dir()):
        print(folder)
'''
LONG = TIDY.replace("sorted(", "scheduled(sorted(").replace("):\n        p", ")):\n        p")
TOOLS = {"ruff": ["format", "--check"], "black": ["--check"]}


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"{name} is part of the test extra"
    return found


@pytest.mark.parametrize("name", TOOLS)
def test_what_a_formatter_kept_it_keeps(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.{name}]\nline-length = 80\n", encoding="utf-8"
    )
    found = formatting.as_before(file, TIDY.encode(), LONG.encode())
    assert max(map(len, found.splitlines())) <= 80
    file.write_bytes(found)
    subprocess.run([tool(name), *TOOLS[name], str(file)], check=True, capture_output=True)


def test_what_no_formatter_has_touched_stays_as_it_was_written(tmp_path: Path) -> None:
    before, after = (text.replace("(here)", "( here )").encode() for text in (TIDY, LONG))
    assert formatting.as_before(tmp_path / "a.py", before, after) == after


def test_line_ends_and_encodings_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    before, after = (text.replace("\n", "\r\n").encode() for text in (TIDY, LONG))
    assert b"\r\n" in formatting.as_before(file, before, after)
    assert formatting.as_before(file, b"x = '\xe4'\n", b"y = '\xe4'\n") == b"y = '\xe4'\n"
