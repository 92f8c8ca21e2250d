"""Verdicts on loops against a labelled corpus: false "safe", recall, and what the trials cost.

Each program of the corpus is profiled as `paradvisor profile` does it, and its labelled loops are
compared with their labels. Then it is run with each of those called safe rewritten, last
iteration first and with three workers; and with all of them rewritten, on other inputs (its
generators of random numbers seeded otherwise), by one, two and three workers. It must print the
very same.

Run: python -m benchmarks.loops [--only NAME]... [--corpus FOLDER] [--budget TIMES] [--inputs N]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paradvisor import pipeline
from paradvisor.analysis import plan
from paradvisor.analysis.loops import LoopFacts
from paradvisor.errors import ParadvisorError
from paradvisor.instruments.process import Stdin
from paradvisor.model import Profile
from paradvisor.rewrite.section import Change, rewrite
from paradvisor.target import resolve

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "loops"
LABEL = re.compile(r"# (parallel|trap): (.*)")
ORDERS = (
    {"PARADVISOR_SCHEDULE": "reversed", "PARADVISOR_WORKERS": "1"},
    {"PARADVISOR_SCHEDULE": "dynamic", "PARADVISOR_WORKERS": "3"},
)
TEAMS = ("1", "2", "3")
#: Put before a program: other numbers come out of generators that it seeds.
OTHERWISE = """\
import os, random
_shift, _seed = int(os.environ["OTHER_INPUT"]), random.Random.seed
def _other(self, a=None, version=2):
    _seed(self, a + _shift if type(a) is int else a, version)
random.Random.seed = _other
try:
    import numpy.random
except ImportError:
    pass
else:
    _rng = numpy.random.default_rng
    numpy.random.default_rng = lambda s=None: _rng(s + _shift if type(s) is int else s)
