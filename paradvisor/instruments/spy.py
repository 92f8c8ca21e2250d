"""py-spy beside the bare run, where it is installed: whose line it is, without our own bias.

A thread of the target sees others only where they give the GIL away. py-spy stops the process and
reads its memory, wherever it is. It needs the right to trace: where that is refused, a note says so
and the heartbeat's view stands alone. Not beside the heartbeat: what is stopped wakes late, and its
waits look otherwise.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from paradvisor.model import ExternalSampling, ExternalStack, Frame

SHORTEST_S = 0.5
"""Of programs that take less it would not see enough: it begins after 0.1 s."""
_LOOKS = 1500  # each costs the program about 0.3 ms
_SLOWEST_HZ, _FASTEST_HZ = 20, 125
_PATIENCE_S = 5.0  # for its record, once the program has ended
_FRAME = re.compile(r"(?P<name>\S+) \((?P<file>.+):(?P<line>\d+)\)$")


def find() -> str | None:
    """The py-spy of this environment, else the one on the path."""
    return shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")


class Spy:
    """Watches one process, which will take about ``expected_s``, until it ends."""

    def __init__(self, program: str, folder: Path, cwd: str, expected_s: float) -> None:
        self.program = program
        self.rate_hz = round(min(_FASTEST_HZ, max(_SLOWEST_HZ, _LOOKS / max(expected_s, 0.1))))
        self.record = folder / "py-spy.raw"
        self.cwd = cwd
        self.process: subprocess.Popen[str] | None = None

    def begin(self, pid: int) -> None:
        """Begin; what goes wrong shows at the end."""
        self.record.unlink(missing_ok=True)
        command = [self.program, "record", "--pid", str(pid), "--rate", str(self.rate_hz)]
        command += ["--format", "raw", "--full-filenames", "--output", str(self.record)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the program: its end is the end of this
        )

    def seen(self) -> tuple[ExternalSampling | None, str]:
        """What it saw, or why it saw nothing."""
        if self.process is None:
            return None, "it was not started"
        try:
            _, said = self.process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            said = self._end()
        if not self.record.exists():
            errors = [line for line in said.splitlines() if line.startswith("Error:")]
            return None, errors[0].removeprefix("Error: ") if errors else "it left no record"
        lines = self.record.read_text(encoding="utf-8", errors="replace").splitlines()
        return parse(lines, self.cwd, self.rate_hz), ""

    def _end(self) -> str:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.communicate(timeout=_PATIENCE_S)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[1]


def parse(lines: Iterable[str], cwd: str, rate_hz: float) -> ExternalSampling:
    """py-spy's raw format: a line for each stack, outermost frame first, and how often it was seen.

    Only threads at work are in it.
    """
    counts: Counter[tuple[Frame, ...]] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not count.isdigit():
            continue
        found = (_FRAME.match(part) for part in stack.split(";"))
        counts[tuple(_frame(match, cwd) for match in found if match)] += int(count)
    return ExternalSampling(
        tool="py-spy",
        rate_hz=rate_hz,
        stacks=tuple(ExternalStack(stack, count) for stack, count in counts.items()),
    )


def _frame(match: re.Match[str], cwd: str) -> Frame:
    line = int(match["line"])
    file = match["file"]
    real = file if file.startswith("<") else str(Path(cwd, file).resolve())
    return Frame(file=real, function=match["name"], first_line=line, line=line)
