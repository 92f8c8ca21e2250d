"""A member of a forked team, in its own process."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, TypeVar

from paradvisor.runtime import wire
from paradvisor.runtime.hygiene import Generators, flush_streams, other_threads
from paradvisor.runtime.member import Account
from paradvisor.runtime.order import Cancelled, Segment
from paradvisor.runtime.parcels import SMALLEST, Shipping
from paradvisor.runtime.region import Loop, Options
from paradvisor.runtime.schedule import Chunks
from paradvisor.runtime.shared import Board, Offset
from paradvisor.runtime.sync import locked_file

T = TypeVar("T")

_BOARD = "paradvisor's board"  # the lock of what members change on it
_BRIEF_S = 0.00002
_LONG_S = 0.001


class Beyond(BaseException):
    """Unwinds a section whose further results nobody wants: an earlier one has ended it."""


class Common:
    """What all processes of a team have: the ticket counter, the board."""

    def __init__(self, size: int, around: Any) -> None:
        self.tickets = Offset()
        self.board = Board(size)
        self.threads = bool(other_threads())
        """Whether other threads were running at the fork."""
        while around is not None and not hasattr(around, "lock_fd"):
            around = getattr(around, "outer", None)
        self.lock_fd: int = self.tickets.fd if around is None else around.lock_fd
        """For critical blocks: one file for all teams that are nested in each other."""

    def reset(self) -> None:
        """For a new region, while all workers rest."""
        os.lseek(self.tickets.fd, 0, os.SEEK_SET)
        self.board.reset()

    def close(self) -> None:
        """In the parent, at the end."""
        self.tickets.close()


class Worker:
    """A member: deals itself its share of each loop and sends off what the section yields."""

    def __init__(self, options: Options, common: Common) -> None:
        self.number = 0
        self.size = common.board.size
        self.lock_fd = common.lock_fd
        self.depth = options.depth
        self._whole = options.retries > 0  # or a lost chunk's results would come twice
        self.account = Account(
            0, self._send, common.board.wanted, fold=options.fold, whole=self._whole
        )
        self.account.started = self._started
        self.account.take_turn = self._take_turn
        self.redo: tuple[int, int] | None = None
        """A chunk that a worker died in before, for this one to begin with."""
        self._options = options
        self._common = common
        self._results = self._orders = -1
        self._shipping = Shipping(self._wait_for_receipt)
        self._generators = Generators()
        self._kept = False
        self._start_anew()

    def _start_anew(self) -> None:
        self._loops = 0
        self._dealt = 0
        self._singles = 0
        self._barriers = 0
        self._ticket: int | None = None
        self._in_order = True
        """Whether the loop that it was in last is dealt from its beginning to its end."""

    def begin(self, options: Options, salt: int) -> None:
        """A kept worker begins another region."""
        self._kept = True
        self._options = options
        self._generators.salt = salt
        self._start_anew()

    def rest(self, error: BaseException | None) -> None:
        """A kept worker has finished its part of a region."""
        self._close(error)
        self.account.settle()
        self._shipping.drain()
        wire.send(self._results, ("rest", None))

    def settle_in(self, number: int, results: int, orders: int) -> None:
        """Take a number, and descriptors to send results to and receive orders from."""
        self.number = self.account.number = number
        self._results, self._orders = results, orders

    def deal(self, loop: Loop) -> Iterator[Any]:
        """This process's share of a loop."""
        if self.account.inside:  # a loop of an iteration's own
            return iter(loop.iterable)
        number, self._loops = self._loops, self._loops + 1
        self._common.board.enter(self.number, number)
        if loop.fed and number == 0:
            self.redo = None  # the parent hands it out again
            return self.account.walk_fed(number, self._fed(), loop.ordered)
        if self._kept:
            _refuse_unsized(loop)
        items = loop.listed()  # of an iterator, each worker has its own copy to read
        if not loop.cut:  # else it was, before the fork, for all alike
            self._check_length(number, len(items))
        chunks = loop.chunks(len(items), self.size, self._options)
        self._in_order = chunks.in_order
        numbers: Iterator[int] = self._numbers(len(chunks))
        if chunks.fixed:
            numbers = iter(range(self.number, len(chunks), self.size))
        if self.redo is not None:
            numbers = self._again(chunks, numbers)
        return self.account.walk(
            number, items, chunks, self._until_exhausted(number, numbers), loop.ordered
        )

    def _until_exhausted(self, loop: int, numbers: Iterator[int]) -> Iterator[int]:
        yield from numbers
        self._common.board.exhaust(self.number, loop)

    def _check_length(self, loop: int, length: int) -> None:
        """Raise RuntimeError where members have different loops before them."""
        with self.critical(_BOARD):
            same = self._common.board.agree(loop, length)
        if not same:
            raise RuntimeError(
                "the workers see loops of different lengths: what this one goes over was changed "
                "in the section, or is read from what they share, such as a file"
            )

    def _numbers(self, count: int) -> Iterator[int]:
        """Chunk numbers of one loop. Tickets count through all loops of the section.

        Whoever draws a ticket beyond this loop's keeps it for the next loop, so none is lost. One
        of an earlier loop is for a chunk behind the iteration that has left that loop.
        """
        first = self._dealt
        self._dealt += count
        while True:
            if self._ticket is None:
                self._ticket = self._common.tickets.take()
            if self._ticket >= first + count:
                return
            number, self._ticket = self._ticket - first, None
            if number >= 0:
                yield number

    def _again(self, chunks: Chunks, numbers: Iterator[int]) -> Iterator[int]:
        """The numbers, as of one who begins where another has died."""
        redo, self.redo = self.redo, None
        lost = next(k for k in range(len(chunks)) if chunks[k] == redo)
        yield lost
        for number in numbers:
            if not chunks.fixed or number > lost:
                yield number

    def _fed(self) -> Iterator[tuple[int, list[Any]]]:
        """Chunks that the parent reads and hands over when asked: first iteration, items."""
        while True:
            wire.send(self._results, ("want",))
            start, items = self.next_order("chunk")
            if not items:
                return
            yield start, [wire.unpack(item) for item in items]

    def next_order(self, wanted: str) -> Any:
        """What the parent sends next of a kind; receipts may come in between."""
        while True:
            (kind, content), _ = wire.receive(self._orders)
            if kind == "receipt":
                self._shipping.taken()
            if kind == wanted:
                return content

    def _wait_for_receipt(self) -> None:
        self.account.pause()  # what the receipt is for may still be here
        self.next_order("receipt")

    def wait_to_stand_in(self) -> None:
        """Return when this spare worker is to take the place of one that has died."""
        self.number, redo = self.next_order("stand in")
        self.redo = tuple(redo)
        self.account.number = self.number

    def run(self, results: Iterable[Any]) -> None:
        """Send off all that a section yields."""
        self.account.collect(results, self._pack)

    def emit(self, value: Any) -> None:
        """Send off a value that the section has yielded already."""
        self.account.collect([value], self._pack)

    def _pack(self, value: Any) -> Any:
        """Pickle a result now: the section may go on to change it."""
        try:
            packed = wire.pack(value)
            if type(packed) is wire.Packed and packed.nbytes >= SMALLEST and not self._whole:
                self.account.hurry()
                return self._shipping.ship(packed)
        except Exception as error:
            error.add_note("A forked worker can only send back what can be pickled.")
            raise
        if type(packed) is wire.Packed and packed.buffers:
            return wire.Packed(packed.body, [bytearray(b.raw()) for b in packed.buffers])
        return packed

    def _started(self, loop: int, start: int, stop: int) -> None:
        self._common.board.place(self.number, loop, start, stop)
        if loop >= 0:
            self._reseed(loop, start)

    def _reseed(self, loop: int, start: int) -> None:
        self._generators.begin(loop, start)

    def _send(self, segment: Segment) -> None:
        failure = None if segment.error is None else wire.pack_error(segment.error)
        if segment.left:
            self._common.board.leave(segment.loop, segment.stop)
        try:
            wire.send(self._results, ("segment", (*segment[:-1], failure)))
        except BrokenPipeError:
            os._exit(1)  # nobody is left to read it

    def begins_anew(self, error: BaseException) -> bool:
        """Whether, after an exception, earlier iterations are still to be run by this worker.

        So it is in a section's first loop where later ones come first: the serial program would
        have run those before. The exception is sent off and waits for its turn.
        """
        if self._in_order or self._loops != 1 or self._barriers or self._singles:
            return False
        if not self.account.set_aside(error):
            return False
        self._start_anew()
        return True

    def leave(self, error: BaseException | None = None) -> NoReturn:
        """End this process: nothing of the parent's runs a second time in it."""
        try:
            self._close(error)
            self._shipping.drain()
            if not self._common.threads:  # one may have held a stream's lock at the fork
                flush_streams()
            self._common.board.finish(self.number)
        finally:
            os._exit(0)

    def _close(self, error: BaseException | None) -> None:
        if isinstance(error, Beyond):
            return  # whatever it was at is not wanted
        if error is not None and not isinstance(error, Cancelled):
            self._common.board.fail()
        try:
            self.account.close(error)
        except Exception as failure:  # the last results could not be pickled
            self.account.close(failure)

    # --- synchronisation ----------------------------------------------------------------------

    def critical(self, name: str) -> contextlib.AbstractContextManager[object]:
        """One member at a time; a lock of the kernel's, which a dying worker gives back."""
        return locked_file(self.lock_fd, name)

    def barrier(self) -> None:
        """Wait until all members have come here."""
        board = self._common.board
        with self.critical(_BOARD):
            board.arrive()
        self._barriers += 1
        everybody = self._barriers * self.size

        def all_here() -> bool:
            if board.failed and board.arrived < everybody:
                raise Beyond
            return board.arrived >= everybody

        self.wait_until(all_here)

    def single(self) -> bool:
        """Whether this member is the first one here."""
        encounter, self._singles = self._singles, self._singles + 1
        with self.critical(_BOARD):
            return self._common.board.claim(encounter)

    def await_turn(self, loop: int, index: int) -> None:
        """Wait until all earlier iterations have passed their turn."""
        board = self._common.board

        def due() -> bool:
            if not board.wanted(loop, index):
                raise Beyond
            return board.turn(loop) >= index

        self.wait_until(due)

    def pass_turn(self, loop: int, index: int) -> None:
        """Let the next iteration have its turn, if this one still has it."""
        if self._common.board.turn(loop) == index:
            self._common.board.pass_turn(loop, index + 1)

    def _take_turn(self, loop: int, index: int) -> None:
        self.await_turn(loop, index)
        self.pass_turn(loop, index)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Look again and again: a waiter that dies leaves no trace in what the others look at."""
        pause = _BRIEF_S
        while not condition():
            time.sleep(pause)
            pause = min(_LONG_S, 1.5 * pause)


def _refuse_unsized(loop: Loop) -> None:
    if loop.items is None:
        raise TypeError(
            "a kept team shares out sequences only, since each worker has its own copy of an "
            "iterator: make it a list, or use parallel()"
        )
