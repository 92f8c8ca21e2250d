"""Which files an iteration reads, and which the loop itself writes. It runs in the program.

By audit events (PEP 578): files that are opened, and folders that are listed. Asking for a file's
size or time raises none.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link"}
    | {"os.symlink", "os.truncate", "os.utime"}
)
_BEYOND = ("subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system")
"""What may write to files without being seen."""
_HOOKED: list[bool] = []
_WATCHING: list[Written] = []
FORKING: list[bool] = []
"""Not empty while a trial forks: its copies of the program write nothing."""


class Read:
    """What a shadow reads."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """As sys.addaudithook has it."""
        if event == "open" and isinstance(args[0], str | bytes):
            self.files.add(_whole(args[0]))
        elif event in ("os.listdir", "os.scandir"):
            self.folders.add(_whole(args[0] or "."))


class Written:
    """What the program writes until the loop is over, and to what it has files open."""

    def __init__(self) -> None:
        self.files = _open_for_writing()
        self.beyond = False
        if not _HOOKED:
            _HOOKED.append(True)
            sys.addaudithook(_hook)  # which cannot be taken away again
        _WATCHING.append(self)

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event."""
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & WRITING and isinstance(path, str | bytes):
                self.files.add(_whole(path))
        elif event in _CHANGING:
            self.files.update(_whole(part) for part in args if isinstance(part, str | bytes))
        elif event.startswith(_BEYOND) and not FORKING:
            self.beyond = True

    def end(self) -> None:
        """The loop is over."""
        _WATCHING.remove(self)

    def apart_from(self, files: list[str], folders: list[str]) -> bool:
        """Whether nothing that was read is among what was written."""
        written = set(map(os.path.realpath, self.files))
        read = set(map(os.path.realpath, files))
        listed = set(map(os.path.realpath, folders))
        touched = written | set(map(os.path.dirname, written))
        return not (self.beyond or read & written or listed & touched)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    for written in _WATCHING:
        written.note(event, args)


def _whole(path: Any) -> str:
    try:
        return os.path.abspath(os.fsdecode(path))
    except (TypeError, ValueError, OSError):
        return "/"


def _open_for_writing() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            with open(f"/proc/self/fdinfo/{name}", encoding="ascii") as file:
                fields = dict(line.split(":", 1) for line in file if ":" in line)
            if int(fields["flags"], 8) & os.O_ACCMODE:
                found.add(os.readlink(f"/proc/self/fd/{name}"))
        except (OSError, ValueError, KeyError):
            continue
    return found
