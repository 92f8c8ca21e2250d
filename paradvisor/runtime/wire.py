"""Objects over a pipe between a worker and its parent: pickle protocol 5, buffers out of band."""

from __future__ import annotations

import os
import pickle
import struct
import traceback
from typing import Any, NamedTuple

from paradvisor.runtime.errors import RemoteError, RemoteTraceback

_HEAD = struct.Struct("<IQ")  # number of buffers, length of the pickle
_LENGTH = struct.Struct("<Q")
_VECTORS = 512  # writev takes IOV_MAX of them, 1024 on Linux


def send(fd: int, value: Any) -> None:
    """Write one object. Raises whatever pickling it raises, with nothing written."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, 5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    head = _HEAD.pack(len(raws), len(body)) + b"".join(_LENGTH.pack(raw.nbytes) for raw in raws)
    _write(fd, [memoryview(head), memoryview(body), *raws])


def receive(fd: int) -> Any:
    """Read one object. Raises EOFError where the other end has closed or died."""
    count, length = _HEAD.unpack(_read(fd, _HEAD.size))
    sizes = [_LENGTH.unpack(_read(fd, _LENGTH.size))[0] for _ in range(count)]
    body = _read(fd, length)
    return pickle.loads(body, buffers=[_read(fd, size) for size in sizes])


class Packed(NamedTuple):
    """A value as it was when it was yielded; its buffers are not copied, so send them at once."""

    body: bytes
    buffers: list[Any]


_CONSTANTS = frozenset({int, float, str, bytes, bool, complex, type(None)})


def pack(value: Any) -> Any:
    """A value that later changes to the object cannot reach: packed, unless it cannot change."""
    kind = type(value)
    if kind in _CONSTANTS:
        return value
    if kind is tuple and _CONSTANTS.issuperset(map(type, value)):
        return value
    buffers: list[pickle.PickleBuffer] = []
    return Packed(pickle.dumps(value, 5, buffer_callback=buffers.append), buffers)


def unpack(value: Any) -> Any:
    """The value that was packed."""
    if type(value) is not Packed:
        return value
    return pickle.loads(value.body, buffers=value.buffers)


def _write(fd: int, parts: list[memoryview]) -> None:
    while parts:
        done = os.writev(fd, parts[:_VECTORS])
        while parts and done >= parts[0].nbytes:
            done -= parts.pop(0).nbytes
        if done:
            parts[0] = parts[0][done:]


def _read(fd: int, size: int) -> bytearray:
    """Exactly ``size`` bytes; a bytearray, so that arrays built on it can be written to."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        got = os.readv(fd, [view])
        if not got:
            raise EOFError("the worker's pipe was closed in the middle of a result")
        view = view[got:]
    return buffer


def pack_error(error: BaseException) -> tuple[bytes, str]:
    """An exception for the way: pickled, or what is left of it, and its traceback's text."""
    text = "".join(traceback.format_exception(error))
    try:
        packed = pickle.dumps(error)
        pickle.loads(packed)  # some can be pickled and not be made again
    except Exception:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        try:
            message = str(error)
        except Exception:
            message = "<exception str() failed>"
        packed = pickle.dumps(RemoteError(f"{name}: {message}"))
    return packed, text


def unpack_error(packed: tuple[bytes, str]) -> BaseException:
    """The exception as a worker raised it, with the worker's traceback as its cause."""
    error: BaseException = pickle.loads(packed[0])
    error.__cause__ = RemoteTraceback(packed[1])
    return error
