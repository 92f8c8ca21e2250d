"""Changes one after the other: each is proved on top of those kept, and written if it pays."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from paradvisor import errors
from paradvisor.apply import session
from paradvisor.apply.checks import Checks
from paradvisor.apply.choose import Choice
from paradvisor.apply.journal import Journal, refuse_to_write
from paradvisor.apply.session import Proposal, Rewrites, Session
from paradvisor.model import Attempt, Measurement, Report, Verification
from paradvisor.records import Records, write_atomically

_TRIES = 3  # choices beyond those wanted, where some turn out not to pay

Say = Callable[[str], object]


@dataclass(frozen=True)
class Wish:
    """What the user wants done with a change that is proved."""

    most: int = 1
    keep_any: bool = False
    """Keep a verified change even if it is not faster."""
    write: bool = True
    require_clean: bool = False


def check_deterministic(report: Report, checks: Checks) -> None:
    """Refuse a program of which nothing can be verified.

    Raises:
        InconclusiveError: it differs from itself, in more than may be ignored.
    """
    if report.baseline.differences and not checks.ignored:
        raise errors.InconclusiveError(
            "nondeterministic: the program differs from itself, so no change can be verified",
            "\n".join(
                [
                    *report.baseline.differences[:5],
                    "If that is only a time, a date or a temporary name: --ignore REGEX.",
                ]
            ),
        )


def proposals(
    rewrites: Rewrites, choices: Sequence[Choice], accepted: Sequence[Proposal], say: Say
) -> Iterator[Proposal]:
    """What can be written of the choices, best first, beside what is accepted by then."""
    refused: errors.InconclusiveError | None = None
    found = False
    for choice in choices:
        try:
            proposal = rewrites.propose(choice, accepted)
        except errors.InconclusiveError as error:
            refused = error
            if len(choices) > 1:
                say(f"{choice.location.file}:{choice.location.line}: {error}")
            continue
        found = True
        yield proposal
    if not found and refused is not None:
        raise refused


def preview(rewrites: Rewrites, choices: Sequence[Choice], most: int, say: Say) -> str:
    """The diff of the changes that would be tried first, together."""
    accepted: list[Proposal] = []
    for proposal in proposals(rewrites, choices, accepted, say):
        accepted.append(proposal)
        if len(accepted) == most:
            break
    return _diff(accepted)


def _diff(accepted: Sequence[Proposal]) -> str:
    """One diff a file, from what it was to what it is after all changes."""
    first = {entry.file: entry for entry in reversed(accepted)}
    last = {entry.file: entry for entry in accepted}
    return "".join(
        session.unified(entry.patch.file, entry.before, last[file].after)
        for file, entry in sorted(first.items())
    )


class Making:
    """Proves proposals and keeps those that pay."""

    def __init__(self, work: Session, records: Records, wish: Wish, root: Path) -> None:
        self.work = work
        self.wish = wish
        self.root = root
        self.journal = Journal(records)
        self.attempts: list[Attempt] = []

    @property
    def kept(self) -> list[Proposal]:
        """The proposals that are kept so far."""
        return self.work.accepted

    @property
    def done(self) -> bool:
        """Whether there are as many changes as wanted, or enough has been tried for them."""
        failed = len(self.attempts) - len(self.kept)
        return len(self.kept) >= self.wish.most or failed >= _TRIES

    def check(self, proposal: Proposal, say: Say) -> None:
        """Refuse a file that must not be written, before anything is run.

        Raises:
            UsageError: it must not be.
        """
        why = refuse_to_write(proposal.file, self.root) if self.wish.write else None
        if why is not None:
            raise errors.UsageError(why, "Use --no-write to prove the change without making it.")
        dirty = _has_uncommitted(proposal.file)
        if dirty and self.wish.require_clean:
            raise errors.UsageError(
                f"{proposal.patch.file} has changes that are not committed",
                "Commit or stash them, or leave out --require-clean.",
            )
        if dirty and self.wish.write:
            say(f"{proposal.patch.file} has changes that are not committed; undo keeps them")

    def attempt(self, proposal: Proposal) -> Attempt:
        """Verify and measure a proposal; keep it, and write it, if it pays."""
        verification = self.work.verify(proposal)
        measurement: Measurement | None = None
        if verification.equal:
            measurement, verification = self.work.measure(proposal)
        faster = measurement is not None and measurement.verdict == "faster"
        kept = verification.equal and (faster or self.wish.keep_any)
        reason = _why_not(verification)
        if kept:
            reason, verification = self._keep(proposal, verification)
            kept = verification.equal
        attempt = Attempt(
            patch=proposal.patch,
            predicted=proposal.choice.predicted,
            verification=verification,
            measurement=measurement,
            kept=kept,
            reason=reason,
        )
        self.attempts.append(attempt)
        return attempt

    def _keep(self, proposal: Proposal, verification: Verification) -> tuple[str, Verification]:
        """Write a change and run the program from the disk; take it back if that fails."""
        if not self.wish.write:
            self.work.accept(proposal)
            return "as you asked; the file is as it was", verification
        number = session.write(proposal, self.journal)
        said = self.work.confirm()
        if said:
            write_atomically(proposal.file, proposal.before)
            self.journal.forget(number)
            differences = (*said, "it was taken back")
            return _why_not(Verification(False, ())), Verification(False, differences)
        self.work.accept(proposal)
        return f"{proposal.patch.file} is changed (change {number})", verification

    def report(self) -> Report:
        """What came of it: the first change that was kept, else the last one that was tried."""
        together = self.work.measure_together() if len(self.kept) > 1 else None
        shown = next((entry for entry in self.attempts if entry.kept), self.attempts[-1])
        return replace(
            self.work.report,
            command="apply",
            patch=shown.patch,
            predicted=shown.predicted,
            verification=shown.verification,
            measurement=shown.measurement,
            kept=shown.kept and self.wish.write,
            reason=shown.reason,
            attempts=tuple(self.attempts),
            together=together,
            ignored=self.work.checks.ignored,
        )

    def diff(self) -> str:
        """All that is kept, as a patch."""
        return _diff(self.kept)


def exit_code(report: Report) -> int:
    """0 if something is kept, 1 if something came out otherwise, 3 if nothing paid."""
    if any(entry.kept for entry in report.attempts):
        return 0
    if any(
        entry.verification is not None and not entry.verification.equal for entry in report.attempts
    ):
        return errors.FAILED
    return errors.INCONCLUSIVE


def _why_not(verification: Verification) -> str:
    if not verification.equal:
        return "the changed program did something else; the file is as it was"
    return "not clearly faster; the file is as it was (--keep writes it all the same)"


def _has_uncommitted(file: Path) -> bool:
    """Whether git knows of changes to a file that are not committed, or does not know the file."""
    try:
        status = subprocess.run(
            ["git", "status", "--porcelain", "--", file.name],
            cwd=file.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:  # there is no git here
        return False
    return status.returncode == 0 and bool(status.stdout.strip())
