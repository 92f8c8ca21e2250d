"""The table of docs/parity.md: each row names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import paradvisor.runtime

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "parity.md"


def rows() -> list[list[str]]:
    lines = TABLE.read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_each_row_names_a_test_that_exists() -> None:
    text = "".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))
    named = [row[-1].strip("`") for row in rows()]
    assert len(named) > 25
    assert set(named) <= tests, set(named) - tests


def test_each_name_of_ours_exists() -> None:
    for row in rows():
        for name in re.findall(r"`(?:with |if )?(\w+)\(", row[1]):
            assert hasattr(paradvisor.runtime, name), name


def test_none_of_the_device_constructs_is_claimed() -> None:
    for name in ("simd", "target", "teams", "declare"):
        assert name not in paradvisor.runtime.__all__
