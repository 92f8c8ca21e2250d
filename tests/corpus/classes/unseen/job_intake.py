"""Accepts jobs over a socket, one connection after the other.

kind: io
bound: io
reason: the main thread blocks in accept(); the clients' thread sleeps before each job. Planning
  the jobs is Python, and the lesser part.
"""

import socket
import threading
import time


def customers(address, count):
    for number in range(count):
        time.sleep(0.15)
        with socket.create_connection(address) as connection:
            connection.sendall(f"job {number} {number * 13 % 9 + 1}\n".encode())


def plan(durations, machines):
    """Share jobs among machines: try every start and keep the one that ends first."""
    best = None
    for start in range(len(durations)):
        loads = [0] * machines
        for at in range(len(durations)):
            duration = durations[(start + at) % len(durations)]
            loads[loads.index(min(loads))] += duration
        if best is None or max(loads) < best:
            best = max(loads)
    return best


class Intake:
    def __init__(self, listener):
        self.listener = listener
        self.jobs = []

    def take(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile() as file:
            _, number, duration = file.readline().split()
        self.jobs.append(int(duration))
        return int(number)


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=customers, args=(listener.getsockname(), 10))
        thread.start()
        intake = Intake(listener)
        while intake.take() != 9:
            pass
        thread.join()
    jobs = [duration + n % 7 for n in range(80) for duration in intake.jobs]
    print(len(intake.jobs), "jobs; shared by 7 machines done at", plan(jobs, 7))


if __name__ == "__main__":
    main()
