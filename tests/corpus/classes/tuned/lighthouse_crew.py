"""Lets a crew of lighthouse keepers do their rounds, each in a thread of their own.

kind: io
bound: io
reason: every thread sleeps (time.sleep) most of the time; the main thread joins them. The short
  lock around the log book is never waited for long.
"""

import threading
import time


class LogBook:
    def __init__(self):
        self.lock = threading.Lock()
        self.entries = []

    def note(self, keeper, text):
        with self.lock:
            self.entries.append((keeper, text))


class Keeper(threading.Thread):
    def __init__(self, name, book, rounds, walk):
        super().__init__(name=name)
        self.book = book
        self.rounds = rounds
        self.walk = walk

    def run(self):
        for number in range(self.rounds):
            time.sleep(self.walk)
            self.book.note(self.name, f"round {number + 1}: lamp burns")
            time.sleep(self.walk / 4)


def main():
    book = LogBook()
    crew = [
        Keeper("Ida", book, rounds=4, walk=0.3),
        Keeper("Tom", book, rounds=10, walk=0.12),
        Keeper("Ole", book, rounds=2, walk=0.5),
    ]
    for keeper in crew:
        keeper.start()
    for keeper in crew:
        keeper.join()
    for keeper in crew:
        notes = [text for name, text in book.entries if name == keeper.name]
        print(f"{keeper.name}: {len(notes)} notes, last {notes[-1]!r}")


if __name__ == "__main__":
    main()