"""
TRIAL_LIMIT = 5.0  # times the loop's own time
SMALL_LIMIT = 0.15  # of the program's time, for all loops under 5 % of it


@dataclass(frozen=True)
class Judged:
    """A labelled loop with what the tool says of it."""

    program: str
    line: int
    label: str
    note: str
    verdict: str
    proof: str
    reason: str
    trial_s: float
    loop_s: float
    share: float


def judge(script: Path, budget: float) -> tuple[list[Judged], Profile, list[LoopFacts]]:
    """Profile a program; its labelled loops, the profile, and the loops called safe."""
    with tempfile.TemporaryDirectory() as scratch:
        stdin = Stdin(Path(scratch, "stdin"))
        stdin.spool.write_bytes(b"")
        stdin.recorded = True
        conditions = pipeline.Conditions(
            folder=Path(scratch), stdin=stdin, timeout_s=120, trial_budget=budget
        )
        profile = pipeline.profile(resolve(str(script), None, (), script.parent), conditions)
    hot = plan.hot_loops(profile)
    labels = labels_of(script)
    judged = [
        _judged(script, facts, *labels[facts.node.lineno])
        for facts in hot
        if facts.loop.location.file == str(script) and facts.node.lineno in labels
    ]
    safe = [
        facts
        for facts in hot
        if facts.loop.verdict == "safe"
        and not facts.split.unwritten
        and facts.node.lineno in labels
    ]
    return _one_a_line(judged), profile, safe


def labels_of(script: Path) -> dict[int, tuple[str, str]]:
    """Line -> (parallel or trap, what the label says)."""
    lines = script.read_text(encoding="utf-8").splitlines()
    found = {number: LABEL.search(line) for number, line in enumerate(lines, 1)}
    return {number: (m[1], m[2]) for number, m in found.items() if m is not None}


def _judged(script: Path, facts: LoopFacts, label: str, note: str) -> Judged:
    loop = facts.loop
    return Judged(
        program=script.stem,
        line=facts.node.lineno,
        label=label,
        note=note,
        verdict=loop.verdict,
        proof=loop.proof or "",
        reason=loop.dependences[0].explanation if loop.dependences else "",
        trial_s=loop.tried.seconds if loop.tried is not None else 0.0,
        loop_s=loop.wall_s,
        share=loop.share,
    )


def _one_a_line(judged: list[Judged]) -> list[Judged]:
    """The outermost of the loops that begin on one line, which are found first."""
    return list({entry.line: entry for entry in reversed(judged)}.values())[::-1]


def wrong_outputs(script: Path, safe: list[LoopFacts]) -> list[str]:
    """Lines of loops, and orders, with which the rewritten program prints something else."""
    source = script.read_bytes()
    expected = _printed(script, source, {})
    wrong = []
    for facts in safe:
        change = Change(facts.function, facts.node, facts.split, "fork", None)
        try:
            changed = rewrite(source, [change])
        except ParadvisorError:
            continue
        wrong += [
            f"line {facts.node.lineno} {order}"
            for order in ORDERS
            if _printed(script, changed, order) != expected
        ]
    return wrong


def wrong_elsewhere(script: Path, safe: list[LoopFacts], inputs: int) -> tuple[list[str], int]:
    """Inputs and teams with which a program, all its safe loops rewritten, prints other things.

    And how many inputs made the program print something that it had not printed before.
    """
    source = script.read_bytes()
    changed = rewrite(source, _apart(safe)) if safe else source
    wrong, seen = [], {_printed(script, source, {})}
    for number in range(1, inputs + 1):
        other = {"OTHER_INPUT": str(number)}
        expected = _printed(script, source, other)
        seen.add(expected)
        wrong += [
            f"input {number}, {team} workers"
            for team in TEAMS
            if _printed(script, changed, {**other, "PARADVISOR_WORKERS": team}) != expected
        ]
    return wrong, len(seen) - 1


def _apart(safe: list[LoopFacts]) -> list[Change]:
    """Changes of the outermost loops, which come first, that can be written beside each other."""
    found: list[Change] = []
    taken: set[int] = set()
    for facts in safe:
        change = Change(facts.function, facts.node, facts.split, "fork", None)
        lines = set(range(facts.node.lineno, (facts.node.end_lineno or facts.node.lineno) + 1))
        try:
            rewrite(Path(facts.function.module.path).read_bytes(), [change])
        except ParadvisorError:
            continue
        if not lines & taken:
            found.append(change)
            taken |= lines
    return found


def _printed(script: Path, source: bytes, settings: dict[str, str]) -> tuple[bytes, int]:
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, script.name)
        copy.write_bytes(source)
        if "OTHER_INPUT" in settings:
            Path(scratch, "sitecustomize.py").write_text(OTHERWISE, encoding="utf-8")
            settings = {**settings, "PYTHONPATH": scratch}
        run = subprocess.run(
            [sys.executable, str(copy)],
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
    return run.stdout, run.returncode


def _programs(options: argparse.Namespace) -> Iterator[Path]:
    for script in sorted(options.corpus.glob("runs_*/*.py")):
        if not options.only or script.stem in options.only:
            yield script


def main() -> int:
    """Print the table; 1 if any loop is wrongly called safe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="only this program")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder with runs_*/*.py")
    parser.add_argument("--budget", type=float, default=TRIAL_LIMIT, help="as --trial-budget")
    parser.add_argument("--inputs", type=int, default=4, help="other inputs of each program (4)")
    options = parser.parse_args()
    everything: list[Judged] = []
    wrong = others = 0
    print(f"{'program':24}{'parallel':>9}{'safe':>6}{'traps':>7}{'false':>7}  rewritten prints")
    for script in _programs(options):
        judged, profile, safe = judge(script, options.budget)
        elsewhere, new = wrong_elsewhere(script, safe, options.inputs)
        bad = wrong_outputs(script, safe) + elsewhere
        wrong += len(bad)
        others += new
        everything += judged
        _row(script.stem, judged, "the same" if not bad else f"OTHER with {bad[0]}")
        for entry in judged:
            if (entry.label == "trap") == (entry.verdict == "safe"):
                what = f"line {entry.line} {entry.label} ({entry.note})"
                print(f"    {what}: {entry.verdict} {entry.proof}; {entry.reason[:90]}")
        _cost(profile, judged)
    _row("all", everything, "")
    traps = [entry for entry in everything if entry.label == "trap"]
    parallel = [entry for entry in everything if entry.label == "parallel"]
    false = [entry for entry in traps if entry.verdict == "safe"]
    found = [entry for entry in parallel if entry.verdict == "safe"]
    print(f"\nfalse safe: {len(false)} of {len(traps)}; other outputs: {wrong}")
    print(f"inputs on which a program printed something new: {others}, by 1, 2 and 3 workers")
    print(f"recall: {len(found)} of {len(parallel)} = {len(found) / max(1, len(parallel)):.0%}")
    return 1 if false or wrong else 0


def _row(name: str, judged: list[Judged], remark: str) -> None:
    parallel = [entry for entry in judged if entry.label == "parallel"]
    traps = [entry for entry in judged if entry.label == "trap"]
    safe = sum(entry.verdict == "safe" for entry in parallel)
    false = sum(entry.verdict == "safe" for entry in traps)
    print(f"{name:24}{len(parallel):9}{safe:6}{len(traps):7}{false:7}  {remark}", flush=True)


def _cost(profile: Profile, judged: list[Judged]) -> None:
    """What the trials took: of the loop's own time, and of the program's for small loops."""
    tried = [entry for entry in judged if entry.trial_s and entry.loop_s]
    large = [entry.trial_s / entry.loop_s for entry in tried if entry.share >= 0.05]
    small = sum(entry.trial_s for entry in tried if entry.share < 0.05) / profile.baseline.wall_s
    worst = max(large, default=0.0)
    note = "" if worst <= TRIAL_LIMIT and small <= SMALL_LIMIT else "  OVER"
    print(f"    trials: at most {worst:.1f}x the loop's time; small loops {small:.0%}{note}")


if __name__ == "__main__":
    sys.exit(main())
