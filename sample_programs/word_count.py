"""Count the words of a folder of text files and print the ten most frequent.

The time goes into count_words: splitting, stripping and a dict update for each word, all in the
interpreter; the reads come from the page cache and do not matter. Each file is counted alone and
only the merge into one dict is ordered, so count in forked processes and merge in the parent;
what comes back is one small dict per file. Threads do not help.
"""
# expect: bound = "compute", kind = "python", hotspot = "count_words", loop = "for path in paths", verdict = "safe", strategy = "fork", size = "700"

import random
import sys
import tempfile
from pathlib import Path

SYLLABLES = ["ba", "cor", "de", "fin", "gol", "hu", "ka", "lem", "mi", "nor", "pe", "ras", "to"]
PUNCTUATION = ".,;:!?()\"'"


def make_paragraphs(count: int) -> list[str]:
    """Return paragraphs of made-up words, the same ones every time."""
    rng = random.Random(7)
    words = [a + b for a in SYLLABLES for b in SYLLABLES] + [a + "s" for a in SYLLABLES]
    rng.shuffle(words)
    weights = [1.0 / (rank + 2) for rank in range(len(words))]
    paragraphs = []
    for _ in range(count):
        chosen = rng.choices(words, weights, k=80)
        chosen[0] = chosen[0].capitalize()
        chosen[30] += ","
        chosen[50] = f"({chosen[50]})"
        paragraphs.append(" ".join(chosen) + ".\n")
    return paragraphs


def make_corpus(folder: Path, files: int) -> list[Path]:
    """Write the text files and return their paths in order."""
    rng = random.Random(11)
    paragraphs = make_paragraphs(200)
    paths = []
    for number in range(files):
        path = folder / f"text{number:04d}.txt"
        path.write_text("\n".join(rng.choices(paragraphs, k=rng.randrange(120, 240))), "utf-8")
        paths.append(path)
    return paths


def count_words(path: Path) -> dict[str, int]:
    """Return how often each word occurs in one file, in lower case."""
    counts: dict[str, int] = {}
    for line in path.read_text("utf-8").splitlines():
        for token in line.split():
            word = token.strip(PUNCTUATION).lower()
            if word:
                counts[word] = counts.get(word, 0) + 1
    return counts


def main() -> None:
    """Count the corpus and print the most frequent words."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 700
    totals: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = make_corpus(Path(folder), files)
        for path in paths:
            counts = count_words(path)
            for word, count in counts.items():
                totals[word] = totals.get(word, 0) + count
    ranking = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    for word, count in ranking[:10]:
        print(f"{count:9d} {word}")
    print(f"{sum(totals.values())} words, {len(totals)} different, in {files} files")


if __name__ == "__main__":
    main()
