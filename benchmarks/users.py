"""Profile and apply, as a user would, on scripts as users have them and on programs from PyPI.

``scripts`` are ours; ``pyperformance`` are its benchmarks; ``packages`` are tools from PyPI, each a
copy of its authors' source, at work on a part of the standard library's.

Each program is copied to a folder of its own, run once (it may make its data), profiled, and
changed by `paradvisor apply`. The program as it is then left must print what it printed before.

Run: python -m benchmarks.users [--set scripts|pyperformance|packages] [--only WORD]...
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
FIELD = re.compile(r"^(needs|hot|parallel): +(.+?)(?: {2,}.*)?$", re.MULTILINE)
MODULES = {"beautifulsoup4": "bs4", "pillow": "PIL", "scikit-learn": "sklearn"}
#: Programs of pyperformance that run by themselves, with a number of values that takes 1 to 3 s.
PYPERFORMANCE = {
    **dict.fromkeys(("chaos", "deltablue", "fannkuch", "float", "go", "hexiom", "mdp"), 8),
    **dict.fromkeys(("meteor_contest", "nbody", "nqueens", "pidigits", "pyflate", "raytrace"), 8),
    **dict.fromkeys(("richards", "richards_super", "scimark", "spectral_norm", "telco"), 8),
    **dict.fromkeys(("json_dumps", "json_loads", "pickle", "regex_compile", "regex_dna"), 8),
    **dict.fromkeys(("regex_effbot", "regex_v8", "unpack_sequence", "xml_etree"), 8),
    **dict.fromkeys(("comprehensions", "crypto_pyaes", "deepcopy", "generators"), 8),
    **dict.fromkeys(("logging", "sqlite_synth", "tomli_loads", "typing_runtime_protocols"), 8),
}
_EXTRA = {"logging": ["format"], "xml_etree": ["parse"], "scimark": ["fft"], "pickle": ["pickle"]}
#: Tools that go over many files: how each is run, and packages of the standard library that take it
#: a few seconds.
PACKAGES = {
    "pyflakes": ("-m pyflakes corpus", "asyncio email idlelib json logging tkinter unittest xml"),
    "pycodestyle": ("pycodestyle.py corpus", "email json logging unittest"),
    "radon": ("-m radon cc -s corpus", "asyncio email idlelib json logging tkinter unittest xml"),
    "vulture": ("-m vulture corpus", "asyncio email json logging unittest"),
    "codespell_lib": ("-m codespell_lib corpus", "asyncio email idlelib json tkinter unittest xml"),
    "pydocstyle": ("-m pydocstyle corpus", "json logging"),
    "autopep8": ("autopep8.py --diff -r corpus", "json logging"),
    "bandit": ("-m bandit -q -r corpus", "json logging email"),
    "lizard": ("lizard.py corpus", "asyncio email json logging unittest"),
    "yapf": ("-m yapf -d -r corpus", "json html"),
}
_DATES = {"bandit": "Run started.*"}
_TIMINGS = r".*(Mean|mean|\+-|ms|us|sec).*"


@dataclass(frozen=True)
class Case:
    """A program in a folder of its own, and how it is run."""

    name: str
    folder: Path
    words: tuple[str, ...]
    hot: int | None = None
    parallel: str = ""
    ignored: str | None = None

    def run(self) -> tuple[float, str, int]:
        """Wall seconds, what it printed without what may differ, and its exit code."""
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *self.words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        printed = done.stdout
        if self.ignored is not None:
            printed = re.sub(self.ignored, "", printed)
        return time.perf_counter() - begun, printed, done.returncode

    def paradvisor(self, *words: str) -> tuple[float, dict[str, object] | None, str]:
        """Seconds of a command, its report, and what it said on standard error."""
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "paradvisor", *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        try:
            report = json.loads(done.stdout)
        except ValueError:
            report = None
        return time.perf_counter() - begun, report, done.stderr


def scripts(only: list[str], scratch: Path) -> Iterator[Case]:
    """The scripts whose libraries are installed."""
    for script in sorted(SCRIPTS.glob("*.py")):
        if only and not any(word in script.stem for word in only):
            continue
        text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
        fields = dict(FIELD.findall(text))
        needs = [name.strip() for name in fields.get("needs", "nothing").split(",")]
        missing = [
            name
            for name in needs
            if name != "nothing" and importlib.util.find_spec(MODULES.get(name, name)) is None
        ]
        if missing:
            print(f"{script.stem:20} not run: {', '.join(missing)} is not installed")
            continue
        folder = scratch / script.stem
        folder.mkdir()
        shutil.copy(script, folder)
        hot, parallel = int(fields["hot"]), fields["parallel"]
        yield Case(script.stem, folder, (script.name,), hot, parallel)


def pyperformance(only: list[str], scratch: Path) -> Iterator[Case]:
    """The benchmarks of pyperformance, whose lines with timings may differ."""
    spec = importlib.util.find_spec("pyperformance")
    if spec is None or spec.origin is None:
        sys.exit("pyperformance is not installed: pip install 'paradvisor[test]'")
    source = Path(spec.origin).parent / "data-files" / "benchmarks"
    for name, values in PYPERFORMANCE.items():
        if only and not any(word in name for word in only):
            continue
        folder = scratch / name
        shutil.copytree(source / f"bm_{name}", folder)
        args = ("--worker", "-l", "1", "-w", "0", "-n", str(values))
        words = ("run_benchmark.py", *_EXTRA.get(name, ()), *args)
        yield Case(name, folder, words, ignored=_TIMINGS)


def packages(only: list[str], scratch: Path) -> Iterator[Case]:
    """The tools that are installed."""
    library = Path(sysconfig.get_path("stdlib"))
    for name, (words, parts) in PACKAGES.items():
        if only and not any(word in name for word in only):
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            print(f"{name:20} not run: it is not installed")
            continue
        folder = scratch / name
        corpus = folder / "corpus"
        corpus.mkdir(parents=True)
        source = Path(spec.origin)
        if source.name == "__init__.py":
            shutil.copytree(source.parent, folder / name)
        else:
            shutil.copy(source, folder)
        for part in parts.split():
            shutil.copytree(library / part, corpus / part, ignore=shutil.ignore_patterns("*.pyc"))
        yield Case(name, folder, tuple(words.split()), ignored=_DATES.get(name))


SETS = {"scripts": scripts, "pyperformance": pyperformance, "packages": packages}


def judge(case: Case) -> tuple[bool, float | None]:
    """Print a program's line; whether it is whole, and the speedup of what was kept."""
    case.run()  # it may make its data, and compiles what it imports
    bare_s, expected, expected_code = case.run()
    profile_s, profile, error = case.paradvisor("profile", "-q", "--json", *case.words)
    if profile is None:
        print(f"{case.name:20} NO PROFILE: {error[-200:]}")
        return False, None
    words = ["apply", "-q", "--json"]
    words += ["--ignore", case.ignored] if case.ignored is not None else []
    _, report, said = case.paradvisor(*words)
    overruled = report is None and case.parallel == "external"
    if overruled:  # its author knows that the iterations write files of their own
        _, report, said = case.paradvisor(*words, "--unsafe", "--loop", str(case.hot))
    _, printed, code = case.run()
    whole = printed == expected and code == expected_code
    kept = report is not None and bool(report["kept"])
    speedup = _mid(report, "measurement") if kept else None
    outcome = _outcome(case, profile, report, said)
    outcome += ", with --unsafe" if overruled and report is not None else ""
    mark = "" if whole else "  BROKEN"
    print(
        f"{case.name:20} {bare_s:5.1f} s, profile {profile_s / bare_s:4.1f}x; {outcome}{mark}",
        flush=True,
    )
    return whole, speedup


