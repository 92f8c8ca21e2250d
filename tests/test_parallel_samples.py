"""The samples that are written with the runtime: the same output for any team, few lines for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_programs" / "parallel"
WORDS = {
    "ray_tracer": ["80"],
    "word_count": [str(ROOT / "paradvisor"), ".py"],
}
MOST_LINES = 20


def output(sample: str, **settings: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, str(SAMPLES / f"{sample}.py"), *WORDS[sample]]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_samples_are_tried() -> None:
    assert {path.stem for path in SAMPLES.glob("*.py")} == set(WORDS)


@pytest.mark.parametrize("sample", WORDS)
def test_output_is_that_of_the_serial_program(sample: str) -> None:
    serial = output(sample, PARADVISOR_STRATEGY="serial")
    assert serial
    assert output(sample, PARADVISOR_STRATEGY="threads", PARADVISOR_WORKERS="3") == serial
    assert output(sample, PARADVISOR_WORKERS="1") == serial
    assert output(sample, PARADVISOR_WORKERS="3") == serial


def test_few_lines_are_about_parallelism() -> None:
    about = re.compile(r"\b(paradvisor|parallel|scheduled|section|yield)\b")
    lines = 0
    for sample in WORDS:
        code = (SAMPLES / f"{sample}.py").read_text("utf-8").split('"""', 2)[2]
        lines += sum(bool(about.search(line)) for line in code.splitlines())
    assert lines <= MOST_LINES
