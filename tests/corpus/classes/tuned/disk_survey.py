"""Surveys machines by reading what a probe prints for each of them.

kind: child
bound: io
reason: the shells that os.popen starts sleep, as a slow machine would, and then print; this
  process reads the pipe until they end.
"""

import os
import re

LINE = re.compile(r"(\S+)\s+(\d+)\s+(\d+)")
PROBE = "sleep {delay}; for d in root home data; do echo /$d $(({size} * 7 % 90)) {size}; done"


def probe(machine, delay, size):
    """Yield the volumes that the probe of a machine reports."""
    with os.popen(PROBE.format(delay=delay, size=size)) as output:
        for line in output:
            if match := LINE.match(line):
                path, used, total = match.groups()
                yield machine, path, int(used), int(total)


def survey(machines):
    volumes = []
    for number, machine in enumerate(machines):
        volumes += probe(machine, 0.2 + 0.05 * (number % 3), 100 + 37 * number)
    return volumes


def main():
    volumes = survey(["oak", "elm", "fir", "ash", "yew", "box"])
    full = [volume for volume in volumes if volume[2] > 60]
    print(len(volumes), "volumes,", len(full), "nearly full")
    print(max(volumes, key=lambda volume: volume[2]))


if __name__ == "__main__":
    main()
