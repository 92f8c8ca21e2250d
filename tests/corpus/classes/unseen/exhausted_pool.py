"""Asks a pool for connections that nobody gives back.

kind: lock
bound: io
reason: Semaphore.acquire with a timeout, again and again, as all connections were taken; checking
  the lease is short.
"""

import threading


class PoolExhausted(Exception):
    """No connection came free in time."""


class ConnectionPool:
    def __init__(self, size):
        self.free = [f"connection {n}" for n in range(size)]
        self.slots = threading.BoundedSemaphore(size)
        self.failures = 0

    def take(self, timeout):
        if not self.slots.acquire(timeout=timeout):
            self.failures += 1
            raise PoolExhausted
        return self.free.pop()

    def give_back(self, connection):
        self.free.append(connection)
        self.slots.release()


def with_retries(function, attempts, first_timeout):
    """Call function with longer and longer timeouts."""
    timeout = first_timeout
    for _ in range(attempts):
        try:
            return function(timeout)
        except PoolExhausted:
            timeout *= 1.5
    return None


def main():
    pool = ConnectionPool(3)
    leaked = [pool.take(0.1) for _ in range(3)]
    for customer in range(3):
        connection = with_retries(pool.take, attempts=4, first_timeout=0.06)
        print(f"customer {customer}: {connection}")
    pool.give_back(leaked.pop())
    print("at last:", with_retries(pool.take, 1, 0.1), "after", pool.failures, "failures")


if __name__ == "__main__":
    main()
