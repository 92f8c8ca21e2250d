"""Archives the state of many sessions: a pool of threads pickles and restores them.

kind: native_gil
bound: compute
reason: pickle.dumps and pickle.loads run in Modules/_pickle.c, which has no
  Py_BEGIN_ALLOW_THREADS, so the threads take turns: two threads took 1.94x the time of one. The
  main thread only waits for the workers.
"""

import pickle
import zlib
from concurrent.futures import ThreadPoolExecutor


class Session:
    def __init__(self, number):
        self.number = number
        self.cart = [(f"item {number + n}", n, n * 1.25) for n in range(900)]
        self.history = {f"page {n}": [number, n, n * number] for n in range(1200)}

    def total(self):
        return sum(price for _, _, price in self.cart)


def archive(session):
    """Return the size of the session's archive and the session as it comes back."""
    size = 0
    for protocol in (2, 4, 5, 4, 5):
        data = pickle.dumps(session, protocol)
        size += len(data)
        session = pickle.loads(data)
    return size, zlib.crc32(data), session


def main():
    sessions = [Session(number) for number in range(190)]
    with ThreadPoolExecutor(max_workers=3) as pool:
        results = list(pool.map(archive, sessions))
    print("bytes:", sum(size for size, _, _ in results))
    print("total:", sum(session.total() for _, _, session in results))


if __name__ == "__main__":
    main()
