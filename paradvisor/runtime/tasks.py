"""Tasks: recursive work shared out as cores become free, and sections, a few blocks side by side.

A task is started by a new worker if a core is free at that moment, and run by its creator at once
if not. So a deep recursion forks a few times near its root and is plain calls below, and no
function is ever pickled: a forked task has its creator's memory.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar, copy_context
from typing import Any, Protocol

from paradvisor.runtime import region, wire
from paradvisor.runtime.errors import WorkerDied
from paradvisor.runtime.hygiene import (
    Generators,
    Lifeline,
    Settling,
    flush_streams,
    uninterrupted,
    warn_of_threads,
)
from paradvisor.runtime.shared import Offset
from paradvisor.runtime.sync import lock_named, locked_file


class Task(Protocol):
    """A call that has been begun."""

    def result(self) -> Any:
        """What it returns, when it has. Raises what it has raised."""


class taskgroup:  # noqa: N801 - OpenMP's name
    """``with taskgroup() as group:``, whose end waits for all tasks that were made in it.

    The outermost group has the team: ``workers`` members, this one among them. Groups inside its
    tasks share it. In a region's worker every task is run at once: its team is busy already.

    Args:
        workers: as for ``parallel``.
        strategy: "fork", "threads" or "serial", as for ``parallel``.
    """

    def __init__(self, *, workers: int | None = None, strategy: str | None = None) -> None:
        self._workers, self._strategy = workers, strategy
        self._team: Any = None
        self._tasks: list[Task] = []

    def task(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Task:
        """Begin a call: by another worker if a core is free, else now and here."""
        if self._team is None:
            raise RuntimeError("tasks are made between the begin and the end of their group")
        begun: Task = self._team.begin(lambda: function(*args, **kwargs))
        self._tasks.append(begun)
        return begun

    def __enter__(self) -> taskgroup:
        self._team = _current.get()
        self._owns = self._team is None
        if self._owns:
            strategy = region.strategy_of_tasks(self._strategy)
            self._team = _TEAMS[strategy](region.team_of_tasks(self._workers))
        self._token = _current.set(self._team)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        _current.reset(self._token)
        failure: BaseException | None = None
        for begun in self._tasks:
            try:
                begun.result()
            except BaseException as raised:
                failure = failure or raised
        if self._owns:
            self._team.close()
        self._team = None
        if failure is not None and error is None:
            raise failure


_current: ContextVar[Any] = ContextVar("paradvisor_tasks", default=None)


def current_team() -> Any:
    """The team whose group is around the running code; None outside of any."""
    return _current.get()


class _Done:
    """A task that its creator has run itself."""

    def __init__(self, call: Callable[[], Any], kept: type[BaseException] = Exception) -> None:
        """``kept`` exceptions are raised when the result is asked for, others now."""
        self._value: Any = None
        self._error: BaseException | None = None
        try:
            self._value = call()
        except kept as error:
            self._error = error

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value


class _Serial:
    """Nobody else works on the tasks."""

    def __init__(self, workers: int) -> None:
        pass

    def begin(self, call: Callable[[], Any]) -> Task:
        return _Done(call)

    def critical(self, name: str) -> AbstractContextManager[object]:
        return lock_named(name)

    def close(self) -> None:
        pass


class _Threads:
    """Free workers are permits of a semaphore, and a task that gets one is a thread."""

    def __init__(self, workers: int) -> None:
        self.free = threading.Semaphore(workers - 1)

    def begin(self, call: Callable[[], Any]) -> Task:
        if not self.free.acquire(blocking=False):
            return _Done(call)
        return _InThread(self, call)

    def critical(self, name: str) -> AbstractContextManager[object]:
        return lock_named(name)

    def close(self) -> None:
        pass


class _InThread:
    def __init__(self, team: _Threads, call: Callable[[], Any]) -> None:
        self._team = team
        self._done: _Done | None = None
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run, call), name="paradvisor-task", daemon=True
        )
        self._thread.start()

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            self._done = _Done(call, BaseException)
        finally:
            self._team.free.release()

    def result(self) -> Any:
        if self._thread.is_alive():
            self._team.free.release()  # who waits leaves a core free
            self._thread.join()
            self._team.free.acquire()
        assert self._done is not None
        return self._done.result()


class _Forks:
    """Free workers are units of an eventfd, which all processes of the team count in."""

    def __init__(self, workers: int) -> None:
        self.fd = os.eventfd(workers - 1, os.EFD_CLOEXEC | os.EFD_NONBLOCK | os.EFD_SEMAPHORE)
        self._locks = Offset()

    def acquire(self) -> bool:
        try:
            os.eventfd_read(self.fd)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        os.eventfd_write(self.fd, 1)

    def begin(self, call: Callable[[], Any]) -> Task:
        return _InFork(self, call) if self.acquire() else _Done(call)

    def critical(self, name: str) -> AbstractContextManager[object]:
        return locked_file(self._locks.fd, name)

    def close(self) -> None:
        os.close(self.fd)
        self._locks.close()


class _InFork:
    def __init__(self, team: _Forks, call: Callable[[], Any]) -> None:
        self._team = team
        self._outcome: _Done | None = None
        warn_of_threads()
        flush_streams()
        settling, lifeline, generators = Settling(1), Lifeline(1), Generators()
        self._reader, writer = os.pipe2(os.O_CLOEXEC)
        with uninterrupted():
            self._pid = os.fork()
            if self._pid == 0:
                settling.settle_in()
                lifeline.hold(0)
                generators.begin(0)
        if self._pid == 0:
            self._run(call, writer)
        lifeline.forked()
        os.close(writer)
        self._lifeline = lifeline

    def _run(self, call: Callable[[], Any], writer: int) -> None:
        try:
            done = _Done(call, BaseException)
            outcome: tuple[Any, wire.Failure | None]
            try:
                outcome = (wire.keep(done.result()), None)
            except BaseException as error:
                outcome = (None, wire.pack_error(error))
            try:
                wire.send(writer, outcome)
            except Exception as error:
                wire.send(writer, (None, wire.pack_error(error)))
            flush_streams()
            self._team.release()
        finally:
            os._exit(0)

    def result(self) -> Any:
        if self._outcome is None:
            self._outcome = _Done(self._collect)
        return self._outcome.result()

    def _collect(self) -> Any:
        waited = not _readable(self._reader)
        if waited:
            self._team.release()  # who waits leaves a core free
        try:
            (value, failure), _ = wire.receive(self._reader)
        except wire.Closed:
            self._team.release()  # it could not do so itself
            pid, code = self._pid, self._reap()
            raise WorkerDied(1, pid, code) from None
        finally:
            os.close(self._reader)
            self._reap()
            self._lifeline.close()
            if waited:
                self._team.acquire()
        if failure is not None:
            raise wire.unpack_error(failure)
        return wire.unpack(value)

    def _reap(self) -> int | None:
        """Wait for the process, once; None where the program reaps its children itself."""
        pid, self._pid = self._pid, 0
        with suppress(ChildProcessError):
            if pid:
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return None


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


_TEAMS: dict[str, Callable[[int], Any]] = {
    "serial": _Serial,
    "threads": _Threads,
    "fork": _Forks,
}


def sections(
    *blocks: Callable[[], Any], workers: int | None = None, strategy: str | None = None
) -> list[Any]:
    """Run a few functions side by side, each by one member of a team.

    Returns:
        What they return, in the order of the functions.

    Raises:
        Exception: what the first of them that failed, in that order, has raised.
    """

    def section() -> Any:
        for block in region.scheduled(blocks, "dynamic", 1):
            yield block()

    most = len(blocks) if workers is None else workers
    return list(region.parallel(section, workers=max(1, most), strategy=strategy))
