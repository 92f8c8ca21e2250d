"""The strategy of forked workers: for Python code that computes.

The section runs in the parent up to its first ``scheduled`` loop. There the team is forked, so that
everything before is done once and every worker inherits it; each worker goes on in the loop with
its share, and sends back what the section yields.
"""

from __future__ import annotations

import errno
import os
import select
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn

from paradvisor.runtime import parcels, wire
from paradvisor.runtime.capture import Capture
from paradvisor.runtime.handles import Handle, Pipes, open_pipes
from paradvisor.runtime.hygiene import (
    Lifeline,
    Settling,
    flush_streams,
    uninterrupted,
    warn_of_threads,
)
from paradvisor.runtime.ledger import Ledger
from paradvisor.runtime.order import OUTSIDE, AsCompleted, Cancelled, Ordered, Segment
from paradvisor.runtime.region import (
    Loop,
    Options,
    as_member,
    check_result,
    current,
    is_generator_function,
)
from paradvisor.runtime.schedule import Source
from paradvisor.runtime.worker import Common, Worker

if TYPE_CHECKING:
    from paradvisor.runtime.region import Member

_MOST_HELD = 256 << 20  # bytes that came before they were due; beyond, their senders wait
_LOOK_AGAIN_MS = 50


class _Forked(BaseException):
    """Unwinds the section in the parent once its workers have taken over."""


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, run by a team of forked processes, in order, as it becomes ready."""
    team = Team(options)
    try:
        results = as_member(team, section)
        if not is_generator_function(section):
            check_result(results)
            results = iter(())
        value = as_member(team, lambda: next(results, team))
        while not team.forked and team.worker is None and value is not team:
            yield value  # before the first scheduled loop: nothing to share yet
            value = as_member(team, lambda: next(results, team))
        if team.worker is not None:
            current.set(team.worker)
            if value is not team:
                team.worker.emit(value)
                team.worker.run(results)
    except BaseException as error:
        if team.worker is not None:
            _leave(team.worker, section, error)
        # What the parent's unwinding runs into, once the workers have taken over, is of no account.
        if not team.forked and not isinstance(error, Cancelled):
            raise
    else:
        if team.worker is not None:
            team.worker.leave()
    finally:
        if not team.forked:
            team.dismiss()
    if team.forked:  # out here, so that no exception has _Forked for its context
        try:
            for batch in team.batches():
                yield from batch
        except Cancelled:
            return
        finally:
            team.dismiss()


def _leave(worker: Worker, section: Callable[[], Any], error: BaseException | None) -> NoReturn:
    """End a worker whose section has raised, once it has run what comes before that."""
    current.set(worker)
    while error is not None and worker.begins_anew(error):
        error = None
        try:
            results = section()
            worker.run(results if is_generator_function(section) else ())
        except BaseException as failure:
            error = failure
    worker.leave(error)


class Team:
    """The parent's side of a team; until it forks, the member that runs the section."""

    def __init__(self, options: Options) -> None:
        self.size = options.workers
        self.depth = options.depth
        self.worker: Worker | None = None
        self.handles: list[Handle] = []
        self.spares: list[Handle] = []
        self.order = Ordered() if options.ordered else AsCompleted()
        self._options = options
        self._common: Common | None = None
        self._lifeline: Lifeline | None = None
        self._source: Source | None = None
        self._ledger: Ledger | None = None
        self._hungry: deque[Handle] = deque()
        self._death: BaseException | None = None
        self._pid = os.getpid()
        self.outer = current.get()

    @property
    def forked(self) -> bool:
        """Whether workers have taken over, in the parent."""
        return bool(self.handles)

    @property
    def common(self) -> Common:
        """What the processes of the team share, once it is forked."""
        assert self._common is not None
        return self._common

    def deal(self, loop: Loop) -> Iterator[Any]:
        """Fork the team here; the workers come back with their share, the parent does not."""
        if self.worker is not None:
            return self.worker.deal(loop)
        if loop.items is None:
            loop.fed = True
            self._source = loop.source(self.size, self._options, wire.keep)
        else:
            loop.chunks(len(loop.items), self.size, self._options)  # once, not in each worker
        if self._options.retries:
            self._ledger = Ledger(loop, self.size, self._options)
        return self._enter().deal(loop)

    def _enter(self) -> Worker:
        """Fork the team here, where its members are to do something together."""
        if self.forked:  # and the section has caught what unwinds it
            raise _Forked
        if self.worker is None:
            self.fork(0, self.size)
            if self.worker is None:
                raise _Forked
            current.set(self.worker)
        return self.worker

    @property
    def number(self) -> int:
        """Which member this is: a question that only makes sense where there are several."""
        return self._enter().number

    def critical(self, name: str) -> AbstractContextManager[object]:
        """One member at a time."""
        return self._enter().critical(name)

    def barrier(self) -> None:
        """Wait until all members have come here."""
        self._enter().barrier()

    def single(self) -> bool:
        """Whether this member is the first one here."""
        return self._enter().single()

    def fork(self, first: int, end: int) -> None:
        """Fork workers of these numbers. In each of them ``self.worker`` is set afterwards.

        With too few descriptors for all of them, fewer are forked.
        """
        warn_of_threads()
        flush_streams()
        with uninterrupted():
            while True:
                try:
                    spare = self._fork(first, end)
                    break
                except OSError as error:
                    if error.errno != errno.EMFILE or self.handles or end - first < 2:
                        raise
                    self.dismiss()
                    end = first + (end - first) // 2
        if spare:
            self.worker_in_here.wait_to_stand_in()

    def _fork(self, first: int, end: int) -> bool:
        """Fork; returns, in a worker, whether it is a spare one.

        What can be made before the forks is: a page that is touched after one is copied, which
        costs more than most of what is done here.
        """
        count = end - first
        self.size = end
        self._common = Common(self.size, self.outer)
        self._lifeline = Lifeline(count + self._options.retries)
        worker = Worker(self._options, self._common)
        captured = Capture(worker.account.print) if self._options.output == "ordered" else None
        settling = Settling(self.size)
        pipes = open_pipes(count + self._options.retries)
        pids: list[int] = []
        try:
            while len(pids) < len(pipes) and (pid := os.fork()):
                pids.append(pid)
            if len(pids) == len(pipes):
                return False
            self.worker = worker
            self._become_worker(first + len(pids), pipes, len(pids), settling)
            if captured is not None:
                captured.begin()
            return len(pids) >= count
        finally:
            if self.worker is None:
                self._lifeline.forked()
                self._note_workers(first, count, pids, pipes)

    @property
    def worker_in_here(self) -> Worker:
        """The worker that this process is."""
        assert self.worker is not None
        return self.worker

    def _note_workers(self, first: int, count: int, pids: list[int], pipes: list[Pipes]) -> None:
        for place, ends in enumerate(pipes):
            if place < len(pids):
                handle = Handle(first + place, pids[place], *ends.parent_ends())
                (self.handles if place < count else self.spares).append(handle)
            else:  # a fork has failed
                ends.close()

    def _become_worker(
        self, number: int, pipes: list[Pipes], place: int, settling: Settling
    ) -> None:
        assert self.worker is not None
        assert self._lifeline is not None
        for other in pipes:
            if other is not pipes[place]:
                other.close()
        self.worker.settle_in(number, *pipes[place].worker_ends())
        settling.settle_in()
        self._lifeline.hold(place)

    def batches(self) -> Iterator[list[Any]]:
        """Lists of results as they become due, until every worker has finished."""
        yield from self.order.ready()
        while self.working():
            self.raise_if_dead()
            self.pump(None)
            yield from self.order.ready()
            self.raise_if_dead()
        if not self.order.complete and self._ledger is not None and self._ledger.deaths:
            raise self._ledger.deaths[-1]
        yield from self.order.rest()

    def raise_if_dead(self) -> None:
        """Raise what a worker that has died leaves to be raised."""
        if self._death is not None:
            raise self._death

    def working(self) -> bool:
        """Whether there is more to come."""
        return not all(handle.done for handle in self.handles) or self._fill_the_gap()

    def pump(self, timeout_ms: int | None) -> None:
        """Take in what the workers have sent; wait for it if there is nothing."""
        self._feed_the_hungry()
        working = [handle for handle in self.handles if not handle.done]
        listening = self._listening(working)
        if len(listening) < len(working):
            timeout_ms = _LOOK_AGAIN_MS if timeout_ms is None else timeout_ms
        by_fd = {handle.results: handle for handle in listening}
        by_fd |= {handle.pidfd: handle for handle in working if handle.pidfd >= 0}
        poll = select.poll()
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(timeout_ms):
            handle = by_fd[fd]
            if handle.pid == 0:  # found dead by its other descriptor already
                continue
            # What it sent last comes before the news of its end.
            if not handle.done and not (handle.readable() and self._take_message(handle)):
                handle.done = self.common.board.finished(handle.number)
                if not handle.done:
                    self._lose(handle)

    def _listening(self, working: list[Handle]) -> list[Handle]:
        """The workers to hear from. Not those far ahead, where too much waits for an early one."""
        due = self.order.due
        if self.order.held <= _MOST_HELD or not self.common.board.in_chunk(due):
            return working
        return [handle for handle in working if self.common.board.where(handle.number) == due]

    def _take_message(self, handle: Handle) -> bool:
        try:
            (kind, *content), size = wire.receive(handle.results)
            if kind == "segment":
                self._take_segment(handle, content[0], size)
        except (wire.Closed, BrokenPipeError):  # it has died in the middle
            return False
        except Exception as error:  # something that cannot be made again
            self._death = error
            return True
        if kind == "want":
            self._hungry.append(handle)
            self._feed_the_hungry()
        elif kind != "segment":
            self._take_other(handle, kind)
        return True

    def _take_other(self, handle: Handle, kind: str) -> None:
        raise AssertionError(f"a worker sent {kind}")

    def _take_segment(self, handle: Handle, content: tuple[Any, ...], size: int) -> None:
        loop, start, stop, final, last, left, values, printed, failure = content
        error = None if failure is None else wire.unpack_error(failure)
        taken = []
        for value in values:
            kind = type(value)
            if kind is wire.Packed:
                value = value.unpack()
            elif kind is parcels.Parcel:
                size += sum(value.sizes)
                make = parcels.take(handle.pid, value)
                wire.send(handle.orders, ("receipt", None))
                value = make()
            taken.append(value)
        segment = Segment(loop, start, stop, final, last, left, taken, printed, error)
        failed = error is not None and segment.loop == OUTSIDE
        if failed or (segment.left and segment.loop == 0):
            self._source = None
        if self._ledger is not None:
            self._ledger.note(handle.number, segment)
        self.order.add(segment, size)

    def _feed_the_hungry(self) -> None:
        """Hand chunks of a fed loop to those who asked, unless too much is under way."""
        while self._hungry and not (
            self._source is not None and self.order.ahead(0, self._source.read) > Source.FARTHEST
        ):
            self._give_chunk(self._hungry.popleft())

    def _give_chunk(self, handle: Handle) -> None:
        start, items = self._draw(handle)
        if self._ledger is not None:
            self._ledger.given(handle.number, start, items)
        try:
            wire.send(handle.orders, ("chunk", (start, items)))
        except BrokenPipeError:
            return  # it has died, which its pidfd tells

    def _draw(self, handle: Handle) -> tuple[int, list[Any]]:
        if self._ledger is not None and (again := self._ledger.to_give_again(handle.number)):
            return again
        if self._source is None:
            return 0, []
        start, error = 0, None
        items: list[Any] = []
        try:
            start, items = self._source.draw()
        except Exception as failure:
            start, error = self._source.read, failure
        if not items:
            self._source = None
            self.order.add(Segment(0, start, start, True, True, False, [], [], error))
        return start, items

    def _lose(self, handle: Handle) -> None:
        """A worker has died: a spare stands in for it, or the region fails."""
        board = self.common.board
        error = handle.died(board.iterations(handle.number))
        again = self._ledger is not None and board.in_first_loop(handle.number)
        if self._ledger is None or not again or isinstance(error, KeyboardInterrupt):
            self._death = error
            return
        lost = self._ledger.lost(handle.number, board, error)
        if lost is None:  # it had none, or it died before it could tell: see _fill_the_gap
            handle.done = True
        elif self.spares:
            self._stand_in(handle, lost)
        else:
            self._death = error

    def _stand_in(self, handle: Handle, redo: tuple[int, int]) -> None:
        spare = self.spares.pop()
        self.common.board.place(handle.number, -1, 0, 0)
        spare.number = handle.number
        self.handles[self.handles.index(handle)] = spare
        handle.reap()
        if handle in self._hungry:
            self._hungry.remove(handle)
        wire.send(spare.orders, ("stand in", (spare.number, redo)))

    def _fill_the_gap(self) -> bool:
        """Have a chunk done that somebody died with before telling that it was theirs."""
        if self._ledger is None or (gap := self._ledger.gap()) is None:
            return False
        if self.spares:
            self._stand_in(self.handles[0], gap)
        else:
            self._death = self._ledger.deaths[-1]
        return True

    def dismiss(self) -> None:
        """End whoever still works; no process and no descriptor stays."""
        with uninterrupted():
            for handle in (*self.handles, *self.spares):
                if os.getpid() != self._pid:  # a copy of the parent, made by the program
                    handle.pid = 0
                handle.reap()
            self.handles, self.spares = [], []
            if self._lifeline is not None:
                self._lifeline.close()
                self._lifeline = None
            if self._common is not None:
                self._common.close()
                self._common = None


