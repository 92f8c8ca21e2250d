"""A file that is cut into its statements is the same file, and what is around them stays theirs."""

from __future__ import annotations

import ast
import sysconfig
import tokenize
from pathlib import Path

import libcst as cst
import pytest

from paradvisor.rewrite.cuts import File
from tests.rewrite.test_section import changed

LIBRARY = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_a_file_is_the_sum_of_its_cuts(path: Path) -> None:
    source = path.read_bytes()
    with tokenize.open(path) as opened:
        tree = ast.parse(opened.read())
    file = File(source, tree)
    assert file.encoded() == source
    whole = cst.parse_module(source).bytes == source  # not with `except (A, B) :`
    for number, cut in enumerate(file.cuts):
        assert cut.with_code(cut.parsed(file.indent)) == cut or not whole
        for statement in cut.statements:
            assert file.at(statement.lineno) == file.at(statement.end_lineno or 0) == number


AROUND = {
    "two on a line": "xs = [3, 1]; out = [x * 2 for x in xs]\nprint(out)\n",
    "a line that goes on": "xs = [3, 1]; \\\nout = [x * 2 for x in xs]\nprint(out)\n",
    "on the last line, which does not end": "out = [x * 2 for x in range(3)]",
    "after what has a decorator": (
        "@property\ndef a(self): pass\n# of it\nout = [x * 2 for x in range(3)]\nprint(out)\n"
    ),
    "ends of Windows": "a = 1\r\n\r\nout = [x * 2 for x in range(3)]\r\nprint(out)\r\n",
    "a mark and a coding": (
        "\ufeff# -*- coding: utf-8 -*-\nname = 'é'\nout = [x * 2 for x in name]\n"
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_what_is_around_a_loop_stays(name: str) -> None:
    before = AROUND[name].encode()
    after = changed(before)
    lines = before.split(b"[x * 2")[0].splitlines(keepends=True)
    assert all(line in after for line in lines[:-1])
    assert (b"\r\n" in before) == (b"\r\n" in after)
    assert after.count(b"\n") - after.count(b"\r\n") in {0, after.count(b"\n")}
    assert after.endswith(b"\n") == before.endswith(b"\n")
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    values: list[dict[str, object]] = [{}, {}]
    for text, value in zip((before, after), values, strict=True):
        exec(compile(text, "app.py", "exec"), value)
    assert values[0]["out"] == values[1]["out"]


def test_a_loop_on_one_line_is_indented_as_the_file_is() -> None:
    after = changed("def f():\n\treturn 2\n\n\nfor x in [1, 2]: print(f() * x)\n")
    assert b"\n    " not in after
    assert b"\n\tfor x in scheduled([1, 2]):\n\t\tyield f() * x\n" in after
