"""Standard output and error of workers: caught where they print, to be replayed in order."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paradvisor.runtime.region import current

Record = Callable[[int, Any], None]
"""Takes 1 or 2, and the text or the bytes written."""


class Recorder(io.BufferedIOBase):
    """The binary end of a captured stream."""

    def __init__(self, stream: Any, number: int, record: Record) -> None:
        self._stream = stream
        self._number = number
        self._record = record

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        block = bytes(data)
        self._record(self._number, block)
        return len(block)

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def isatty(self) -> bool:
        return bool(self._stream.isatty())


class Router:
    """Stands for a stream while a team runs: what a worker writes goes to its account.

    ``record_of()`` is where the calling thread's output goes; None for the stream itself.
    """

    def __init__(self, stream: Any, number: int, record_of: Callable[[], Record | None]) -> None:
        self._stream = stream
        self._number = number
        self._record_of = record_of

    def write(self, text: str) -> int:
        record = self._record_of()
        if record is None:
            return int(self._stream.write(text))
        if not isinstance(text, str):
            return int(self._stream.write(text))  # which says what is wrong with it
        record(self._number, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._record_of() is None:
            self._stream.flush()

    @property
    def buffer(self) -> Any:
        record = self._record_of()
        real = self._stream.buffer
        return real if record is None else Recorder(real, self._number, record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Capture:
    """Sends what this process writes to a record, logging's handlers included."""

    def __init__(self, record: Record) -> None:
        self._before = sys.stdout, sys.stderr
        self._routers = tuple(
            None if stream is None else Router(stream, number, lambda: record)
            for number, stream in enumerate(self._before, 1)
        )

    def begin(self) -> None:
        """Put the routers in the place of the streams."""
        self._exchange(self._before, self._routers)

    def end(self) -> None:
        """Put the streams back."""
        self._exchange(self._routers, self._before)

    def _exchange(self, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
        sys.stdout, sys.stderr = new
        if "logging" in sys.modules:
            for before, after in zip(old, new, strict=True):
                _reroute_logging(before, after)


def _reroute_logging(old: Any, new: Any) -> None:
    """Handlers keep the stream that they were made with."""
    logging = sys.modules.get("logging")
    for reference in list(getattr(logging, "_handlerList", ())):
        handler = reference()
        if old is not None and getattr(handler, "__dict__", {}).get("stream") is old:
            handler.stream = new


@contextmanager
def routed() -> Iterator[None]:
    """Catch what the threads of a team print, while everybody else prints as before."""
    routers = {}
    for number, name in ((1, "stdout"), (2, "stderr")):
        if (stream := getattr(sys, name)) is not None:
            routers[name] = Router(stream, number, _record_of_member)
            setattr(sys, name, routers[name])
            _reroute_logging(stream, routers[name])
    try:
        yield
    finally:
        for name, router in routers.items():
            _reroute_logging(router, router._stream)
            outer = getattr(sys, name)
            if outer is router:
                setattr(sys, name, router._stream)
            while isinstance(outer, Router):  # a region that began later is still open
                if outer._stream is router:
                    outer._stream = router._stream
                outer = outer._stream


def _record_of_member() -> Record | None:
    member: Any = current.get()
    while member is not None and not hasattr(member, "account"):
        member = member.outer  # a team of one inside a worker
    return None if member is None else member.account.print
