"""A file cut into its top-level statements: those are parsed in which something changes.

What libcst makes of a long file, with the positions of all of its nodes, takes seconds.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

_COMPOUND = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While),
    *(ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match),
)
_FIRST = "pass"  # stands before a cut when it is parsed: what precedes a first statement is no part


@dataclass(frozen=True)
class Cut:
    """A line of top-level statements, with the blank lines and comments that precede it."""

    text: str
    first: int
    """Line of the file, counted from 1, that the text begins with."""
    last: int
    statements: tuple[ast.stmt, ...]

    @property
    def leads(self) -> bool:
        """Whether it is the first of its file, whose beginning is not the statement's."""
        return self.first == 1

    def line(self, parsed: int) -> int:
        """The line of the file that a line of the parsed cut is."""
        return parsed + self.first - (1 if self.leads else 2)

    def parsed(self, indent: str) -> cst.Module:
        """As a module, whose blocks are indented as here, or by so much."""
        newline = _newline(self.text)
        module = cst.parse_module(self.text if self.leads else _FIRST + newline + self.text)
        return module if _indent(self.text) else module.with_changes(default_indent=indent)

    def with_code(self, module: cst.Module) -> Cut:
        """With what has become of its module."""
        code = module.code
        if not self.leads:
            code = code[len(_FIRST + _newline(self.text)) :]
        return replace(self, text=code)


class File:
    """The text of a file, cut."""

    def __init__(self, source: bytes, tree: ast.Module) -> None:
        """``tree`` is what Python makes of the source."""
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(self.encoding)
        lines = list(io.StringIO(text, newline=""))
        self.indent = _indent(text) or "    "
        self.cuts = list(_cut(lines, tree.body))
        self.rest = "".join(lines[self.cuts[-1].last if self.cuts else 0 :])

    def at(self, line: int) -> int:
        """Number of the cut that a line of the file is in."""
        return next(n for n, cut in enumerate(self.cuts) if line <= cut.last)

    def head(self) -> int:
        """How many cuts its beginning has: the docstring, imports, and what follows on them."""
        for number, cut in enumerate(self.cuts):
            if not all(map(_is_first, cut.statements)):
                return number + 1
        return len(self.cuts)

    def encoded(self) -> bytes:
        """The file as it is now."""
        return ("".join(cut.text for cut in self.cuts) + self.rest).encode(self.encoding)


def _cut(lines: Sequence[str], statements: Sequence[ast.stmt]) -> Iterator[Cut]:
    since, here = 0, list[ast.stmt]()
    for statement, following in zip(statements, [*statements[1:], None], strict=True):
        here.append(statement)
        last = statement.end_lineno or statement.lineno
        if following is not None and _is_joined(lines, last, _first_line(following)):
            continue
        end = _end(lines, statement, _first_line(following) - 1 if following else len(lines))
        yield Cut("".join(lines[since:end]), since + 1, end, tuple(here))
        since, here = end, []


def _end(lines: Sequence[str], statement: ast.stmt, following: int) -> int:
    """The last line that goes with a statement: with what a backslash joins, and comments.

    Those that end a block of it are indented.
    """
    last = statement.end_lineno or statement.lineno
    while last < following and lines[last - 1].rstrip("\r\n").endswith("\\"):
        last += 1
    for number in range(following, last, -1) if isinstance(statement, _COMPOUND) else ():
        if lines[number - 1].lstrip(" \t").startswith("#") and lines[number - 1][0] in " \t":
            return number
    return last


def _is_joined(lines: Sequence[str], last: int, following: int) -> bool:
    """Whether a statement goes on the line on which the one before it ends, or by a backslash."""
    return following == last or lines[last - 1].rstrip("\r\n").endswith("\\")


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(node.lineno for node in decorators)])


def _is_first(statement: ast.stmt) -> bool:
    """Whether a module may begin with such a statement, before its imports are at an end."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _newline(text: str) -> str:
    """How the first line ends."""
    before, found, _ = text.partition("\n")
    return "\r\n" if found and before.endswith("\r") else "\n"


def _indent(text: str) -> str | None:
    """What the first block is indented by, if there is one."""
    readline = io.StringIO(text).readline
    try:
        tokens = tokenize.generate_tokens(readline)
        return next((token.string for token in tokens if token.type == tokenize.INDENT), None)
    except (tokenize.TokenError, SyntaxError):
        return None
