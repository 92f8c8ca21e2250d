"""Regions and work sharing: ``parallel`` forms a team, ``scheduled`` deals a loop out to it."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar

from paradvisor.runtime.schedule import Chunks, Source, check

TYPE_CHECKING = False  # typing itself takes longer to import than all of this package
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
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


_FOLDED_CHUNKS = 256  # leaves of a reduction's tree
_FOLDED_ITEMS = 64  # in each, where it is not known how many there are in all


class Options:
    """The settings of one region."""

    __slots__ = ("chunk", "depth", "fold", "ordered", "output", "retries", "schedule", "workers")

    def __init__(
        self,
        workers: int,
        *,
        schedule: str = "guided",
        chunk: int | None = None,
        ordered: bool = True,
        retries: int = 0,
        output: str = "ordered",
        fold: Callable[[Any, Any], Any] | None = None,
        depth: int = 1,
    ) -> None:
        self.workers = workers
        self.schedule = schedule
        self.chunk = chunk
        self.ordered = ordered
        self.retries = retries
        self.output = output
        self.fold = fold
        self.depth = depth

    def of_a_block(self) -> Options:
        """The same for a ``with`` block, in which no chunk can be done again."""
        return Options(
            self.workers,
            schedule=self.schedule,
            chunk=self.chunk,
            output=self.output,
            depth=self.depth,
        )


class Loop:
    """A loop to be shared out: what it goes over, and how it is to be cut."""

    __slots__ = ("_chunks", "_items", "chunk", "costs", "fed", "iterable", "ordered", "schedule")

    def __init__(
        self,
        iterable: Iterable[Any],
        schedule: str | None,
        chunk: int | None,
        costs: Sequence[float] | None,
        ordered: bool,
    ) -> None:
        self.iterable = iterable
        self.schedule = schedule
        self.chunk = chunk
        self.costs = costs
        self.ordered = ordered
        self.fed = False
        """Whether the parent reads it and hands the items out."""
        self._chunks: Chunks | None = None
        self._items: Sequence[Any] | None = None

    @property
    def items(self) -> Sequence[Any] | None:
        """What can be dealt by index; None where it can only be read."""
        if self._items is None:
            from paradvisor.runtime.indexable import as_sequence  # not for import time

            self._items = as_sequence(self.iterable)
        return self._items

    def listed(self) -> Sequence[Any]:
        """All items, read if need be.

        Raises:
            TypeError: a file; forked workers share its position, so each would read a part.
        """
        if self.items is not None:
            return self.items
        if hasattr(self.iterable, "fileno"):
            raise TypeError(
                "a file cannot be shared out here, since forked workers share its position: "
                "read it into a list first"
            )
        self._items = list(self.iterable)
        return self._items

    @property
    def cut(self) -> bool:
        """Whether its chunks are made already."""
        return self._chunks is not None

    def chunks(self, length: int, team: int, options: Options) -> Chunks:
        """How the loop is cut for a team; made once."""
        if self._chunks is None:
            schedule, costs = self._schedule(options), self.costs
            chunk = self.chunk or options.chunk
            if options.fold is not None:  # the same chunks for any team, or sums would differ
                schedule, chunk, costs = "dynamic", max(1, length // _FOLDED_CHUNKS), None
            if self.ordered:  # who waits for an earlier turn must not hold it up
                costs = None
            self._chunks = Chunks(length, team, schedule, chunk, costs)
        return self._chunks

    def source(
        self, team: int, options: Options, keep: Callable[[Any], Any] | None = None
    ) -> Source:
        """The loop as something to be read."""
        chunk = self.chunk or options.chunk
        if options.fold is not None:
            chunk = _FOLDED_ITEMS
        return Source(self.iterable, team, self._schedule(options), chunk, keep)

    def _schedule(self, options: Options) -> str:
        schedule = self.schedule or options.schedule
        return "dynamic" if self.ordered and schedule == "reversed" else schedule


if TYPE_CHECKING:

    class Member(Protocol):
        """What a worker is, for the code that it runs."""

        size: int
        depth: int

        @property
        def number(self) -> int:
            """Which one of its team, from 0."""

        def deal(self, loop: Loop) -> Iterator[Any]:
            """This worker's share of a loop."""

        def critical(self, name: str) -> AbstractContextManager[object]:
            """One member at a time."""


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
    if_: bool = True,
    retries: int = 0,
    output: str = "ordered",
    max_active_levels: int | None = None,
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
    if_: bool = True,
    retries: int = 0,
    output: str = "ordered",
    max_active_levels: int | None = None,
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
    if_: bool = True,
    retries: int = 0,
    output: str = "ordered",
    max_active_levels: int | None = None,
) -> None: ...
def parallel(
    section: Callable[[], Any] | None = None,
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    ordered: bool = True,
    if_: bool = True,
    retries: int = 0,
    output: str = "ordered",
    max_active_levels: int | None = None,
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
        if_: run serially where this is false, as OpenMP's ``if`` clause.
        retries: forked workers that may die in the region's first loop: what they were at is done
            again by another one.
        output: "ordered" has what forked workers print appear in the order of the serial loop;
            "live" at once.
        max_active_levels: how deep regions may be nested and still have teams; 1 if None: a region
            inside a worker runs serially. ``PARADVISOR_MAX_ACTIVE_LEVELS`` overrides it.

    Returns:
        An iterator over what the section yields; None for one that does not; a context manager
        without a section.

    Raises:
        WorkerDied: a worker process was killed or left without finishing.
        Exception: what an iteration raised, after the results of those that precede it.
    """
    if output not in ("ordered", "live"):
        raise ValueError(f"output must be ordered or live, not {output!r}")
    if retries < 0:
        raise ValueError(f"retries must be at least 0, not {retries}")
    options = options_for(workers, schedule, chunk, ordered)
    options.retries, options.output = retries, output
    module = _module(_strategy(strategy, if_, max_active_levels))
    if section is None:
        return module.Block(options)
    return run_section(module, section, options)


def options_for(workers: int | None, schedule: str, chunk: int | None, ordered: bool) -> Options:
    """The settings of a region that begins here, with what the environment says.

    Raises:
        ValueError: one of them makes no sense.
    """
    check(schedule, chunk)
    return Options(
        _team(workers),
        schedule=_schedule(schedule) or schedule,
        chunk=chunk,
        ordered=ordered,
        depth=_depth() + 1,
    )


def folded(
    section: Callable[[], Iterator[T]],
    fold: Callable[[T, T], T],
    *,
    workers: int | None,
    strategy: str | None,
    if_: bool,
) -> Iterator[T]:
    """What a section yields, each chunk's values folded into one, in order; for reductions."""
    options = Options(_team(workers), fold=fold, depth=_depth() + 1)
    module = _module(_strategy(strategy, if_, None))
    results: Iterator[T] = module.run(section, options)
    return results


def team_of_tasks(workers: int | None) -> int:
    """How many members a team of tasks has."""
    return _team(workers)


def strategy_of_tasks(strategy: str | None) -> str:
    """How a team of tasks works here; inside a region's worker serially."""
    return _strategy(strategy, True, None)


def run_section(module: Any, section: Callable[[], Any], options: Options) -> Any:
    """Run a section by a strategy's module: an iterator, or None for one that does not yield."""
    results = module.run(section, options)
    if is_generator_function(section):
        return results
    for _ in results:
        pass
    return None


def check_result(result: object) -> None:
    """Raise TypeError if a section that is no generator function has given an iterator."""
    if hasattr(result, "__next__"):
        raise TypeError(
            "the section has returned an iterator, which nobody would read: make the section "
            "itself a generator function, with yield in it"
        )


def scheduled(
    iterable: Iterable[T],
    schedule: str | None = None,
    chunk: int | None = None,
    *,
    costs: Sequence[float] | None = None,
    ordered: bool = False,
    collapse: int = 1,
) -> Iterator[T]:
    """This worker's share of a loop; outside of a region, the whole of it.

    Sequences are dealt by index, and so are ``enumerate``, ``zip`` and ``reversed`` of sequences
    and views of dicts; any other iterable is read by the parent, a little ahead of the workers.

    Args:
        iterable: what the loop goes over.
        schedule: as for ``parallel``, which is where the default comes from.
        chunk: as for ``parallel``.
        costs: how long each iteration takes, in any unit, where it is known: the costliest are
            dealt first. Results still come in the order of the loop.
        ordered: the loop's body has ``with ordered():`` blocks.
        collapse: so many nested loops as one: ``iterable`` is a tuple of that many ranges or
            sequences, and the items are tuples.
    """
    check(schedule, chunk)
    if collapse != 1:
        from paradvisor.runtime.indexable import collapsed

        iterable = collapsed(iterable, collapse)  # type: ignore[arg-type]
    member = current.get()
    if member is None:
        return iter(iterable)
    return member.deal(Loop(iterable, _schedule(schedule), chunk, costs, ordered))


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
        workers = usable_cores()
    if workers < 1:
        raise ValueError(f"a team needs at least 1 worker, not {workers}")
    return workers


def usable_cores() -> int:
    """Cores that this process may use: by its affinity and its container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    if not _quota:
        _quota.append(_cgroup_quota())
    return max(1, min(cores, int(_quota[0])))


_quota: list[float] = []  # once found; it stays while a program runs
_CGROUP = "/sys/fs/cgroup"  # in a container, its own


def _cgroup_quota() -> float:
    """CPUs that the container is allowed; a million where there is no limit."""
    try:
        try:
            with open(f"{_CGROUP}/cpu.max", "rb") as file:
                quota, period = file.read().split()
        except FileNotFoundError:
            with open(f"{_CGROUP}/cpu/cpu.cfs_quota_us", "rb") as file:
                quota = file.read()
            with open(f"{_CGROUP}/cpu/cpu.cfs_period_us", "rb") as file:
                period = file.read()
        cpus = int(quota) / int(period)
    except (OSError, ValueError):  # none here, or "max"
        return _MOST_CORES
    return _MOST_CORES if cpus < 0 else cpus


_MOST_CORES = 1_000_000


def _schedule(name: str | None) -> str | None:
    override = os.environ.get("PARADVISOR_SCHEDULE") or None
    check(override, None)
    return override or name


def _depth() -> int:
    """How many active regions the running code is in."""
    member = current.get()
    return 0 if member is None else member.depth


def _strategy(name: str | None, if_: bool, levels: int | None) -> str:
    name = os.environ.get("PARADVISOR_STRATEGY") or name
    if name is not None and name not in STRATEGIES:
        raise ValueError(f"strategy must be one of {', '.join(STRATEGIES)}, not {name!r}")
    override = os.environ.get("PARADVISOR_MAX_ACTIVE_LEVELS")
    levels = int(override) if override else 1 if levels is None else levels
    if not if_ or _depth() >= levels:  # inside a worker: its team is busy already
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


def _module(strategy: str) -> Any:
    name = STRATEGIES[strategy]
    __import__(name)
    return sys.modules[name]
