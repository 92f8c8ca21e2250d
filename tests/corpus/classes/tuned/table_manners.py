"""Seats two diners who share two forks and take them in opposite orders.

kind: lock
bound: io
reason: each holds one lock and waits for the other's in Lock.acquire until its timeout: a
  deadlock that dissolves, again and again.
"""

import threading


class Table:
    def __init__(self):
        self.forks = [threading.Lock(), threading.Lock()]
        self.together = threading.Barrier(2)
        self.stuck = 0
        self.eaten = []


def dine(table, name, first, second, evenings):
    """Take a fork, wait for the second, and give up politely."""
    for evening in range(evenings):
        with table.forks[first]:
            table.together.wait()
            if table.forks[second].acquire(timeout=0.3):
                table.forks[second].release()
            table.together.wait()
        table.together.wait()
        if first == 0:
            table.stuck += 1
            with table.forks[0], table.forks[1]:
                table.eaten.append((name, evening, calories(evening)))
        table.together.wait()


def calories(evening):
    courses = [(evening + 1) * weight % 97 for weight in range(3000)]
    return sum(course for course in courses if course % 2)


def main():
    table = Table()
    diners = [
        threading.Thread(target=dine, args=(table, "Ada", 0, 1, 5)),
        threading.Thread(target=dine, args=(table, "Bob", 1, 0, 5)),
    ]
    for diner in diners:
        diner.start()
    for diner in diners:
        diner.join()
    print("stuck", table.stuck, "times, meals:", len(table.eaten))
    print(table.eaten[-1])


if __name__ == "__main__":
    main()
