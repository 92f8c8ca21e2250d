"""Does the nightly chores of a small server with shell commands.

kind: child
bound: io
reason: os.system waits for the shell and what it runs.
"""

import os
import shlex
import tempfile
from pathlib import Path


def prepare(root, count):
    for number in range(count):
        lines = [f"{number} {n * 7919 % 1009} event" for n in range(14_000)]
        (root / f"part{number}.log").write_text("\n".join(lines) + "\n")


class Chores:
    def __init__(self, root):
        self.root = shlex.quote(str(root))
        self.done = []

    def run(self, name, command):
        status = os.waitstatus_to_exitcode(os.system(f"cd {self.root} && {command}"))
        self.done.append((name, status))


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        prepare(root, 6)
        chores = Chores(root)
        chores.run("merge", "cat part*.log | sort -k2,2n -k1,1n > all.txt")
        chores.run("settle", "sleep 0.7")
        chores.run("count", "cut -d' ' -f2 all.txt | sort | uniq -c | sort -rn > counts.txt")
        chores.run("settle", "sleep 0.7")
        chores.run("verify", "test -f nothing.txt")
        lines = (root / "all.txt").read_text().splitlines()
        kinds = len((root / "counts.txt").read_text().splitlines())
    print(chores.done)
    print(len(lines), "lines,", kinds, "kinds; last:", lines[-1])


if __name__ == "__main__":
    main()
