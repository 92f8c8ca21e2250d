"""Which names a piece of code assigns, and which it may read before assigning them itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache

from paradvisor.analysis.trees import names_in, nodes_of

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def assigned(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that the nodes may bind or delete, not counting nested functions' locals."""
    return set().union(*map(_assigned, nodes))


@lru_cache(1 << 16)
def _assigned(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            found.add(name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Lambda():
            return frozenset()
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            found.add(name)
        case ast.MatchStar(name=str(name)):
            found.add(name)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in names}
    below = assigned(ast.iter_child_nodes(node))
    if isinstance(node, _COMPREHENSIONS):  # its targets are its own; walrus targets are not
        below = below.difference(*(names_in(generator.target) for generator in node.generators))
    return frozenset(found | below)


def read(nodes: Iterable[ast.AST]) -> set[str]:
    """Every outer name that the nodes load; comprehensions and functions keep their own."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                found.add(name)
            case ast.Lambda(args=args, body=body):
                own = {arg.arg for arg in nodes_of(args) if isinstance(arg, ast.arg)}
                found |= read([args]) | (read([body]) - own)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found |= read([node.args, *node.decorator_list, *filter(None, [node.returns])])
                found |= read(node.body) - _locals(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                own = assigned(generator.target for generator in node.generators)
                found |= read([node.generators[0].iter])
                found |= read(ast.iter_child_nodes(node)) - own
            case _:
                found |= read(ast.iter_child_nodes(node))
    return found


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    own = {arg.arg for arg in nodes_of(function.args) if isinstance(arg, ast.arg)}
    outer = {
        name
        for node in nodes_of(function)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return (own | assigned(function.body)) - outer


def exposed(statements: list[ast.stmt], defined: set[str]) -> tuple[set[str], set[str]]:
    """Names read before they are surely assigned, and those surely assigned at the end.

    ``defined`` are those assigned before. This is the classic upward-exposed-uses analysis on
    structured code; where control may leave early, only what came before counts as assigned.
    """
    early: set[str] = set()
    sure = set(defined)
    for statement in statements:
        more, sure = _statement(statement, sure)
        early |= more
    return early, sure


def _statement(node: ast.stmt, sure: set[str]) -> tuple[set[str], set[str]]:
    match node:
        case ast.If(test=test, body=body, orelse=orelse):
            early = read([test]) - sure
            sure = sure | assigned([test])
            first, after_body = exposed(body, sure)
            second, after_else = exposed(orelse, sure)
            return early | first | second, _meet(body, after_body, orelse, after_else)
        case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
            early = read([iterable]) - sure
            inside = sure | assigned([target])
            first, _ = exposed(body, inside)
            second, _ = exposed(orelse, sure)
            return early | first | second, sure
        case ast.While(test=test, body=body, orelse=orelse):
            early = read([test]) - sure
            sure = sure | assigned([test])
            first, _ = exposed(body, sure)
            second, _ = exposed(orelse, sure)
            return early | first | second, sure
        case ast.With(items=items, body=body):
            early = set()
            for item in items:
                early |= read([item.context_expr]) - sure
                sure = sure | assigned([item.optional_vars] if item.optional_vars else [])
            more, after = exposed(body, sure)
            return early | more, after
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            early, after_body = exposed(body, sure)
            more, after = exposed(orelse, after_body)
            early |= more
            ends = [after]
            for handler in handlers:
                named = {handler.name} if handler.name else set()
                more, end = exposed(handler.body, sure | named)
                early |= more
                if not leaves(handler.body):
                    ends.append(end)
            common = set.intersection(*ends)
            more, after = exposed(final, sure)
            return early | more, common | after
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return read([node]) - sure, sure | {node.name}
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            return (read([value]) | {name}) - sure, sure | {name}
        case ast.Match(subject=subject, cases=cases):
            return _match(subject, cases, sure)
        case ast.Delete():
            return (read([node]) | assigned([node])) - sure, sure
        case _:
            return read([node]) - sure, sure | assigned([node])


def _match(
    subject: ast.expr, cases: list[ast.match_case], sure: set[str]
) -> tuple[set[str], set[str]]:
    early = read([subject]) - sure
    ends = []
    irrefutable = False
    for case in cases:
        inside = sure | assigned([case.pattern])
        if case.guard is not None:
            early |= read([case.guard]) - inside
        more, after = exposed(case.body, inside)
        early |= more
        if not leaves(case.body):
            ends.append(after)
        match case:
            case ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None):
                irrefutable = True
    if not irrefutable:
        ends.append(sure)
    return early, set.intersection(*ends) if ends else sure


def _meet(
    body: list[ast.stmt], after_body: set[str], orelse: list[ast.stmt], after_else: set[str]
) -> set[str]:
    if leaves(body):
        return after_else
    return after_body if leaves(orelse) else after_body & after_else


def leaves(statements: list[ast.stmt]) -> bool:
    """Whether control never comes out at the end."""
    return bool(statements) and isinstance(
        statements[-1], ast.Continue | ast.Break | ast.Return | ast.Raise
    )
