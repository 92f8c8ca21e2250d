"""The report as Markdown, for the step summary of a CI job or a comment on a pull request."""

from __future__ import annotations

import re

from paradvisor.model import Loop, Report
from paradvisor.reports import words


def render(report: Report) -> str:
    """GitHub-flavoured Markdown, far below the 1 MiB that a step summary may have."""
    lines = [
        f"## paradvisor {report.command}: `{words.command(report)}`",
        "",
        words.headline(report),
    ]
    lines += [
        "",
        f"{report.machine.usable_cores} usable cores, CPython "
        f"{report.machine.python_version}, {words.noise(report.baseline)}.",
    ]
    differences = words.differences(report.baseline)
    lines += [f"> differs from run to run: {_text(said)}" for said in differences]
    lines += [f"> note: {_text(note)}" for note in report.notes]
    if report.command == "apply":
        lines += _change(report)
    else:
        lines += [*_hotspots(report), *_threads(report), *_loops(report)]
        lines += [*_advice(report), *_skipped(report)]
    return "\n".join(lines) + "\n"


def _table(heading: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [heading, ["---"] * len(heading), *rows]]


def _hotspots(report: Report) -> list[str]:
    rows = [
        [
            f"{spot.wall_s:.2f} s",
            f"{spot.share:.0%}",
            spot.kind,
            _code(words.place(spot.location)),
            _text(spot.evidence.summary),
        ]
        for spot in report.hotspots
    ]
    heading = ["time", "share", "kind", "where", "evidence"]
    return ["", "### Where the time goes", "", *_table(heading, rows)] if rows else []


def _threads(report: Report) -> list[str]:
    said = [f"- {_code(thread.name)}: {_text(words.thread(thread))}" for thread in report.threads]
    return ["", "### Threads", "", *said] if said else []


def _because(loop: Loop) -> str:
    if loop.verdict == "safe":
        return f"{loop.pattern or ''}: {words.evidence(loop)}"
    return loop.dependences[0].explanation if loop.dependences else ""


def _loops(report: Report) -> list[str]:
    rows = [
        [
            loop.verdict,
            f"{loop.share:.0%}",
            words.counts(loop),
            _code(words.place(loop.location)),
            _text(_because(loop)),
        ]
        for loop in report.loops
    ]
    heading = ["verdict", "share", "counts", "where", "why"]
    return ["", "### Loops", "", *_table(heading, rows)] if rows else []


def _advice(report: Report) -> list[str]:
    lines = ["", "### What to do", ""]
    if (nothing := words.leave_it(report)) is not None:
        lines += [_text(nothing), ""]
    for advice in report.advice:
        lines.append(
            f"1. **{_text(words.advice_title(advice))}**: predicted "
            f"{words.speedup(advice.predicted.program_speedup)} ({advice.rule}). "
            f"{_text(advice.rationale[:1].upper() + advice.rationale[1:])}. "
            f"{_text(advice.arithmetic)}"
        )
        lines += [f"   - mind: {_text(caveat)}" for caveat in advice.caveats]
    if (command := words.next_command(report)) is not None:
        lines += ["", f"Next: `{command}`"]
    return lines


def _skipped(report: Report) -> list[str]:
    rows = [
        [skip.code, skip.strategy or "", _code(words.place(skip.location)), _text(skip.reason)]
        for skip in words.unique_skips(report, 20)
    ]
    heading = ["code", "remedy", "where", "why not"]
    return ["", "### Not recommended", "", *_table(heading, rows)] if rows else []


def _change(report: Report) -> list[str]:
    lines = ["", "### The change", ""]
    if report.verification is not None:
        equal = "the same" if report.verification.equal else "**not the same**"
        lines.append(f"- output, exit code and files: {equal}")
        lines += [f"  - {_text(said)}" for said in report.verification.differences]
    if report.predicted is not None:
        lines.append(f"- predicted: {words.speedup(report.predicted.program_speedup)}")
    if report.measurement is not None:
        lines.append(f"- measured: {words.measured(report.measurement)}")
    lines.append(f"- {'kept' if report.kept else 'not written'}: {_text(report.reason or '')}")
    if report.patch is not None:
        diff = report.patch.diff.rstrip("\n")
        runs = re.findall(r"`+", diff)
        fence = "`" * max(3, 1 + max(map(len, runs), default=0))
        lines += ["", f"{fence}diff", diff, fence]
    return lines


def _text(said: str) -> str:
    """Text that a table cell or a list item can hold."""
    return said.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _code(said: str) -> str:
    """Code in a table cell; GitHub takes an escaped bar there for the bar itself."""
    return f"`{said}`".replace("|", "\\|")
