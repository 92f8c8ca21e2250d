"""How long a change to a large file takes, and that nothing else in it moves.

A program is made of modules of the standard library, put into one file, and a loop of its own in
the middle. The time is that of reading, judging and rewriting, as `paradvisor apply` does it.

Run: python -m benchmarks.rewriting [--lines N]
"""

from __future__ import annotations

import argparse
import ast
import difflib
import sys
import sysconfig
import time
from pathlib import Path

from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Program
from paradvisor.rewrite.section import Change, rewrite

TARGET_S = 2.0
MODULES = ("textwrap", "statistics", "difflib", "fractions", "calendar", "ast", "argparse", "csv")
LOOP = '''

def benchmark_loop(paths):
    """What is to be changed."""
    sizes = {}
    for path in paths:
        text = open(path).read()  # all of it
        sizes[path] = sum(map(ord, text))
    return sizes

'''


def program(lines: int) -> str:
    """A file of at least so many lines, with the loop after the half of them."""
    library = Path(sysconfig.get_path("stdlib"))
    text, number, placed = "", 0, False
    while text.count("\n") < lines:
        source = (library / f"{MODULES[number % len(MODULES)]}.py").read_text(encoding="utf-8")
        source = source.replace("from __future__ import annotations\n", "")
        text += f"\n\n# --- part {number}\n\n{source}"
        number += 1
        if not placed and text.count("\n") > lines / 2:
            text, placed = text + LOOP, True
    return text


def main() -> int:
    """Print the time; 1 if it is too long or too much was changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=5000, help="of the file (5000)")
    options = parser.parse_args()
    text = program(options.lines)
    begun = time.perf_counter()
    known = Program({"large.py": text}, {"large.py": "__main__"})
    function = known.modules["large.py"].top.functions["benchmark_loop"]
    [node] = [node for node in loop_nodes(function) if isinstance(node, ast.For)]
    judged = split(known, function, node)
    split_s = time.perf_counter() - begun
    after = rewrite(text.encode(), [Change(function, node, judged, "fork", None)]).decode()
    took_s = time.perf_counter() - begun
    before, now = text.splitlines(), after.splitlines()
    changed = [
        block
        for block in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
        if block[0] != "equal"
    ]
    lines = {line for _, first, last, _, _ in changed for line in range(first, last + 1)}
    inside = range(node.lineno - 2, (node.end_lineno or node.lineno) + 1)
    strange = [line for line in lines if line not in inside and line > 2]
    added = "from paradvisor import parallel, scheduled" in now
    whole = added and not [line for line in strange if "import" not in before[line - 1]]
    met = took_s <= TARGET_S and whole
    print(f"{len(before)} lines: judged in {split_s:.2f} s, with the change {took_s:.2f} s")
    print(f"changed: the loop, and {len(strange)} line elsewhere, before which the import stands")
    print(f"target {TARGET_S} s, nothing else changed: {'PASS' if met else 'SHORT'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
