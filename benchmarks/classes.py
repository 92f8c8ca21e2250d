"""Why programs are slow, against labels: the kind and the bound of each program of a corpus.

Each program of `tests/corpus/classes` is profiled by `paradvisor profile --json`, without trials
or, if asked for, in the one run of `--quick`. The kind with the most time, and whether the program
computes or waits, are compared with its label.

Run: python -m benchmarks.classes [--half tuned|unseen|both] [--busy N] [--only WORD]...
     [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "classes"
LABEL = re.compile(r"^(kind|bound): (\w+)$", re.MULTILINE)
IDLE_TARGET, BUSY_TARGET, BOUND_TARGET = 0.95, 0.90, 0.98
_SPIN = "while True: pass"


@dataclass(frozen=True)
class Answer:
    """What was said of a program, and what its label says."""

    program: str
    half: str
    label: str
    bound: str
    said: str
    said_bound: str
    shares: dict[str, float]

    @property
    def right(self) -> bool:
        """Whether the kind is the label's."""
        return self.said == self.label


def labels_of(program: Path) -> dict[str, str]:
    """The label in a program's docstring: its kind and its bound."""
    return dict(LABEL.findall(program.read_text(encoding="utf-8")))


def ask(program: Path, options: list[str]) -> Answer:
    """Profile a program as a user would."""
    from paradvisor.analysis.hotspots import kind_of
    from paradvisor.model import TimeByKind

    label = labels_of(program)
    command = [sys.executable, "-m", "paradvisor", "profile", "-q", "--json", *options]
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [*command, str(program)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=180,
            check=False,
        )
    try:
        report = json.loads(run.stdout)
    except ValueError:
        error = run.stderr.decode(errors="replace")[-200:]
        return Answer(
            program.stem, program.parent.name, **_of(label), said="", said_bound=error, shares={}
        )
    total = sum(report["time"].values()) or 1.0
    return Answer(
        program.stem,
        program.parent.name,
        **_of(label),
        said=kind_of(TimeByKind(**report["time"])),
        said_bound=report["bound"],
        shares={kind: spent / total for kind, spent in report["time"].items()},
    )


def _of(label: dict[str, str]) -> dict[str, str]:
    return {"label": label["kind"], "bound": label["bound"]}


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Processes that take all they can get, for as long as the body runs."""
    spinners = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def _line(answer: Answer) -> str:
    shares = ", ".join(
        f"{kind} {share:.0%}" for kind, share in answer.shares.items() if share >= 0.05
    )
    mark = "" if answer.right else f"  WRONG, is {answer.label}"
    return f"{answer.half + '/' + answer.program:44}{answer.said:14}{shares}{mark}"


def _summary(answers: list[Answer], half: str, target: float) -> bool:
    chosen = [answer for answer in answers if answer.half == half]
    if not chosen:
        return True
    right = sum(answer.right for answer in chosen)
    bound = sum(answer.said_bound == answer.bound for answer in chosen)
    count = len(chosen)
    reached = right >= target * count and bound >= BOUND_TARGET * count
    print(
        f"{half}: kind {right} of {count} = {right / count:.0%} (target {target:.0%}), bound "
        f"{bound} of {count} = {bound / count:.0%} (target {BOUND_TARGET:.0%}): "
        f"{'PASS' if reached else 'SHORT'}"
    )
    return reached


def main() -> int:
    """Print a line a program, and the two halves; 1 if the unseen half misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=["tuned", "unseen", "both"], default="both")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="busy processes beside")
    parser.add_argument("--only", action="append", metavar="WORD", help="programs with it")
    parser.add_argument("--quick", action="store_true", help="one run of each, as --quick has it")
    options = parser.parse_args()
    halves = ["tuned", "unseen"] if options.half == "both" else [options.half]
    how = ["--quick"] if options.quick else ["--trial-budget", "0"]
    answers = []
    with busy(options.busy):
        for half in halves:
            for program in sorted((CORPUS / half).glob("*.py")):
                if options.only and not any(word in program.stem for word in options.only):
                    continue
                answers.append(ask(program, how))
                print(_line(answers[-1]), flush=True)
    target = BUSY_TARGET if options.busy else IDLE_TARGET
    print()
    _summary(answers, "tuned", target)
    return 0 if _summary(answers, "unseen", target) else 1


if __name__ == "__main__":
    sys.exit(main())
