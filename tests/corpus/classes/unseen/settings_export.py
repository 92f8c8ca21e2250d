"""Exports a tree of settings as indented JSON and stores it compressed.

kind: python
bound: compute
reason: with `indent`, json.dumps does not use the C encoder but the generators of
  Lib/json/encoder.py (`_make_iterencode`), which are bytecode; compressing the text is the lesser
  part.
"""

import gzip
import json
import tempfile
from pathlib import Path


def settings(depth, breadth, path="root"):
    if depth == 0:
        number = sum(map(ord, path))
        return {"enabled": number % 2 == 0, "limit": number, "ratio": number / 7, "tags": [1, 2, 3]}
    return {f"{path[-3:]}{n}": settings(depth - 1, breadth, f"{path}.{n}") for n in range(breadth)}


def export(tree, target):
    text = json.dumps(tree, indent=2, sort_keys=False)
    with gzip.open(target, "wt", compresslevel=2) as file:
        file.write(text)
    return text


def main():
    tree = settings(6, 6)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "settings.json.gz"
        for name in ("draft", "review", "final"):
            text = export({name: tree}, target)
        with gzip.open(target, "rt") as file:
            assert file.read() == text
    print(len(text), "characters in", text.count("\n") + 1, "lines")


if __name__ == "__main__":
    main()
