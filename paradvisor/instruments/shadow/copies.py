"""A forked copy of the program that runs the head of a loop's iterations in some order.

It reports by a pipe, and ends: nothing that follows the loop is ever run.
"""

from __future__ import annotations

import _signal
import _thread
import marshal
import os
import pickle
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from paradvisor.instruments.shadow.witness import Witness

_isolation: Any = sys.modules["_paradvisor_shadow_isolation"]
_orders: Any = sys.modules["_paradvisor_shadow_orders"]
_state: Any = sys.modules["_paradvisor_shadow_state"]
_stopwatch: Any = sys.modules["_paradvisor_shadow_stopwatch"]

_SENT = 60  # values of a trial that are pickled and unpickled
_SWITCH_S = 0.0005


class Left(BaseException):
    """The head of an iteration is done, and its tail is to be left out."""


class TimeUp(BaseException):
    """The time of a shadow is over: raised in whatever it runs."""


class Shadow:
    """This process, running the loop's head in some order."""

    def __init__(self, witness: Witness, writing: int, limit_s: float, state: bool) -> None:
        self.witness = witness
        self.writing = writing
        self.clock = _stopwatch.Stopwatch()
        self.limit_s = limit_s
        self.enough_s = limit_s
        self.least = 0
        """Iterations that are run even where those before them took long enough."""
        self.state = state
        self.observer: Any = None
        self.alone: int | None = None
        self.warm_s = self.alone_s = 0.0
        self.recorder = _orders.Record(witness.loop.probe.is_users, witness.loop.spec["ways"])
        self.digests: dict[int, bytes] = {}
        self.sent: list[float] = []
        """Seconds for which each of the first values of the head was pickled and unpickled."""
        self.fed: list[float] = []
        """The same of items."""
        self.stuck: str | None = None
        """The type of an item that does not come through."""
        self.leave = Left()
        self.late = False
        self.cut = False  # in the middle of an iteration: what state it left says nothing
        self.seconds = 0.0
        self.outputs: dict[int, bytes] = {}
        self.kept: dict[int, tuple[int, Any]] = {}
        self.returned: str | None = None
        self.shared: tuple[int, int] | None = None

    def over(self, order: list[int]) -> Iterator[Any]:
        """The items in the order; the process ends after the last."""
        self._stop_after(self.limit_s)
        if self.observer is not None:
            self.observer.begin(self.witness.frame)
        for number, index in enumerate(order):
            if number == self.alone:
                self.warm_s = self.seconds
            if self.alone is not None and number == 2 * self.alone:
                self._have_company()
            self.recorder.begin()
            if self.state and self.witness.fed and len(self.fed) < _SENT:
                self._feed(self.witness.items[index])
            self.witness.effects.armed = True
            since = time.perf_counter()
            yield self.witness.items[index]
            self.seconds += time.perf_counter() - since - self.recorder.seconds
            self.witness.effects.armed = False
            self._close(index)
            enough = number + 1 >= self.least and self.clock.is_over(self.enough_s)
            if enough or self.late or self.clock.is_over(self.limit_s):  # late: of CPU time
                break
        self.finish()

    def left_s(self) -> float:
        """Seconds until it is to end."""
        return self.clock.left_s(self.limit_s)  # type: ignore[no-any-return]

    def _have_company(self) -> None:
        """From here on another thread wants the GIL all the time, and asks for it often."""
        self.alone_s = self.seconds

        def compute() -> None:
            while True:
                for _ in range(1000):
                    pass

        sys.setswitchinterval(_SWITCH_S)
        _thread.start_new_thread(compute, ())

    def _stop_after(self, seconds: float) -> None:
        """End an iteration that is running then: what those before it gave still counts."""

        def stop(*_: object) -> None:
            self.late = True
            if self.witness.effects.armed:  # it is the program's code that runs
                raise TimeUp

        _signal.signal(_signal.SIGPROF, stop)
        _signal.setitimer(_signal.ITIMER_PROF, max(0.005, seconds))

    def note(self, value: Any) -> None:
        """The head gave this."""
        armed, self.witness.effects.armed = self.witness.effects.armed, False
        try:
            self.recorder.note(value)
            if self.state and len(self.sent) < _SENT:
                self._send(value)
        except Exception as error:
            self.recorder.opaque = f"{type(value).__name__} ({type(error).__name__})"
        self.witness.effects.armed = armed

    def _send(self, value: Any) -> None:
        """What a worker gives goes through pickle: it must come out as it went in."""
        begun = time.perf_counter()
        try:
            self.sent.append(self._travelled(value))
        finally:
            self.recorder.seconds += time.perf_counter() - begun

    def _feed(self, item: Any) -> None:
        """So does what a worker is sent, where the loop's items have no index."""
        try:
            self.fed.append(self._travelled(item))
        except Exception:
            self.fed.append(0.0)
            self.stuck = self.stuck or type(item).__name__

    def _travelled(self, value: Any) -> float:
        """Seconds for which a value is pickled and unpickled.

        Raises:
            Exception: it cannot be, or becomes something else.
        """
        walks = [_state.Walk(self.witness.loop.probe.is_users) for _ in range(2)]
        begun = time.perf_counter()
        copy = pickle.loads(pickle.dumps(value, 5))
        seconds = time.perf_counter() - begun
        if walks[0].digest(value) != walks[1].digest(copy):
            raise ValueError
        return seconds

    def failed(self, error: BaseException | None) -> None:
        """The head raised this."""
        if error is self.leave:
            return
        if isinstance(error, TimeUp):
            self.cut = True
            self.finish()
        self.recorder.failed(error)

    def _close(self, index: int) -> None:
        if self.recorder.partials is not None:
            self.note(self.recorder.partials.parts())
        _isolation.flush_output()
        size = os.lseek(self.witness.output, 0, os.SEEK_END)
        if size:
            self.outputs[index] = os.pread(self.witness.output, size, 0)
            os.ftruncate(self.witness.output, 0)
            os.lseek(self.witness.output, 0, os.SEEK_SET)
        self.digests[index] = self.recorder.digest()
        if self.state:
            self._check_identity(index)

    def _check_identity(self, index: int) -> None:
        """Objects that the tail gets must be new: a worker would send back copies of old ones."""
        for key, value in self.recorder.ids.items():
            if key in self.witness.ids:
                self.returned = self.returned or type(value).__qualname__
            elif key in self.kept and self.kept[key][0] != index:
                self.shared = self.shared or (self.kept[key][0], index)
            else:
                self.kept[key] = (index, value)

    def finish(self) -> None:
        """Report and end."""
        _signal.setitimer(_signal.ITIMER_PROF, 0)
        self.witness.effects.armed = False
        if self.observer is not None:
            self.observer.end()
        result: dict[str, Any] = {
            "digests": self.digests,
            "seconds": self.seconds,
            "warm": self.warm_s,
            "alone": self.alone_s,
            "wall": self.clock.elapsed_s(),
            "queued": self.clock.queued_s(),
            "effects": list(self.witness.effects.seen),
            "outputs": self.outputs,
            "returned": self.returned,
            "shared": self.shared,
            "opaque_result": self.recorder.opaque,
            "cut": self.cut,
            "travel": _middle(self.sent) + _middle(self.fed),
            "stuck": self.stuck,
            "read": sorted(self.witness.effects.read.files),
            "listed": sorted(self.witness.effects.read.folders),
            "unordered": self.recorder.unordered,
            "inexact": self.recorder.partials.inexact if self.recorder.partials else None,
        }
        if self.state and self.witness.whole and not self.cut:
            result["after"], _ = self.witness._digests()
        if self.observer is not None:
            result["facts"] = self._facts()
        data = marshal.dumps(result)
        while data:
            data = data[os.write(self.writing, data) :]
        self.witness.loop.exit(0)

    def _facts(self) -> dict[str, Any]:
        seen = self.observer
        return {
            **seen.rows(),
            "calls": [[*key, sorted(targets)] for key, targets in seen.calls.items()],
            "library": [[*key, sorted(names)] for key, names in seen.library.items()],
            "lines": sorted(seen.lines),
            "handled": [[self.witness.opaque[key], line] for key, line in seen.handled.items()],
        }


def _middle(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2] if seconds else 0.0
