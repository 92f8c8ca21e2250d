"""What a program's exceptions hold."""

from __future__ import annotations

import ast
import builtins

from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.trees import nodes_of, parents_of
from paradvisor.analysis.values import Value

_ANY = frozenset({"Exception", "BaseException", "ExceptionGroup", "BaseExceptionGroup"})
_ALL = "every kind"
"""Stands for all exceptions, where the program raises what it names elsewhere."""
_HOLDING = frozenset({"StopIteration", "StopAsyncIteration", "SystemExit", "AttributeError"})
"""Those that the interpreter itself gives objects of the program's."""


def caught(program: Program, function: Function, handler: ast.ExceptHandler) -> Value:
    """The exception that a handler names: what raised it may have put any object in it.

    Not so where the program makes exceptions of that kind with texts only, and the handler makes a
    text of it.
    """
    exception = frozenset({"exception"})
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if _is_only_told(handler) and all(
        kind is not None and _is_plain(program, ast.unparse(kind)) for kind in kinds
    ):
        return Value(exception)
    return Value(exception, frozenset({(function.module.path, "an exception")}))


def _is_only_told(handler: ast.ExceptHandler) -> bool:
    """Whether a handler only formats what it has caught, or a part of it."""
    parents = parents_of(handler)
    for node in nodes_of(handler):
        if isinstance(node, ast.Name) and node.id == handler.name:
            above = parents[node]
            while isinstance(above, ast.Attribute | ast.Subscript):
                above = parents[above]
            match above:
                case ast.FormattedValue() | ast.Call(func=ast.Name(id="str" | "repr" | "len")):
                    continue
            return False
    return True


def catches_only_own(program: Program, handler: ast.ExceptHandler) -> bool:
    """Whether all that a handler catches are classes of the user's, which no library raises."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(kind is not None and ast.unparse(kind) in _own(program) for kind in kinds)


def _is_plain(program: Program, name: str) -> bool:
    """Whether exceptions of a kind hold nothing but texts, numbers, and keys of dictionaries."""
    plain: dict[str, bool] = program.memo.setdefault("plain exceptions", {})
    if name not in plain:
        known = _builtin(name) is not None or name in _own(program)
        odd = _odd(program)
        made_so = any(kind == name or _derives(program, kind, name) for kind in odd)
        plain[name] = known and name not in _ANY | _HOLDING and _ALL not in odd and not made_so
    return plain[name]


def _own(program: Program) -> dict[str, list[str]]:
    """Name of each class of the user's -> the names of its bases, without the modules."""
    return {
        kind.node.name: [ast.unparse(base) for base in kind.node.bases]
        for module in program.modules.values()
        for kind in module.all_classes
    }


def _odd(program: Program) -> set[str]:
    """Kinds of exceptions that the program makes with other objects, or that say how they are."""
    known: dict[str, set[str]] = program.memo.setdefault("odd exceptions", {})
    if "odd" not in known:
        modules = program.modules.values()
        own = {kind.node.name for module in modules for kind in module.all_classes if kind.methods}
        known["odd"] = own.union(*(_made_with_objects(program, m.top.node) for m in modules))
        if any(_raises_any(program, node) for m in modules for node in nodes_of(m.top.node)):
            known["odd"].add(_ALL)
    return known["odd"]


def _raises_any(program: Program, node: ast.AST) -> bool:
    """Whether a statement raises something else than what it makes of a kind that it names."""
    match node:
        case ast.Raise(exc=ast.Call(func=func)):
            return not _is_kind(program, func)
        case ast.Raise(exc=ast.expr() as raised):
            return not _is_kind(program, raised)
        case ast.Attribute(attr="args" | "add_note" | "__dict__", ctx=ast.Store()):
            return True
    return False


def _is_kind(program: Program, node: ast.expr) -> bool:
    name = ast.unparse(node).split(".")[-1]
    return name in _own(program) or _builtin(name) is not None


def _made_with_objects(program: Program, tree: ast.AST) -> set[str]:
    own = _own(program)
    made = (
        (ast.unparse(node.func).split(".")[-1], node)
        for node in nodes_of(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    )
    return {
        name
        for name, node in made
        if (name in own or _builtin(name) is not None)
        and (node.keywords or not all(map(_is_text, node.args)))
    }


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add()):
            return _is_text(left)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "join")):
            return True
        case ast.Call(func=ast.Name(id="str" | "repr" | "int" | "len")):
            return True
    return False


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _derives(program: Program, kind: str, name: str) -> bool:
    """Whether a kind of exception is one of another kind, too."""
    own = _own(program)
    if kind in own:
        return any(base == name or _derives(program, base, name) for base in own[kind])
    one, other = _builtin(kind), _builtin(name)
    return one is not None and other is not None and issubclass(one, other)
