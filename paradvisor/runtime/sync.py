"""OpenMP's synchronisation by its names, for whatever team the calling code belongs to.

Outside of a region, and in one that runs serially, there is nobody to wait for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

from paradvisor.runtime.order import Cancelled
from paradvisor.runtime.region import current


def critical(name: str = "") -> AbstractContextManager[object]:
    """A block that one member runs at a time, as ``with critical("name"):`` has it.

    Blocks of different names do not exclude each other. Not reentrant. Outside of a region it
    excludes other threads of this process.
    """
    member = current.get()
    if member is not None:
        return member.critical(name)
    tasks = sys.modules.get("paradvisor.runtime.tasks")
    team = None if tasks is None else tasks.current_team()
    return lock_named(name) if team is None else team.critical(name)


_locks: dict[str, threading.Lock] = {}
_locks_lock = threading.Lock()


def lock_named(name: str) -> threading.Lock:
    """The lock of all critical blocks of a name in this process."""
    with _locks_lock:
        return _locks.setdefault(name, threading.Lock())


@contextmanager
def locked_file(fd: int, name: str) -> Iterator[None]:
    """Hold a lock that processes share by an open file, and a dying one gives back."""
    import fcntl

    place = 1 + hash(name) % (1 << 40)  # the same in all of them: they were forked
    with lock_named(name):  # the file's lock is one for all threads of a process
        fcntl.lockf(fd, fcntl.LOCK_EX, 1, place)
        try:
            yield
        finally:
            fcntl.lockf(fd, fcntl.LOCK_UN, 1, place)


def barrier() -> None:
    """Wait until every member of the team has come here. Not inside a scheduled loop."""
    member: Any = current.get()
    if member is not None:
        member.barrier()


def single() -> bool:
    """Tell whether this member comes here first: ``if single():`` is run by it alone.

    As OpenMP's ``single nowait``: the others do not wait for it; put a ``barrier()`` after it.
    """
    member: Any = current.get()
    return True if member is None else bool(member.single())


def master() -> bool:
    """Tell whether this is worker 0, for ``if master():`` (``masked`` from OpenMP 5.1 on)."""
    member = current.get()
    return member is None or member.number == 0


@contextmanager
def ordered() -> Iterator[None]:
    """A block that runs in the order of the serial loop, as ``with ordered():`` has it.

    In the body of ``for x in scheduled(.., ordered=True)``, at most once an iteration.

    Raises:
        RuntimeError: the loop was not scheduled with ``ordered=True``.
    """
    member: Any = current.get()
    account = getattr(member, "account", None)
    if account is None or account.take_turn is None:
        yield
        return
    if not account.keeps_turns:
        raise RuntimeError("an ordered block needs a loop over scheduled(.., ordered=True)")
    loop, index = account.iteration
    member.await_turn(loop, index)
    yield
    member.pass_turn(loop, index)


def cancel() -> NoReturn:
    """End the region here: of the serial order, only what precedes this point still counts.

    The results that precede come out, then the iterator over ``parallel(section)`` ends. In the
    other members iterations under way may go on for a moment; nothing of theirs is used.
    """
    raise Cancelled
