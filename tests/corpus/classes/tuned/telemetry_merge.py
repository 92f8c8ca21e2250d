"""Merges the telemetry of a rocket's stages, which arrives through pipes, by time.

kind: io
bound: io
reason: the main thread waits in poll() for any of the pipes; their writers sleep.
"""

import os
import select
import struct
import threading
import time

RECORD = struct.Struct("<IHH")


def stage(descriptor, number, records):
    with os.fdopen(descriptor, "wb", buffering=0) as pipe:
        for count in range(records):
            time.sleep(0.05 + 0.02 * number)
            pipe.write(RECORD.pack(count * (5 + 2 * number), number, count * 31 % 100))


class Merger:
    def __init__(self, descriptors):
        self.poll = select.poll()
        self.waiting = set(descriptors)
        self.records = []
        for descriptor in descriptors:
            self.poll.register(descriptor, select.POLLIN)

    def run(self):
        while self.waiting:
            for descriptor, _ in self.poll.poll(2000):
                data = os.read(descriptor, RECORD.size * 64)
                if not data:
                    self.poll.unregister(descriptor)
                    self.waiting.remove(descriptor)
                    os.close(descriptor)
                self.records += RECORD.iter_unpack(data)
        return sorted(self.records)


def main():
    pipes = [os.pipe() for _ in range(4)]
    writers = [
        threading.Thread(target=stage, args=(writer, number, 26 - 5 * number))
        for number, (_, writer) in enumerate(pipes)
    ]
    for writer in writers:
        writer.start()
    records = Merger([reader for reader, _ in pipes]).run()
    for writer in writers:
        writer.join()
    print(len(records), "records from", records[0], "to", records[-1])


if __name__ == "__main__":
    main()
