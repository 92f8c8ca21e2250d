"""Adds an import where isort would put it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import libcst as cst

from paradvisor.rewrite.cuts import File

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def add_import(
    file: File, package: str, names: Mapping[str, str], own: Collection[str] = ()
) -> None:
    """``from package import name [as other], ..`` among the file's imports, in isort's order.

    ``names`` maps each name to the one it is used by; ``own`` are modules of the user's, which come
    after those of others. Goes after the docstring and ``__future__``, into its block of imports,
    which is made if there is none.
    """
    if not names:
        return
    head = file.cuts[: file.head()]
    beginning = replace(head[0], text="".join(cut.text for cut in head))
    module = beginning.parsed(file.indent)
    body = list(module.body)
    names = _merged(body, package, names)
    lines = _lines(package, names)
    if not lines:
        file.cuts[: len(head)] = [beginning.with_code(module.with_changes(body=body))]
        return
    at, before, after = _position(body, package, own)
    lines[0] = lines[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)] * before)
    if at < len(body):
        body[at] = _spaced(body[at], after) if after != 0 else _without_blank(body[at])
    body[at:at] = lines
    file.cuts[: len(head)] = [beginning.with_code(module.with_changes(body=body))]


def _merged(body: list[Statement], package: str, names: Mapping[str, str]) -> Mapping[str, str]:
    """Put names into the line that imports others from the package; those that are left."""
    for number, statement in enumerate(body):
        match statement:
            case cst.SimpleStatementLine(
                body=[cst.ImportFrom(names=[*aliases], lpar=None, relative=[]) as line]
            ) if _dotted(line.module) == package:
                more = [cst.ImportAlias(cst.Name(name)) for name in names if name == names[name]]
                bare = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in aliases]
                together = sorted([*bare, *more], key=lambda alias: alias.evaluated_name)
                body[number] = statement.with_changes(body=[line.with_changes(names=together)])
                return {name: used for name, used in names.items() if name != used}
    return names


def not_imported(tree: ast.Module, package: str, names: Mapping[str, str]) -> dict[str, str]:
    """The names of a package that a module does not import already, as what they are used by."""
    present = {
        (alias.name, alias.asname or alias.name)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        and (statement.module, statement.level) == (package, 0)
        for alias in statement.names
    }
    return {name: used for name, used in names.items() if (name, used) not in present}


def _lines(package: str, names: Mapping[str, str]) -> list[cst.SimpleStatementLine]:
    """One line for the plain names, one for each that is imported as another."""
    plain = [
        cst.ImportAlias(cst.Name(name)) for name, used in sorted(names.items()) if name == used
    ]
    renamed = [
        [cst.ImportAlias(cst.Name(name), asname=cst.AsName(cst.Name(used)))]
        for name, used in sorted(names.items())
        if name != used
    ]
    return [
        cst.SimpleStatementLine([cst.ImportFrom(cst.Name(package), aliases)])
        for aliases in [plain, *renamed]
        if aliases
    ]


def _position(
    body: Sequence[cst.BaseStatement], package: str, own: Collection[str]
) -> tuple[int, int, int | None]:
    """(index to insert at, blank lines before it, blank lines that must follow or None)."""
    first = 1 if body and _is_docstring(body[0]) else 0
    ranks = []
    at = first
    while at < len(body) and (key := _sort_key(body[at], own)) is not None:
        ranks.append(key)
        at += 1
    ours = (_section(package, own), 1, package)
    index = first + sum(1 for key in ranks if key < ours)
    earlier = ranks[index - first - 1] if index > first else None
    later = ranks[index - first] if index - first < len(ranks) else None
    before = 1 if (earlier is None and index > 0) or (earlier and earlier[0] != ours[0]) else 0
    if later is None:
        if index >= len(body):
            return index, before, None
        return index, before, 2 if _begins_with_definition(body[index]) else 1
    return index, before, 1 if later[0] != ours[0] else 0


def _begins_with_definition(statement: cst.BaseStatement) -> bool:
    """Whether it is a function or a class, and no comment of its own stands before it."""
    if not isinstance(statement, cst.FunctionDef | cst.ClassDef):
        return False
    lines = [line.comment is not None for line in statement.leading_lines]
    return True not in lines or all(lines[lines.index(True) :])


def _sort_key(statement: cst.BaseStatement, own: Collection[str]) -> tuple[int, int, str] | None:
    """(section, import before from, module) of an import statement; None for anything else."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Import):
        name = small.names[0].evaluated_name
        return (_section(name, own), 0, name.lower())
    if isinstance(small, cst.ImportFrom):
        if small.relative:
            return (4, 1, "")
        name = _dotted(small.module)
        return (_section(name, own), 1, name.lower())
    return None


def _section(name: str, own: Collection[str]) -> int:
    """Of isort's: future, standard library, third party, first party; local ones are the fourth."""
    first = name.split(".")[0]
    if first == "__future__":
        return 0
    if first in sys.stdlib_module_names:
        return 1
    return 3 if first in own else 2


def _dotted(node: cst.Attribute | cst.Name | None) -> str:
    if node is None:
        return ""
    return node.value if isinstance(node, cst.Name) else f"{_dotted(node.value)}.{node.attr.value}"  # type: ignore[arg-type]


def _is_docstring(statement: cst.BaseStatement) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def _without_blank(statement: Statement) -> Statement:
    """The statement without blank lines before it: ours, before it, has them now."""
    lines = list(statement.leading_lines)
    while lines and lines[0].comment is None:
        lines.pop(0)
    return statement.with_changes(leading_lines=lines)


def _spaced(statement: Statement, blank: int | None) -> Statement:
    """The statement with at least so many blank lines before it."""
    if blank is None:
        return statement
    lines = list(statement.leading_lines)
    present = 0
    while present < len(lines) and lines[present].comment is None:
        present += 1
    missing = max(0, blank - present)
    return statement.with_changes(leading_lines=[*[cst.EmptyLine(indent=False)] * missing, *lines])
