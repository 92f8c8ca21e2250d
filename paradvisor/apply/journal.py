"""The undo journal: every change that was written, so that it can be taken back byte for byte.

An entry is on disk before the file changes, so a crash at any moment leaves either the old file, or
the new one and the entry to take it back.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import os
import shutil
from itertools import pairwise
from pathlib import Path

import msgspec

from paradvisor.errors import InconclusiveError, RecordError
from paradvisor.records import Records, write_atomically


class Entry(msgspec.Struct, frozen=True):
    """One change to one file. Content is kept beside it, in ``before`` and ``after``."""

    number: int
    file: str
    strategy: str
    where: str
    undone: bool = False


class Journal:
    """The changes made in one folder."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.folder = records.folder / "journal"

    def entries(self) -> list[Entry]:
        """All changes, oldest first."""
        found = []
        for file in sorted(self.folder.glob("*/entry.json")):
            try:
                found.append(msgspec.json.decode(file.read_bytes(), type=Entry))
            except msgspec.MsgspecError as error:
                raise RecordError(
                    f"the journal entry {file} cannot be read: {error}",
                    "The file's content before and after lies beside it.",
                ) from None
        return found

    def write(self, file: Path, before: bytes, after: bytes, strategy: str, where: str) -> Entry:
        """Note a change, then make it, atomically.

        Raises:
            RecordError: the file does not hold ``before`` any more.
        """
        if file.read_bytes() != before:
            raise RecordError(f"{file.name} has changed in the meantime", "Profile again.")
        self._records.make()
        number = 1 + max((entry.number for entry in self.entries()), default=0)
        entry = Entry(number, str(file), strategy, where)
        place = self._place(entry)
        place.mkdir(parents=True)
        (place / "before").write_bytes(before)
        (place / "after").write_bytes(after)
        self._save(entry)
        write_atomically(file, after)
        return entry

    def undo(self, number: int | None) -> Entry:
        """Take one change back: the last one, or one by its number.

        Where the file has changed since, only the change's own lines are put back, if they are
        still there as it left them.

        Raises:
            RecordError: there is no such change.
            InconclusiveError: the change's lines have been changed again.
        """
        entry = self._find(number)
        place = self._place(entry)
        before, after = (place / "before").read_bytes(), (place / "after").read_bytes()
        file = Path(entry.file)
        try:
            current = file.read_bytes()
        except OSError:
            raise RecordError(f"{file} cannot be read", "Put the file back first.") from None
        if current != before:
            restored = before if current == after else _merge(before, after, current)
            if restored is None:
                raise InconclusiveError(
                    f"the lines of change {entry.number} in {file.name} have been changed since",
                    "Undo the later changes first; what the file was is kept in "
                    f"{place / 'before'}.",
                )
            later = [other for other in self.entries() if other.number > entry.number]
            needed = any(not other.undone and other.file == entry.file for other in later)
            if needed and _lacks_import(restored):
                raise InconclusiveError(
                    f"a later change to {file.name} uses the import of change {entry.number}",
                    "Undo the later change first.",
                )
            write_atomically(file, restored)
        done = msgspec.structs.replace(entry, undone=True)
        self._save(done)
        return done

    def _find(self, number: int | None) -> Entry:
        open_entries = [entry for entry in self.entries() if not entry.undone]
        if number is not None:
            open_entries = [entry for entry in open_entries if entry.number == number]
        if not open_entries:
            what = "no change to undo" if number is None else f"no change {number} to undo"
            raise RecordError(f"there is {what} in this folder", "See: paradvisor undo --list")
        return open_entries[-1]

    def _place(self, entry: Entry) -> Path:
        return self.folder / f"{entry.number:04d}"

    def _save(self, entry: Entry) -> None:
        write_atomically(self._place(entry) / "entry.json", msgspec.json.encode(entry))


def _lacks_import(source: bytes) -> bool:
    """Whether a file uses the runtime's names without importing them."""
    tree = ast.parse(source)
    bound = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return bool({"parallel", "scheduled"} & called - bound)


def _merge(before: bytes, after: bytes, current: bytes) -> bytes | None:
    """``current`` with the change from ``before`` to ``after`` taken back, None where it cannot be.

    A three-way merge by lines, with ``after`` as the common ancestor: each run of lines that the
    change wrote must stand in ``current`` as it was written.
    """
    old, new, now = (text.splitlines(keepends=True) for text in (before, after, current))
    matcher = difflib.SequenceMatcher(None, new, now, autojunk=False)
    position: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            position[block.a + offset] = block.b + offset
    edits = []
    for tag, first, last, start, stop in difflib.SequenceMatcher(
        None, new, old, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        # The lines that it wrote, with a line of context on each side where there is one.
        context = range(max(0, first - 1), min(len(new), last + 1))
        places = [position.get(line, -1) for line in context]
        if -1 in places or any(b - a != 1 for a, b in pairwise(places)):
            return None
        begin = position[context[0]] + (first - context[0])
        edits.append((begin, begin + last - first, old[start:stop]))
    for begin, end, lines in reversed(edits):
        now[begin:end] = lines
    return b"".join(now)


def refuse_to_write(file: Path, root: Path) -> str | None:
    """Why a file must not be changed, if there is a reason."""
    if not file.resolve().is_relative_to(root.resolve()):
        return f"{file} is outside of {root}"
    if not file.stat().st_mode & 0o222 or not os.access(file, os.W_OK):
        return f"{file.name} is read-only"
    if not os.access(file.parent, os.W_OK):
        return f"the folder of {file.name} is read-only"
    if shutil.disk_usage(file.parent).free < 1 << 20:
        return f"the disk that holds {file.name} is full"
    return None


def sha256(content: bytes) -> str:
    """The digest that records name content by."""
    return hashlib.sha256(content).hexdigest()
