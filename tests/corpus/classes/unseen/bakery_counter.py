"""Serves a bakery's customers with numbered tickets, while the ovens are cold.

kind: lock
bound: io
reason: the bakers wait in SimpleQueue.get with a timeout and the customers for their events;
  nobody sleeps or computes for long.
"""

import queue
import threading


class Bakery:
    def __init__(self):
        self.orders = queue.SimpleQueue()
        self.closing = threading.Event()
        self.served = []

    def baker(self):
        """Bake what is ordered until nothing has been for three looks."""
        quiet = 0
        while quiet < 3:
            try:
                ticket, ready = self.orders.get(timeout=0.25)
            except queue.Empty:
                quiet += 1
                continue
            quiet = 0
            self.served.append(ticket)
            ready.set()
        self.closing.set()

    def customer(self, ticket):
        ready = threading.Event()
        self.orders.put((ticket, ready))
        ready.wait()
        self.closing.wait(0.6)


def morning(tickets):
    bakery = Bakery()
    threads = [threading.Thread(target=bakery.customer, args=(ticket,)) for ticket in tickets]
    threads.append(threading.Thread(target=bakery.baker))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(bakery.served)


def main():
    for day in range(2):
        served = morning(range(day * 10, day * 10 + 6))
        print(f"day {day}: {len(served)} served, last ticket {served[-1]}")


if __name__ == "__main__":
    main()
