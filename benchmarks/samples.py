"""Predicted against measured for the sample programs, each in a copy of its own.

Run: python -m benchmarks.samples [--only NAME]... [--size NAME=SIZE]...
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "sample_programs"
APPLICABLE = ("threads", "fork")
HEADINGS = (
    "sample",
    "size",
    "verdict",
    "strategy",
    "predicted",
    "measured",
    "equal",
    "kept",
    "remark",
)


def main() -> int:
    options = _options()
    sizes = dict(entry.split("=", 1) for entry in options.size)
    programs = [
        path
        for path in sorted(SAMPLES.glob("*.py"))
        if not options.only or path.stem in options.only
    ]
    rows: list[dict[str, str]] = []
    inside: list[bool] = []
    for number, program in enumerate(programs, 1):
        print(f"{number} of {len(programs)} {program.stem}", file=sys.stderr, flush=True)
        row, hit = _try(program, sizes.get(program.stem))
        rows.append(row)
        inside += [] if hit is None else [hit]
    _table(rows)
    if inside:
        print(f"\nmeasured mid inside the predicted interval: {sum(inside)} of {len(inside)}")
    return 0 if all(row["equal"] in ("yes", "") for row in rows) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="only this sample")
    parser.add_argument(
        "--size",
        action="append",
        default=[],
        metavar="NAME=SIZE",
        help="another size for a sample, such as crawler=128",
    )
    options = parser.parse_args()
    known = {path.stem for path in SAMPLES.glob("*.py")}
    for name in [*(options.only or []), *(entry.split("=")[0] for entry in options.size)]:
        if name not in known:
            parser.error(f"no sample is called {name}; there are {', '.join(sorted(known))}")
    if any("=" not in entry for entry in options.size):
        parser.error("--size takes NAME=SIZE")
    return options


def _try(program: Path, size: str | None) -> tuple[dict[str, str], bool | None]:
    """One row of the table, and whether the measured speedup lies in the predicted interval."""
    expected = _expectations(program)
    size = size or expected["size"]
    row = dict.fromkeys(HEADINGS, "") | {"sample": program.stem, "size": size}
    with tempfile.TemporaryDirectory() as scratch:
        work, out = Path(scratch, "work"), Path(scratch, "out")
        work.mkdir()
        out.mkdir()  # apart from the program's folder, where a new file counts as its output
        shutil.copy(program, work)
        profile, said = _run(work, out / "profile.json", "profile", program.name, size)
        if profile is None or profile["baseline"]["exit_code"]:
            return row | {"remark": f"profile failed: {said}"}, None
        row |= {"verdict": _verdict(profile, expected), "strategy": expected["strategy"]}
        if expected["strategy"] not in APPLICABLE:
            row |= _advised(profile, expected["strategy"])
            return row, None
        report, said = _run(work, out / "apply.json", "apply", expected["strategy"])
        if report is None:
            return row | {"remark": said}, None
    return row | _outcome(report), _inside(report)


def _expectations(program: Path) -> dict[str, str]:
    """What the sample says of itself: ``# expect: kind = "python", strategy = "fork"``."""
    header = re.search(r"^# expect: (.*)$", program.read_text(encoding="utf-8"), re.MULTILINE)
    assert header is not None, f"{program.name} has no '# expect:' line"
    found = dict(re.findall(r'(\w+) = "([^"]*)"', header[1]))
    return found | {"strategy": found["strategy"].split(" or ")[0]}


def _run(work: Path, out: Path, command: str, *words: str) -> tuple[dict[str, Any] | None, str]:
    """A report, None where there is none, and the last thing that was said about it."""
    call = [sys.executable, "-m", "paradvisor", command, "-q", "-o", str(out)]
    call += ["--strategy", *words] if command == "apply" else words
    ended = subprocess.run(
        call, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    said = " ".join(line.strip() for line in ended.stderr.splitlines() if "written to" not in line)
    report = json.loads(out.read_text(encoding="utf-8")) if out.exists() else None
    return report, said or f"exit code {ended.returncode}"


def _verdict(profile: dict[str, Any], expected: dict[str, str]) -> str:
    for loop in profile["loops"]:
        if expected["loop"] in loop["source"]:
            found, wanted = str(loop["verdict"]), expected["verdict"]
            return found if found == wanted else f"{found} (not {wanted})"
    return "loop not found"


def _advised(profile: dict[str, Any], strategy: str) -> dict[str, str]:
    for advice in profile["advice"]:
        if advice["strategy"] == strategy:
            interval = advice["predicted"]["program_speedup"]
            return {"predicted": _interval(interval), "remark": "by hand, not applied"}
    others = sorted({advice["strategy"] for advice in profile["advice"]})
    if strategy == "none" and not others:
        return {"remark": "nothing advised, as expected"}
    return {"remark": f"advised: {', '.join(others) or 'nothing'}"}


def _outcome(report: dict[str, Any]) -> dict[str, str]:
    measurement = report["measurement"]
    return {
        "predicted": _interval(report["predicted"]["program_speedup"]),
        "measured": _interval(measurement["speedup"]) if measurement else "",
        "equal": "yes" if report["verification"]["equal"] else "NO",
        "kept": "yes" if report["kept"] else "no",
        "remark": measurement["verdict"] if measurement else report["reason"],
    }


def _inside(report: dict[str, Any]) -> bool | None:
    if report["measurement"] is None:
        return None
    predicted = report["predicted"]["program_speedup"]
    measured = report["measurement"]["speedup"]["mid"]
    return bool(predicted["low"] <= measured <= predicted["high"])


def _interval(interval: dict[str, float]) -> str:
    return f"{interval['low']:.2f}-{interval['mid']:.2f}-{interval['high']:.2f}"


def _table(rows: list[dict[str, str]]) -> None:
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in HEADINGS}
    for row in [dict(zip(HEADINGS, HEADINGS, strict=True)), *rows]:
        print("  ".join(row[name].ljust(widths[name]) for name in HEADINGS).rstrip())


if __name__ == "__main__":
    sys.exit(main())
