"""Write the SHA-256 digest of every file of a backup folder, like sha256sum does.

The folder holds nightly backups of two volumes; a volume that did not change is a hard link to
the copy of the night before, but each name is read and hashed. The time goes into
hashlib.sha256, which releases the interpreter lock on large buffers, as the read does. The files
are independent, so a pool of threads, one for each core, is enough and costs the least; forked
processes gain as much. A C rewrite gains nothing: the hash is C already.
"""
# expect: bound = "compute", kind = "native_nogil", hotspot = "file_digest", loop = "for path in paths", verdict = "safe", strategy = "threads or fork", size = "80"

import hashlib
import os
import random
import sys
import tempfile
from pathlib import Path

VOLUMES = ["home", "mail"]
VOLUME_BYTES = 16 * 1024 * 1024


def make_backups(folder: Path, nights: int) -> list[Path]:
    """Write the first night's volumes, link the later nights to them, and return all paths."""
    paths = []
    for night in range(nights):
        for number, volume in enumerate(VOLUMES):
            path = folder / f"night{night:02d}-{volume}.img"
            if night == 0:
                path.write_bytes(random.Random(number).randbytes(VOLUME_BYTES))
            else:
                os.link(folder / f"night00-{volume}.img", path)
            paths.append(path)
    return paths


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of one file, in hex."""
    with open(path, "rb") as file:
        data = file.read()
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Hash the backups in order and print a line for each."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else 80
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        paths = make_backups(Path(folder), nights)
        for path in paths:
            digest = file_digest(path)
            lines.append(f"{digest}  {path.name}")
    print("\n".join(lines))
    print(f"{len(lines)} files")


if __name__ == "__main__":
    main()
