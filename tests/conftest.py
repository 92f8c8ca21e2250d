"""What the tests of the command line share: real runs of it, and a look at what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_S = 240.0

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell, which has its jobs ignore Ctrl-C, and so all they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Completed = subprocess.CompletedProcess[bytes]


def live_members(session: int) -> list[int]:
    """Live processes of a session, where /proc tells."""
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc/self/stat").exists() else ():
        if entry.name.isdigit():
            with suppress(OSError):  # it may have gone meanwhile
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


class CommandLine:
    """Runs ``python -m paradvisor`` in a folder of its own, with a TMPDIR of its own."""

    def __init__(self, top: Path) -> None:
        self.folder = top / "work"
        self.temporary = top / "tmp"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)
        self.sessions: list[int] = []
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PARADVISOR_", "PYTEST_", "COV_"))
            and name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED")
        } | {"TMPDIR": str(self.temporary)}

    def write(self, name: str, source: str | bytes) -> Path:
        """A file in the folder; text is dedented."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
        path.write_bytes(text)
        return path

    def start(
        self, *args: str | bytes | Path, env: dict[str, str] | None = None, **options: object
    ) -> subprocess.Popen[bytes]:
        """Start it in a session of its own."""
        wanted = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
            "cwd": self.folder,
        } | options
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "paradvisor", *args],
            env=self.env | (env or {}), start_new_session=True, **wanted,  # type: ignore[call-overload]
        )
        self.sessions.append(process.pid)
        return process

    def __call__(
        self, *args: str | bytes | Path, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> Completed:
        """Run it to its end."""
        process = self.start(*args, env=env, stdin=subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"it did not end: {args}\n{out.decode()}\n{err.decode()}")
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def python(self, *args: str | Path) -> Completed:
        """Run a program of the folder bare."""
        return subprocess.run(
            [sys.executable, *args], cwd=self.folder, env=self.env, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=DEADLINE_S, check=False,
        )

    def left_behind(self) -> list[str]:
        """Live processes and temporary files."""
        end = time.monotonic() + 10  # what was killed takes a moment to go
        while (left := [pid for one in self.sessions for pid in live_members(one)]) and (
            time.monotonic() < end
        ):
            time.sleep(0.01)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        files = [str(path) for path in self.temporary.iterdir()]
        return [*(f"process {pid}" for pid in left), *files]


@pytest.fixture
def paradvisor(tmp_path: Path) -> Iterator[CommandLine]:
    """The command line; fails the test if a run leaves a process or a temporary file."""
    command = CommandLine(tmp_path)
    yield command
    assert command.left_behind() == []


@pytest.fixture(scope="module")
def command_line() -> type[CommandLine]:
    """For fixtures that outlive a test."""
    return CommandLine
