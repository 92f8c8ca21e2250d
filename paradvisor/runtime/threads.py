"""The strategy of threads: for work that waits, or that releases the GIL."""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from typing import Any

from paradvisor.runtime.capture import routed
from paradvisor.runtime.member import Account
from paradvisor.runtime.order import OUTSIDE, AsCompleted, Cancelled, Ordered, Segment, replay
from paradvisor.runtime.region import Loop, Options, check_result, current, is_generator_function
from paradvisor.runtime.schedule import Chunks, Source
from paradvisor.runtime.sync import lock_named

_MOST_HELD = 256 << 20  # bytes, by and large, that wait for the consumer or an earlier result
_MOST_SEGMENTS = 1024
_MUCH = _MOST_HELD // _MOST_SEGMENTS  # bytes that are told before their chunk has ended
_PATIENCE_S = 0.001


class Stopped(BaseException):
    """Unwinds a worker whose results nobody waits for any more."""


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, run by a team of threads, in order, as it becomes ready."""
    team = Team(options)
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
        if options.output == "ordered":
            cleanup.enter_context(routed())
        cleanup.callback(team.dismiss, started)
        atexit.register(cleanup.close)  # the interpreter would wait for others than daemons first
        cleanup.callback(atexit.unregister, cleanup.close)
        for thread in threads:
            thread.start()
            started.append(thread)
        try:
            for batch in team.batches():
                yield from batch
        except Cancelled:
            return


class Team:
    """What the threads of a region share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.order = Ordered() if options.ordered else AsCompleted()
        self.stopped = False
        self.failed = False
        """Whether a worker has ended by an exception outside of loops."""
        self.barrier = threading.Barrier(options.workers)
        self.lock = threading.Lock()
        """For what the members of the team change."""
        self.singles = 0
        self.turns: dict[int, int] = {}
        self.turn = threading.Condition()
        self._working = options.workers
        self._news = threading.Lock()
        self._news.acquire()
        self._loops: dict[int, Shared] = {}
        self._left: dict[int, int] = {}
        self.places: dict[int, tuple[int, int]] = {}
        """The chunk that each worker is in: loop and first iteration."""

    def batches(self) -> Iterator[list[Any]]:
        """Lists of results as they become due, until every worker has finished."""
        while True:
            with self.lock:
                segment = self.order.pop()
                working = self._working
            if segment is not None:
                yield from replay(segment)
            elif working:
                self._news.acquire()
            else:
                break
        yield from self.order.rest()

    def add(self, segment: Segment) -> None:
        """Take in what a worker has done.

        Waits where too much lies there, unless what is due would never come then.
        """
        size = _size(segment.values)
        failed = segment.error is not None and segment.loop == OUTSIDE
        if failed:  # nobody must wait for this worker any more
            self.failed = True
            self.barrier.abort()
        while not self.stopped:
            with self.lock:
                due = self.order.due
                mine = (segment.loop, segment.start) == due
                room = self.order.waiting < _MOST_SEGMENTS and self.order.held < _MOST_HELD
                stuck = not self.order.arrived and due not in self.places.values()
                if mine or room or failed or stuck:
                    self.order.add(segment, size)
                    if segment.left:
                        others = self._left.get(segment.loop, segment.stop)
                        self._left[segment.loop] = min(others, segment.stop)
                    if mine or not self.options.ordered:
                        self._tell()
                    return
            time.sleep(_PATIENCE_S)
        raise Stopped

    def finished(self) -> None:
        """A worker has come to its end."""
        with self.lock:
            self._working -= 1
            self._tell()

    def _tell(self) -> None:
        if self._news.locked():
            self._news.release()

    def goes_on(self, loop: int, index: int) -> bool:
        """Whether an iteration is still wanted.

        Raises:
            Stopped: nothing is wanted any more.
        """
        if self.stopped:
            raise Stopped
        return index < self._left.get(loop, sys.maxsize)

    def shared(self, number: int, loop: Loop) -> Shared:
        """The shared state of a loop of the section: made by the first member that reaches it."""
        with self.lock:
            if number not in self._loops:
                self._loops[number] = Shared(loop, self.options, self)
            return self._loops[number]

    def dismiss(self, threads: list[threading.Thread]) -> None:
        """Let every worker finish the iteration that it is in, and nothing more."""
        self.stopped = True
        self.barrier.abort()
        for thread in threads:
            thread.join()


def _size(values: list[Any]) -> int:
    """Bytes in a list of results, by and large: as many as if all were like the first."""
    return len(values) * sys.getsizeof(values[0], 64) if values else 0


def _work(team: Team, number: int, section: Callable[[], Any]) -> None:
    try:
        while not _run_section(Worker(team, number), section):
            pass  # later iterations came first, and one of them has raised: now those before it
    except Stopped:
        pass
    finally:
        team.finished()


def _run_section(worker: Worker, section: Callable[[], Any]) -> bool:
    """Run a worker's share of a section; False if an exception leaves earlier iterations to run."""
    team, account = worker.team, worker.account
    current.set(worker)
    try:
        results = section()
        if is_generator_function(section):
            account.collect(results)
        else:
            check_result(results)
        account.close()
    except Stopped:
        raise
    except threading.BrokenBarrierError as error:
        if not (team.stopped or team.failed):
            account.close(error)
    except BaseException as error:
        if worker.out_of_order and account.set_aside(error):
            return False
        account.close(error)
    return True


