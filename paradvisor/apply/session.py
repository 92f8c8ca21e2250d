"""From a choice to a change that is proved: rewrite, verify, measure, and only then write."""

from __future__ import annotations

import difflib
import io
import tokenize
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from paradvisor.analysis import loops
from paradvisor.analysis.dependences import split
from paradvisor.analysis.source import Program
from paradvisor.apply.choose import Choice
from paradvisor.apply.journal import Journal, sha256
from paradvisor.errors import InconclusiveError, RecordError
from paradvisor.instruments import baseline
from paradvisor.instruments.harness import Harness
from paradvisor.instruments.process import Stdin
from paradvisor.measure.interleave import measure
from paradvisor.model import Facts, Measurement, Patch, Report, Run, Verification
from paradvisor.rewrite.section import Change, rewrite
from paradvisor.target import Target

_SLOWEST = 10.0  # a changed program that takes this many times the bare run hangs
_SHORTEST_LIMIT_S = 20.0
_ORDERS: dict[str, dict[str, str] | None] = {
    "as written": None,
    "last iteration first": {"PARADVISOR_SCHEDULE": "reversed", "PARADVISOR_WORKERS": "1"},
}
"""How the changed program is run to verify it: what the runtime is told."""

Phase = Callable[[str, float | None], AbstractContextManager[object]]


@dataclass(frozen=True)
class Proposal:
    """A patch with the bytes that it replaces and those that it would write."""

    patch: Patch
    file: Path
    before: bytes
    after: bytes
    choice: Choice


def propose(report: Report, facts: list[Facts], target: Target, choice: Choice) -> Proposal:
    """Rewrite the chosen loop, in memory. ``facts`` are what the profile's trials saw.

    Raises:
        RecordError: the file is not what it was when it was profiled.
        InconclusiveError: the loop has a form that cannot be rewritten.
    """
    file = Path(target.info.cwd, choice.location.file).resolve()
    _check_unchanged(report, target)
    before = file.read_bytes()
    program = Program(_sources(report, target), {str(target.main_file): "__main__"})
    program = program.with_facts(facts)
    found = loops.at(program, str(file), choice.location.line)
    if not found:
        raise RecordError(
            f"there is no loop at {choice.location.file}:{choice.location.line}", "Profile again."
        )
    function, node = found[0]
    parts = split(program, function, node)
    after = rewrite(before, Change(function, node, parts, choice.strategy, choice.workers))
    patch = Patch(
        file=choice.location.file,
        before_sha256=sha256(before),
        after_sha256=sha256(after),
        diff=_diff(choice.location.file, before, after),
        strategy=choice.strategy,
        workers=choice.workers,
        loop=choice.loop,
        location=choice.location,
    )
    return Proposal(patch, file, before, after, choice)


def _check_unchanged(report: Report, target: Target) -> None:
    for name, digest in report.sources.items():
        path = Path(target.info.cwd, name)
        if not path.exists() or sha256(path.read_bytes()) != digest:
            raise RecordError(
                f"{name} has changed since it was profiled",
                f"Run: paradvisor profile {' '.join(target.command[1:])}",
            )


def _sources(report: Report, target: Target) -> dict[str, str]:
    texts = {}
    for name in report.sources:
        path = Path(target.info.cwd, name).resolve()
        with tokenize.open(path) as text:
            texts[str(path)] = text.read()
    return texts


def _diff(name: str, before: bytes, after: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    old, new = (
        [line.decode(encoding) for line in text.splitlines(keepends=True)]
        for text in (before, after)
    )
    return "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))


class Session:
    """Proves a proposal: runs the program before and after, both inside the harness."""

    def __init__(
        self, report: Report, target: Target, folder: Path, stdin: Stdin, phase: Phase
    ) -> None:
        self.report = report
        self.phase = phase
        limit = max(_SHORTEST_LIMIT_S, _SLOWEST * report.baseline.wall_s)
        self.harness = Harness(target, folder, stdin, limit)

    def verify(self, proposal: Proposal) -> Verification:
        """Compare everything that the changed program leaves behind with the bare runs.

        It is run as it is written, and again with its iterations in another order: what depends on
        who comes first can turn out well by luck, and not in both.
        """
        bare = self.report.baseline.runs[0].fingerprint
        before = self._observe("verification, before", {}, None)
        # The harness sees files outside of the folder as well, so those are compared with it.
        reference = replace(bare, files={**before.fingerprint.files, **bare.files})
        if baseline.compare(reference, before.fingerprint):
            raise InconclusiveError(
                "the program, unchanged, does not do today what it did when it was profiled",
                "Nothing can be verified against that; profile again.",
            )
        differences: list[str] = []
        for name, settings in _ORDERS.items():
            after = self._observe(f"verification, {name}", _overlay(proposal), settings)
            if after.timed_out:
                differences.append(f"{name}: it did not end within {self.harness.timeout_s:.0f} s")
            said = baseline.compare(reference, after.fingerprint)
            differences += [f"{name}: {difference}" for difference in said]
            if differences:
                break
        return Verification(equal=not differences, differences=tuple(differences))

    def _observe(
        self, name: str, overlay: dict[str, bytes], settings: dict[str, str] | None
    ) -> Run:
        with self.phase(name, self.report.baseline.wall_s):
            return self.harness.overlaid(overlay, log_writes=True, settings=settings)

    def measure(self, proposal: Proposal) -> tuple[Measurement, Verification]:
        """Time before and after in turn; every run's output is compared as well."""
        wrong: list[str] = []
        reference = self.report.baseline.runs[0].fingerprint

        def timed(overlay: dict[str, bytes], name: str) -> float:
            with self.phase(name, self.report.baseline.wall_s):
                run: Run = self.harness.overlaid(overlay, log_writes=False)
            if overlay:
                wrong.extend(baseline.compare(reference, run.fingerprint))
            return run.wall_s

        measurement = measure(
            lambda: timed({}, "measuring, before"),
            lambda: timed(_overlay(proposal), "measuring, after"),
        )
        return measurement, Verification(equal=not wrong, differences=tuple(dict.fromkeys(wrong)))


def _overlay(proposal: Proposal) -> dict[str, bytes]:
    return {str(proposal.file): proposal.after}


def write(proposal: Proposal, journal: Journal) -> str:
    """Make the change. Returns how to call it when undoing."""
    where = f"{proposal.patch.file}:{proposal.patch.location.line}"
    entry = journal.write(
        proposal.file, proposal.before, proposal.after, proposal.patch.strategy, where
    )
    return str(entry.number)
