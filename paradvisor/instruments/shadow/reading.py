"""Reads what the trials of all loops reported, in our own process."""

from __future__ import annotations

from typing import Any

from paradvisor.model import Difference, Facts, Trial, Trials

_SERIAL = "the program's own run"


def read(data: dict[str, Any]) -> Trials:
    """The snapshot of the trial probe as values."""
    return Trials(tuple(_loop(entry) for entry in data["loops"]))


def _loop(entry: dict[str, Any]) -> Trial:
    reports = [report for report in entry["reports"] if "orders" in report]
    problems = dict.fromkeys(entry["problems"])
    problems |= dict.fromkeys(r["problem"] for r in entry["reports"] if r.get("problem"))
    return Trial(
        file=entry["file"],
        line=entry["line"],
        column=entry["column"],
        shape=entry["shape"],
        entries=len(reports),
        of_entries=entry["entries"],
        iterations=sum(report.get("compared", 0) for report in reports),
        of_iterations=sum(report["items"] for report in reports),
        all_iterations=entry["items"],
        orders=_finished(reports),
        differences=tuple(d for report in reports for d in _differences(report)),
        touched=_union(reports, "touched"),
        ordered_state=_union(reports, "ordered_state"),
        effects=_union(entry["reports"], "effects"),
        returned=next((r["returned"] for r in reports if r.get("returned")), None),
        shared=next((tuple(r["shared"]) for r in reports if r.get("shared")), None),
        opaque=next((r["opaque_result"] for r in reports if r.get("opaque_result")), None),
        stuck=next((r["stuck"] for r in reports if r.get("stuck")), None),
        inexact=next((r["inexact"] for r in reports if r.get("inexact")), None),
        unordered=next((r["unordered"] for r in reports if r.get("unordered")), None),
        files_apart=all(report.get("files_apart") for report in reports),
        prints=any(report.get("printed") for report in reports),
        distinct=all(report.get("distinct") for report in reports),
        apart=_union(reports, "apart"),
        overlaps=tuple({(a, b) for report in reports for a, b in report.get("overlaps", ())}),
        whole_state=all(report.get("whole_state") for report in reports),
        problems=tuple(problems),
        head_s=sum(report["head_s"] for report in reports),
        travel_s=max((report.get("travel_s", 0.0) for report in reports), default=0.0),
        loop_s=sum(report.get("loop_s", 0.0) for report in reports),
        beside=max((r["beside"] for r in reports if r.get("beside")), default=None),
        crowded=min((r["crowded"] for r in reports if r.get("crowded")), default=None),
        spent_s=entry["spent_s"],
        facts=_facts(
            [report[key] for report in reports for key in ("facts", "later") if report.get(key)]
        ),
    )


def _finished(reports: list[dict[str, Any]]) -> tuple[str, ...]:
    """The orders that a trial of the loop went through to their end: one trial is enough."""
    finished: list[list[str]] = sorted((report["orders"] for report in reports), key=len)
    return tuple(finished[-1]) if finished else ()


def _union(reports: list[dict[str, Any]], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for report in reports for name in report.get(key) or ()))


def _differences(report: dict[str, Any]) -> list[Difference]:
    found = []
    differs = report.get("differs", [])
    if differs:
        found.append(
            Difference(
                order=_SERIAL,
                iteration=differs[0],
                other=max(0, differs[0] - 1),
                count=len(differs),
                of=report.get("compared", 0),
            )
        )
    for order, iteration, other, count, of in report.get("differences", ()):
        found.append(Difference(order, iteration, other, count, of))
    return found


def _facts(reports: list[dict[str, Any]]) -> Facts:
    names: dict[str, set[str]] = {}
    attributes: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    library: dict[str, set[str]] = {}
    lines: set[str] = set()
    handled: dict[str, int] = {}
    for report in reports:
        for file, line, name, types in report["names"]:
            names.setdefault(f"{file}:{line}:{name}", set()).update(types)
        for file, kind, name, types in report["attributes"]:
            attributes.setdefault(f"{file}:{kind}:{name}", set()).update(types)
        for file, line, targets in report.get("calls", ()):
            found = {f"{target}:{first}" for target, first in targets}
            calls.setdefault(f"{file}:{line}", set()).update(found)
        for file, line, functions in report.get("library", ()):
            library.setdefault(f"{file}:{line}", set()).update(functions)
        lines.update(f"{file}:{line}" for file, line in report.get("lines", ()))
        for kind, line in report.get("handled", ()):
            handled.setdefault(kind, line)
    return Facts(
        names={key: tuple(sorted(types)) for key, types in names.items()},
        attributes={key: tuple(sorted(types)) for key, types in attributes.items()},
        calls={key: tuple(sorted(targets)) for key, targets in calls.items()},
        library={key: tuple(sorted(found)) for key, found in library.items()},
        lines=frozenset(lines),
        handled=handled,
    )
