"""Compute the checksums of the files of a backup, as sha256sum prints them.

needs: nothing
hot: 45
parallel: yes
reason: one digest per file; hashlib releases the interpreter lock, so that threads do as well
"""

import hashlib
import random
import tempfile
from pathlib import Path

FILES = 12
MEGABYTES = 12
CHUNK = 1 << 20
ALGORITHMS = ["sha256", "sha3_256", "sha3_512", "sha512", "blake2b", "blake2s", "sha1", "md5"]


def make_backup(root):
    rng = random.Random(99)
    block = rng.randbytes(CHUNK)
    for number in range(FILES):
        folder = root / f"disk{number % 3}"
        folder.mkdir(exist_ok=True)
        with (folder / f"part{number:02}.bin").open("wb") as out:
            for piece in range(MEGABYTES):
                out.write(block[number * 1000 + piece :])


def checksums(path):
    digests = [hashlib.new(name) for name in ALGORITHMS]
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            for digest in digests:
                digest.update(chunk)
    return [digest.hexdigest() for digest in digests]


def main():
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_backup(root)
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        for path, digests in zip(paths, map(checksums, paths), strict=True):
            print(f"{digests[0]}  {path.relative_to(root)}")
            for algorithm, digest in zip(ALGORITHMS[1:], digests[1:], strict=True):
                print(f"    {algorithm} {digest[:32]}")


if __name__ == "__main__":
    main()
