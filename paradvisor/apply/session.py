"""From a choice to a change that is proved: rewrite, verify, measure, and only then write."""

from __future__ import annotations

import difflib
import io
import tokenize
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from paradvisor.analysis import loops
from paradvisor.analysis.dependences import splits
from paradvisor.analysis.parts import LoopNode, Split
from paradvisor.analysis.source import Function, Program
from paradvisor.apply.checks import ORDERS, Checks
from paradvisor.apply.choose import Choice
from paradvisor.apply.journal import Journal, sha256
from paradvisor.errors import InconclusiveError, RecordError
from paradvisor.instruments import baseline
from paradvisor.instruments.harness import Harness
from paradvisor.instruments.process import Stdin
from paradvisor.measure.interleave import measure
from paradvisor.model import Facts, Fingerprint, Measurement, Patch, Report, Run, Verification
from paradvisor.rewrite import formatting, untouched
from paradvisor.rewrite.section import Change, rewrite
from paradvisor.target import Target, with_args

_SLOWEST = 10.0  # a changed program that takes this many times the bare run hangs
_SHORTEST_LIMIT_S = 20.0

Phase = Callable[[str, float | None], AbstractContextManager[object]]
Overlay = dict[str, bytes]


@dataclass(frozen=True)
class Proposal:
    """A patch with the bytes that it replaces and those that it would write."""

    patch: Patch
    file: Path
    before: bytes
    after: bytes
    choice: Choice
    change: Change

    @property
    def lines(self) -> range:
        """The lines of the loop, in the file as it was profiled."""
        node = self.change.node
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)


class Rewrites:
    """Makes proposals for loops of a profiled program, in memory.

    ``facts`` are what the profile's trials saw; ``package`` is what the runtime is imported from.

    Raises:
        RecordError: a file is not what it was when it was profiled.
    """

    def __init__(
        self, report: Report, facts: list[Facts], target: Target, package: str = "paradvisor"
    ) -> None:
        self.target = target
        self.package = package
        _check_unchanged(report, target)
        program = Program(_sources(report, target), {str(target.main_file): "__main__"})
        self.program = program.with_facts(facts)
        self.original: dict[Path, bytes] = {}
        self.loops = {loop.id: loop for loop in report.loops}

    def propose(self, choice: Choice, accepted: Sequence[Proposal] = ()) -> Proposal:
        """Rewrite the chosen loop beside those that are accepted already.

        Raises:
            RecordError: there is no such loop.
            InconclusiveError: the loop has a form that cannot be rewritten, or is inside of one
                that is changed, or around it.
        """
        file = Path(self.target.info.cwd, choice.location.file).resolve()
        column = self.loops[choice.loop].column
        found = loops.at(self.program, str(file), choice.location.line, column)
        if found is None:
            raise RecordError(
                f"there is no loop at {choice.location.file}:{choice.location.line}",
                "Profile again.",
            )
        function, node = found
        parts = self._split_as_reported(choice.loop, function, node)
        change = Change(function, node, parts, choice.strategy, choice.workers)
        beside = [other for other in accepted if other.file == file]
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if any(set(other.lines) & set(lines) for other in beside):
            raise InconclusiveError("it is inside of a loop that is changed, or around one")
        original = self.original.setdefault(file, file.read_bytes())
        before = beside[-1].after if beside else original
        changes = [*(other.change for other in beside), change]
        written = rewrite(original, changes, self.package)
        after = formatting.as_before(file, original, written)
        changed = [(each.function, each.node) for each in changes]
        untouched.check(original, after, changed, self.package)
        patch = Patch(
            file=choice.location.file,
            before_sha256=sha256(before),
            after_sha256=sha256(after),
            diff=unified(choice.location.file, before, after),
            strategy=choice.strategy,
            workers=choice.workers,
            loop=choice.loop,
            location=choice.location,
        )
        return Proposal(patch, file, before, after, choice, change)

    def _split_as_reported(self, loop: str, function: Function, node: LoopNode) -> Split:
        """The split that the profile judged."""
        reported = self.loops[loop]
        return min(
            splits(self.program, function, node),
            key=lambda split: (
                split.outgoing != reported.outgoing,
                loops.head_lines(node, split) != reported.head,
            ),
        )


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


