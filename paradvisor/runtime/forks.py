"""The strategy of forked workers: for Python code that computes.

The section runs in the parent up to its first ``scheduled`` loop. There the team is forked, so that
everything before is done once and every worker inherits it; each worker goes on in the loop with
its share, and sends back what the section yields.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from paradvisor.runtime import wire
from paradvisor.runtime.capture import capture
from paradvisor.runtime.errors import WorkerDied
from paradvisor.runtime.member import Account, is_sequence, walk
from paradvisor.runtime.order import AsCompleted, Ordered, Segment
from paradvisor.runtime.region import (
    Options,
    as_member,
    current,
    is_generator_function,
)
from paradvisor.runtime.schedule import Chunks, Source

if TYPE_CHECKING:
    from paradvisor.runtime.region import Member

T = TypeVar("T")

_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl.h of Linux; in the fcntl module from 3.10 on


class _Forked(BaseException):
    """Unwinds the section in the parent once its workers have taken over."""


def run(section: Callable[[], Any], options: Options) -> Iterator[Any]:
    """What the section yields, run by a team of forked processes, in order, as it becomes ready."""
    team = Team(options)
    forked = False
    try:
        results = as_member(team, section)
        if not is_generator_function(section):
            results = iter(())
        while (value := as_member(team, lambda: next(results, team))) is not team:
            if team.worker is None:
                yield value  # before the first scheduled loop: nothing to share yet
            else:
                team.worker.emit(value)
    except _Forked:
        forked = True
    except BaseException as error:
        if team.worker is None:
            raise
        team.worker.leave(error)
    else:
        if team.worker is not None:
            team.worker.leave()
    finally:
        if not forked:
            team.dismiss()
    if forked:  # out here, so that no exception has _Forked for its context
        try:
            yield from team.results()
        finally:
            team.dismiss()


class Tickets:
    """A counter that forked processes share: the offset of a regular file.

    ``lseek`` on a regular file moves the offset under a lock of the kernel (f_pos_lock), which a
    dying worker cannot leave behind. On a memfd it does not take that lock.
    """

    def __init__(self) -> None:
        try:
            self._fd = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            import tempfile

            with tempfile.TemporaryFile() as file:
                self._fd = os.dup(file.fileno())

    def take(self) -> int:
        """The next number, never given to anybody before."""
        return os.lseek(self._fd, 1, os.SEEK_CUR) - 1

    def close(self) -> None:
        os.close(self._fd)


class Worker:
    """A member of a forked team, in its own process."""

    def __init__(
        self, number: int, options: Options, tickets: Tickets, out: int, feed: int
    ) -> None:
        self.number = number
        self.size = options.workers
        self.account = Account(number, self._send)
        self._options = options
        self._tickets = tickets
        self._out = out
        self._feed = feed
        self._loops = 0
        self._dealt = 0
        self._ticket: int | None = None

    def deal(self, iterable: Iterable[T], schedule: str | None, chunk: int | None) -> Iterator[T]:
        """This process's share of a loop."""
        loop, self._loops = self._loops, self._loops + 1
        if self._feed >= 0 and loop == 0:
            return self._fed(loop)
        if hasattr(iterable, "fileno"):
            raise TypeError(
                "a file cannot be shared out here, since forked workers share its position: "
                "read it into a list first"
            )
        # A later loop over an iterator: each worker has its own copy of it to read.
        items: Any = iterable if is_sequence(iterable) else list(iterable)
        chunks = Chunks(
            len(items), self.size, schedule or self._options.schedule, chunk or self._options.chunk
        )
        numbers = (
            iter(range(self.number, len(chunks), self.size))
            if chunks.fixed
            else self._numbers(len(chunks))
        )
        return walk(self.account, loop, items, chunks, numbers)

    def _numbers(self, count: int) -> Iterator[int]:
        """Chunk numbers of one loop. Tickets count through all loops of the section.

        Whoever draws a ticket beyond this loop's keeps it for the next loop, so none is lost.
        """
        first = self._dealt
        self._dealt += count
        while True:
            if self._ticket is None:
                self._ticket = self._tickets.take()
            if self._ticket >= first + count:
                return
            number, self._ticket = self._ticket - first, None
            yield number

    def _fed(self, loop: int) -> Iterator[Any]:
        """Items that the parent reads and hands over, a chunk at a time, when asked."""
        while True:
            wire.send(self._out, ("want",))
            start, items = wire.receive(self._feed)
            if not items:
                return
            self.account.begin(loop, start, start + len(items), last=False)
            yield from items
            self.account.end()

    def emit(self, value: Any) -> None:
        """Pickle a result now: the section may go on to change it."""
        try:
            packed = wire.pack(value)
        except Exception as error:
            error.add_note("A forked worker can only send back what can be pickled.")
            raise
        self.account.emit(packed, at_once=type(packed) is wire.Packed and bool(packed.buffers))

    def _send(self, segment: Segment) -> None:
        packed = None if segment.error is None else wire.pack_error(segment.error)
        try:
            wire.send(self._out, ("segment", tuple(segment[:-1]), packed))
        except BrokenPipeError:
            os._exit(1)  # nobody is left to read it

    def leave(self, error: BaseException | None = None) -> NoReturn:
        """End this process: nothing of the parent's runs a second time in it."""
        try:
            self.account.close(error)
            for stream in (sys.__stdout__, sys.__stderr__):
                if stream is not None:
                    with contextlib.suppress(OSError, ValueError):
                        stream.flush()
            wire.send(self._out, ("done",))
        finally:
            os._exit(0)


