"""Count the words of all text files below a folder; files are shared out to a team.

Written with the runtime from the start: 5 lines are about parallelism.
Run: python word_count.py FOLDER [SUFFIX]
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

from paradvisor import parallel, scheduled

WORD = re.compile(r"[^\W\d_]+")


def count_words(path: Path) -> Counter[str]:
    """Return how often each word occurs in one file, in lower case."""
    return Counter(WORD.findall(path.read_text("utf-8", "replace").lower()))


def main() -> None:
    """Count, and print the ten most frequent words."""
    folder = Path(sys.argv[1])
    suffix = sys.argv[2] if len(sys.argv) > 2 else ".txt"
    paths = sorted(folder.rglob(f"*{suffix}"))
    total: Counter[str] = Counter()

    def section():
        for path in scheduled(paths, costs=[path.stat().st_size for path in paths]):
            yield count_words(path)

    for counts in parallel(section):
        total.update(counts)
    print(f"{len(paths)} files, {total.total():,} words, {len(total):,} different ones")
    for word, count in total.most_common(10):
        print(f"{count:9,}  {word}")


if __name__ == "__main__":
    main()
