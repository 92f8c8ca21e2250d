"""Walks over syntax trees that are asked for again and again, each made once.

The trees of a program do not change while it is analysed, so what was found of a node is kept with
the node itself, for as long as there is a place for it.
"""

from __future__ import annotations

import ast
from functools import lru_cache

_MOST = 1 << 14


@lru_cache(_MOST)
def nodes_of(top: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all that are below it, as ast.walk gives them."""
    return tuple(ast.walk(top))


@lru_cache(_MOST)
def names_in(top: ast.AST) -> frozenset[str]:
    """The identifiers of all names at or below a node."""
    return frozenset(node.id for node in nodes_of(top) if isinstance(node, ast.Name))


@lru_cache(_MOST)
def parents_of(top: ast.AST) -> dict[ast.AST, ast.AST]:
    """Each node below one, with the node it is part of. Not to be changed."""
    return {child: node for node in nodes_of(top) for child in ast.iter_child_nodes(node)}
