"""The strategy of threads: for work that waits, or that releases the GIL."""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import copy_context
from typing import Any, TypeVar

from paradvisor.runtime.capture import routed
from paradvisor.runtime.member import Account, is_sequence, walk
from paradvisor.runtime.order import AsCompleted, Ordered, Segment
from paradvisor.runtime.region import Options, current, is_generator_function
from paradvisor.runtime.schedule import Chunks, Source

T = TypeVar("T")


_FARTHEST = 4096  # iterations read ahead of the result that is due, while an early one takes long
_PATIENCE_S = 0.001


class Cancelled(BaseException):
    """Unwinds a worker whose results nobody waits for any more."""


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, run by a team of threads, in order, as it becomes ready."""
    team = Team(options)
    order = team.order
    threads = [
        threading.Thread(
            target=copy_context().run,
            args=(_work, team, number, section),
            name=f"paradvisor-worker-{number}",
            daemon=True,
        )
        for number in range(options.workers)
    ]
    started: list[threading.Thread] = []
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(routed())
        cleanup.callback(team.dismiss, started)
        atexit.register(cleanup.close)  # the interpreter would wait for others than daemons first
        cleanup.callback(atexit.unregister, cleanup.close)
        for thread in threads:
            thread.start()
            started.append(thread)
        working = len(threads)
        while working:
            segment = team.results.get()
            if segment is None:
                working -= 1
                continue
            order.add(segment)
            yield from order.ready()
        yield from order.rest()


class Team:
    """What the threads of a region share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.results: queue.Queue[Segment | None] = queue.Queue(4 * options.workers)
        self.order = Ordered() if options.ordered else AsCompleted()
        self.stopped = False
        self._lock = threading.Lock()
        self._loops: dict[int, Shared] = {}

    def loop(self, number: int, make: Callable[[], Shared]) -> Shared:
        """The shared state of a loop of the section: made by the first member that reaches it."""
        with self._lock:
            if number not in self._loops:
                self._loops[number] = make()
            return self._loops[number]

    def dismiss(self, threads: list[threading.Thread]) -> None:
        """Let every worker finish the iteration that it is in, and nothing more."""
        self.stopped = True
        for thread in threads:
            while thread.is_alive():
                with contextlib.suppress(queue.Empty):  # one may wait for room for its results
                    self.results.get(timeout=0.01)
            thread.join()


def _work(team: Team, number: int, section: Callable[[], Any]) -> None:
    account = Account(number, team.results.put)
    current.set(Worker(team, number, account))
    try:
        results = section()
        if is_generator_function(section):
            for value in results:
                account.emit(value)
        account.close()
    except Cancelled:
        pass
    except BaseException as error:
        account.close(error)
    finally:
        team.results.put(None)


class Shared:
    """A sequence dealt out by index: who asks next gets the next chunk."""

    def __init__(self, items: Sequence[Any], chunks: Chunks) -> None:
        self.items = items
        self.chunks = chunks
        self._next = 0
        self._lock = threading.Lock()

    def numbers(self, worker: Worker) -> Iterator[int]:
        """The chunks that fall to a worker."""
        if self.chunks.fixed:
            yield from range(worker.number, len(self.chunks), worker.size)
            return
        while True:
            with self._lock:
                number = self._next
                self._next += 1
            if number >= len(self.chunks):
                return
            yield number

    def share(self, worker: Worker, loop: int) -> Iterator[Any]:
        """A worker's part of the loop."""
        return walk(worker.account, loop, self.items, self.chunks, self.numbers(worker))


class SharedSource(Shared):
    """An iterable of unknown length, read under a lock, a chunk at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._exhausted = False
        self._lock = threading.Lock()

    def share(self, worker: Worker, loop: int) -> Iterator[Any]:
        """A worker's part of the loop."""
        while True:
            while worker.team.order.ahead(loop, self._source.read) > _FARTHEST:
                if worker.team.stopped:
                    raise Cancelled
                time.sleep(_PATIENCE_S)
            with self._lock:
                if self._exhausted:
                    return
                error = None
                try:
                    start, items = self._source.draw()
                except Exception as failure:
                    start, items, error = self._source.read, [], failure
                self._exhausted = not items
            worker.account.begin(loop, start, start + len(items), last=not items)
            if error is not None:
                raise error
            yield from items
            worker.account.end()


class Worker:
    """A thread as a member of its team."""

    def __init__(self, team: Team, number: int, account: Account) -> None:
        self.team = team
        self.number = number
        self.size = team.options.workers
        self.account = account
        self._loops = 0

    def deal(self, iterable: Iterable[T], schedule: str | None, chunk: int | None) -> Iterator[T]:
        """This thread's share of a loop."""
        loop, self._loops = self._loops, self._loops + 1
        options = self.team.options
        chunk = chunk or options.chunk

        def make() -> Shared:
            if is_sequence(iterable):
                chunks = Chunks(len(iterable), self.size, schedule or options.schedule, chunk)
                return Shared(iterable, chunks)
            source = Source(iterable, self.size, schedule or options.schedule, chunk)
            return SharedSource(source)

        for item in self.team.loop(loop, make).share(self, loop):
            if self.team.stopped:
                raise Cancelled
            yield item


class Block:
    """Threads cannot all run the same ``with`` block."""

    def __init__(self, options: object) -> None:
        raise ValueError(
            "with parallel() runs its block in forked workers; for threads put the block into a "
            "function and call parallel(function, strategy='threads')"
        )
