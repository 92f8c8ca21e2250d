"""Rewrites a loop of which each iteration has its own part of what is added up.

for path in paths:                  def section():
    for line in open(path):             for path in scheduled(paths):
        hits[line] += 1                     hits = Counter()
                                            for line in open(path):
                           becomes              hits[line] += 1
                                            yield hits

                                    for more_hits in parallel(section):
                                        hits.update(more_hits)

The body stays as it is, down to the names: those of the section are its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from paradvisor.analysis.parts import Part
from paradvisor.rewrite.pieces import Statement, alone, statements_of, together

_VARIABLE = re.compile(r"\b(key|values?)\b")


def section_body(loop: cst.For, parts: Sequence[Part]) -> list[Statement]:
    """The loop's body between new variables and the yield of what they have become."""
    fresh = [
        cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(cst.Name(part.name))], cst.parse_expression(part.fresh))]
        )
        for part in parts
    ]
    given = _given(parts)
    body: Any = cst.IndentedBlock(statements_of(loop.body)).visit(_Leaving(given))
    return [*fresh, *body.body, given]


def merging(
    parts: Sequence[Part], names: Sequence[str], new_name: Callable[[str], str]
) -> list[Statement]:
    """The statements that add the parts, of these names, to the variables."""
    found: list[Statement] = []
    renamed: dict[str, str] = {}
    for part, more in zip(parts, names, strict=True):
        template = part.merge
        for word in _VARIABLE.findall(template):
            renamed.setdefault(word, "")
            renamed[word] = renamed[word] or new_name(word)
            template = re.sub(rf"\b{word}\b", renamed[word], template)
        found.append(cst.parse_statement(template.format(name=part.name, more=more)))
    return found


def _given(parts: Sequence[Part]) -> cst.SimpleStatementLine:
    value = together([cst.Name(part.name) for part in parts])
    return cst.SimpleStatementLine([cst.Expr(cst.Yield(value))])


class _Leaving(cst.CSTTransformer):
    """Has an iteration give its parts where it ends early, too."""

    def __init__(self, given: cst.SimpleStatementLine) -> None:
        super().__init__()
        self._given = given
        self._loops = 0  # around a statement, whose own ends those are

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        """As libcst has it."""
        self._loops += _is_round(node, attribute)

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        """As libcst has it."""
        self._loops -= _is_round(original_node, attribute)

    def on_leave(self, original_node: cst.CSTNode, updated_node: Any) -> Any:
        """As libcst has it."""
        updated_node = super().on_leave(original_node, updated_node)
        if self._loops:
            return updated_node
        match updated_node:
            case cst.SimpleStatementLine(body=[*others, cst.Continue()]):
                first, *rest = self._ended(others, updated_node.trailing_whitespace)
                first = first.with_changes(leading_lines=updated_node.leading_lines)
                return cst.FlattenSentinel([first, *rest])
            case cst.SimpleStatementSuite(body=[*others, cst.Continue()]):
                return cst.IndentedBlock(self._ended(others, updated_node.trailing_whitespace))
        return updated_node

    def _ended(
        self, others: Sequence[cst.BaseSmallStatement], after: cst.TrailingWhitespace
    ) -> list[cst.SimpleStatementLine]:
        before = [cst.SimpleStatementLine([alone(part)]) for part in others]
        end = cst.SimpleStatementLine([cst.Continue()], trailing_whitespace=after)
        return [*before, self._given, end]


def _is_round(node: cst.CSTNode, attribute: str) -> bool:
    return isinstance(node, cst.For | cst.While) and attribute == "body"
