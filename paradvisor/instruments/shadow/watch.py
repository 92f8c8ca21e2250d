"""The program's own run of a loop, beside what the serial shadow gave. It runs in the program."""

from __future__ import annotations

import sys
from itertools import chain
from time import perf_counter, thread_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
    from typing import Any

_files: Any = sys.modules["_paradvisor_shadow_files"]
_orders: Any = sys.modules["_paradvisor_shadow_orders"]
_seen: Any = sys.modules["_paradvisor_shadow_seen"]
_stopwatch: Any = sys.modules["_paradvisor_shadow_stopwatch"]

_PART = 0.3  # of the time of the trial, that comparing may take
_GLANCES_S = 0.05  # for looking at variables
_ARRAY = "array"


class Ours:
    """Time that goes into trials and comparisons, of all loops: it is none of the program's."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.away_s = 0.0
        """What of it the program waited for a trial."""

    def clock(self) -> float:
        """A clock that stands still meanwhile."""
        return perf_counter() - self.seconds


class Watched:
    """Compares the iterations that were tried, one by one. Nothing of the program's is kept."""

    def __init__(
        self,
        report: dict[str, Any],
        is_users: Callable[[str], bool],
        limit_s: float,
        passing: bool,
        ways: list[list[Any]],
        ours: Ours,
    ) -> None:
        self.report = report
        self.ours = ours
        self.passing = passing
        """Whether an iteration may end without coming to a head."""
        self.digests: dict[int, bytes] = report["digests"]
        self.running, self.away_s = _stopwatch.Running(), ours.away_s
        self.ended = False
        self.index = -1
        self.wanted = False
        self.seconds = 0.0
        self.compared = 0
        self.left_s = _PART * limit_s
        self.in_tail = False
        self.head_since = 0.0
        self.head_s = 0.0
        self.is_users = is_users
        self.glances: Glances | None = None
        self.recorder = _orders.Record(is_users, ways)
        self.written = _files.Written()

    def look_at_tails(self) -> None:
        """Note what the variables of the loop's function hold between iterations."""
        self.glances = Glances(self.is_users)

    def looks(self) -> bool:
        """Whether the variables are to be seen now."""
        return self.glances is not None and self.glances.is_due() and not self.ended

    def over(self, iterable: Iterable[Any]) -> Iterator[Any]:
        """The items as they come, iterated over in C: no frame of ours, no reference to an item."""
        return chain(map(self._next, iterable), _End(self))

    def _next(self, item: Any) -> Any:
        self._close()
        if self.glances is not None:
            self.glances.between()
        self.index += 1
        self.wanted, self.in_tail = self.index in self.digests, False
        if self.wanted:
            self.recorder.begin()
            self.since = self.ours.clock()
        return item

    def note(self, value: Any) -> None:
        """The head of an iteration gave this."""
        if not self.wanted:
            return
        try:
            self.recorder.note(value, perf_counter() + self.left_s)
        except BaseException:
            self.give_up("a value that the loop computes cannot be compared")
        self.left_s -= self.recorder.noted_s
        self.ours.seconds += self.recorder.noted_s
        if self.left_s <= 0 or not self.recorder.whole:
            self.wanted = False  # what was compared so far counts
            self.digests = {}

    def gather(self, value: Any, statement: int, role: int) -> None:
        """The iteration adds this to a variable."""
        if self.wanted:
            self.recorder.partials.add(value, statement, role)

    def begun(self) -> None:
        """The program has come to a head in the midst of its iteration."""
        self.in_tail = False
        self.head_since = self.ours.clock()

    def done(self) -> None:
        """The head is done: what the tail raises is not the head's."""
        if self.wanted and not self.in_tail:
            self.in_tail = True
            self.head_s += self.ours.clock() - self.head_since

    def failed(self, error: BaseException | None) -> None:
        """The head of an iteration raised this."""
        if self.wanted and not self.in_tail:
            self.recorder.failed(error)

    def give_up(self, why: str) -> None:
        """Compare no more, and let what was compared not count."""
        self.report["problem"] = why
        self.wanted = False
        self.digests = {}
        self.compared = 0

    def _close(self) -> None:
        if not self.wanted:
            return
        self.seconds += self.ours.clock() - self.since
        if self.recorder.partials is not None:
            self.note(self.recorder.partials.parts())
            if not self.wanted:
                return
        self.wanted = False
        self.compared += 1
        expected = self.digests.pop(self.index)
        if not self.digests:
            self._take_times()
        given = self.recorder.digest()
        # What a worker computes for nobody is dropped.
        same = expected.startswith(given) if self.passing else expected == given
        if not same:
            self.report.setdefault("differs", []).append(self.index)
        self.recorder.begin()

    def _take_times(self) -> None:
        # As in a shadow, without waiting for a processor.
        running = self.running.part(self.ours.away_s - self.away_s)
        self.report["loop_s"] = running * self.seconds
        if self.passing:  # a shadow's time has in it what leads there
            self.report["head_s"] = running * self.head_s

    def end(self) -> None:
        """The loop has ended, or will not go on."""
        if not self.ended:
            self._close()
            self.ended = True
            self.digests = {}
            self.written.end()
            read = (self.report.pop("read", None) or [], self.report.pop("listed", None) or [])
            self.report["files_apart"] = self.written.apart_from(*read)
            if "loop_s" not in self.report:
                self._take_times()
            if self.glances is not None:
                self.report["later"] = self.glances.beside(self.report.get("facts"))
            self.report["compared"] = self.compared


class Glances:
    """Notes what a loop's variables hold after the iterations 1, 2, 4, 8, ..

    A shadow runs the heads alone; what a tail's variables hold is seen in the program's own run.
    """

    def __init__(self, is_users: Callable[[str], bool]) -> None:
        self.types = _seen.Types(is_users, None)
        self.iterations = -1
        self.left_s = _GLANCES_S
        self.due = False

    def between(self) -> None:
        """An iteration has ended, but for the first time."""
        self.iterations += 1
        self.due = bool(self.iterations) and not self.iterations & (self.iterations - 1)

    def is_due(self) -> bool:
        """Whether the variables are to be seen now: once after such an iteration."""
        due, self.due = self.due and self.left_s > 0, False
        return due

    def note(self, code: CodeType, name: str, value: Any) -> None:
        """A variable of the code that the loop is in holds this."""
        begun = thread_time()
        try:
            self.types.see(code, name, value)
        except Exception:  # an object that does not let itself be looked at
            self.left_s = 0.0
        self.left_s -= thread_time() - begun

    def beside(self, facts: dict[str, Any] | None) -> dict[str, list[list[Any]]]:
        """The types, but for those of arrays where a shadow saw more: whose memory they share."""
        rows: dict[str, list[list[Any]]] = self.types.rows()
        known = {tuple(row[:3]) for row in (facts or {"names": []})["names"]}
        for row in rows["names"]:
            if tuple(row[:3]) in known:
                row[3] = [kind for kind in row[3] if _ARRAY not in kind]
        return rows


class _End:
    """Is reached when the items are at an end, or let go of when the loop is left."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched

    def __iter__(self) -> _End:
        return self

    def __next__(self) -> Any:
        self.watched.end()
        raise StopIteration

    def __del__(self) -> None:
        self.watched.end()
