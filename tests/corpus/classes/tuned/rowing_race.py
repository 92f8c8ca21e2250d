"""Starts a rowing race for which one crew does not turn up.

kind: lock
bound: io
reason: the crews wait at a threading.Barrier until its timeout breaks it; all threads are blocked
  in it meanwhile, and the main thread only joins them.
"""

import threading


class Race:
    def __init__(self, lanes, patience):
        self.start = threading.Barrier(lanes, timeout=patience)
        self.lock = threading.Lock()
        self.results = []

    def row(self, crew, strokes):
        try:
            self.start.wait()
        except threading.BrokenBarrierError:
            outcome = "went home"
        else:
            outcome = f"rowed {strokes} strokes"
        with self.lock:
            self.results.append((crew, outcome))


def hold(crews, lanes, patience):
    race = Race(lanes, patience)
    threads = [
        threading.Thread(target=race.row, args=(crew, 200 + 10 * number))
        for number, crew in enumerate(crews)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(race.results)


def main():
    crews = ["Avon", "Cam", "Isis", "Tyne"]
    for day, lanes in enumerate((4, 5, 5), 1):
        results = hold(crews, lanes, patience=0.75)
        print(f"day {day}:", ", ".join(f"{crew} {outcome}" for crew, outcome in results))


if __name__ == "__main__":
    main()
