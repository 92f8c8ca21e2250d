"""Boards ferries that leave when full, or when the skipper has waited long enough.

kind: lock
bound: io
reason: the skipper waits in Condition.wait_for with a timeout for passengers that do not come,
  and those aboard wait for the same condition until the ferry leaves.
"""

import threading


class Ferry:
    def __init__(self, seats):
        self.seats = seats
        self.aboard = 0
        self.trips = []
        self.closed = False
        self.condition = threading.Condition()

    def board(self):
        """Come aboard and stay until the ferry has left."""
        with self.condition:
            trip = len(self.trips)
            self.aboard += 1
            self.condition.notify_all()
            self.condition.wait_for(lambda: len(self.trips) > trip)

    def leave(self, patience):
        with self.condition:
            self.condition.wait_for(lambda: self.aboard == self.seats, timeout=patience)
            self.trips.append(self.aboard)
            self.aboard = 0
            self.condition.notify_all()


def commuter(ferry, trips):
    for _ in range(trips):
        ferry.board()


def main():
    ferry = Ferry(seats=6)
    crowd = [threading.Thread(target=commuter, args=(ferry, 4)) for _ in range(4)]
    for person in crowd:
        person.start()
    for _ in range(4):
        ferry.leave(patience=0.38)
    for person in crowd:
        person.join()
    print("carried", sum(ferry.trips), "in", len(ferry.trips), "trips:", ferry.trips)


if __name__ == "__main__":
    main()