def _mid(report: object, field: str) -> float | None:
    measured = report.get(field) if isinstance(report, dict) else None
    return float(measured["speedup"]["mid"]) if measured else None


def _outcome(case: Case, profile: dict[str, object], report: object, said: str) -> str:
    loops = profile["loops"]
    assert isinstance(loops, list)
    hot = next((loop for loop in loops if loop["location"]["line"] == case.hot), None)
    verdict = f"{case.parallel}: {hot['verdict']}" if hot else case.parallel or "no label"
    if isinstance(report, dict):
        predicted = report["predicted"]["program_speedup"]["mid"]
        measured = _mid(report, "measurement")
        word = "kept" if report["kept"] else "not kept"
        found = f"{measured:.2f}x" if measured else "not measured"
        return f"{verdict}; {report['patch']['strategy']} {predicted:.2f}x, {found}, {word}"
    skipped = profile["skipped"]
    assert isinstance(skipped, list)
    reasons = [skip for skip in skipped if skip["location"]["line"] == case.hot]
    reasons.sort(key=lambda skip: (skip["predicted"] is None, skip["code"] == "PA207"))
    reason = reasons[0]["reason"] if reasons else " ".join(said.split())
    return f"{verdict}; refused: {reason[:200]}"


def main() -> int:
    """Print a line a program; 1 if one was left broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=list(SETS), default="scripts")
    parser.add_argument("--only", action="append", default=[], metavar="WORD")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cases = SETS[options.set](options.only, Path(scratch))
        found = [judge(case) for case in cases]
    speedups = [speedup for _, speedup in found if speedup is not None]
    broken = sum(not whole for whole, _ in found)
    mean = f", geometric mean {statistics.geometric_mean(speedups):.2f}x" if speedups else ""
    print(f"\n{len(found)} programs, {broken} left broken, {len(speedups)} changes kept{mean}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
