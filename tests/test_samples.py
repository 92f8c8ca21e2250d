"""Every sample program says in its header what a person would say of it; the tool must agree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

SAMPLES = sorted((Path(__file__).parents[1] / "sample_programs").glob("*.py"))

pytestmark = pytest.mark.slow


def _expected(sample: Path) -> dict[str, str]:
    line = next(
        line for line in sample.read_text("utf-8").splitlines() if line.startswith("# expect: ")
    )
    found: dict[str, str] = tomllib.loads(f"e = {{{line.removeprefix('# expect: ')}}}")["e"]
    return found


def _profile(sample: Path, folder: Path) -> dict[str, Any]:
    shutil.copy(sample, folder)
    command = [sys.executable, "-m", "paradvisor", "profile", "-q", "--json", sample.name]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.stem for sample in SAMPLES])
def test_the_tool_says_what_a_person_would(sample: Path, tmp_path: Path) -> None:
    if sample.stem == "matrix_job":
        pytest.importorskip("numpy")
    expected = _expected(sample)
    report = _profile(sample, tmp_path)
    top = report["hotspots"][0]
    assert report["bound"] == expected["bound"]
    assert top["location"]["function"].split(".")[-1] == expected["hotspot"]
    assert top["kind"] == expected["kind"], top["evidence"]
    assert "Recorder" not in json.dumps(report["hotspots"])  # the harness is no part of a program
    loop = next(loop for loop in report["loops"] if expected["loop"] in loop["source"])
    reasons = "\n".join(found["explanation"] for found in loop["dependences"])
    assert loop["verdict"] == expected["verdict"], reasons
    advised = [advice["strategy"] for advice in report["advice"]]
    if expected["strategy"] == "none":
        assert not advised
    else:
        assert advised, report["skipped"]
        assert advised[0] in expected["strategy"].split(" or "), report["skipped"]
