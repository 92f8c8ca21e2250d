"""Lists which 4 KiB blocks of a disk image changed, by their checksums.

kind: native_gil
bound: compute
reason: Modules/zlibmodule.c releases the lock in crc32 only for more than 5 KiB, so these many
  calls of over a microsecond hold it; two threads took 2.08x the time of one.
"""

import zlib

BLOCK = 4096


def image(blocks):
    """A disk image with some structure."""
    unit = b"".join(zlib.crc32(n.to_bytes(4, "little")).to_bytes(4, "big") for n in range(1024))
    return bytearray(unit * blocks)


def manifest(data):
    view = memoryview(data)
    crc32 = zlib.crc32
    return [crc32(view[at : at + BLOCK]) for at in range(0, len(data), BLOCK)]


def touch(data, round_number):
    for at in range(round_number * 997, len(data), 1_500_007):
        data[at] ^= 0xFF


def main():
    data = image(8000)
    before = manifest(data)
    total = 0
    for round_number in range(1, 125):
        touch(data, round_number)
        after = manifest(data)
        total += sum(old != new for old, new in zip(before, after, strict=True))
        before = after
    print(len(before), "blocks,", total, "changes")


if __name__ == "__main__":
    main()
