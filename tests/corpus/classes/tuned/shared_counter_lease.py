"""Tries to get a lease that is shared between processes and was never returned.

kind: lock
bound: io
reason: multiprocessing.Lock.acquire with a timeout (a POSIX semaphore) on a lock that is taken;
  no other process runs.
"""

import multiprocessing


class Lease:
    """A counter that processes may only raise one at a time."""

    def __init__(self):
        self.lock = multiprocessing.Lock()
        self.value = multiprocessing.Value("i", 0, lock=False)
        self.missed = 0

    def raise_by(self, amount, patience):
        if not self.lock.acquire(timeout=patience):
            self.missed += 1
            return None
        try:
            self.value.value += amount
            return self.value.value
        finally:
            self.lock.release()


def simulate(lease, rounds):
    total = 0
    for number in range(rounds):
        result = lease.raise_by(number, patience=0.24)
        total += result or -1
    return total


def main():
    lease = Lease()
    print("before:", simulate(lease, 5))
    lease.lock.acquire()
    print("taken: ", simulate(lease, 7))
    lease.lock.release()
    print("after: ", simulate(lease, 5), "missed", lease.missed)


if __name__ == "__main__":
    main()
