"""What a thread of this process waits for: the system call it is parked in (Linux)."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_clocks: Any = sys.modules["_paradvisor_sampler_clocks"]

# What a call waits for -> its name -> its number on (x86_64, aarch64); the kernel's unistd.h.
_CALLS: dict[str, dict[str, tuple[int | None, int | None]]] = {
    "file": {
        "open": (2, None),
        "openat": (257, 56),
        "close": (3, 57),
        "fsync": (74, 82),
        "fdatasync": (75, 83),
        "sync": (162, 81),
        "stat": (4, None),
        "fstat": (5, 80),
        "lstat": (6, None),
        "fstatat": (262, 79),
        "statx": (332, 291),
        "getdents": (217, 61),
        "getdents32": (78, None),
        "rename": (82, None),
        "renameat2": (316, 276),
        "unlink": (87, None),
        "unlinkat": (263, 35),
        "mkdir": (83, None),
        "mkdirat": (258, 34),
        "rmdir": (84, None),
        "ftruncate": (77, 46),
        "copy_file_range": (326, 285),
        "msync": (26, 227),
        "sync_file_range": (277, 84),
        "syncfs": (306, 267),
        "access": (21, None),
        "faccessat": (269, 48),
        "faccessat2": (439, 439),
    },
    "socket": {
        "recv": (45, 207),
        "recvmsg": (47, 212),
        "send": (44, 206),
        "sendmsg": (46, 211),
        "connect": (42, 203),
        "accept": (43, 202),
        "accept4": (288, 242),
        "recvmmsg": (299, 243),
        "sendmmsg": (307, 269),
    },
    "events": {"epoll_wait": (232, None), "epoll_pwait": (281, 22), "epoll_pwait2": (441, 441)},
    "sleep": {"nanosleep": (35, 101), "clock_nanosleep": (230, 115), "pause": (34, None)},
    "child": {"wait4": (61, 260), "waitid": (247, 95), "vfork": (58, None)},
    "lock": {"flock": (73, 32)},
    "futex": {"futex": (202, 98), "futex_waitv": (449, 449)},
    "fd": {
        "read": (0, 63),
        "write": (1, 64),
        "pread": (17, 67),
        "pwrite": (18, 68),
        "readv": (19, 65),
        "writev": (20, 66),
        "preadv": (295, 69),
        "pwritev": (296, 70),
        "sendfile": (40, 71),
    },
    "poll": {"poll": (7, None), "ppoll": (271, 73)},
    "select": {"select": (23, None), "pselect": (270, 72)},
}
_HERE = 1 if os.name == "posix" and os.uname().machine == "aarch64" else 0
_NUMBERS = {
    numbers[_HERE]: (what, name)
    for what, calls in _CALLS.items()
    for name, numbers in calls.items()
    if numbers[_HERE] is not None
}
_RESTARTED = (219, 128)[_HERE]
_FUTEX_COMMAND = 0x7F  # without its flags, "private" and "real time"; linux/futex.h
_FUTEX_WAITS = (0, 9, 11, 13)  # WAIT, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2
_CLOCKS = 16
_SOCKETS = ("tcp", "tcp6", "udp", "udp6")

Call = tuple[str, str, int, int]
"""What a call waits for ("gil": a turn to run Python), its name, and its first two arguments."""


class Parked:
    """Tells what the threads of this process are parked in."""

    def __init__(self) -> None:
        self.memory = -1
        self.gil = _interpreter_data()
        self.sockets: dict[str, str] = {}

    def look(self, thread: int) -> Call | None:
        """The call that a thread waits in, by its native number; None for one that runs.

        It does not give the GIL away.
        """
        fields = _clocks.read(f"/proc/self/task/{thread}/syscall").split()
        if not fields or fields[0] in ("running", "-1"):
            return None
        number, first, second = int(fields[0]), int(fields[1], 16), int(fields[2], 16)
        what, name = _NUMBERS.get(number, ("other", "a system call"))
        if number == _RESTARTED:
            what, name = _before_restart(first, second)
        if what == "futex" and any(low <= first < high for low, high in self.gil):
            return "gil", name, first, second
        return what, name, first, second

    def explain(self, call: Call) -> tuple[str, str]:
        """The kind of a wait, and words for it."""
        what, name, first, second = call
        match what:
            case "gil":
                return "lock", "the GIL"
            case "futex":
                return "lock", "a lock"
            case "lock":
                return "lock", "a file's lock"
            case "select":
                return ("io", "select on a descriptor") if first else ("io", "sleep")
            case "poll":
                return self._polled(name, first) if second else ("io", "sleep")
            case "fd" | "socket":
                return self._on(name, first)
            case "events":
                return "io", f"{name} on sockets"
            case "sleep":
                return "io", "sleep"
            case "child":
                return "child", "a child process"
            case "file":
                return "io", f"{name} on a file"
        return "io", name

    def _polled(self, name: str, address: int) -> tuple[str, str]:
        """The first descriptor in a poll() array, read out of our own memory."""
        try:
            if self.memory < 0:
                self.memory = os.open("/proc/self/mem", os.O_RDONLY)
            fd = int.from_bytes(os.pread(self.memory, 4, address), sys.byteorder)
        except OSError:
            return "io", name
        return self._on(name, fd)

    def _on(self, name: str, fd: int) -> tuple[str, str]:
        """A call on a descriptor: for a child, where it is a pipe and there are children."""
        try:
            link = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            return "io", name
        if "pidfd" in link:
            return "child", "a child process"
        if link.startswith("socket"):
            return "io", f"{name} on a {self._socket(link)} socket"
        if "eventpoll" in link:
            return "io", f"{name} on sockets"
        if link.startswith("pipe"):
            return ("child", "a child process") if has_children() else ("io", f"{name} on a pipe")
        terminal = link.startswith("/dev/") and link != "/dev/null"
        return "io", f"{name} on a {'terminal' if terminal else 'file'}"

    def _socket(self, link: str) -> str:
        """TCP, UDP or Unix, by the kernel's tables; looked up once for each socket."""
        if link not in self.sockets:
            inode = link[len("socket:[") : -1]
            self.sockets[link] = next(
                (
                    table.removesuffix("6").upper()
                    for table in _SOCKETS
                    if f" {inode} " in _clocks.plain_read(f"/proc/self/net/{table}")
                ),
                "Unix",
            )
        return self.sockets[link]


