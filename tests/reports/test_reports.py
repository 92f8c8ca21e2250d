"""The formats of a report, on one that is full of characters that could break them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

import paradvisor
from paradvisor import reports
from paradvisor.errors import RecordError, UsageError
from paradvisor.model import (
    Advice,
    Baseline,
    Dependence,
    Evidence,
    Fingerprint,
    HotLine,
    Hotspot,
    Interval,
    Location,
    Loop,
    Machine,
    Measurement,
    Patch,
    Predicted,
    Report,
    Run,
    Skip,
    TargetInfo,
    TimeByKind,
    Tool,
    Verification,
)
from paradvisor.reports import json as json_report

PLACE = Location("a|b/[red]x.py", "Thing.work.<locals>.<lambda>", 12, 15)
GAIN = Predicted(Interval(1.5, 1.8, 2.0), Interval(1.7, 1.9, 2.0))
DIFF = (
    "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n ```\n-for x in y:  # [bold]\n"
    "+for x in parallel(section):\n ```\n"
)


def made(**changes: object) -> Report:
    """A report with something everywhere."""
    left = Fingerprint(0, "0" * 64, 12, files={"out.txt": "1 644"})
    bare = Run(2.0, 1.9, 10_000_000, False, left)
    time = TimeByKind(python=1.5, io=0.5)
    report = Report(
        command="profile",
        tool=Tool("paradvisor", "0.1"),
        machine=Machine(
            "Linux", "3.13.1", 4, 3.9, True, True, "/usr/bin/cc", 0.01, 0.02, 0.004, 1e-6
        ),
        target=TargetInfo("x.py", None, ("a|b", "[bold]c[/]", "`d`"), "/work", "/usr/bin/python"),
        baseline=Baseline(2.0, 1.9, 10_000_000, 3, (bare, bare), 0.05, ("file <x>: a|b [red]c",)),
        time=time,
        bound="compute",
        hotspots=(
            Hotspot("H1", PLACE, 1.5, 0.75, 1000, "compute", "python", 0.9,
                    Evidence(1.5, 1.5, time, ("a socket (0.10 s)",), ("len (5 calls)",),
                             "75 % | of [it] is in <genexpr>"),
                    (HotLine(13, 0.5, 1000, "y[a:b] = x[:bug:2] | z  # [link]"),)),
        ),
        loops=(
            Loop("L1", PLACE, "for", "for k in d[:bug:1]:  # [red] |", 3, 3000, 1.5, 0.75, 0.7,
                 "python", "safe", "static", "map", ()),
            Loop("L2", PLACE, "for", "for k in e:", None, None, 0.5, 0.25, 0.2, "io", "unknown",
                 None, None, (Dependence("flow", "s|t", 13, 14, "s|t is <changed> in [3]"),)),
        ),
        advice=(
            Advice("A1", "PA102", "fork", PLACE, "H1", "L1", 4, GAIN, "model",
                   "the GIL is held | in C", "2.00 s = 1.5 s | rest", ("a <caveat> | [x]",)),
        ),
        skipped=(Skip(PLACE, "PA206", "unknown | <b> [i]\nsecond line", "threads", "L2", 4, GAIN),),
        notes=("the waits pass | [bold]failed[/] <x>",),
        sources={"a|b/[red]x.py": "0" * 64},
    )
    return replace(report, **changes)


def change(**changes: object) -> Report:
    """A report of apply."""
    report = made(
        command="apply",
        patch=Patch("x.py", "0" * 64, "1" * 64, DIFF, "fork", 4, "L1", PLACE),
        predicted=GAIN,
        verification=Verification(True, ()),
        measurement=Measurement((2.0, 2.1), (1.0, 1.1), Interval(1.8, 1.95, 2.1), "faster"),
        kept=True,
        reason="x.py is changed (change 1)",
    )
    return replace(report, **changes)


EMPTY = made(
    hotspots=(), loops=(), advice=(), skipped=(), notes=(), sources={}, time=TimeByKind(),
    baseline=Baseline(0.01, 0.01, 1000, 0, (), 0.0),
)
REPORTS = {"profile": made(), "apply": change(), "empty": EMPTY}


def cells(row: str) -> list[str]:
    """Cells of a row as GFM reads it: a pipe ends one unless a backslash precedes it."""
    return re.split(r"(?<!\\)\|", row.strip())[1:-1]


@pytest.mark.parametrize("name", REPORTS)
def test_tables_keep_their_columns(name: str) -> None:
    lines = reports.render(REPORTS[name], "markdown").splitlines()
    width = 0
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            width = width if before.startswith("|") else len(cells(line))
            assert len(cells(line)) == width, line


def test_markdown_says_everything() -> None:
    text = reports.render(made(), "markdown")
    for part in ("## paradvisor profile:", "### Where the time goes", "### Loops",
                 "### What to do", "### Not recommended", "compute-bound: 2.00 s",
                 "1.80x (1.50 to 2.00)", "PA102", "PA206", "3,000 iterations",
                 "&lt;changed>"):
        assert part in text
    assert re.search(r"[Tt]he GIL is held \\\| in C", text), "capitals inside a sentence stay"


def test_next_command_only_where_a_change_can_be_verified() -> None:
    for form in ("markdown", "terminal"):
        assert "paradvisor apply" not in reports.render(made(), form)
        same = replace(made().baseline, differences=())
        assert "paradvisor apply" in reports.render(made(baseline=same), form)


def test_what_apply_can_do_is_said_beside_what_only_a_person_can() -> None:
    rewrite_in_c = replace(made().advice[0], strategy="native", rule="PA103", loop=None)
    report = made(advice=(rewrite_in_c,), baseline=replace(made().baseline, differences=()))
    for form in ("markdown", "terminal"):
        said = " ".join(reports.render(report, form).split())
        assert "PA103" in said
        assert "for you to judge" in said
        assert "would give 1.8x" in said
        assert f"paradvisor apply --unsafe --loop {PLACE.line}" in said
    other = replace(report, skipped=(replace(report.skipped[0], code="PA202", predicted=None),))
    assert "for you to judge" not in reports.render(other, "terminal")


def test_markdown_of_a_change() -> None:
    text = reports.render(change(), "markdown")
    for part in ("### The change", "- output, exit code and files: the same",
                 "- measured: faster: 1.95x (1.80 to 2.10), 2 pairs of runs", "- kept: x.py is"):
        assert part in text
    wrong = change(kept=False, verification=Verification(False, ("exit code 0, then 1",)))
    assert "**not the same**" in reports.render(wrong, "markdown")


def test_a_fence_in_the_diff_does_not_end_it() -> None:
    text = reports.render(change(), "markdown")
    opening = re.search(r"^(`{3,}|~{3,})diff$", text, re.MULTILINE)
    assert opening is not None
    # CommonMark: a closing fence is indented by three blanks at most.
    closing = re.compile(rf"^ {{0,3}}{re.escape(opening[1][0])}{{{len(opening[1])},}}\s*$",
                         re.MULTILINE)
    end = closing.search(text, opening.end())
    assert end is not None
    assert text[opening.end():end.start()].strip("\n") == DIFF.strip("\n")


@pytest.mark.parametrize("name", REPORTS)
def test_terminal_shows_text_as_it_is(name: str) -> None:
    text = reports.render(REPORTS[name], "terminal")
    assert "\x1b" not in text
    assert "x.py a|b [bold]c[/] `d`" in text.splitlines()[0]
    if name == "profile":
        said = " ".join(text.split())
        for part in ("a|b/[red]x.py:12", "for k in d[:bug:1]:  # [red] |", "[PA102]",
                     "differs from run to run: file <x>: a|b [red]c", "[bold]failed[/]",
                     "y[a:b] = x[:bug:2] | z  # [link]", "a <caveat> | [x]",
                     "s|t is <changed> in [3]"):
            assert " ".join(part.split()) in said, part


def test_terminal_of_a_change() -> None:
    text = reports.render(change(), "terminal")
    assert "kept: x.py is changed (change 1)" in text
    assert "paradvisor undo" in text
    assert "Not recommended" not in text


@pytest.mark.parametrize("name", REPORTS)
def test_json_round_trip(name: str) -> None:
    text = reports.render(REPORTS[name], "json")
    assert json_report.parse(text.encode()) == REPORTS[name]
    jsonschema.Draft202012Validator(json_report.schema()).validate(json.loads(text))
    assert text.endswith("}\n")


def test_schema_is_a_schema_and_is_strict_about_types() -> None:
    schema = json_report.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    record = json.loads(reports.render(made(), "json"))
    for path, value in ((["bound"], "both"), (["schema_version"], 2), (["hotspots"], {}),
                        (["baseline", "wall_s"], "1"), (["loops", 0, "verdict"], "maybe")):
        broken = json.loads(json.dumps(record))
        place = broken
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(broken)
        with pytest.raises(RecordError):
            json_report.parse(json.dumps(broken).encode())


def test_schema_in_the_documentation_is_the_generated_one() -> None:
    file = Path(paradvisor.__file__).parents[1] / "docs" / "schema.json"
    if not file.exists():
        pytest.skip("not written yet")
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(
        json.dumps(json_report.schema()))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b'"\xff"', b'{"a": "\xff"}', b"null"])
def test_what_is_no_report(text: bytes) -> None:
    with pytest.raises(RecordError):
        json_report.parse(text)


def test_formats() -> None:
    assert reports.format_of(Path("a.MD"), None) == "markdown"
    assert reports.format_of(Path("a.json"), "terminal") == "terminal"
    with pytest.raises(UsageError):
        reports.format_of(Path("a.xml"), None)
    with pytest.raises(UsageError):
        reports.render(made(), "xml")
