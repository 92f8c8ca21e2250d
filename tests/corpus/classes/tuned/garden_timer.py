"""Runs a garden's watering plan from a scheduler, an hour in a tenth of a second.

kind: io
bound: io
reason: sched.scheduler sleeps (time.sleep) until the next event is due; the actions are short.
"""

import sched
import time

HOUR = 0.1
PLAN = [
    (1, "lawn", 3),
    (2, "roses", 1),
    (5, "lawn", 2),
    (7, "beans", 2),
    (9, "herbs", 1),
    (11, "roses", 4),
]


class Garden:
    def __init__(self):
        self.clock = sched.scheduler(time.monotonic, time.sleep)
        self.open = {}
        self.log = []

    def water(self, bed, hours):
        self.open[bed] = hours
        self.log.append(f"open {bed}")
        self.clock.enter(hours * HOUR, 0, self.stop, (bed,))

    def stop(self, bed):
        litres = self.open.pop(bed) * 40
        self.log.append(f"close {bed} after {litres} l")

    def run(self, plan):
        for hour, bed, hours in plan:
            self.clock.enter(hour * HOUR, 1, self.water, (bed, hours))
        self.clock.run()
        return self.log


def main():
    log = Garden().run(PLAN)
    print(len(log), "actions")
    print(log[0], "|", log[-1])


if __name__ == "__main__":
    main()
