"""Finds files of the same content by their digests.

kind: native_nogil
bound: compute
reason: hashlib releases the lock for data of 2048 bytes and more; two threads took 1.08x the time
  of one. Reading the files, which are in memory after having been written, is the lesser part.
"""

import hashlib
import tempfile
from collections import defaultdict
from pathlib import Path


def populate(root, count, size):
    base = bytes(n * n % 251 for n in range(65_521))
    for number in range(count):
        kind = number % (count - 3)
        content = (kind.to_bytes(4, "big") + base) * (size // len(base))
        (root / f"photo{number:02d}.raw").write_bytes(content)


def digest(path):
    with path.open("rb") as file:
        result = hashlib.blake2b(digest_size=20)
        while block := file.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def duplicates(root):
    found = defaultdict(list)
    for path in sorted(root.iterdir()):
        found[digest(path)].append(path.name)
    return [names for names in found.values() if len(names) > 1]


def main():
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        populate(root, 20, 6_000_000)
        for _ in range(10):  # once for each of the volumes that mirror it
            found = duplicates(root)
    for names in found:
        print("the same:", *names)


if __name__ == "__main__":
    main()
