"""Waits for its stop flag, and looks at the settings each time the wait runs out.

kind: lock
bound: io
reason: threading.Event.wait with a timeout, in the only thread; what it looks at is short.
"""

import threading
import time


class Settings:
    def __init__(self):
        self.values = {f"option{n}": n for n in range(130_000)}

    def checksum(self):
        total = 0
        for name, value in self.values.items():
            total = (total * 31 + value + len(name)) % 1_000_003
        return total


class Watcher:
    def __init__(self, settings, interval):
        self.settings = settings
        self.interval = interval
        self.stopping = threading.Event()
        self.seen = []

    def run(self, until):
        while not self.stopping.wait(self.interval):
            self.seen.append(self.settings.checksum())
            self.settings.values["option7"] += 1
            if len(self.seen) == until:
                self.stopping.set()
        return self.seen


def main():
    watcher = Watcher(Settings(), interval=0.1)
    start = time.monotonic()
    seen = watcher.run(until=15)
    assert time.monotonic() - start >= 1.5
    print(len(seen), "looks,", len(set(seen)), "different; last", seen[-1])


if __name__ == "__main__":
    main()
