"""What paradvisor remembers in a folder: ``.paradvisor/`` with the last profile, as JSON."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from paradvisor.errors import RecordError
from paradvisor.model import Facts, Report, Trials
from paradvisor.reports import json

FOLDER = ".paradvisor"


class Records:
    """The records of one folder. Nothing in them is ever unpickled or run."""

    def __init__(self, cwd: Path) -> None:
        self.folder = cwd / FOLDER

    def make(self) -> Path:
        """The folder, made if need be, and kept out of version control."""
        self.folder.mkdir(exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return self.folder

    def save(self, report: Report, trials: Trials | None, stdin: Path | None) -> None:
        """Keep a profile, what its trials saw, and the program's input, for apply and report."""
        from msgspec.json import encode

        self.make()
        facts = [trial.facts for trial in trials.loops] if trials is not None else []
        write_atomically(self.folder / "facts.json", encode(facts))
        write_atomically(self.folder / "profile.json", json.render(report).encode())
        if stdin is not None and stdin.exists():
            shutil.copyfile(stdin, self.stdin)
        else:
            self.stdin.unlink(missing_ok=True)

    def facts(self) -> list[Facts]:
        """What the trials of the last profile saw. Raises RecordError if it cannot be read."""
        import msgspec

        try:
            content = (self.folder / "facts.json").read_bytes()
            return msgspec.json.decode(content, type=list[Facts])
        except (OSError, msgspec.DecodeError) as error:
            raise RecordError(
                f"what the trials saw cannot be read: {error}", "Profile again."
            ) from None

    @property
    def stdin(self) -> Path:
        """What the profiled program read from its standard input."""
        return self.folder / "stdin"

    def load(self) -> Report:
        """The last profile. Raises RecordError if there is none, or none that can be read."""
        file = self.folder / "profile.json"
        try:
            text = file.read_bytes()
        except OSError:
            raise RecordError(
                "there is no profile in this folder yet", "Run: paradvisor profile PROGRAM"
            ) from None
        return json.parse(text)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a reader, or a crash, finds the old content or the new, never half."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    for left in path.parent.glob(f".{path.name}.*.new"):  # by one that was killed
        if left != new and not _is_running(left.suffixes[-2][1:]):
            left.unlink(missing_ok=True)
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        os.replace(new, path)  # noqa: PTH105 - the name says what it does
    finally:
        new.unlink(missing_ok=True)


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
