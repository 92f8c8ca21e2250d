"""What a piece of code does: the older objects it reads and changes, and what it does outside."""

from __future__ import annotations

from paradvisor.analysis.values import Root, Value

WORLD: Root = ("*world", "the file system or the environment")

BINDING = "="
"""Marks the root of a variable of which only the binding is read, not what the object holds."""

STRANGER = "*:"
"""Before the scope of a root: it may be, or hold, any object that is not known to be apart."""

NESTED = "in it"
"""Marks a write that may be to something that an object holds."""

REBINDING = "assignment to a variable of an outer scope"
"""How an inner function writes to a variable of the one that it stands in."""

Note = tuple[int, str]


def overlap(one: Root, other: Root) -> bool:
    """Whether two roots may be the same: one is the other, or a field of it."""
    if one[0] != other[0]:
        return False
    first, second = one[1].removesuffix(BINDING), other[1].removesuffix(BINDING)
    if one[1] != first and other[1] != second:
        return first == second
    if one[1] != first:  # only the binding: a field of it does not matter
        return first == second or first.startswith(second + ".")
    if other[1] != second:
        return first == second or second.startswith(first + ".")
    return first == second or first.startswith(second + ".") or second.startswith(first + ".")


UNSEEN = ", perhaps"
"""Behind a place, where a line that was run does not tell whether this was."""


class Effects:
    """What was found. Each entry keeps the first line, and words, to show to a person."""

    def __init__(self) -> None:
        self.reads: dict[Root, int] = {}
        self.mutable_reads: set[Root] = set()
        self.writes: dict[Root, Note] = {}
        self.doubtful_writes: dict[Root, Note] = {}
        self.stored: set[Root] = set()
        """Objects that something older may hold from then on."""
        self.anew: set[Root] = set()
        """Attributes that are set to other objects,"""
        self.inner: set[Root] = set()
        """those of which the object itself is changed,"""
        self.held: set[Root] = set()
        """and what is changed by another name, or through what holds it: it may be another object
        each time."""
        self.followed: set[str] = set()
        """Functions of the user's that were walked over: ``FILE:FIRST LINE``."""
        self.untyped = 0
        """The first line that deals with a value which may be of a class of the user's, if any."""
        self._notes: dict[str, dict[str, int]] = {}
        self._places: dict[tuple[str, object], set[str]] = {}
        """Where in functions that were followed something was noted: FILE:LINE."""

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
        sure = sure and not value.guessed
        found = self.writes if sure else self.doubtful_writes
        if WORLD in value.roots:  # a context, a filter: what other calls in the process go by
            self.note("external", line, f"{how} of something that belongs to the process")
        for root in value.roots:
            if value.types is None:  # perhaps not the object itself, but one that it holds
                found[root] = (line, f"{how} {NESTED}")
            else:
                found.setdefault(root, (line, how))
            if not sure:
                self._places.setdefault(("write", root), set()).add(f"{line}")

    def note(self, kind: str, line: int, what: str) -> None:
        """Something else that matters: output, external, draw, clock, unknown, wait, network."""
        self._notes.setdefault(kind, {}).setdefault(what, line)
        self._places.setdefault((kind, what), set()).add(f"{line}")

    def places(self, kind: str, what: object) -> tuple[str, ...]:
        """The lines where something was noted; ``FILE:LINE`` in a function that was followed."""
        return tuple(sorted(self._places.get((kind, what), ())))

    def unseen(self) -> Effects:
        """The same of code that may not have run though its line has: no line tells of it."""
        self._places = {
            key: {f"{place}{UNSEEN}" for place in places} for key, places in self._places.items()
        }
        return self

    def noted(self, *kinds: str) -> list[Note]:
        """What was noted of these kinds."""
        return [(line, what) for kind in kinds for what, line in self._notes.get(kind, {}).items()]

    def merge(self, other: Effects, line: int | None = None, file: str = "") -> None:
        """Take over what another piece of code does, at its own lines or at that of a call.

        ``file`` is where the other code stands, if that is in another function.
        """
        for key, places in other._places.items():
            there = {place if ":" in place or not file else f"{file}:{place}" for place in places}
            self._places.setdefault(key, set()).update(there)
        for root, at in other.reads.items():
            self.reads.setdefault(root, line or at)
        self.mutable_reads |= other.mutable_reads
        self.followed |= other.followed
        self.stored |= other.stored
        self.anew |= other.anew
        self.inner |= other.inner
        self.held |= other.held
        for root, (at, how) in other.writes.items():
            self.writes.setdefault(root, (line or at, how))
        for root, (at, how) in other.doubtful_writes.items():
            self.doubtful_writes.setdefault(root, (line or at, how))
        self.untyped = self.untyped or (line or other.untyped if other.untyped else 0)
        for kind, notes in other._notes.items():
            for what, at in notes.items():
                self._notes.setdefault(kind, {}).setdefault(what, line or at)

    def without(self, roots: set[Root]) -> Effects:
        """The same, but for these objects."""
        if not roots:
            return self
        other = Effects()
        other.merge(self)
        for root in roots:
            other.writes.pop(root, None)
            other.doubtful_writes.pop(root, None)
        return other

    def without_reads(self, scope: str) -> Effects:
        """The same, but for what is read of the objects of a scope."""
        other = Effects()
        other.merge(self)
        other.reads = {root: line for root, line in self.reads.items() if root[0] != scope}
        other.mutable_reads = {root for root in self.mutable_reads if root[0] != scope}
        return other

    def narrowed(self, roots: frozenset[Root], to: str) -> Effects:
        """The same, but of these objects only a field is read, or the binding."""
        other = Effects()
        other.merge(self)
        whole = {root for root in roots if not root[1].endswith(BINDING)}  # less there is not
        other.reads = {
            (root[0], root[1] + to) if root in whole else root: line
            for root, line in self.reads.items()
        }
        other.mutable_reads = {
            (root[0], root[1] + to) if root in whole else root for root in self.mutable_reads
        }
        return other

    @property
    def only_reads(self) -> bool:
        """Whether nothing older is changed, or may be, and nothing else was noted."""
        return not (self.writes or self.doubtful_writes or any(self._notes.values()))

    @property
    def outside(self) -> list[Note]:
        """Effects that leave the process or must stay in order."""
        return self.noted("output", "external", "draw")
