"""Imports go downhill, and nothing is loaded that is not needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import paradvisor

TOP = Path(paradvisor.__file__).parent
FILES = sorted(TOP.rglob("*.py"))

#: What a part may import of ours, besides itself; parts not listed here may import anything below.
ALLOWED = {
    "_version": set(),
    "model": set(),
    "errors": set(),
    "machine": {"model"},
    "runtime": set(),
    "target": {"errors", "model"},
    "instruments": {"errors", "model", "target"},
    "analysis": {"errors", "model"},
    "measure": {"model"},
    "rewrite": {"analysis", "errors", "model"},
    "strategies": {"analysis", "model"},
    "reports": {"errors", "model"},
    "records": {"errors", "model", "reports"},
    "apply": {"analysis", "errors", "instruments", "measure", "model", "records", "rewrite",
              "strategies", "target", "_version"},
}


def part_of(path: Path) -> str:
    return path.relative_to(TOP).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> tuple[tuple[str, bool], ...]:
    """(module, whether only for the type checker) of every import in a file, at any depth."""
    found = []

    def walk(node: ast.AST, typing_only: bool) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING",
                                                                   "typing.TYPE_CHECKING"):
            for child in node.body:
                walk(child, True)
            for child in node.orelse:
                walk(child, typing_only)
            return
        if isinstance(node, ast.Import):
            found.extend((alias.name, typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            found.append((str(node.module), typing_only))
            if node.module == "paradvisor":
                found.extend((f"paradvisor.{alias.name}", typing_only) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            walk(child, typing_only)

    walk(ast.parse(path.read_text(encoding="utf-8")), False)
    return tuple(found)


def ours(path: Path) -> set[str]:
    """Parts of ours that a file imports."""
    return {name.split(".")[1] for name, _ in imports(path) if name.startswith("paradvisor.")}


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_go_downhill(part: str) -> None:
    files = [path for path in FILES if part_of(path) == part]
    assert files
    for path in files:
        beyond = ours(path) - ALLOWED[part] - {part}
        assert not beyond, f"{path.relative_to(TOP)} imports {beyond}"


def test_every_part_is_known() -> None:
    parts = {part_of(path) for path in FILES}
    assert parts == {*ALLOWED, "__init__", "__main__", "cli", "pipeline"}


def test_only_the_command_line_imports_the_command_line() -> None:
    for path in FILES:
        if part_of(path) not in ("cli", "__main__"):
            assert not ours(path) & {"cli"}, path


def test_runtime_imports_the_standard_library_only() -> None:
    for path in FILES:
        if part_of(path) == "runtime":
            for name, _ in imports(path):
                first = name.split(".")[0]
                # What limits BLAS in workers is used where the program has it anyway.
                known = first in sys.stdlib_module_names or first == "threadpoolctl"
                assert known or name.startswith("paradvisor.runtime"), f"{path}: {name}"


def test_analysis_is_pure() -> None:
    forbidden = {"subprocess", "time", "os", "socket", "threading", "random", "multiprocessing"}
    for path in FILES:
        if part_of(path) == "analysis":
            first = {name.split(".")[0] for name, _ in imports(path)}
            assert not first & forbidden, f"{path}: {first & forbidden}"


def test_probes_and_child_import_the_standard_library_only() -> None:
    for name in ("child", "waits", "functions"):
        for module, typing_only in imports(TOP / "instruments" / f"{name}.py"):
            inside_parse = module == "paradvisor.model"
            assert typing_only or inside_parse or module.split(".")[0] in sys.stdlib_module_names


def test_only_the_command_line_prints() -> None:
    for path in FILES:
        if part_of(path) not in ("cli",):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.Name) and node.id == "print"), (
                    f"{path}:{node.lineno}"
                )


def loaded(statement: str) -> set[str]:
    """Top-level modules that are loaded after a statement in a new interpreter, but not before."""
    code = (f"import sys; sys.path.insert(0, {str(TOP.parent)!r}); before = set(sys.modules)\n"
            f"{statement}\nprint(*sorted(set(sys.modules) - before))")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         timeout=60)
    return set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    ["import paradvisor.runtime", "from paradvisor import parallel, scheduled",
     "import paradvisor; paradvisor.parallel(lambda: None)",
     "from paradvisor.runtime import forks, threads, serial"],
)
def test_runtime_loads_no_third_party_module(statement: str) -> None:
    for name in loaded(statement):
        first = name.split(".")[0]
        assert first in sys.stdlib_module_names or name == "paradvisor" or name.startswith(
            ("paradvisor._version", "paradvisor.runtime")
        )


def test_import_of_the_package_loads_next_to_nothing() -> None:
    assert {name for name in loaded("import paradvisor") if name.startswith("paradvisor")} == {
        "paradvisor", "paradvisor._version"}


@pytest.mark.parametrize("words", [["--help"], ["profile", "--help"], ["--version"]])
def test_help_loads_little(words: list[str]) -> None:
    found = loaded(
        f"sys.argv = ['paradvisor', *{words!r}]\nfrom paradvisor.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    first = {name.split(".")[0] for name in found}
    assert not first & {"libcst", "msgspec", "line_profiler", "rich", "numpy"}
