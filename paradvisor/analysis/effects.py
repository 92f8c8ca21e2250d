"""What a piece of code does: the older objects it reads and changes, and what it does outside."""

from __future__ import annotations

from paradvisor.analysis.values import Root, Value

WORLD: Root = ("*world", "the file system or the environment")

NESTED = "in it"
"""Marks a write that may be to something that an object holds."""

Note = tuple[int, str]


class Effects:
    """What was found. Each entry keeps the first line, and words, to show to a person."""

    def __init__(self) -> None:
        self.reads: dict[Root, int] = {}
        self.mutable_reads: set[Root] = set()
        self.writes: dict[Root, Note] = {}
        self.doubtful_writes: dict[Root, Note] = {}
        self.untyped = 0
        """The first line that deals with a value which may be of a class of the user's, if any."""
        self._notes: dict[str, dict[str, int]] = {}

    def read(self, root: Root, line: int, value: Value) -> None:
        """A variable is read; ``value`` is what it holds."""
        self.reads.setdefault(root, line)
        if not value.immutable:
            self.mutable_reads.add(root)

    def write(self, value: Value, line: int, how: str) -> None:
        """Something is changed through a value: what it may be a part of is touched."""
        if value.immutable:
            return
        sure = value.types is not None or how.startswith("assignment")
        found = self.writes if sure else self.doubtful_writes
        if WORLD in value.roots:  # a context, a filter: what other calls in the process go by
            self.note("external", line, f"{how} of something that belongs to the process")
        for root in value.roots:
            if value.types is None:  # perhaps not the object itself, but one that it holds
                found[root] = (line, f"{how} {NESTED}")
            else:
                found.setdefault(root, (line, how))

    def note(self, kind: str, line: int, what: str) -> None:
        """Something else that matters: output, external, draw, clock, unknown, wait, network."""
        self._notes.setdefault(kind, {}).setdefault(what, line)

    def noted(self, *kinds: str) -> list[Note]:
        """What was noted of these kinds."""
        return [(line, what) for kind in kinds for what, line in self._notes.get(kind, {}).items()]

    def merge(self, other: Effects, line: int | None = None) -> None:
        """Take over what another piece of code does, at its own lines or at that of a call."""
        for root, at in other.reads.items():
            self.reads.setdefault(root, line or at)
        self.mutable_reads |= other.mutable_reads
        for root, (at, how) in other.writes.items():
            self.writes.setdefault(root, (line or at, how))
        for root, (at, how) in other.doubtful_writes.items():
            self.doubtful_writes.setdefault(root, (line or at, how))
        self.untyped = self.untyped or (line or other.untyped if other.untyped else 0)
        for kind, notes in other._notes.items():
            for what, at in notes.items():
                self.note(kind, line or at, what)

    @property
    def outside(self) -> list[Note]:
        """Effects that leave the process or must stay in order."""
        return self.noted("output", "external", "draw")
