"""Cuts a forked copy of the program off from the world, so that it can be run and thrown away.

What the copy had open for writing it can only read; sockets, pipes and terminals are dead; a file
that it reads has a position of its own. An audit hook (PEP 578) stops what would reach beyond the
process and notes it.
"""

from __future__ import annotations

import _thread
import io
import os
import stat
import sys
from os import close as _close
from os import listdir as _listdir
from os import open as _open
from os import pread as _pread
from os import read as _os_read
from os import readlink as _readlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_files: Any = sys.modules["_paradvisor_shadow_files"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS = frozenset({(1, 3), (1, 5), (1, 7), (1, 8), (1, 9)})
"""Device numbers of null, zero, full, random and urandom on Linux."""
_STOPPED = (
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link"),
    *("os.symlink", "os.truncate", "os.utime", "os.setxattr", "os.removexattr", "os.kill"),
    *("os.killpg", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.lockf"),
    *("os.chflags", "os.startfile", "subprocess.", "socket.", "shutil.", "tempfile.", "ftplib."),
    *("imaplib.", "nntplib.", "poplib.", "smtplib.", "telnetlib.", "urllib.", "http.client."),
    *("webbrowser.", "syslog.", "ctypes.call_function", "ctypes.dlopen", "fcntl.", "pty."),
    *("signal.pthread_kill", "msvcrt.", "winreg."),
)


class Stopped(BaseException):
    """The copy has tried to have an effect outside."""


class Effects:
    """What the copy has tried to do to the world, in words, each once."""

    def __init__(self) -> None:
        self.seen: dict[str, None] = {}
        self.works = False
        self.main = _thread.get_ident()
        self.armed = False
        """Whether it is the program's code that runs, not the trial's own."""
        self.read = _files.Read()

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Stop what reaches beyond the process. As sys.addaudithook has it."""
        if not self.armed and _thread.get_ident() == self.main:
            return
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & _WRITING and path != os.devnull:
                self.stop(f"opening {path!r} for writing")
            elif isinstance(path, str | bytes) and _is_alive(path):
                self.stop(f"opening {path!r}, which is no plain file")
            self.read.hook(event, args)
        elif event in ("os.listdir", "os.scandir"):
            self.read.hook(event, args)
        elif event == "paradvisor.probe":
            self.works = True
        elif event == "sqlite3.connect":
            if args and args[0] != ":memory:":
                self.stop(f"opening the database {args[0]!r}")
        elif event.startswith(_STOPPED):
            what = f" {str(args[0])[:60]!r}" if args and isinstance(args[0], str | bytes) else ""
            self.stop(event + what)

    def stop(self, what: str) -> None:
        """Note an effect, and do not let it happen."""
        self.seen.setdefault(what)
        raise Stopped(what)


def shares_memory() -> bool:
    """Whether this process can write to memory that it shares with others."""
    return any(
        line.split(b" ", 2)[1:2] == [b"rw-s"] for line in _read("/proc/self/maps").splitlines()
    )


def has_database() -> bool:
    """Whether an SQLite file is open: its library makes and removes journals by itself."""
    for name in _listdir("/proc/self/fd"):
        try:
            fd = int(name)
            if _pread(fd, 16, 0) == b"SQLite format 3\0" or _readlink(
                f"/proc/self/fd/{name}"
            ).endswith("-journal"):
                return True
        except OSError:
            continue
    return False


def _read(path: str) -> bytes:
    fd = _open(path, os.O_RDONLY)
    blocks = []
    while block := _os_read(fd, 1 << 16):
        blocks.append(block)
    _close(fd)
    return b"".join(blocks)


def _is_alive(path: str | bytes) -> bool:
    """Whether reading from a path takes something away from others: a pipe, a device."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    kind = status.st_mode
    plain = stat.S_ISREG(kind) or stat.S_ISDIR(kind)
    return not plain and not (stat.S_ISCHR(kind) and device in _HARMLESS)


def cut_off(keep: set[int]) -> None:
    """Detach every open descriptor from what it is open on, except those to keep."""
    dead = os.open("/", os.O_PATH | os.O_CLOEXEC)
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd in keep or fd == dead:
            continue
        try:
            _detach(fd, dead)
        except OSError:
            continue  # the listing's own, closed by now
    os.close(dead)


def _detach(fd: int, dead: int) -> None:
    status = os.fstat(fd)
    device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    harmless = stat.S_ISCHR(status.st_mode) and device in _HARMLESS
    if stat.S_ISDIR(status.st_mode) or harmless:
        return
    inheritable = os.get_inheritable(fd)
    if not stat.S_ISREG(status.st_mode):
        os.dup2(dead, fd, inheritable)
        return
    position = os.lseek(fd, 0, os.SEEK_CUR)
    try:
        own = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
    except OSError:
        os.dup2(dead, fd, inheritable)
        return
    os.lseek(own, position, os.SEEK_SET)
    os.dup2(own, fd, inheritable)
    os.close(own)


def capture_output() -> int:
    """Turn standard output and error into a file in memory, and give its descriptor."""
    for stream in (sys.stdout, sys.stderr):
        _flush_into_nothing(stream)
    fd = os.memfd_create("paradvisor output")
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    return fd


def flush_output() -> None:
    """Bring what the program printed so far into the file."""
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is io.TextIOWrapper:  # others may do anything when they are flushed
            try:
                stream.flush()
            except Exception:
                continue


def _flush_into_nothing(stream: Any) -> None:
    """What was printed before the fork is the program's to write."""
    if type(stream) is not io.TextIOWrapper:
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        fd = stream.fileno()
        os.dup2(null, fd)
        stream.flush()
    except Exception:
        pass
    finally:
        os.close(null)
