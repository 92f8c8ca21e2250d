"""A forked worker as its parent knows it: its pipes, its life, its death."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
from typing import NamedTuple

from paradvisor.runtime.errors import WorkerDied
from paradvisor.runtime.hygiene import above_streams

_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl.h of Linux; in the fcntl module from 3.10 on


class Pipes(NamedTuple):
    """Both ends of both pipes between a worker and its parent."""

    results: tuple[int, int]
    orders: tuple[int, int]

    def worker_ends(self) -> tuple[int, int]:
        """Keep the worker's ends only: where results go, where orders come from."""
        os.close(self.results[0])
        os.close(self.orders[1])
        return self.results[1], self.orders[0]

    def parent_ends(self) -> tuple[int, int]:
        """Keep the parent's ends only: where results come from, where orders go."""
        os.close(self.results[1])
        os.close(self.orders[0])
        return self.results[0], self.orders[1]

    def close(self) -> None:
        """Close all of it."""
        for fd in (*self.results, *self.orders):
            os.close(fd)


def open_pipes(count: int) -> list[Pipes]:
    """Pipes for so many workers. Raises OSError, with none of them left, where they cannot be."""
    found: list[Pipes] = []
    try:
        while len(found) < count:
            results = _pipe()
            try:
                found.append(Pipes(results, _pipe()))
            except OSError:
                for fd in results:
                    os.close(fd)
                raise
            _widen(results[1])
    except OSError:
        for pipes in found:
            pipes.close()
        raise
    return found


def _pipe() -> tuple[int, int]:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    return above_streams(reader), above_streams(writer)


def _widen(fd: int) -> None:
    with contextlib.suppress(OSError):  # the user's pipes hold as much as they may already
        fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_BYTES)


class Handle:
    """One worker of a team."""

    def __init__(self, number: int, pid: int, results: int, orders: int) -> None:
        self.number = number
        self.pid = pid
        self.results = results
        self.orders = orders
        self.pidfd = -1
        with contextlib.suppress(OSError):  # it has ended and nobody waits; no descriptor left
            self.pidfd = os.pidfd_open(pid)
        self.done = False

    def readable(self) -> bool:
        """Whether there is something to read from it."""
        poll = select.poll()
        poll.register(self.results, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))

    def died(self, iterations: tuple[int, int] | None) -> BaseException:
        """Wait for the process that has ended too early, and say how it did."""
        code: int | None = None
        if self.pidfd >= 0:  # or it would be waited for if only its pipe is closed
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):  # the program reaps all children itself
            code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        pid, self.pid = self.pid, 0
        if code == -signal.SIGINT:
            return KeyboardInterrupt()
        return WorkerDied(self.number, pid, code, iterations)

    def reap(self) -> None:
        """Nothing of the worker stays behind."""
        if self.pid:
            if not self.done:
                with contextlib.suppress(ProcessLookupError):
                    if self.pidfd >= 0:
                        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                    else:
                        os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self.pid = 0
        for fd in {self.results, self.orders, self.pidfd} - {-1}:
            os.close(fd)
        self.results = self.orders = self.pidfd = -1
