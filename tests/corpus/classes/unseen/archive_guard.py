"""Appends to an archive that another part of the program keeps locked, with flock.

kind: lock
bound: io
reason: the main thread blocks in fcntl.flock; the thread that holds the lock through its own open
  file waits for an event until a timeout.
"""

import fcntl
import tempfile
import threading
import zlib
from pathlib import Path


def inventory(path, locked, cancelled):
    """Take stock under the lock, as long as nobody cancels it."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        locked.set()
        cancelled.wait(0.5)
        lines = file.read().count("\n")
        fcntl.flock(file, fcntl.LOCK_UN)
    return lines


def append(path, record):
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(record + "\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.txt"
        path.touch()
        for volume in range(3):
            locked = threading.Event()
            keeper = threading.Thread(target=inventory, args=(path, locked, threading.Event()))
            keeper.start()
            locked.wait()
            append(path, f"volume {volume}, acquired")
            keeper.join()
        content = path.read_bytes()
    print(content.count(b"\n"), "records,", f"{zlib.crc32(content):08x}")


if __name__ == "__main__":
    main()
