"""Regions and work sharing: ``parallel`` forms a team, ``scheduled`` deals a loop out to it."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar

from paradvisor.runtime.schedule import check

TYPE_CHECKING = False  # typing itself takes longer to import than all of this package
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol, TypeVar, overload

    T = TypeVar("T")
else:

    def overload(function: Any) -> Any:
        """As in typing, as far as running goes."""
        return function


STRATEGIES = {
    "serial": "paradvisor.runtime.serial",
    "threads": "paradvisor.runtime.threads",
    "fork": "paradvisor.runtime.forks",
}
"""Where each strategy's ``run(section, options)`` and ``Block(options)`` are. One line each."""


class Options:
    """The settings of one region."""

    __slots__ = ("chunk", "ordered", "schedule", "workers")

    def __init__(self, workers: int, schedule: str, chunk: int | None, ordered: bool) -> None:
        self.workers = workers
        self.schedule = schedule
        self.chunk = chunk
        self.ordered = ordered


if TYPE_CHECKING:

    class Member(Protocol):
        """What a worker is, for the code that it runs."""

        number: int
        size: int

        def deal(
            self, iterable: Iterable[T], schedule: str | None, chunk: int | None
        ) -> Iterator[T]:
            """This worker's share of a loop."""


current: ContextVar[Member | None] = ContextVar("paradvisor_member", default=None)
"""The member that the running code is, None outside of any region."""


@overload
def parallel(
    section: None = None,
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    ordered: bool = True,
) -> Any: ...
@overload
def parallel(
    section: Callable[[], Iterator[T]],
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    ordered: bool = True,
) -> Iterator[T]: ...
@overload
def parallel(
    section: Callable[[], None],
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    ordered: bool = True,
) -> None: ...
def parallel(
    section: Callable[[], Any] | None = None,
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    ordered: bool = True,
) -> Any:
    """Run a section by a team of workers, or, without one, be a ``with`` block that they run.

    Args:
        section: a function without parameters. If it is a generator function, what it yields
            comes back; else it is run to its end before ``parallel`` returns.
        workers: size of the team; usable cores if None. ``PARADVISOR_WORKERS`` overrides it.
        strategy: "fork", "threads" or "serial"; fork if None, where the system has it, else
            serial. ``PARADVISOR_STRATEGY`` overrides it.
        schedule: "static", "dynamic", "guided" or "reversed", for loops that name none
            themselves. ``PARADVISOR_SCHEDULE`` overrides it, for those that do as well.
        chunk: iterations dealt at a time, or the fewest of them for guided.
        ordered: yield results in the order of the serial loop, else as they come.

    Returns:
        An iterator over what the section yields; None for one that does not; a context manager
        without a section.

    Raises:
        WorkerDied: a worker process was killed or left without finishing.
        Exception: what an iteration raised, after the results of those that precede it.
    """
    check(schedule, chunk)
    schedule = _schedule(schedule) or schedule
    options = Options(_team(workers), schedule, chunk, ordered)
    name = STRATEGIES[_strategy(strategy)]
    __import__(name)
    module = sys.modules[name]
    if section is None:
        return module.Block(options)
    results = module.run(section, options)
    if is_generator_function(section):
        return results
    for _ in results:
        pass
    return None


def scheduled(
    iterable: Iterable[T], schedule: str | None = None, chunk: int | None = None
) -> Iterator[T]:
    """This worker's share of a loop; outside of a region, the whole of it.

    Sequences are dealt by index; any other iterable is read by the parent, a little ahead of the
    workers.
    """
    check(schedule, chunk)
    member = current.get()
    return (
        iter(iterable) if member is None else member.deal(iterable, _schedule(schedule), chunk)
    )


def worker_number() -> int:
    """Which worker of its team runs this code, from 0; 0 outside of a region."""
    member = current.get()
    return 0 if member is None else member.number


def team_size() -> int:
    """How many workers run this region; 1 outside of one."""
    member = current.get()
    return 1 if member is None else member.size


def as_member(member: Member | None, call: Callable[[], Any]) -> Any:
    """Call a part of a section as a member of its team."""
    token = current.set(member)
    try:
        return call()
    finally:
        current.reset(token)


def is_generator_function(section: Callable[..., Any]) -> bool:
    """As inspect.isgeneratorfunction, whose module takes longer to import than all of ours."""
    while not hasattr(section, "__code__"):
        inner = getattr(section, "func", None) or getattr(section, "__func__", None)
        if inner is None:
            return False
        section = inner
    return bool(section.__code__.co_flags & 0x20)  # CO_GENERATOR (CPython Include/cpython/code.h)


def _team(workers: int | None) -> int:
    override = os.environ.get("PARADVISOR_WORKERS")
    if override:
        workers = int(override)
    if workers is None:
        affinity = getattr(os, "sched_getaffinity", None)
        workers = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"a team needs at least 1 worker, not {workers}")
    return workers


def _schedule(name: str | None) -> str | None:
    override = os.environ.get("PARADVISOR_SCHEDULE") or None
    check(override, None)
    return override or name


def _strategy(name: str | None) -> str:
    name = os.environ.get("PARADVISOR_STRATEGY") or name
    if name is not None and name not in STRATEGIES:
        raise ValueError(f"strategy must be one of {', '.join(STRATEGIES)}, not {name!r}")
    if current.get() is not None:  # a region inside a worker: its team is busy already
        return "serial"
    if sys.platform == "linux":
        return name or "fork"
    if name == "fork":
        import warnings

        warnings.warn(
            f"there is no safe fork on {sys.platform}: this region runs serially",
            RuntimeWarning,
            stacklevel=3,
        )
        return "serial"
    return name or "serial"
