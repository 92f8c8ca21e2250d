"""What a fork copies and must not stay the same: buffers, signals, random numbers, thread pools."""

from __future__ import annotations

import _signal
import contextlib
import fcntl
import gc
import os
import pickle
import signal  # for its names; its functions wrap those of _signal in enums, which takes time
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from zlib import crc32

from paradvisor.runtime.region import usable_cores

_SIGINT = int(signal.SIGINT)
_ENDING = (int(signal.SIGTERM), int(signal.SIGIO))
_DEFAULT, _IGNORE = int(signal.SIG_DFL), int(signal.SIG_IGN)

_teams = count()
_controllers: dict[int, Any] = {}


def flush_streams() -> None:
    """Or both processes would write what is in the buffers."""
    for stream in filter(None, (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def other_threads() -> list[str]:
    """Names of the threads that run beside this one."""
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        return []
    current = threading.current_thread()
    return [thread.name for thread in threading.enumerate() if thread is not current]


def warn_of_threads() -> None:
    """A lock that another thread holds now stays locked in the workers for ever."""
    names = [name for name in other_threads() if not name.startswith("paradvisor-")]
    if names:
        import warnings

        warnings.warn(
            f"forking while other threads run ({', '.join(sorted(names))}): a worker that needs "
            "a lock which one of them holds now will wait for ever",
            RuntimeWarning,
            stacklevel=_frames_of_ours(),
        )


def _frames_of_ours() -> int:
    """How many frames up the program's own code is."""
    ours = os.path.dirname(__file__)
    frame, count = sys._getframe(1), 1
    while frame is not None and frame.f_code.co_filename.startswith(ours):
        frame, count = frame.f_back, count + 1  # type: ignore[assignment]
    return count


class Generators:
    """Streams of ``random`` and ``numpy.random`` of their own for each chunk of a team's.

    A fork would repeat one stream in all workers (``random`` reseeds itself, from the system; NumPy
    does not). These depend on the parent's state and on the chunk, not on who works on it, so a
    seeded program stays reproducible. Nothing is drawn from the parent's own stream.
    """

    def __init__(self) -> None:
        self._python: Any = sys.modules.get("random")
        self._numpy: Any = sys.modules.get("numpy.random")
        state: tuple[Any, ...] = ()
        if self._python is not None:
            of_python = self._python.getstate()[1]
            state += (*of_python[:8], of_python[-1])
        if self._numpy is not None:
            state += (crc32(pickle.dumps(self._numpy.get_state(legacy=False))),)
        self.salt = hash((*state, next(_teams))) if state else 0

    def begin(self, *chunk: int) -> None:
        """Set the streams of a worker's that begins a chunk."""
        if self._python is None and self._numpy is None:
            return
        seed = hash((self.salt, *chunk)) & 0xFFFFFFFF_FFFFFFFF
        if self._python is not None:
            self._python.seed(seed)
        if self._numpy is not None:
            with contextlib.suppress(TypeError):  # the program has put another generator there
                self._numpy.seed([seed >> 32, seed & 0xFFFFFFFF])


class Settling:
    """What makes a freshly forked process a worker that leaves the parent's things alone."""

    def __init__(self, workers: int) -> None:
        ours = _signal.getsignal(_SIGINT) is not signal.default_int_handler
        self._sigint = _IGNORE if ours else _DEFAULT  # the program's own business
        self._others = [number for number in _ENDING if _signal.getsignal(number) != _DEFAULT]
        self._limit_pools = _thread_pool_limiter(workers)

    def settle_in(self) -> None:
        """To be called in the worker."""
        _signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)  # the parent may hold them back
        gc.freeze()  # the parent's garbage is not ours to finalise
        _signal.signal(_SIGINT, self._sigint)
        for number in self._others:
            _signal.signal(number, _DEFAULT)
        self._limit_pools()


def _thread_pool_limiter(workers: int) -> Callable[[], object]:
    """What limits the pools of BLAS and OpenMP in a worker to its part of the cores.

    Does nothing without threadpoolctl, or where NumPy is not in use.
    """
    if "numpy" not in sys.modules:
        return _nothing
    loaded = len(sys.modules)
    if loaded not in _controllers:
        _controllers.clear()
        _controllers[loaded] = _controller()
    controller = _controllers[loaded]
    if controller is None:
        return _nothing
    cores = usable_cores()
    return lambda: controller.limit(limits=max(1, cores // workers))


def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


def _nothing() -> None:
    pass


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back: a child that it hits before it has settled in runs the parent's code."""
    before = _signal.pthread_sigmask(signal.SIG_BLOCK, (_SIGINT,))
    try:
        yield
    finally:
        _signal.pthread_sigmask(signal.SIG_SETMASK, before)


def above_streams(fd: int) -> int:
    """A descriptor moved out of the standard streams' numbers, if those are closed.

    Else what anybody writes to "standard error" would go into a pipe of ours.
    """
    if fd > 2:
        return fd
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(fd)
    return moved


_writers: set[int] = set()
"""Ends of lifelines that this process holds."""


def _drop_writers() -> None:
    """A child of whatever fork would keep the workers of its parent alive."""
    while _writers:
        os.close(_writers.pop())


os.register_at_fork(after_in_child=_drop_writers)


class Lifeline:
    """Has the kernel end the workers when their parent has gone, however it went.

    Linux sends SIGIO to the owner of an O_ASYNC pipe when its other end goes away (fs/pipe.c,
    pipe_release), and SIGIO ends a process that does not handle it. Needs no thread and no ctypes.
    """

    def __init__(self, workers: int) -> None:
        self._parent = os.getpid()
        reader, self._writer = map(above_streams, os.pipe2(os.O_CLOEXEC))
        _writers.add(self._writer)
        self._readers = [reader]
        # Owner and O_ASYNC belong to the open file, so each worker needs one of its own.
        path = f"/proc/self/fd/{reader}"
        try:
            while len(self._readers) < workers:
                self._readers.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            self.close()
            raise

    def hold(self, place: int) -> None:
        """To be called in the worker, which is told its place."""
        for reader in self._readers:
            if reader != self._readers[place]:
                os.close(reader)
        fcntl.fcntl(self._readers[place], fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self._readers[place], fcntl.F_SETFL, os.O_ASYNC)
        if os.getppid() != self._parent:  # it went away before we asked to be told
            os._exit(1)

    def forked(self) -> None:
        """In the parent, once the workers have theirs."""
        for reader in self._readers:
            os.close(reader)
        self._readers = []

    def close(self) -> None:
        """In the parent, at the end."""
        self.forked()
        if self._writer in _writers:  # else this is another process than the one that made it
            _writers.remove(self._writer)
            os.close(self._writer)