def unified(name: str, before: bytes, after: bytes) -> str:
    """A diff that ``git apply`` takes."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    old, new = (
        [line.decode(encoding) for line in text.splitlines(keepends=True)]
        for text in (before, after)
    )
    return "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))


class Session:
    """Proves proposals: runs the program before and after, both inside the harness."""

    def __init__(
        self,
        report: Report,
        target: Target,
        folder: Path,
        stdin: Stdin,
        phase: Phase,
        checks: Checks,
    ) -> None:
        self.report = report
        self.target = target
        self.phase = phase
        self.checks = checks
        self.normalise = checks.normalise()
        limit = max(_SHORTEST_LIMIT_S, _SLOWEST * report.baseline.wall_s)
        self.harness = Harness(target, folder, stdin, limit)
        self.accepted: list[Proposal] = []
        self.references: dict[tuple[str, ...] | None, Fingerprint] = {}

    # --- the same -----------------------------------------------------------------------------

    def verify(self, proposal: Proposal) -> Verification:
        """Compare everything that the changed program leaves behind with the unchanged one."""
        overlay = self._overlay(proposal)
        for name, settings in ORDERS.items():
            said = self._differences(None, name, overlay, settings)
            if said:
                return Verification(equal=False, differences=tuple(said))
        for number, args in enumerate(self.checks.inputs, 1):
            for name, settings in ORDERS.items():
                said = self._differences(args, f"input {number}, {name}", overlay, settings)
                if said:
                    return Verification(equal=False, differences=tuple(said))
        said = self._failures(overlay)
        return Verification(equal=not said, differences=tuple(said))

    def _differences(
        self,
        args: tuple[str, ...] | None,
        name: str,
        overlay: Overlay,
        settings: dict[str, str] | None,
    ) -> list[str]:
        reference = self._reference(args)
        after = self._observe(args, f"verification, {name}", overlay, settings)
        if after.timed_out:
            return [f"{name}: it did not end within {self.harness.timeout_s:.0f} s"]
        said = baseline.compare(reference, after.fingerprint)
        return [f"{name}: {difference}" for difference in said]

    def _reference(self, args: tuple[str, ...] | None) -> Fingerprint:
        """What the unchanged program leaves behind, seen once for each input."""
        if args not in self.references:
            which = "before" if args is None else f"before, with {' '.join(args)}"
            seen = self._observe(args, f"verification, {which}", {}, None).fingerprint
            self.references[args] = seen
            self._check_reference(args, seen)
        return self.references[args]

    def _check_reference(self, args: tuple[str, ...] | None, seen: Fingerprint) -> None:
        """It must be what the profile saw; where that is not comparable, what a second run does."""
        if args is None and self.normalise is None:
            bare = self.report.baseline.runs[0].fingerprint
            # The harness sees files outside of the folder as well: those are in `seen` alone.
            expected = replace(bare, files={**seen.files, **bare.files})
            what = "does not do today what it did when it was profiled"
        else:
            again = self._observe(args, "verification, before again", {}, None)
            expected, what = again.fingerprint, "differs from itself"
        said = baseline.compare(expected, seen)
        if said:
            raise InconclusiveError(
                f"the program, unchanged, {what}",
                "\n".join([*said[:5], "Nothing can be verified against that."]),
            )

    def _observe(
        self,
        args: tuple[str, ...] | None,
        name: str,
        overlay: Overlay,
        settings: dict[str, str] | None,
    ) -> Run:
        target = self.target if args is None else with_args(self.target, args)
        with self.phase(name, self.report.baseline.wall_s):
            return self.harness.of(target).overlaid(
                overlay, log_writes=True, settings=settings, normalise=self.normalise
            )

    def _failures(self, overlay: Overlay) -> list[str]:
        """Whether the user's command succeeds with the change as it does without."""
        command = self.checks.command
        if command is None:
            return []
        text = " ".join(command)
        for name, content in (("before", {}), ("after", overlay)):
            with self.phase(f"verification, {text}, {name}", None):
                ended = self.harness.command(list(command), content)
            if ended.exit_code and not content:
                raise InconclusiveError(
                    f"{text} fails without any change (exit code {ended.exit_code})",
                    "Nothing can be verified by it.",
                )
            if ended.exit_code:
                return [f"{text}: exit code 0, then {ended.exit_code}"]
        return []

    # --- faster -------------------------------------------------------------------------------

    def measure(self, proposal: Proposal) -> tuple[Measurement, Verification]:
        """Time before and after in turn; every run's output is compared as well."""
        return self._measured(self._overlay(None), self._overlay(proposal))

    def measure_together(self) -> Measurement:
        """All accepted changes against none of them."""
        measurement, _ = self._measured(self._original(), self._overlay(None))
        return measurement

    def _measured(self, old: Overlay, new: Overlay) -> tuple[Measurement, Verification]:
        wrong: list[str] = []
        reference = self._reference(None)
        if self.normalise is None:  # as an unlogged run sees the files
            reference = replace(reference, files=self.report.baseline.runs[0].fingerprint.files)

        def timed(overlay: Overlay, name: str) -> float:
            with self.phase(name, self.report.baseline.wall_s):
                run: Run = self.harness.overlaid(
                    overlay, log_writes=False, normalise=self.normalise
                )
            if overlay is new and self.normalise is None:
                wrong.extend(baseline.compare(reference, run.fingerprint))
            elif overlay is new:
                alone = [replace(seen, files={}) for seen in (reference, run.fingerprint)]
                wrong.extend(baseline.compare(*alone))
            return run.wall_s

        measurement = measure(
            lambda: timed(old, "measuring, before"), lambda: timed(new, "measuring, after")
        )
        return measurement, Verification(equal=not wrong, differences=tuple(dict.fromkeys(wrong)))

    def accept(self, proposal: Proposal) -> None:
        """From here on the program is one with this change."""
        self.accepted.append(proposal)

    def confirm(self) -> list[str]:
        """How the program on disk differs from the unchanged one: it has just been written."""
        return self._differences(None, "from the disk", {}, None)

    def _overlay(self, proposal: Proposal | None) -> Overlay:
        chosen = [*self.accepted, *([proposal] if proposal is not None else [])]
        return {str(entry.file): entry.after for entry in chosen}

    def _original(self) -> Overlay:
        first: Overlay = {}
        for entry in self.accepted:
            first.setdefault(str(entry.file), entry.before)
        return first


def write(proposal: Proposal, journal: Journal) -> int:
    """Make the change. Returns its number, for undoing."""
    where = f"{proposal.patch.file}:{proposal.patch.location.line}"
    entry = journal.write(
        proposal.file, proposal.before, proposal.after, proposal.patch.strategy, where
    )
    return entry.number