class _Handle:
    """A worker as its parent knows it."""

    def __init__(self, number: int, pid: int, out: int, feed: int) -> None:
        self.number = number
        self.pid = pid
        self.out = out
        self.feed = feed
        self.pidfd = -1
        with contextlib.suppress(ProcessLookupError):  # SIGCHLD is ignored and it has ended
            self.pidfd = os.pidfd_open(pid)
        self.done = False

    def died(self) -> BaseException:
        """Wait for the process that has ended too early, and say how it did."""
        status = 0
        with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored: nobody can know
            _, status = os.waitpid(self.pid, 0)
        pid, self.pid = self.pid, 0
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGINT:
            return KeyboardInterrupt()
        return WorkerDied(self.number, pid, code)

    def reap(self) -> None:
        """Nothing of the worker stays behind."""
        if self.pid:
            if not self.done and self.pidfd >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored
                os.waitpid(self.pid, 0)
            self.pid = 0
        for fd in {self.out, self.feed, self.pidfd} - {-1}:
            os.close(fd)


class Team:
    """The parent's side of a team; until it forks, the member that runs the section."""

    number = 0

    def __init__(self, options: Options) -> None:
        self.size = options.workers
        self.worker: Worker | None = None
        self.handles: list[_Handle] = []
        self.order = Ordered() if options.ordered else AsCompleted()
        self._options = options
        self._tickets = Tickets()
        self._lifeline = os.pipe2(os.O_CLOEXEC)
        self._source: Source | None = None

    def deal(self, iterable: Iterable[T], schedule: str | None, chunk: int | None) -> Iterator[T]:
        """Fork the team here; the workers come back with their share, the parent does not."""
        if self.worker is not None:
            return self.worker.deal(iterable, schedule, chunk)
        if not is_sequence(iterable):
            options = self._options
            self._source = Source(
                iterable, self.size, schedule or options.schedule, chunk or options.chunk
            )
        self.fork(range(self.size), fed=self._source is not None)
        if self.worker is None:
            raise _Forked
        return self.worker.deal(iterable, schedule, chunk)

    def fork(self, numbers: range, *, fed: bool = False) -> None:
        """Fork workers of these numbers. In each of them ``self.worker`` is set afterwards."""
        for stream in filter(None, (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()  # or both processes would write what is in the buffer
        salt = _numpy_salt()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._fork_all(numbers, fed, salt)
        finally:  # a child that Ctrl-C hits before it has settled in would run the parent's code
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _fork_all(self, numbers: range, fed: bool, salt: list[int]) -> None:
        for number in numbers:
            reader, writer = os.pipe2(os.O_CLOEXEC)
            with contextlib.suppress(ImportError, OSError):
                import fcntl

                fcntl.fcntl(writer, _F_SETPIPE_SZ, _PIPE_BYTES)
            feed = os.pipe2(os.O_CLOEXEC) if fed else (-1, -1)
            pid = os.fork()
            if pid == 0:
                for fd in {
                    reader,
                    feed[1],
                    *(h.out for h in self.handles),
                    *(h.feed for h in self.handles),
                    *(h.pidfd for h in self.handles),
                } - {-1}:
                    os.close(fd)
                self.handles = []
                self.worker = Worker(number, self._options, self._tickets, writer, feed[0])
                self.number = number
                _settle_in(self.worker, self._lifeline, salt)
                return
            os.close(writer)
            if fed:
                os.close(feed[0])
            self.handles.append(_Handle(number, pid, reader, feed[1]))

    def results(self) -> Iterator[Any]:
        """Results as they become due, until every worker has finished."""
        poll = select.poll()
        by_fd: dict[int, _Handle] = {}
        for handle in self.handles:
            for fd in {handle.out, handle.pidfd} - {-1}:
                poll.register(fd, select.POLLIN)
                by_fd[fd] = handle
        working = len(self.handles)
        while working:
            yield from self.order.ready()
            # A dead worker's last results come before the news of its death.
            for fd, _ in sorted(poll.poll(), key=lambda event: event[0] == by_fd[event[0]].pidfd):
                handle = by_fd[fd]
                if handle.done:
                    continue
                alive = fd == handle.out and self._take_message(handle)
                if not alive and not _readable(handle.out):
                    yield from self.order.ready()
                    raise handle.died()
                if handle.done:
                    for used in {handle.out, handle.pidfd} - {-1}:
                        poll.unregister(used)
                    working -= 1
        yield from self.order.ready()
        yield from self.order.rest()

    def _take_message(self, handle: _Handle) -> bool:
        try:
            kind, *content = wire.receive(handle.out)
        except EOFError:
            return False
        if kind == "segment":
            loop, start, stop, final, last, values, printed = content[0]
            error = None if content[1] is None else wire.unpack_error(content[1])
            unpacked = [wire.unpack(value) for value in values]
            self.order.add(Segment(loop, start, stop, final, last, unpacked, printed, error))
        elif kind == "want":
            return self._give_chunk(handle)
        else:
            handle.done = True
        return True

    def _give_chunk(self, handle: _Handle) -> bool:
        start = 0
        items: list[Any] = []
        error: Exception | None = None
        if self._source is not None:
            try:
                start, items = self._source.draw()
            except Exception as failure:
                start, error = self._source.read, failure
            if not items:
                self._source = None
                self.order.add(Segment(0, start, start, True, True, [], [], error))
        try:
            wire.send(handle.feed, (start, items))
        except BrokenPipeError:
            return False
        return True

    def dismiss(self) -> None:
        """End whoever still works; no process and no descriptor stays."""
        for handle in self.handles:
            handle.reap()
        self.handles = []
        for fd in self._lifeline:
            os.close(fd)
        self._tickets.close()


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))


