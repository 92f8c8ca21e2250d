"""Feeds a conveyor that has stalled: the belt is full and each part waits for a place.

kind: lock
bound: io
reason: queue.Queue.put with a timeout into a full queue, from several threads; the main thread
  joins them.
"""

import queue
import threading


class Conveyor:
    def __init__(self, places):
        self.belt = queue.Queue(maxsize=places)
        self.lock = threading.Lock()
        self.rejected = []

    def feed(self, part, patience):
        try:
            self.belt.put(part, timeout=patience)
        except queue.Full:
            with self.lock:
                self.rejected.append(part)


def shapes(station, count):
    """Yield the weights of a station's parts, worked out from their outlines."""
    for number in range(count):
        outline = [(x * (number + 3) % 17, x * station % 13) for x in range(36_000)]
        area = 0
        for (x, y), (right, up) in zip(outline, outline[1:] + outline[:1], strict=True):
            area += x * up - right * y
        yield abs(area)


def station(conveyor, number, parts):
    for weight in shapes(number, parts):
        conveyor.feed((number, weight), patience=0.3)


def main():
    conveyor = Conveyor(places=4)
    for number in range(4):
        conveyor.feed(("first", number), patience=0.1)
    stations = [threading.Thread(target=station, args=(conveyor, n, 5)) for n in range(1, 4)]
    for thread in stations:
        thread.start()
    for thread in stations:
        thread.join()
    print(conveyor.belt.qsize(), "on the belt,", len(conveyor.rejected), "rejected")
    print("weight:", sum(weight for _, weight in conveyor.rejected))


if __name__ == "__main__":
    main()
