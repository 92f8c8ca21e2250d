"""The report for a person, as plain text."""

from __future__ import annotations

import io

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from paradvisor.model import Report
from paradvisor.reports import words

_MOST_LOOPS = 6
_MOST_SKIPS = 8
_MOST_THREADS = 6
_WIDTH = 100


def render(report: Report) -> str:
    """The report as plain text, without any escape byte."""
    console = Console(
        file=io.StringIO(),
        force_terminal=False,
        highlight=False,
        soft_wrap=True,
        emoji=False,
        width=_WIDTH,
        no_color=True,
    )
    return compose(console, report)


def compose(out: Console, report: Report) -> str:
    """Print the report to a console that writes into a string."""
    if report.command == "apply":
        _change(out, report)
        _attempts(out, report)
    else:
        _head(out, report)
        _hotspots(out, report)
        _threads(out, report)
        _loops(out, report)
        _advice(out, report)
        _skipped(out, report)
    _end(out, report)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def _head(out: Console, report: Report) -> None:
    machine = report.machine
    out.print(f"[bold]paradvisor {report.command}[/] {escape(words.command(report))}")
    out.print(f"  {words.headline(report)}")
    out.print(
        f"  {machine.usable_cores} usable cores ({machine.parallel_capacity:.2f} cores' worth "
        f"measured), CPython {machine.python_version}, {words.noise(report.baseline)}"
    )
    if report.baseline.exit_code:
        out.print(f"  [yellow]the program {words.ending(report.baseline.exit_code)}[/]")
    for said in words.differences(report.baseline):
        out.print(f"  [yellow]differs from run to run: {escape(said)}[/]")
    for note in report.notes:
        out.print(f"  [yellow]note: {escape(note)}[/]")


def _hotspots(out: Console, report: Report) -> None:
    if not report.hotspots:
        return
    out.print("\n[bold]Where the time goes[/]")
    table = Table(box=None, pad_edge=False, show_edge=False, expand=False)
    for heading in ("", "time", "share", "kind", "where"):
        table.add_column(heading, justify="right" if heading in ("time", "share") else "left")
    for hotspot in report.hotspots[:5]:
        table.add_row(
            hotspot.id,
            f"{hotspot.wall_s:.2f} s",
            f"{hotspot.share:.0%}",
            hotspot.kind,
            escape(words.place(hotspot.location)),
        )
    out.print(Padding(table, (0, 2)))
    for hotspot in report.hotspots[:3]:
        out.print(f"  {hotspot.id}: {escape(hotspot.evidence.summary)}")
        if hotspot.evidence.calls_into:
            out.print(f"      calls {escape(', '.join(hotspot.evidence.calls_into[:3]))}")
        for line in hotspot.lines[:2]:
            out.print(f"      {line.share:4.0%}  line {line.line}: {escape(line.text)}")


def _threads(out: Console, report: Report) -> None:
    if not report.threads:
        return
    out.print("\n[bold]Threads[/]")
    for thread in report.threads[:_MOST_THREADS]:
        out.print(f"  {escape(thread.name)}: {escape(words.thread(thread))}")
    if len(report.threads) > _MOST_THREADS:
        out.print(f"  and {len(report.threads) - _MOST_THREADS} more")


def _loops(out: Console, report: Report) -> None:
    if not report.loops:
        return
    out.print("\n[bold]Loops[/]")
    colours = {"safe": "green", "unsafe": "red", "unknown": "yellow"}
    for loop in report.loops[:_MOST_LOOPS]:
        colour = colours[loop.verdict]
        pattern = f" ({loop.pattern})" if loop.pattern and loop.verdict == "safe" else ""
        where = escape(words.place(loop.location))
        out.print(
            f"  {loop.id} [{colour}]{loop.verdict}[/]{pattern}: {where}"
            f", {loop.share:.0%} of the time, {words.counts(loop)}"
        )
        out.print(f"      {escape(loop.source)}")
        if (why := words.evidence(loop)) is not None:
            out.print(f"      {escape(why)}")
        if loop.dependences and loop.verdict != "safe":
            out.print(f"      {escape(loop.dependences[0].explanation)}")


def _advice(out: Console, report: Report) -> None:
    out.print("\n[bold]What to do[/]")
    if (nothing := words.leave_it(report)) is not None:
        out.print(f"  {escape(nothing)}")
    for advice in report.advice:
        out.print(f"  [bold]{advice.id}[/] {escape(words.advice_title(advice))}")
        out.print(
            f"      predicted: the program at {words.speedup(advice.predicted.program_speedup)} "
            f"of its speed [{advice.rule}]",
            markup=False,
        )
        out.print(f"      because {escape(advice.rationale)}")
        out.print(f"      {escape(advice.arithmetic)}")
        for caveat in advice.caveats:
            out.print(f"      [yellow]mind: {escape(caveat)}[/]")


def _skipped(out: Console, report: Report) -> None:
    skips = words.unique_skips(report, _MOST_SKIPS)
    if not skips:
        return
    out.print("\n[bold]Not recommended[/]")
    for skip in skips:
        strategy = f"{skip.strategy}, " if skip.strategy else ""
        out.print(
            f"  {skip.code} {strategy}{words.place(skip.location)}: {skip.reason}", markup=False
        )


def _change(out: Console, report: Report) -> None:
    out.print(f"[bold]paradvisor apply[/] to {escape(words.command(report))}")
    if report.patch is not None:
        out.print(f"  {report.patch.strategy}: {escape(words.place(report.patch.location))}")
    if report.verification is not None:
        equal = "the same" if report.verification.equal else "[red]not the same[/]"
        out.print(f"  output, exit code and files: {equal}")
        for said in report.verification.differences:
            out.print(f"      {escape(said)}")
    if report.predicted is not None:
        out.print(f"  predicted: {words.speedup(report.predicted.program_speedup)}")
    if report.measurement is not None:
        out.print(f"  measured:  {words.measured(report.measurement)}")
    for pattern in report.ignored:
        out.print(f"  allowed to differ: {escape(pattern)}")
    out.print(
        f"  [bold]{'kept' if report.kept else 'not written'}[/]: {escape(report.reason or '')}"
    )


def _attempts(out: Console, report: Report) -> None:
    """The other changes that were tried, and all that are kept together."""
    for entry in report.attempts:
        if entry.patch == report.patch:
            continue
        where = escape(words.place(entry.patch.location))
        word = "kept" if entry.kept else "not kept"
        out.print(f"  {entry.patch.strategy}: {where}: {word}: {escape(entry.reason)}")
        if entry.measurement is not None:
            predicted = words.speedup(entry.predicted.program_speedup)
            out.print(f"      predicted {predicted}, measured {words.measured(entry.measurement)}")
    if report.together is not None:
        out.print(f"  together:  {words.measured(report.together)}")


def _end(out: Console, report: Report) -> None:
    if report.command == "profile" and (command := words.next_command(report)) is not None:
        out.print(f"\nNext: [bold]{command}[/]")
    elif report.command == "apply" and report.kept:
        out.print("\nTo take it back: [bold]paradvisor undo[/]")