def _settle_in(worker: Worker, lifeline: tuple[int, int], salt: list[int]) -> None:
    """Make a freshly forked process a good worker."""
    gc.freeze()  # the parent's garbage is not ours to finalise
    ours = signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN if ours else signal.SIG_DFL)  # the program's own
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent(lifeline)
    capture(worker.account.print)
    if salt:
        sys.modules["numpy.random"].seed([worker.number, *salt])


def _die_with_parent(lifeline: tuple[int, int]) -> None:
    """Have the kernel end this process when the parent's end of a pipe closes.

    Linux sends SIGIO to the owner of an O_ASYNC pipe when its other end goes away (fs/pipe.c,
    pipe_release), and SIGIO ends a process that does not handle it. Needs no thread and no ctypes.
    """
    import fcntl

    reader, writer = lifeline
    os.close(writer)
    # Owner and O_ASYNC belong to the open file, which the workers share: each opens its own.
    shared, reader = reader, os.open(f"/proc/self/fd/{reader}", os.O_RDONLY | os.O_NONBLOCK)
    os.close(shared)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(reader, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        if os.read(reader, 1) == b"":  # the parent went away before we asked to be told
            os._exit(1)


_teams = itertools.count()


def _numpy_salt() -> list[int]:
    """What sets the workers' ``numpy.random`` streams: the parent's state and the team's number.

    Nothing is drawn, so the parent's own stream goes on as if there were no team. ``random`` sees
    to its streams itself (random.py registers an at-fork hook).
    """
    random = sys.modules.get("numpy.random")
    if random is None:
        return []
    state = random.get_state()
    return [next(_teams), int(state[2]), *(int(word) for word in state[1][:8])]


class Block:
    """``with parallel() as team``: the block runs in the parent and in forked workers alike."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __enter__(self) -> Member:
        given = self._options
        options = Options(given.workers, given.schedule, given.chunk, ordered=True)
        self._team = Team(options)
        self._parent = Worker(0, options, self._team._tickets, -1, -1)
        self._parent.account = Account(0, self._team.order.add)
        self._team.fork(range(1, options.workers))
        member = self._team.worker or self._parent
        if member is self._parent:
            self._restore = capture(member.account.print)
        self._token = current.set(member)
        return member

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._team.worker is not None:
            self._team.worker.leave(error)
        current.reset(self._token)
        self._restore()
        try:
            self._parent.account.close()
            if error is None:
                for _ in self._team.results():
                    pass
            else:
                for _ in self._team.order.rest():
                    pass
        finally:
            self._team.dismiss()