class Shared:
    """A loop as the team's threads deal it out among themselves."""

    def __init__(self, loop: Loop, options: Options, team: Team) -> None:
        self._team = team
        self._lock = threading.Lock()
        self._next = 0
        self._source: Source | None = None
        self.items: Sequence[Any] | None = loop.items
        if self.items is None:
            self._source = loop.source(options.workers, options)
        else:
            self.chunks: Chunks = loop.chunks(len(self.items), options.workers, options)

    def numbers(self, worker: Worker) -> Iterator[int]:
        """The chunks that fall to a worker, of a sequence."""
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

    def check_length(self, length: int) -> None:
        """Raise RuntimeError where a member's loop is not as long as that of the first one."""
        if self.items is not None and length != len(self.items):
            raise RuntimeError(
                "the workers see loops of different lengths: what this one goes over was changed "
                "in the section"
            )

    def fed(self, loop: int) -> Iterator[tuple[int, list[Any]]]:
        """Chunks of what can only be read: first iteration and items, read under a lock."""
        while (chunk := self._draw(loop)) is not None:
            yield chunk

    def _draw(self, loop: int) -> tuple[int, list[Any]] | None:
        while self._source is not None and self._too_far(loop, self._source):
            time.sleep(_PATIENCE_S)
        with self._lock:
            if self._source is None:
                return None
            error: BaseException | None = None
            try:
                start, items = self._source.draw()
            except Exception as failure:
                start, items, error = self._source.read, [], failure
            if self._team.failed or not self._team.goes_on(loop, start):
                items, self._source = [], None
                return None
            if items:
                return start, items
            self._source = None
        self._team.add(Segment(loop, start, start, True, True, False, [], [], error))
        return None

    def _too_far(self, loop: int, source: Source) -> bool:
        return self._team.order.ahead(loop, source.read) > Source.FARTHEST and self._team.goes_on(
            loop, source.read
        )


class Worker:
    """A thread as a member of its team."""

    def __init__(self, team: Team, number: int) -> None:
        self.team = team
        self.number = number
        self.size = team.options.workers
        self.depth = team.options.depth
        self.account = Account(number, team.add, team.goes_on, fold=team.options.fold)
        self.account.take_turn = self._take_turn
        self.account.started = self._started
        self.account.awaited = self._awaited
        self._loops = 0
        self._singles = 0
        self._in_order = True

    @property
    def out_of_order(self) -> bool:
        """Whether it is in a first loop whose later iterations may come before earlier ones."""
        return not self._in_order and self._loops == 1 and not self._singles

    def deal(self, loop: Loop) -> Iterator[Any]:
        """This thread's share of a loop."""
        if self.account.inside:  # a loop of an iteration's own
            return iter(loop.iterable)
        number, self._loops = self._loops, self._loops + 1
        shared = self.team.shared(number, loop)
        if not hasattr(loop.iterable, "__next__") and loop.items is not None:
            shared.check_length(len(loop.items))  # an iterator is one and the same for all
        self._in_order = shared.items is None or shared.chunks.in_order
        if shared.items is None:
            return self.account.walk_fed(number, shared.fed(number), loop.ordered)
        return self.account.walk(
            number, shared.items, shared.chunks, shared.numbers(self), loop.ordered
        )

    def _started(self, loop: int, start: int, stop: int) -> None:
        self.team.places[self.number] = loop, start

    def _awaited(self, loop: int, start: int, values: list[Any]) -> bool:
        """Pieces of later chunks would only fill up the room for those that precede them."""
        team = self.team
        return not team.options.ordered or team.order.due == (loop, start) or _size(values) > _MUCH

    # --- synchronisation ----------------------------------------------------------------------

    def critical(self, name: str) -> contextlib.AbstractContextManager[object]:
        """One member at a time."""
        return lock_named(name)

    def barrier(self) -> None:
        """Wait until all members have come here."""
        self.team.barrier.wait()

    def single(self) -> bool:
        """Whether this member is the first one here."""
        encounter, self._singles = self._singles, self._singles + 1
        with self.team.lock:
            first = self.team.singles <= encounter
            if first:
                self.team.singles = encounter + 1
        return first

    def await_turn(self, loop: int, index: int) -> None:
        """Wait until all earlier iterations have passed their turn."""
        with self.team.turn:
            while self.team.turns.get(loop, 0) < index:
                if not self.team.goes_on(loop, index):
                    raise Stopped
                self.team.turn.wait(_PATIENCE_S)

    def pass_turn(self, loop: int, index: int) -> None:
        """Let the next iteration have its turn, if this one still has it."""
        with self.team.turn:
            if self.team.turns.get(loop, 0) == index:
                self.team.turns[loop] = index + 1
                self.team.turn.notify_all()

    def _take_turn(self, loop: int, index: int) -> None:
        self.await_turn(loop, index)
        self.pass_turn(loop, index)


class Block:
    """Threads cannot all run the same ``with`` block."""

    def __init__(self, options: object) -> None:
        raise ValueError(
            "with parallel() runs its block in forked workers; for threads put the block into a "
            "function and call parallel(function, strategy='threads')"
        )
