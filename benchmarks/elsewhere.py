"""Verdicts on code that nobody here wrote, against its doctests.

Run: python -m benchmarks.elsewhere [--package NAME] [--modules N] [--cache FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import doctest
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any

from paradvisor.analysis import evidence
from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.parts import LoopNode, Split
from paradvisor.analysis.source import Function, Module, Program
from paradvisor.errors import InconclusiveError
from paradvisor.instruments.harness import Harness
from paradvisor.instruments.process import Stdin
from paradvisor.model import Trial
from paradvisor.rewrite.section import Change, rewrite
from paradvisor.target import is_users, resolve

ROOT = Path(__file__).parent.parent
RUNNER = "doctests.py"
ORDERS = {
    "three workers": {"PARADVISOR_WORKERS": "3"},
    "last iteration first": {"PARADVISOR_SCHEDULE": "reversed", "PARADVISOR_WORKERS": "1"},
}
COLUMNS = (
    *("modules", "loops", "tried", "static", "observed", "unsafe", "unknown", "rewritten", "ran"),
    *("examples", "slow", "wrong", "seconds"),
)
_TRIAL_ROUNDS = 2
_TRIAL_S = 2.0
_DOCTESTS_S = 60.0  # for one run of a module's doctests
_MODULE_S = 400.0
_GRACE_S = 20.0

Seen = list[list[str]]
"""What the examples gave: name of the test, source of the example, output."""


def main() -> int:
    options = _options()
    if options.one:
        print(json.dumps(_one(Path(options.cache), options.one)))
        return 0
    if options.cache:
        return _compare(Path(options.cache).resolve(), options)
    with tempfile.TemporaryDirectory() as cache:
        return _compare(Path(cache).resolve(), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", default="algorithms", metavar="NAME", help="from PyPI")
    parser.add_argument("--modules", type=int, metavar="N", help="at most so many of its modules")
    parser.add_argument("--only", default="", metavar="WORD", help="modules with it in their name")
    parser.add_argument("--cache", metavar="FOLDER", help="where to install it; kept afterwards")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="modules at a time")
    parser.add_argument("--one", metavar="MODULE", help=argparse.SUPPRESS)  # in a child process
    return parser.parse_args()


def _compare(cache: Path, options: argparse.Namespace) -> int:
    site = _installed(cache, options.package)
    modules = [name for name in _with_doctests(site, options.package) if options.only in name]
    if options.modules and options.modules < len(modules):
        count = options.modules  # from all over the package
        modules = [modules[number * len(modules) // count] for number in range(count)]
    rows: list[dict[str, Any]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda name: _in_child(site, name), modules):
            rows.append(row)
            print(f"{len(rows)} of {len(modules)} {_brief(row)}", file=sys.stderr, flush=True)
    _table(rows)
    _remarks(rows)
    return 1 if any(row["wrong"] for row in rows) else 0


def _brief(row: dict[str, Any]) -> str:
    counts = " ".join(f"{name} {row[name]}" for name in COLUMNS[1:-1] if row[name])
    return f"{row['module']}: {row['remark'] or counts} ({row['seconds']:.0f} s)"


# --- the package --------------------------------------------------------------------------------


def _installed(cache: Path, package: str) -> Path:
    """The folder that holds a package, with our runner beside it."""
    site = cache / package
    if not site.exists():
        part = cache / f"{package}.part"
        shutil.rmtree(part, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(part)]
        subprocess.run([*command, package], stdin=subprocess.DEVNULL, check=True)
        part.rename(site)
    shutil.copy(Path(__file__).with_name(RUNNER), site)
    return site


def _with_doctests(site: Path, package: str) -> list[str]:
    """Names of a distribution's modules whose text has an example."""
    wanted = _normal(package)
    found = set()
    for distribution in metadata.distributions(path=[str(site)]):
        if _normal(distribution.metadata["Name"]) != wanted:
            continue
        for file in distribution.files or ():
            if _has_examples(site, file):
                found.add(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
    return sorted(found)


def _has_examples(site: Path, file: PurePath) -> bool:
    if file.suffix != ".py" or {"tests", "test"} & set(file.parts) or not (site / file).is_file():
        return False
    return ">>> " in (site / file).read_text(encoding="utf-8", errors="replace")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _in_child(site: Path, module: str) -> dict[str, Any]:
    """The row of one module, measured in a process of its own, with a time limit."""
    begun = time.perf_counter()
    row = dict.fromkeys(COLUMNS, 0) | {"module": module, "modules": 1, "remark": "", "found": []}
    command = [sys.executable, "-m", "benchmarks.elsewhere", "--cache", str(site), "--one", module]
    kept = {name: value for name, value in os.environ.items() if "PARADVISOR_" not in name}
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**kept, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = child.communicate(timeout=_MODULE_S + _GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, errors = child.communicate()
    if child.returncode == 0 and out:
        row |= json.loads(out)
    else:
        row["remark"] = (errors.strip().splitlines() or [f"ended with {child.returncode}"])[-1]
    return row | {"seconds": time.perf_counter() - begun}


# --- one module ---------------------------------------------------------------------------------


@dataclass
class Tried:
    """A loop with all that was found out about it."""

    function: Function
    node: LoopNode
    split: Split
    trials: list[Trial] = field(default_factory=list)
    verdict: str = "unknown"
    proof: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its file."""
        return self.node.lineno, self.node.col_offset

    @property
    def span(self) -> tuple[int, int]:
        """Lines that change when it is rewritten: a section goes before the statement it is in."""
        parents = self.function.parents
        statement: ast.AST = self.node
        while not isinstance(statement, ast.stmt) and statement in parents:
            statement = parents[statement]
        return getattr(statement, "lineno", self.node.lineno), self.node.end_lineno or 0

    @property
    def trial(self) -> Trial | None:
        """The trial of its very head, or else of another one."""
        wanted = evidence.shape(self.split)
        return min(self.trials, key=lambda trial: trial.shape != wanted, default=None)


class Subject:
    """A module whose doctests are run, as it is and rewritten."""

    def __init__(self, site: Path, name: str, folder: Path) -> None:
        self.name = name
        self.results = folder / "results.json"
        os.environ["ELSEWHERE_RESULTS"] = str(self.results)
        spool, work = folder / "stdin", folder / "work"
        spool.write_bytes(b"")
        work.mkdir()
        self.target = resolve(str(site / RUNNER), None, (name,), work)
        self.harness = Harness(self.target, folder, Stdin(spool), _DOCTESTS_S)

    def seen(self) -> Seen | None:
        """What the last run gave; None if it did not come to its end."""
        if not self.results.exists():
            return None
        found: Seen = json.loads(self.results.read_text(encoding="utf-8"))
        self.results.unlink()
        return found

    def run(self, overlay: dict[str, bytes], settings: dict[str, str]) -> tuple[Seen | None, bool]:
        """Run the doctests: what they gave, and whether they took too long."""
        self.results.unlink(missing_ok=True)
        run = self.harness.overlaid(overlay, log_writes=False, settings=settings)
        return self.seen(), run.timed_out

    def try_out(self, loops: list[dict[str, Any]]) -> tuple[Trial, ...]:
        """Run the doctests with trials of loops."""
        _, found = self.harness.probe("trials", loops=loops)
        return () if found is None else tuple(found.loops)

    def program(self) -> Program:
        """All of the package that was imported, the doctests of the module being callers in it."""
        sources = {}
        for file, name in self.harness.modules.items():
            path = Path(file)
            if path.is_file() and is_users(path, self.target.roots):
                text = _text(path)
                sources[file] = text + _callers(text) if name == self.name else text
        return Program(sources, self.harness.modules)

    @property
    def file(self) -> str:
        """The module's file; empty where it is not one of Python source."""
        files = (file for file, name in self.harness.modules.items() if name == self.name)
        return next(files, "")


def _text(path: Path) -> str:
    with tokenize.open(path) as file:
        return file.read()


def _callers(text: str) -> str:
    """The examples of a module as functions, to stand at its end: the analysis sees the calls."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            examples = doctest.DocTestParser().get_examples(ast.get_docstring(node) or "")
            body = "".join(example.source for example in examples)
            name = f"def _doctest_{len(found)}():\n"
            if body and _parses(function := name + textwrap.indent(body, "    ")):
                found.append(function)
    return "\n" + "\n".join(found)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _one(site: Path, name: str) -> dict[str, Any]:
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(_MODULE_S))
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(site, name, Path(folder))
        subject.try_out([])
        before, again = subject.seen(), subject.run({}, {})[0]
        if not before:
            return {"remark": "its doctests do not run here" if before is None else "no doctests"}
        if before != again or not subject.file:
            differ = before != again
            return {"remark": "its doctests differ from run to run" if differ else "compiled"}
        loops = _judged(subject)
        return _counts(loops) | {"examples": len(before)} | _checked(subject, loops, before)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"stopped after {_MODULE_S:.0f} s")


def _judged(subject: Subject) -> list[Tried]:
    """Every loop of the module with its verdict."""
    program, file = subject.program(), subject.file
    last = _text(Path(file)).count("\n") + 1
    places = [
        (function, node)
        for function in program.modules[file].functions
        for node in loop_nodes(function)
        if node.lineno <= last
    ]
    loops = [Tried(function, node, split(program, function, node)) for function, node in places]
    for _ in range(_TRIAL_ROUNDS):
        _try(subject, loops)
        refined = program.with_facts(trial.facts for loop in loops for trial in loop.trials)
        for loop in loops:
            loop.split = split(refined, loop.function, loop.node)
    for loop in loops:
        alone = split(program, loop.function, loop.node)
        proved = alone.verdict == loop.split.verdict
        loop.verdict, loop.proof, _ = evidence.settle(loop.split, loop.trial, file, proved=proved)
    return loops


def _try(subject: Subject, loops: list[Tried]) -> None:
    """Try the loops that have not been tried with the head that they have now."""
    wanted, specifications = [], []
    for loop in loops:
        shape = evidence.shape(loop.split)
        if any(trial.shape == shape for trial in loop.trials):
            continue
        found = evidence.specification(loop.function, loop.node, loop.split, _TRIAL_S)
        if found is not None:
            wanted.append(loop)
            specifications.append(found)
    if specifications:
        for loop, trial in zip(wanted, subject.try_out(specifications), strict=False):
            loop.trials.append(trial)


def _counts(loops: list[Tried]) -> dict[str, Any]:
    verdicts = [loop.verdict for loop in loops]
    proofs = [loop.proof for loop in loops if loop.verdict == "safe"]
    return {
        "loops": len(loops),
        "tried": sum(any(t.iterations > 1 for t in loop.trials) for loop in loops),
        "static": proofs.count("static"),
        "observed": proofs.count("observed"),
        "unsafe": verdicts.count("unsafe"),
        "unknown": verdicts.count("unknown"),
    }


# --- rewritten ----------------------------------------------------------------------------------


def _checked(subject: Subject, loops: list[Tried], before: Seen) -> dict[str, Any]:
    """Rewrite the loops that are called safe, and compare what the doctests give."""
    counts: dict[str, Any] = {"rewritten": 0, "ran": 0, "slow": 0, "wrong": 0, "found": []}
    for group in _apart(loop for loop in loops if loop.verdict == "safe"):
        written = _Written(Path(subject.file).read_bytes(), subject)
        done = [loop for loop in group if written.add(loop)]
        counts["rewritten"] += len(done)
        counts["ran"] += sum(any(trial.entries for trial in loop.trials) for loop in done)
        counts["found"] += written.failures
        counts["wrong"] += sum(entry["kind"] == "defect" for entry in written.failures)
        if done and _difference(subject, written.source, before) is not None:
            for loop in done:
                _alone(subject, loop, before, counts)
    return counts


def _alone(subject: Subject, loop: Tried, before: Seen, counts: dict[str, Any]) -> None:
    """Look at one loop of a group that went wrong, with nothing else changed."""
    written = _Written(Path(subject.file).read_bytes(), subject)
    if not written.add(loop):
        return
    said = _difference(subject, written.source, before)
    if said is not None:
        slow = said.startswith("slow")
        counts["slow" if slow else "wrong"] += 1
        counts["found"].append(_entry(subject, loop, "slow" if slow else "wrong", said))


def _entry(subject: Subject, loop: Tried, kind: str, said: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "where": f"{subject.name}:{loop.node.lineno}:{loop.node.col_offset}",
        "loop": f"{loop.verdict}, {loop.proof}, {loop.split.pattern}: "
        + loop.function.module.lines[loop.node.lineno - 1].strip(),
        "said": said,
    }


def _difference(subject: Subject, source: bytes, before: Seen) -> str | None:
    """What the doctests of the rewritten module give that is not the same, in words."""
    for order, settings in ORDERS.items():
        after, slow = subject.run({subject.file: source}, settings)
        if slow:
            return f"slow: {order}: not done after {_DOCTESTS_S:.0f} s"
        if after is None:
            return f"{order}: the doctests did not come to their end"
        for (name, example, was), (_, _, now) in zip(before, after, strict=False):
            if was != now:
                return f"{order}: {name}: {example.strip()} gave\n{was}now\n{now}"
        if len(before) != len(after):
            return f"{order}: {len(before)} examples, then {len(after)}"
    return None


def _apart(loops: Iterable[Tried]) -> Iterator[list[Tried]]:
    """Groups of loops that do not touch each other, the last one of each group first."""
    groups: list[list[Tried]] = []
    for loop in sorted(loops, key=lambda loop: loop.place):
        first, last = loop.span
        for group in groups:
            if all(other.span[1] < first or last < other.span[0] for other in group):
                group.append(loop)
                break
        else:
            groups.append([loop])
    for group in groups:
        yield sorted(group, key=lambda loop: loop.place, reverse=True)


class _Written:
    """A module's source with one loop after the other rewritten, from the last one up."""

    def __init__(self, source: bytes, subject: Subject) -> None:
        self.source = source
        self.subject = subject
        self.failures: list[dict[str, Any]] = []

    def add(self, loop: Tried) -> bool:
        """Rewrite a loop too, if it can be."""
        try:
            function, node = self._again(loop)
            self.source = rewrite(self.source, [Change(function, node, loop.split, "fork", None)])
        except InconclusiveError:
            return False
        except Exception as error:
            said = f"rewriting it: {type(error).__name__}: {error}"
            self.failures.append(_entry(self.subject, loop, "defect", said))
            return False
        return True

    def _again(self, loop: Tried) -> tuple[Function, LoopNode]:
        """The same loop in the source as it is now: what was rewritten stands below it."""
        module = Module(self.subject.file, self.subject.name, self.source.decode("utf-8"))
        number = _in_order(loop.function.module).index((loop.function, loop.node))
        function, node = _in_order(module)[number]
        assert type(node) is type(loop.node)
        return function, node


def _in_order(module: Module) -> list[tuple[Function, LoopNode]]:
    loops = [(function, node) for function in module.functions for node in loop_nodes(function)]
    return sorted(loops, key=lambda loop: (loop[1].lineno, loop[1].col_offset))


# --- the table ----------------------------------------------------------------------------------


def _table(rows: list[dict[str, Any]]) -> None:
    """One line for each part of the package, and their sum."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        names = row["module"].split(".")
        parts.setdefault(".".join(names[: max(1, min(2, len(names) - 1))]), []).append(row)
    lines: list[tuple[str, ...]] = [("", *COLUMNS)]
    lines += [_line(name, found) for name, found in parts.items()]
    lines.append(_line("all", rows))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        print("  ".join(cells))


def _line(name: str, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return (name, *(f"{sum(row[column] for row in rows):.0f}" for column in COLUMNS))


def _remarks(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["remark"]:
            print(f"left out: {row['module']}: {row['remark']}")
    for row in rows:
        for entry in row["found"]:
            print(f"\n{entry['kind']}: {entry['where']}\n  {entry['loop']}\n  {entry['said']}")


if __name__ == "__main__":
    sys.exit(main())
