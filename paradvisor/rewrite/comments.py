"""The comments in a comprehension, and where they go in the statements that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import libcst as cst


@dataclass(frozen=True)
class Comments:
    """What stands on lines of its own before a piece of code, and behind it on its line."""

    before: tuple[cst.EmptyLine, ...] = ()
    after: cst.TrailingWhitespace | None = None


Notes = Mapping[cst.CSTNode, Comments]


class _None(dict[cst.CSTNode, Comments]):
    def __missing__(self, node: cst.CSTNode) -> Comments:
        return Comments()


NO_COMMENTS: Notes = _None()
"""Of a comprehension that holds none."""


def comments_of(node: cst.ListComp) -> Notes:
    """The comments of the element, and of each ``for`` and ``if``."""
    parts: list[cst.CSTNode] = [node.elt]
    spaces: list[cst.BaseParenthesizableWhitespace] = [node.lbracket.whitespace_after]
    clause: cst.CompFor | None = node.for_in
    while clause is not None:
        parts += [clause, *clause.ifs]
        spaces += [clause.whitespace_before, *(test.whitespace_before for test in clause.ifs)]
        clause = clause.inner_for_in
    spaces.append(node.rbracket.whitespace_before)
    notes = {
        part: Comments(_own_lines(before), _behind(after))
        for part, before, after in zip(parts, spaces[:-1], spaces[1:], strict=True)
    }
    # What follows the opening bracket speaks of the whole, and so does what precedes the closing.
    opening = _behind(spaces[0])
    whole = [cst.EmptyLine(comment=opening.comment)] if opening is not None else []
    first = notes[node.for_in]
    before = (*whole, *first.before, *_own_lines(spaces[-1]))
    return notes | {node.for_in: Comments(before, first.after)}


def with_comments(statement: Any, comments: Comments) -> Any:
    """A statement with comments before it, and behind its first line."""
    statement = statement.with_changes(leading_lines=comments.before)
    if comments.after is None:
        return statement
    if isinstance(statement, cst.SimpleStatementLine):
        return statement.with_changes(trailing_whitespace=comments.after)
    return statement.with_changes(body=statement.body.with_changes(header=comments.after))


def _own_lines(space: cst.BaseParenthesizableWhitespace) -> tuple[cst.EmptyLine, ...]:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return ()
    return tuple(
        cst.EmptyLine(comment=line.comment)
        for line in space.empty_lines
        if line.comment is not None
    )


def _behind(space: cst.BaseParenthesizableWhitespace) -> cst.TrailingWhitespace | None:
    if not isinstance(space, cst.ParenthesizedWhitespace) or space.first_line.comment is None:
        return None
    return space.first_line
