"""A file that is cut into its statements is the same file, and what is around them stays theirs."""

from __future__ import annotations

import ast
import sysconfig
import tokenize
from pathlib import Path

import libcst as cst
import pytest

from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Program
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite.cuts import File
from paradvisor.rewrite.section import Change, rewrite
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
    "before a backslash at the end": "out = [x * 2 for x in range(3)] \\\n;\n",
    "behind a comment that ends a block": (
        "def a():\n    return 1\n    # of a\n\n\nout = [x * 2 for x in range(3)]\nprint(out)\n"
    ),
    "in parentheses of its own": "out = list(\n    [x * 2 for x in range(3)]\n)\n",
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


def test_a_file_that_begins_with_the_loop_begins_with_the_import() -> None:
    after = changed("# Licence.\n\nout = [x * 2 for x in range(3)]\nprint(out)\n")
    assert after.startswith(b"# Licence.\n\nfrom paradvisor import parallel, scheduled\n\n\ndef ")
    after = changed("out = [x * 2 for x in range(3)]\n")
    assert after.startswith(b"from paradvisor import parallel, scheduled\n\n\ndef section():\n")


def test_a_comment_that_ends_the_loop_stays_in_it() -> None:
    loop = "for x in [1, 2]:\n    y = f(x)\n    out.append(y)\n    # of it\nprint(out)\n"
    after = changed(f"def f(v):\n    return v\n\n\nout = []\n{loop}")
    assert b"    out.append(y)\n    # of it\nprint" in after


def test_names_are_imported_on_the_line_that_is_there() -> None:
    code = "\n\n\ndef f(xs):\n    return [x * 2 for x in xs]\n"
    after = changed(f"from paradvisor import futures{code}")
    assert after.startswith(b"from paradvisor import futures, parallel, scheduled\n\n\ndef f(xs):")


def test_a_generator_on_the_line_after_the_parenthesis() -> None:
    after = changed("def f(xs):\n    return sum(\n        x * 2 for x in xs\n    )\n")
    assert b"    return sum(\n        parallel(section)\n    )\n" in after


def test_names_that_are_bound_in_other_ways_are_taken() -> None:
    source = (
        "def f(xs):\n    from os import path as parallel\n    try:\n        1 / 0\n"
        "    except ZeroDivisionError as scheduled:\n        pass\n    out = [x * 2 for x in xs]\n"
        "    return out, parallel.sep\n\n\nresult = f([1, 2])\n"
    )
    scope: dict[str, object] = {}
    exec(compile(changed(source), "app.py", "exec"), scope)
    assert scope["result"] == ([2, 4], "/")


REFUSED = {
    "no space": "def f(xs):\n    return[x * 2 for x in xs]\n",
    "a function on one line": "def f(xs): return [x * 2 for x in xs]\n",
    "a form feed in an indent": "for x in [1]:\n\x0c    y = str(x)\n    print(y)\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(InconclusiveError):
        changed(REFUSED[name])


def test_two_loops_of_one_statement_are_not_changed_together() -> None:
    pair = "        1: [x for x in xs],\n        2: [-x for x in xs],\n"
    source = f"def f(xs):\n    return {{\n{pair}    }}\n"
    program = Program({"a.py": source}, {})
    function = program.modules["a.py"].top.functions["f"]
    found = [Change(function, node, split(program, function, node), "fork", None)
             for node in loop_nodes(function)]
    assert len(found) == 2
    with pytest.raises(InconclusiveError, match="another loop of the same statement"):
        rewrite(source.encode(), found)


def test_a_loop_on_one_line_is_indented_as_the_file_is() -> None:
    after = changed("def f():\n\treturn 2\n\n\nfor x in [1, 2]: print(f() * x)\n")
    assert b"\n    " not in after
    assert b"\n\tfor x in scheduled([1, 2]):\n\t\tyield f() * x\n" in after
