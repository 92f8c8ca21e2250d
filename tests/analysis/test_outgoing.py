"""Loops whose iterations write files or start programs: taken apart, but never called safe."""

from __future__ import annotations

import ast
import textwrap

import pytest

from paradvisor.analysis.dependences import splits
from paradvisor.analysis.parts import Split
from paradvisor.analysis.source import Program


def found(source: str) -> list[Split]:
    text = textwrap.dedent(source)
    program = Program({"a.py": text}, {"a.py": "__main__"})
    function = program.modules["a.py"].top.functions["main"]
    loop = next(node for node in function.own_nodes() if isinstance(node, ast.For))
    return splits(program, function, loop)


CONVERT = """
    import json, os, subprocess, zipfile
    from pathlib import Path

    def convert(source, target):
        with target.open("w") as out:
            json.dump(source.read_text().split(), out)
        return target.name

    def pack(folder):
        target = folder.with_suffix(".zip")
        with zipfile.ZipFile(target, "w") as archive:
            info = zipfile.ZipInfo("a")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, b"text")
        return target
"""
APART = {
    "a file each": ("names.append(convert(path, path.with_suffix('.json')))", ["convert"]),
    "an archive each": ("target = pack(path)\n        print(target)", ["pack"]),
    "a program each": ("done = subprocess.run(['sort', path])\n        print(done.returncode)", []),
}


@pytest.mark.parametrize("name", APART)
def test_effects_outside_may_be_tried_but_are_not_safe(name: str) -> None:
    body, hoisted = APART[name]
    source = textwrap.dedent(CONVERT) + (
        f"\ndef main(folder):\n    names = []\n    for path in sorted(folder.iterdir()):\n"
        f"        {body}\n"
    )
    cautious, *others = found(source)
    assert not cautious.outgoing
    [bold] = [split for split in others if split.outgoing]
    assert bold.verdict == "unknown"
    assert bold.head or [ast.unparse(part.func) for part in bold.hoisted] == hoisted


TOGETHER = {
    "a list that goes on": ("names.append(len(names)); path.write_text('x')", "names"),
    "a file of all": ("out.write(path.name)", "out"),
    "an early end": ("if path.write_text('x') > 3: break", "may end the loop"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_goes_on_from_one_to_the_next_stays_in_order(name: str) -> None:
    body, why = TOGETHER[name]
    source = textwrap.dedent(CONVERT) + (
        "\ndef main(folder):\n    names = []\n    out = open('all', 'w')\n"
        f"    for path in sorted(folder.iterdir()):\n        {body}\n"
    )
    cautious, *others = found(source)
    assert not any(split.outgoing or split.verdict == "safe" for split in [cautious, *others])
    assert why in cautious.cut


def test_the_reason_is_what_would_be_in_the_way_all_the_same() -> None:
    cautious, inside = found("""
        import subprocess

        def main(paths):
            failed = []
            for path in paths:
                try:
                    subprocess.run(["sort", path], check=True)
                except subprocess.CalledProcessError:
                    failed.append(path)
                    continue
                print(path)
        """)
    assert cautious.cut == "line 7 changes failed (.append())"
    assert inside.outgoing
    assert inside.verdict == "unknown"
    assert inside.ahead is not None


def test_packages_that_are_imported_twice_are_known() -> None:
    _, bold = found("""
        import urllib.error
        import urllib.request

        def main(links: list[str]):
            total = 0
            for link in links:
                total += len(urllib.request.urlopen(link).read())
            return total
        """)
    assert not [d for d in bold.dependences if "unknown type" in d.explanation]
