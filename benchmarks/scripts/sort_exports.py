"""Sort every export of a folder with the system's sort and say what the first lines are.

needs: nothing
hot: 35
parallel: external
reason: each iteration starts a child that reads one file and writes another
"""

import os
import random
import subprocess
import sys
from pathlib import Path

FILES = 24
LINES = 240_000


def write_exports(folder):
    folder.mkdir(parents=True)
    rng = random.Random(13)
    raw = rng.randbytes(LINES * 6).hex()
    lines = [raw[at : at + 12] + "\n" for at in range(0, len(raw), 12)]
    for number in range(FILES):
        text = "".join(lines[number * 1000 :])
        (folder / f"export{number:02}.txt").write_text(text, encoding="ascii")


folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("exports")
if not folder.is_dir():
    write_exports(folder)

env = {**os.environ, "LC_ALL": "C"}
failed = []
for path in sorted(folder.glob("export*.txt")):
    target = path.with_suffix(".sorted")
    try:
        subprocess.run(
            ["sort", "--parallel=1", "-k1.5", "-u", "-o", target, path], check=True, env=env
        )
    except subprocess.CalledProcessError as error:
        failed.append((path.name, error.returncode))
        continue
    with target.open(encoding="ascii") as lines:
        print(f"{path.name} starts with {next(lines).strip()}")

if failed:
    sys.exit(f"failed: {failed}")
print("all sorted")
