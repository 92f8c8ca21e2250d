"""Reads orders from a named pipe, line by line, as a shop's till writes them.

kind: io
bound: io
reason: the reader blocks in read() of the pipe; the writer's thread sleeps between orders.
"""

import os
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

GOODS = ["bread", "milk", "eggs", "tea"]


def till(path, orders):
    with path.open("w") as pipe:
        for number in range(orders):
            time.sleep(0.04)
            pipe.write(f"{number},{GOODS[number % 4]},{number % 5 + 1}\n")
            pipe.flush()


def orders(path):
    with path.open() as pipe:
        for line in pipe:
            number, item, amount = line.rstrip("\n").split(",")
            yield int(number), item, int(amount)


def stock_needed(lines):
    needed = defaultdict(int)
    for _, item, amount in lines:
        needed[item] += amount
    return needed


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders"
        os.mkfifo(path)
        writer = threading.Thread(target=till, args=(path, 38))
        writer.start()
        needed = stock_needed(orders(path))
        writer.join()
    for item in sorted(needed):
        print(f"{item:6}{needed[item]:4}")


if __name__ == "__main__":
    main()