def _before_restart(first: int, second: int) -> tuple[str, str]:
    """A wait with a time limit that a debugger, or SIGSTOP, interrupted; the kernel resumes it.

    Its number is lost, its arguments are not. Four calls go on so (restart_block in the kernel).
    """
    if first < _CLOCKS:
        return "sleep", "clock_nanosleep"  # of a clock, by its number
    if second & _FUTEX_COMMAND in _FUTEX_WAITS and second & ~_FUTEX_COMMAND:
        return "futex", "futex"  # glibc's are private ones
    if second > 1 << 16:
        return "sleep", "nanosleep"  # of two addresses
    return "poll", "poll"


class Somewhere:
    """Other systems: what a thread waits for is not known."""

    def look(self, thread: int) -> Call | None:
        """As `Parked.look`."""
        return "other", "a wait", 0, 0

    def explain(self, call: Call) -> tuple[str, str]:
        """As `Parked.explain`."""
        return "io", call[1]


def parked() -> Parked | Somewhere:
    """The best that there is here."""
    return Parked() if os.path.exists("/proc/self/syscall") else Somewhere()


def has_children() -> bool:
    """Whether a thread of this process has started a process that is still there."""
    try:
        threads = os.listdir("/proc/self/task")
    except OSError:
        return False
    return any(_clocks.read(f"/proc/self/task/{thread}/children") for thread in threads)


def _interpreter_data() -> list[tuple[int, int]]:
    """Address ranges of the interpreter's own data, which hold the GIL's futex."""
    ranges = []
    executable = os.path.realpath(sys.executable)
    ours = False
    for line in _clocks.plain_read("/proc/self/maps").splitlines():
        fields = line.split()
        named = len(fields) > 5
        mine = named and (fields[5] == executable or "libpython" in fields[5])
        if "w" in fields[1] and (mine or (ours and not named)):
            low, high = fields[0].split("-")
            ranges.append((int(low, 16), int(high, 16)))
        ours = mine
    return ranges
