"""What a run leaves in the file system: the files of a folder before and after."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

_NOT_OUTPUT = {".git", ".hg", ".paradvisor", "__pycache__", ".venv", "venv", "node_modules"}
_MAX_FILES = 50_000

Stamps = dict[str, tuple[int, int, int, int]]


def stamps(folder: str) -> Stamps:
    """Inode, size, times of every file below a folder: cheap, and it changes with every write.

    Stops after 50,000 files, in an order that is the same every time.
    """
    found: Stamps = {}
    ours = _own_streams()
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_OUTPUT)
        for name in sorted(files):
            path = os.path.join(top, name)  # noqa: PTH118 - a hot loop over a whole tree
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if (status.st_dev, status.st_ino) in ours:
                continue
            found[path] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if len(found) >= _MAX_FILES:
                return found
    return found


def _own_streams() -> set[tuple[int, int]]:
    """The files that our own output is redirected to: the program does not write them."""
    found = set()
    for fd in (1, 2):
        with contextlib.suppress(OSError):
            status = os.fstat(fd)
            found.add((status.st_dev, status.st_ino))
    return found


def written(
    folder: str,
    before: Stamps,
    log: Path | None = None,
    normalise: Callable[[bytes], bytes] | None = None,
) -> dict[str, str]:
    """Files written since ``before``, and those in the harness's log: path -> content and mode.

    A file that was deleted is there too, as ``'deleted'``. Paths in the folder are relative to it.
    """
    after = stamps(folder)
    paths = {path for path, stamp in after.items() if before.get(path) != stamp}
    digests = {_relative(path, folder): "deleted" for path in before.keys() - after.keys()}
    if log is not None and log.exists():
        paths |= {json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()}
    for path in paths:
        if digest := _digest(Path(path), normalise):
            digests[_relative(path, folder)] = digest
    return dict(sorted(digests.items()))


def _relative(path: str, folder: str) -> str:
    return os.path.relpath(path, folder) if Path(path).is_relative_to(folder) else path


def _digest(path: Path, normalise: Callable[[bytes], bytes] | None) -> str | None:
    """None for what is gone at the end, is no regular file, or is the interpreter's own cache."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or _NOT_OUTPUT & set(path.parts):
            return None
        if normalise is not None:
            content = hashlib.sha256(normalise(path.read_bytes())).hexdigest()
        else:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return f"{content} {stat.S_IMODE(status.st_mode):o}"


def differences(first: dict[str, str], second: dict[str, str]) -> list[str]:
    """How two runs differ in the files that they wrote, in words."""
    said = []
    for path in sorted(first.keys() | second.keys()):
        if first.get(path) != second.get(path):
            how = (
                "written differently"
                if path in first and path in second
                else "written only by the first"
                if path in first
                else "written only by the second"
            )
            said.append(f"file {path}: {how}")
    return said
