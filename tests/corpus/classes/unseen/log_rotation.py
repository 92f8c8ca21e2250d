"""Rotates logs: packs the old ones off the event loop while it writes heartbeats.

kind: native_nogil
bound: compute
reason: Modules/_bz2module.c compresses between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS;
  two threads took 1.06x the time of one. The event loop waits for the thread that does it.
"""

import asyncio
import bz2


def log(day, lines):
    text = [
        f"2031-04-{day:02d} {n // 60 % 60:02d}:{n % 60:02d} worker{n * day % 13} "
        f"{'GET' if n % 3 else 'PUT'} /item/{n * 7919 % 10_007} {n * day % 977} ms\n"
        for n in range(lines)
    ]
    return "".join(text).encode()


class Rotation:
    def __init__(self):
        self.packed = {}
        self.beats = 0

    async def pack(self, day, content):
        self.packed[day] = await asyncio.to_thread(bz2.compress, content)

    async def heartbeat(self):
        while True:
            self.beats += 1
            await asyncio.sleep(0.05)


async def rotate(days):
    rotation = Rotation()
    beat = asyncio.create_task(rotation.heartbeat())
    for day in days:
        content = log(day, 14_000) * 3  # one of each mirror
        await rotation.pack(day, content)
        print(f"day {day}: {len(content)} bytes, packed {len(rotation.packed[day])}")
    beat.cancel()
    return rotation


def main():
    rotation = asyncio.run(rotate(range(1, 6)))
    print("total", sum(map(len, rotation.packed.values())), "alive:", rotation.beats > 5)


if __name__ == "__main__":
    main()
