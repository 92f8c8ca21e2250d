"""Packs a release of a software into one .tar.xz and checks it.

kind: native_nogil
bound: compute
reason: Modules/_lzmamodule.c releases the lock around lzma_code; two threads took 1.10x the time
  of one.
"""

import io
import lzma
import random
import tarfile


def modules(count):
    rng = random.Random(3)
    names = ["index", "value", "total", "items", "result", "path", "node", "count", "size", "key"]
    for number in range(count):
        lines = []
        for _ in range(420):
            left, right, third = rng.choices(names, k=3)
            lines.append(
                f"    {left}_{rng.randrange(90)} = {right}({third}, {rng.randrange(1000)})"
            )
        yield f"release/module{number}.py", "\n".join(lines).encode()


def bundle(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return raw.getvalue()


def check(packed):
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as archive:
        return sum(1 for _ in archive)


def main():
    data = bundle(modules(190))
    packed = lzma.compress(data, preset=6)
    print(f"{len(data)} bytes, packed to {100 * len(packed) / len(data):.1f} %")
    print(check(packed), "files")


if __name__ == "__main__":
    main()
