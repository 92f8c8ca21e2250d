"""A team that stays between regions, for programs that have many short ones.

Forking takes a millisecond or more. Workers that are kept are sent the section instead: its code
and what it has captured.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from paradvisor.runtime import closures, region, wire
from paradvisor.runtime.hygiene import Generators
from paradvisor.runtime.order import AsCompleted, Cancelled, Ordered
from paradvisor.runtime.region import Options, current, is_generator_function

T = TypeVar("T")

_LARGEST = 1 << 20  # bytes of a section with what it has captured; beyond, a fork is cheaper


class Team:
    """``with Team() as team: for x in team.parallel(section)``, as often as there are regions.

    A section is run by a fresh team, as by ``parallel``, where what it has captured does not pickle
    or is larger than 1 MiB, and by strategies other than fork. Loops go over sequences. Globals
    that the code of the program's own functions names are sent along. What is found otherwise, such
    as attributes of modules and of classes, is as it was when the team was formed.
    """

    def __init__(self, workers: int | None = None, strategy: str | None = None) -> None:
        self._workers = workers
        self._strategy = strategy
        self._crew: Any = None
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *error: object) -> None:
        self._closed = True
        self._dismiss()

    def parallel(
        self,
        section: Callable[[], Any],
        *,
        schedule: str = "guided",
        chunk: int | None = None,
        ordered: bool = True,
    ) -> Any:
        """Run a section, as ``parallel`` does."""
        options = region.options_for(self._workers, schedule, chunk, ordered)
        name = region.strategy_of_tasks(self._strategy)
        packed = self._pack(section) if name == "fork" and not self._closed else None
        if packed is None:
            return region.parallel(
                section,
                workers=self._workers,
                strategy=self._strategy,
                schedule=schedule,
                chunk=chunk,
                ordered=ordered,
            )
        results = self._run(packed, options)
        if is_generator_function(section):
            return results
        for _ in results:
            pass
        return None

    def _pack(self, section: Callable[[], Any]) -> bytes | None:
        try:
            packed = closures.dumps(section)
        except Exception:  # whatever a __reduce__ of the user's may raise
            return None
        return packed if len(packed) <= _LARGEST else None

    def _run(self, section: bytes, options: Options) -> Iterator[Any]:
        with self._lock:
            crew = self._ready_crew(section, options)
        try:
            for batch in crew.batches():
                yield from batch
        except Cancelled:
            return
        finally:
            # Some are still at work for nobody, or are not those that are kept.
            if not crew.resting or crew is not self._crew:
                crew.dismiss()
                self._crew = None if self._crew is crew else self._crew

    def _ready_crew(self, section: bytes, options: Options) -> Any:
        """Workers that have been given the section: those that are kept, or new ones."""
        crew = self._crew
        if crew is not None and crew.at_home and not crew.resting:  # another region is open
            crew = _crew(options)
            crew.give(section, options)
            return crew
        if crew is not None and crew.at_home and crew.size == options.workers:
            try:
                crew.give(section, options)
            except BrokenPipeError:  # one of them has died meanwhile
                pass
            else:
                return crew
        self._dismiss()
        self._crew = crew = _crew(options)
        crew.give(section, options)
        return crew

    def _dismiss(self) -> None:
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.dismiss()


def _crew(options: Options) -> Any:
    from paradvisor.runtime import forks  # not where there is no fork

    class Crew(forks.Team):
        """The parent's side of kept workers."""

        @property
        def at_home(self) -> bool:
            """Whether this is the process that has forked them."""
            return self._pid == os.getpid()

        @property
        def resting(self) -> bool:
            """Whether all have finished what they were given."""
            return bool(self.handles) and all(handle.done for handle in self.handles)

        def give(self, section: bytes, options: Options) -> None:
            """Have all workers run a section."""
            if not self.handles:
                self.fork(0, options.workers)
                if self.worker is not None:
                    _serve(self.worker)
            self.order = Ordered() if options.ordered else AsCompleted()
            self.common.reset()
            salt = Generators().salt
            for handle in self.handles:
                handle.done = False
                wire.send(handle.orders, ("section", (section, options, salt)))

        def dismiss(self) -> None:
            if not self.resting:  # somebody may go on to read what they were at
                self._death = RuntimeError("the team has ended before its region was read")
            for handle in self.handles:
                handle.done = False  # they are at rest and would never end by themselves
            super().dismiss()

        def _take_other(self, handle: Any, kind: str) -> None:
            handle.done = kind == "rest"

    return Crew(options)


def _serve(worker: Any) -> None:
    """Run one section after another, in a worker, for as long as the parent lives."""
    while True:
        try:
            section, options, salt = worker.next_order("section")
        except wire.Closed:
            os._exit(0)
        worker.begin(options, salt)
        current.set(worker)
        try:
            run = closures.loads(section)
            results = run()
            if is_generator_function(run):
                worker.run(results)
            error = None
        except BaseException as raised:
            error = raised
        worker.rest(error)