class Block:
    """``with parallel() as team``: the block runs in the parent and in forked workers alike."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __enter__(self) -> Member:
        self._team = Team(self._options.of_a_block())
        self._team.fork(1, self._options.workers)
        if self._team.worker is not None:
            self._token = current.set(self._team.worker)
            return self._team.worker
        self._parent = ParentMember(self._team, self._options)
        self._captured = Capture(self._parent.account.print)
        self._captured.begin()
        self._token = current.set(self._parent)
        return self._parent

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if self._team.worker is not None:
            self._team.worker.leave(error)
        current.reset(self._token)
        self._captured.end()
        cancelled = isinstance(error, Cancelled)
        try:
            if error is not None and not cancelled:
                return False
            self._parent.account.close(error)
            for _ in self._team.batches():
                pass
        except Cancelled:
            return True
        finally:
            self._team.dismiss()
        return cancelled


class ParentMember(Worker):
    """The parent, as worker 0 of a block; what it sends off goes straight into order."""

    def __init__(self, team: Team, options: Options) -> None:
        super().__init__(options, team.common)
        self._team = team

    def _send(self, segment: Segment) -> None:
        if segment.left:
            self._common.board.leave(segment.loop, segment.stop)
        self._team.order.add(segment)

    def _reseed(self, loop: int, start: int) -> None:
        """The parent keeps its own streams."""

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait, and keep an eye on the others: one may die, or wait for us to hear it out."""
        while not condition():
            self._team.pump(1)
            self._team.raise_if_dead()
