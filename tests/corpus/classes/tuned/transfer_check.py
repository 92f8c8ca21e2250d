"""Verifies a transfer chunk by chunk, with a digest for each chunk of 128 KiB.

kind: native_nogil
bound: compute
reason: thousands of short calls, each above the 2048 bytes from which hashlib releases the lock;
  two threads took 1.08x the time of one.
"""

import hashlib
import random
import time

CHUNK = 128 * 1024


def payload(size):
    return random.Random(1).randbytes(size)


def manifest(data):
    return [hashlib.sha3_256(data[at : at + CHUNK]).digest() for at in range(0, len(data), CHUNK)]


class Receiver:
    def __init__(self, expected):
        self.expected = expected
        self.bad = []

    def receive(self, number, chunk):
        if hashlib.sha3_256(chunk).digest() != self.expected[number]:
            self.bad.append(number)


def send(data, damaged):
    """Yield the numbered chunks, some of them damaged."""
    for number, at in enumerate(range(0, len(data), CHUNK)):
        chunk = data[at : at + CHUNK]
        if number in damaged:
            chunk = chunk[:-1] + bytes([chunk[-1] ^ 1])
        yield number, chunk


def main():
    data = payload(40_000_000)
    receiver = Receiver(manifest(data))
    for attempt in range(1, 13):
        receiver.bad.clear()
        for number, chunk in send(data, set(range(attempt, 200, attempt * 20))):
            receiver.receive(number, chunk)
        print(f"attempt {attempt}: damaged {receiver.bad[:4]}")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
