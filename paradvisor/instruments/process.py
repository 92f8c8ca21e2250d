"""Run one child process to its end: its output, its time, its memory, and no child left behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_READ_BYTES = 1 << 16
_POLITE_S = 3.0  # between asking a process to end and ending it
_DRAIN_S = 1.0  # for output still in the pipe when a grandchild keeps it open

Sink = Callable[[bytes], object]
Normalise = Callable[[bytes], bytes]
_LINE_NUMBER = re.compile(rb'(\.py", line |\.py:)\d+')


@dataclass(frozen=True)
class Finished:
    """How a process ended. ``exit_code`` is negative for a signal, as in subprocess."""

    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    exit_code: int
    timed_out: bool
    stdout_sha256: str
    stdout_bytes: int
    stderr_sha256: str
    stderr_bytes: int


class Stdin:
    """The user's standard input, given to the first run as it comes and again to the later ones."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.recorded = spool.exists()

    def replay(self) -> IO[bytes] | None:
        """What the first run was given; None while it has not been."""
        return self.spool.open("rb") if self.recorded else None

    @contextlib.contextmanager
    def pump(self, pipe: IO[bytes]) -> Iterator[None]:
        """Pass our standard input on to a pipe, keeping a copy, for as long as the body runs."""
        wake, stop = os.pipe()
        thread = threading.Thread(target=self._copy, args=(pipe, wake))
        thread.start()
        try:
            yield
        finally:
            os.close(stop)
            with contextlib.suppress(OSError):
                pipe.close()
            thread.join()
            os.close(wake)
            self.recorded = True

    def _copy(self, pipe: IO[bytes], wake: int) -> None:
        with self.spool.open("wb") as spool, contextlib.suppress(OSError, ValueError):
            # A closed one's number may be another file's by now.
            source = sys.stdin.fileno() if sys.stdin is not None else None
            while source is not None:
                ready, _, _ = select.select([source, wake], [], [])
                block = os.read(source, _READ_BYTES) if wake not in ready else b""
                if not block:
                    break
                spool.write(block)
                pipe.write(block)
                pipe.flush()
        with contextlib.suppress(OSError, ValueError):
            pipe.close()


@dataclass
class _Output:
    """Counts and digests a stream on its way to a sink."""

    sink: Sink | None
    give_up: Callable[[], None]
    """Called when the sink takes no more."""
    normalise: Normalise | None = None
    """What to make of all of it before it is counted and digested."""
    failure: OSError | None = None
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    count: int = 0

    def drain(self, stream: IO[bytes]) -> None:
        """Read the stream to its end."""
        kept = bytearray()
        while block := self._next(stream):
            if self.normalise is None:
                self._take(block)
            else:
                kept += block
            if self.sink is not None and self.failure is None:
                try:
                    self.sink(block)
                except OSError as error:  # nobody reads it any more
                    self.failure = error
                    self.give_up()
        if self.normalise is not None:
            self._take(self.normalise(bytes(kept)))

    def _take(self, block: bytes) -> None:
        self.digest.update(block)
        self.count += len(block)

    @staticmethod
    def _next(stream: IO[bytes]) -> bytes:
        try:
            return os.read(stream.fileno(), _READ_BYTES)
        except (OSError, ValueError):
            return b""


def run(
    command: list[str],
    *,
    cwd: str,
    stdin: Stdin,
    timeout_s: float | None,
    stdout: Sink | None = None,
    stderr: Sink | None = None,
    env: Mapping[str, str] | None = None,
    ask_with: signal.Signals = signal.SIGTERM,
    normalise: Normalise | None = None,
    watch: Callable[[int], object] | None = None,
) -> Finished:
    """Run a command in a process group of its own and wait for it.

    ``normalise`` takes out of the output what may differ, before it is digested; ``watch`` is given
    the process's number once it has begun.

    On a timeout, and on Ctrl-C, the whole group is asked to end and then ended: by ``ask_with``
    and by SIGINT.
    """
    replay = stdin.replay()
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=replay if replay is not None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0 if os.name == "posix" else None,
    )
    assert process.stdout is not None
    assert process.stderr is not None

    def give_up() -> None:
        _ask_to_end(process, signal.SIGTERM)

    out = _Output(stdout, give_up, normalise)
    err = _Output(stderr, give_up, lambda text: _without_lines(normalise, text))
    pumps = [
        threading.Thread(target=output.drain, args=(stream,), daemon=True)
        for output, stream in ((out, process.stdout), (err, process.stderr))
    ]
    for pump in pumps:
        pump.start()
    feed = stdin.pump(process.stdin) if process.stdin is not None else contextlib.nullcontext()
    try:
        with feed:
            if watch is not None:
                watch(process.pid)
            code, cpu_s, rss, timed_out = _wait(process, timeout_s, ask_with)
        wall_s = time.perf_counter() - begun
    except BaseException as error:
        _end(process, signal.SIGINT if isinstance(error, KeyboardInterrupt) else signal.SIGTERM)
        raise
    finally:
        if replay is not None:
            replay.close()
        for pump in pumps:
            pump.join(_DRAIN_S)
        _end_group(process.pid)
        for pump, stream in zip(pumps, (process.stdout, process.stderr), strict=True):
            pump.join(_DRAIN_S)
            if not pump.is_alive():
                stream.close()
    for output in (out, err):
        if output.failure is not None:
            raise output.failure
    return Finished(
        wall_s=wall_s,
        cpu_s=cpu_s,
        max_rss_bytes=rss,
        exit_code=code,
        timed_out=timed_out,
        stdout_sha256=out.digest.hexdigest(),
        stdout_bytes=out.count,
        stderr_sha256=err.digest.hexdigest(),
        stderr_bytes=err.count,
    )


def _without_lines(normalise: Normalise | None, text: bytes) -> bytes:
    """Messages, without the numbers of lines that they come from: a change moves lines."""
    plain = _LINE_NUMBER.sub(rb"\1N", text)
    return normalise(plain) if normalise is not None else plain


def _wait(
    process: subprocess.Popen[bytes], timeout_s: float | None, ask_with: signal.Signals
) -> tuple[int, float, int, bool]:
    """Exit code, CPU seconds, peak memory (with those of the children it waited for), timed out."""
    if os.name != "posix":
        try:
            return process.wait(timeout_s), 0.0, 0, False
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(), 0.0, 0, True
    timed_out = threading.Event()

    def expire() -> None:
        timed_out.set()
        _ask_to_end(process, ask_with)

    timer = threading.Timer(timeout_s, expire) if timeout_s is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        if timer is not None:
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024
    cpu_s = usage.ru_utime + usage.ru_stime
    return process.returncode, cpu_s, usage.ru_maxrss * scale, timed_out.is_set()


def _ask_to_end(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    """Signal a process and its group; end them by force if they are still there after a while."""
    if os.name != "posix":
        process.kill()
        return
    _signal_group(process.pid, with_signal)

    def insist() -> None:
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGKILL)

    force = threading.Timer(_POLITE_S, insist)
    force.daemon = True
    force.start()


def _end(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    if process.returncode is not None:
        return
    if os.name != "posix":
        process.kill()
        process.wait()
        return
    _signal_group(process.pid, with_signal)
    try:
        process.wait(_POLITE_S)
    except subprocess.TimeoutExpired:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _end_group(group: int) -> None:
    """A program that has ended leaves nobody behind in its group."""
    if os.name == "posix":
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
