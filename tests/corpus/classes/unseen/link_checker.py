"""Runs a small checker program for each of many links.

kind: child
bound: io
reason: dozens of short processes in a row, each started and waited for with
  subprocess.check_output; what this process does itself is to start them.
"""

import subprocess
import sys
from collections import Counter

CHECK = "import sys; print('broken' if hash(int(sys.argv[1])) % 7 == 0 else 'fine')"


def links(count):
    for number in range(count):
        yield number * 7919 % 10_007


def check(link):
    command = [sys.executable, "-I", "-S", "-c", CHECK, str(link)]
    return subprocess.check_output(command, text=True).strip()


class Report:
    def __init__(self):
        self.states = Counter()
        self.broken = []

    def add(self, link, state):
        self.states[state] += 1
        if state == "broken":
            self.broken.append(link)


def main():
    report = Report()
    for link in links(175):
        report.add(link, check(link))
    print(dict(sorted(report.states.items())), "first broken:", report.broken[:3])


if __name__ == "__main__":
    main()
