"""Watches the heartbeats of machines and notes which stay away.

kind: io
bound: io
reason: the monitor waits in recvfrom of a datagram socket with a timeout; the machines' threads
  sleep.
"""

import socket
import threading
import time
from collections import Counter


def machine(name, address, beats, interval):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(beats):
            time.sleep(interval)
            sender.sendto(name.encode(), address)


class Monitor:
    def __init__(self, patience):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(patience)
        self.beats = Counter()

    @property
    def address(self):
        return self.socket.getsockname()

    def watch(self):
        """Count beats until none comes for as long as patience allows."""
        while True:
            try:
                name, _ = self.socket.recvfrom(64)
            except TimeoutError:
                return
            self.beats[name.decode()] += 1


def main():
    monitor = Monitor(patience=0.5)
    plans = {"alpha": (10, 0.1), "beta": (5, 0.2), "gamma": (2, 0.1)}
    threads = [
        threading.Thread(target=machine, args=(name, monitor.address, *plan))
        for name, plan in plans.items()
    ]
    for thread in threads:
        thread.start()
    monitor.watch()
    monitor.socket.close()
    for thread in threads:
        thread.join()
    for name, (expected, _) in plans.items():
        print(f"{name}: {monitor.beats[name]} of {expected} beats")


if __name__ == "__main__":
    main()
