"""Objects over a pipe between a worker and its parent: pickle protocol 5, buffers out of band."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import struct
from collections.abc import Sequence
from copyreg import dispatch_table
from typing import Any, NamedTuple

from paradvisor.runtime.errors import RemoteError, RemoteTraceback
from paradvisor.runtime.member import CONSTANTS

_HEAD = struct.Struct("<IQ")  # number of buffers, length of the pickle
_LENGTH = struct.Struct("<Q")
_LONGEST_CHAIN = 100  # exceptions; further causes are in the traceback's text
_VECTORS = 512  # writev takes IOV_MAX of them, 1024 on Linux


def send(fd: int, value: Any) -> None:
    """Write one object. Raises whatever pickling it raises, with nothing written."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, 5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    head = _HEAD.pack(len(raws), len(body)) + b"".join(_LENGTH.pack(raw.nbytes) for raw in raws)
    write(fd, [memoryview(head), memoryview(body), *raws])


class Closed(Exception):
    """The other end of a pipe has closed it or died."""


def receive(fd: int) -> tuple[Any, int]:
    """Read one object; also how many bytes it took.

    Raises:
        Closed: the other end has closed or died.
        Exception: what unpickling has raised; the object is read all the same.
    """
    count, length = _HEAD.unpack(_read(fd, _HEAD.size))
    sizes = [_LENGTH.unpack(_read(fd, _LENGTH.size))[0] for _ in range(count)]
    body = _read(fd, length)
    return pickle.loads(body, buffers=[_read(fd, size) for size in sizes]), length + sum(sizes)


class Packed(NamedTuple):
    """A value as it was when it was yielded; its buffers are not copied, so send them at once."""

    body: Any
    buffers: list[Any]

    @property
    def nbytes(self) -> int:
        """How much there is to send."""
        size: int = len(self.body) + sum(buffer.raw().nbytes for buffer in self.buffers)
        return size

    def unpack(self) -> Any:
        """The value that was packed."""
        return pickle.loads(self.body, buffers=self.buffers)


def unpack(value: Any) -> Any:
    """The value that was packed, or the value itself."""
    return value.unpack() if type(value) is Packed else value


def keep(item: Any) -> Any:
    """An item as it is now, whatever reading the next one may do to it."""
    packed = item if type(item) in CONSTANTS else pack(item)
    if type(packed) is Packed and packed.buffers:
        return Packed(packed.body, [bytearray(buffer.raw()) for buffer in packed.buffers])
    return packed


def pack(value: Any) -> Any:
    """A value that later changes to the object cannot reach: packed, unless it cannot change."""
    if type(value) is tuple and CONSTANTS.issuperset(map(type, value)):
        return value
    buffers: list[pickle.PickleBuffer] = []
    try:
        body = pickle.dumps(value, 5, buffer_callback=buffers.append)
    except TypeError:
        buffers.clear()
        body = _dumps_with_views(value, buffers)
    return Packed(body, buffers)


def _dumps_with_views(value: Any, buffers: list[pickle.PickleBuffer]) -> bytes:
    """As pickle.dumps, for memoryviews too."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, 5, buffer_callback=buffers.append)
    pickler.dispatch_table = {**dispatch_table, memoryview: _reduce_view}
    pickler.dump(value)
    return file.getvalue()


def _reduce_view(view: memoryview) -> tuple[Any, ...]:
    if not view.nbytes:
        return memoryview, (b"",)
    if not view.c_contiguous:
        view = memoryview(view.tobytes()).cast("B").cast(view.format, view.shape)  # type: ignore[call-overload]
    return _make_view, (pickle.PickleBuffer(view), view.format, view.shape)


def _make_view(buffer: Any, form: Any, shape: Any) -> memoryview:
    return memoryview(buffer).cast("B").cast(form, shape)


def write(fd: int, parts: Sequence[memoryview]) -> None:
    """Write all of the parts, one after another."""
    left = list(parts)
    while left:
        done = os.writev(fd, left[:_VECTORS])
        while left and done >= left[0].nbytes:
            done -= left.pop(0).nbytes
        if done:
            left[0] = left[0][done:]


def _read(fd: int, size: int) -> bytearray:
    """Exactly ``size`` bytes; a bytearray, so that arrays built on it can be written to."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        got = os.readv(fd, [view])
        if not got:
            raise Closed
        view = view[got:]
    return buffer


class Failure(NamedTuple):
    """An exception on its way: pickled, with those that it came from, and its traceback's text."""

    packed: bytes
    cause: Failure | None
    context: Failure | None
    suppressed: bool
    text: str


def pack_error(error: BaseException) -> Failure:
    """What is left of an exception where it cannot be pickled: its type's name and its text."""
    import traceback  # takes longer to import than the rest of this

    return _pack_error(error, "".join(traceback.format_exception(error)), set())


def _pack_error(error: BaseException, text: str, seen: set[int]) -> Failure:
    seen.add(id(error))
    cause, context = (
        None
        if other is None or id(other) in seen or len(seen) > _LONGEST_CHAIN
        else _pack_error(other, "", seen)
        for other in (error.__cause__, error.__context__)
    )
    return Failure(_dumps_error(error), cause, context, error.__suppress_context__, text)


def _dumps_error(error: BaseException) -> bytes:
    try:
        packed = pickle.dumps(_Remade(error) if _is_remade(type(error)) else error)
        pickle.loads(packed)  # some can be pickled and not be made again
    except Exception:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        try:
            message = str(error)
        except Exception:
            message = "<exception str() failed>"
        stand_in = RemoteError(f"{name}: {message}")
        for note in getattr(error, "__notes__", ()):
            stand_in.add_note(str(note))
        packed = pickle.dumps(stand_in)
    return packed


def _is_remade(kind: type[BaseException]) -> bool:
    """Whether pickle would call an ``__init__`` of the program's, which may want other things."""
    built_in = next(base for base in kind.__mro__ if base in _BUILT_IN)
    plain = all(getattr(kind, name) == getattr(built_in, name) for name in _MAKING)
    return kind.__init__ != built_in.__init__ and plain and not hasattr(kind, "__slots__")


_BUILT_IN = {
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}
_MAKING = ("__new__", "__reduce__", "__reduce_ex__", "__setstate__")
"""What pickle makes an exception with, besides its ``__init__``."""


class _Remade:
    """An exception that is made again without its ``__init__``: by its arguments and attributes."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        made: Any = self._error.__reduce__()  # the arguments of a file's error have the file's name
        return _remake, (made[0], made[1], made[2] if len(made) > 2 else {})


def _remake(
    kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]
) -> BaseException:
    error = kind.__new__(kind, *args)
    built_in = next(base for base in kind.__mro__ if base in _BUILT_IN)
    built_in.__init__(error, *args)
    vars(error).update(state)
    return error


def unpack_error(failure: Failure) -> BaseException:
    """The exception as a worker raised it.

    The worker's traceback is its cause, or that of the cause which it has already, and so on.
    """
    error = first = _unpack_error(failure)
    while first.__cause__ is not None:
        first = first.__cause__
    first.__cause__ = RemoteTraceback(failure.text)
    return error


def _unpack_error(failure: Failure) -> BaseException:
    error: Any = pickle.loads(failure.packed)
    if not isinstance(error, BaseException):  # its __reduce__ makes something else of it
        error = RemoteError(repr(error))
    if failure.context is not None:
        error.__context__ = _unpack_error(failure.context)
    if failure.cause is not None:
        error.__cause__ = _unpack_error(failure.cause)
    error.__suppress_context__ = failure.suppressed
    return error  # type: ignore[no-any-return]
