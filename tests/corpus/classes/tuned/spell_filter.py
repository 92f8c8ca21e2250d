"""Sends texts through an external spelling filter and counts what it marks.

kind: child
bound: io
reason: Popen.communicate feeds the child's stdin and waits for its output; the filter computes.
  Making up the texts is this process's own, lesser work.
"""

import random
import subprocess
import sys

FILTER = """
import sys

def distance(one, two):
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]

known = ["harbour", "lantern", "feather", "station", "morning", "picture"]

def mark(word):
    if word in known or min(distance(word, other) for other in known) > 2:
        return word
    return word + "?"

for line in sys.stdin:
    print(*map(mark, line.split()))
"""
WORDS = ["harbour", "lanterm", "fether", "station", "mornimg", "picturr", "quixotic", "stone"]


def text(seed, lines):
    rng = random.Random(seed)
    return "\n".join(" ".join(rng.choices(WORDS, k=10)) for _ in range(lines)) + "\n"


def marked(content):
    command = [sys.executable, "-c", FILTER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        output, _ = process.communicate(content)
    return output.count("?")


def main():
    for chapter in range(5):
        content = text(chapter, 600)
        print(f"chapter {chapter}: {marked(content)} of {len(content.split())} words marked")


if __name__ == "__main__":
    main()
