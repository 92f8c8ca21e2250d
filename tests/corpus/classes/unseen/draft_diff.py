"""Compares the successive drafts of a text and says how much each changed.

kind: python
bound: compute
reason: difflib.SequenceMatcher is written in Python (Lib/difflib.py): the hot lines are the
  standard library's, and they are bytecode.
"""

import difflib
import random

WORDS = "the of and to in is that it was for on are as with his they at be this from or had".split()


def draft(rng, lines):
    return [" ".join(rng.choices(WORDS, k=9)) for _ in range(lines)]


def revise(rng, lines):
    """Change some words of some lines, and drop or double a few lines."""
    result = []
    for line in lines:
        chance = rng.random()
        if chance < 0.04:
            continue
        words = line.split()
        if chance < 0.5:
            words[rng.randrange(len(words))] = rng.choice(WORDS)
        result.append(" ".join(words))
        if chance > 0.97:
            result.append(line)
    return result


def similarity(old, new):
    """Mean likeness of the lines at the same place, character by character."""
    matcher = difflib.SequenceMatcher(autojunk=False)
    ratios = []
    for before, after in zip(old, new, strict=False):
        matcher.set_seqs(before, after)
        ratios.append(matcher.ratio())
    return sum(ratios) / len(ratios)


def main():
    rng = random.Random(7)
    text = draft(rng, 3700)
    for number in range(1, 9):
        after = revise(rng, text)
        print(f"draft {number}: {len(after)} lines, likeness {similarity(text, after):.3f}")
        text = after


if __name__ == "__main__":
    main()
