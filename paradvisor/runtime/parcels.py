"""Big results by shared memory: each in a memory file of its own, which the parent maps.

The worker writes a result's pickle and buffers into a memfd (Linux) and sends its number; the
parent opens it through /proc while the worker holds it, and maps it privately. So nothing big goes
through a pipe, the parent copies nothing, and the memory goes when the result goes. memfds live on
a mount of the kernel's own, which the size of /dev/shm does not limit.
"""

from __future__ import annotations

import mmap
import os
import sys
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from paradvisor.runtime import wire

SMALLEST = 256 * 1024  # bytes; below, a pipe is faster than the pages of a new mapping
_IN_FLIGHT_BYTES = 64 << 20  # sent and not yet taken: beyond, the worker waits
_IN_FLIGHT_FILES = 16
_ALIGNMENT = 64
_WITHOUT_DESCRIPTOR = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Parcel(NamedTuple):
    """Where a big result lies: descriptor of the worker's; sizes of its pickle and its buffers."""

    fd: int
    sizes: tuple[int, ...]


class Shipping:
    """A worker's side. ``wait_for_receipt()`` returns when the parent has taken one more parcel."""

    def __init__(self, wait_for_receipt: Callable[[], None]) -> None:
        self._wait = wait_for_receipt
        self._sent: deque[tuple[int, int]] = deque()
        self._bytes = 0

    def ship(self, packed: wire.Packed) -> Parcel:
        """Write a result to a memory file. Waits while too much of what was sent lies there."""
        views = [memoryview(packed.body), *(buffer.raw() for buffer in packed.buffers)]
        size = sum(view.nbytes for view in views)
        while self._sent and (
            self._bytes + size > _IN_FLIGHT_BYTES or len(self._sent) >= _IN_FLIGHT_FILES
        ):
            self._wait()
        fd = os.memfd_create("paradvisor")
        parts: list[memoryview] = []
        for view in views:
            parts += [view, memoryview(bytes(-view.nbytes % _ALIGNMENT))]
        wire.write(fd, parts)
        self._sent.append((fd, size))
        self._bytes += size
        return Parcel(fd, tuple(view.nbytes for view in views))

    def drain(self) -> None:
        """Wait until the parent has taken everything: it goes with this process."""
        while self._sent:
            self._wait()

    def taken(self) -> None:
        """The parent has opened the parcel that was sent first of those that are under way."""
        fd, size = self._sent.popleft()
        self._bytes -= size
        os.close(fd)


def take(pid: int, parcel: Parcel) -> Callable[[], Any]:
    """Open a parcel of a worker's. What is returned makes the value of it.

    Raises:
        wire.Closed: the worker has died.
    """
    try:
        fd = os.open(f"/proc/{pid}/fd/{parcel.fd}", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        raise wire.Closed from None
    try:
        memory = _contents(fd, sum(size + -size % _ALIGNMENT for size in parcel.sizes))
    finally:
        os.close(fd)
    views = []
    at = 0
    for size in parcel.sizes:
        views.append(memory[at : at + size])
        at += size + -size % _ALIGNMENT
    return wire.Packed(views[0], views[1:]).unpack


_mapped = [0]


def _contents(fd: int, size: int) -> memoryview:
    """The file's bytes, mapped; or copied, where mappings would use up the descriptors."""
    if _WITHOUT_DESCRIPTOR or _mapped[0] < _most_mappings():
        memory = mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, **_WITHOUT_DESCRIPTOR)
        _mapped[0] += 1
        weakref.finalize(memory, _unmapped).atexit = False
        return memoryview(memory)
    copy = memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    done = 0
    while done < size:
        done += os.preadv(fd, [copy[done:]], done)
    return copy


def _unmapped() -> None:
    _mapped[0] -= 1


def _most_mappings() -> int:
    """Before Python 3.13 each mapping keeps a descriptor: a quarter of those allowed is ours."""
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4
