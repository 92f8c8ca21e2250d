"""Standard output and error of workers: caught where they print, to be replayed in order."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paradvisor.runtime.region import current

Record = Callable[[int, bytes], None]


class _Recorder(io.BufferedIOBase):
    """The binary end of a captured stream."""

    def __init__(self, stream: Any, number: int, record: Record) -> None:
        self._stream = stream
        self._number = number
        self._record = record

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._record(self._number, bytes(data))
        return len(data)

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def isatty(self) -> bool:
        return bool(self._stream.isatty())


def capture(record: Record) -> Callable[[], None]:
    """Send this process's ``sys.stdout`` and ``sys.stderr`` to ``record(1 or 2, bytes)``.

    Returns:
        A function that puts the streams back.
    """
    before = sys.stdout, sys.stderr
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is not None:
            encoding = getattr(stream, "encoding", None) if hasattr(stream, "buffer") else "utf-8"
            errors = getattr(stream, "errors", None) if hasattr(stream, "buffer") else None
            captured = io.TextIOWrapper(  # type: ignore[type-var]
                _Recorder(stream, number, record),
                encoding or "utf-8",
                errors or "surrogateescape",
                newline="",
                write_through=True,
            )
            setattr(sys, name, captured)

    def restore() -> None:
        sys.stdout, sys.stderr = before

    return restore


class _Router:
    """Stands for a stream while threads of a team run: each thread's text goes to its account."""

    def __init__(self, stream: Any, number: int) -> None:
        self._stream = stream
        self._number = number

    def write(self, text: str) -> int:
        member: Any = current.get()
        if member is None:
            return int(self._stream.write(text))
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        errors = getattr(self._stream, "errors", None) or "surrogateescape"
        member.account.print(self._number, text.encode(encoding, errors))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def routed() -> Iterator[None]:
    """Catch what the threads of a team print, while everybody else prints as before."""
    routers = {}
    for number, name in ((1, "stdout"), (2, "stderr")):
        if (stream := getattr(sys, name)) is not None:
            routers[name] = _Router(stream, number)
            setattr(sys, name, routers[name])
    try:
        yield
    finally:
        for name, router in routers.items():
            outer = getattr(sys, name)
            if outer is router:
                setattr(sys, name, router._stream)
            while isinstance(outer, _Router):  # a region that began later is still open
                if outer._stream is router:
                    outer._stream = router._stream
                outer = outer._stream
