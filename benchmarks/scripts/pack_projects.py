"""Pack each project folder into a zip file and print how well it was compressed.

needs: nothing
hot: 46
parallel: external
reason: each project has a zip file of its own
"""

import argparse
import random
import zipfile
from pathlib import Path

WORDS = ["red", "green", "blue", "white", "black", "value", "index", "count", "total", "name"]


def make_projects(root, projects=14, files=12):
    rng = random.Random(17)
    words = rng.choices(WORDS, k=90_000)
    for project in range(projects):
        folder = root / f"project{project:02}"
        folder.mkdir(parents=True)
        for number in range(files):
            text = " ".join(words[(project * files + number) * 100 :])
            (folder / f"module{number}.txt").write_text(text, encoding="ascii")


def pack(folder):
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            member = zipfile.ZipInfo(path.name, (2020, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, path.read_bytes())
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path("projects"))
    args = parser.parse_args()
    if not args.root.exists():
        make_projects(args.root)

    before = after = 0
    for folder in sorted(path for path in args.root.iterdir() if path.is_dir()):
        target = pack(folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        packed = target.stat().st_size
        before += size
        after += packed
        print(f"{folder.name}: {size} -> {packed}")
    print(f"all: {before} -> {after} ({after / before:.1%})")


if __name__ == "__main__":
    main()
