"""Where the functions of the user's are called, and what the calls say of their parameters."""

from __future__ import annotations

import ast

from paradvisor.analysis.effects import Effects
from paradvisor.analysis.source import Class, Function, Module, Program
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import Value, join
from paradvisor.analysis.walker import Walker

_ON_INSTANCES = {"property", "cached_property", "functools.cached_property"}


def argument(program: Program, function: Function, name: str) -> Value:
    """What all calls of a function together say of a parameter; unknown if any is out of sight."""
    unknown = Value(None)
    if function.owner is not None and function.parameters[:1] == [name]:
        return _receiver(program, function, function.owner) or unknown
    if function.owner is not None or function.parent is None or name not in function.parameters:
        return unknown
    if isinstance(function.node, ast.Module) or function.node.decorator_list:
        return unknown
    sites = _call_sites(program).get(function.scope)
    if not sites:
        return unknown
    position = function.parameters.index(name)
    found: Value | None = None
    for caller, node in sites:
        if any(isinstance(arg, ast.Starred) for arg in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            return unknown
        given = next((k.value for k in node.keywords if k.arg == name), None)
        if given is None and position < len(node.args):
            given = node.args[position]
        if given is None:
            given = _default(function, name)
        if given is None:
            return unknown
        value = Walker(program, caller, {}, Effects(), depth=2).value(given)
        found = join(found, value)
    return found or unknown


def _receiver(program: Program, function: Function, owner: Class) -> Value | None:
    """The object that a method is called on: of its class, or of one that derives from it.

    None where something else may be handed over: by a call through the class, or where the function
    may be reached in another way.
    """
    node = function.node
    if isinstance(node, ast.Module):
        return None
    decorators = {ast.unparse(entry) for entry in node.decorator_list}
    if not decorators <= _ON_INSTANCES or program.bases(owner) is None:
        return None
    if node.name in program.late or "*" in program.late or node.name.startswith("__"):
        return None
    if node.name in _taken_from_classes(program):
        return None
    return Value(frozenset({owner.tag, *program.derived(owner)}))


def _taken_from_classes(program: Program) -> set[str]:
    """Attributes that are read of a class by its name, or of an import: functions, not bound."""
    memo = program.memo.setdefault("taken from classes", {})
    if "names" not in memo:
        classes = {k.node.name for m in program.modules.values() for k in m.all_classes}
        memo["names"] = {
            part.attr
            for module in program.modules.values()
            for part in nodes_of(module.tree)
            if isinstance(part, ast.Attribute) and _may_be_class(part.value, classes)
        }
    names: set[str] = memo["names"]
    return names


def _may_be_class(node: ast.expr, classes: set[str]) -> bool:
    """Whether an expression may give a class: by its name, or by the custom for such names."""
    match node:
        case ast.Name(id=name):
            return name in classes or name == "cls" or name[:1].isupper()
        case ast.Call(func=ast.Name(id=name)):
            return name == "type"
        case ast.Attribute(attr=name):
            return name == "__class__" or name[:1].isupper()
    return False


def _default(function: Function, name: str) -> ast.expr | None:
    assert not isinstance(function.node, ast.Module)
    defaults = function.node.args.defaults
    names = function.parameters[-len(defaults) :] if defaults else []
    return dict(zip(names, defaults, strict=False)).get(name)


def _call_sites(program: Program) -> dict[str, list[tuple[Function, ast.Call]] | None]:
    """Function scope -> its call sites; None where it is also used as a value."""
    sites: dict[str, list[tuple[Function, ast.Call]] | None] = program.memo.get("sites", {})
    if sites:
        return sites
    program.memo["sites"] = sites
    for module in program.modules.values():
        seen: set[int] = set()
        for caller in module.functions:
            walker = Walker(program, caller, {}, Effects())
            nodes = [*caller.own_nodes()]
            called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
            for node in nodes:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                    target = _target(walker, node.func)
                    if target is not None and sites.get(target.scope, []) is not None:
                        sites.setdefault(target.scope, []).append((caller, node))  # type: ignore[union-attr]
                elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in called:
                    target = _target(walker, node)
                    if target is not None:
                        sites[target.scope] = None
            seen |= {id(node) for node in nodes}
        _close_hidden(program, module, seen, sites)
    return sites


def _close_hidden(
    program: Program,
    module: Module,
    seen: set[int],
    sites: dict[str, list[tuple[Function, ast.Call]] | None],
) -> None:
    """Strike out functions that may be called from where nobody looks.

    Those are mentioned in lambdas, class bodies, defaults and decorators, or by a dotted name that
    is not resolved.
    """
    hidden = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes_of(module.tree)
        if (isinstance(node, ast.Name) and id(node) not in seen)
        or (isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name))
    }
    for other in program.modules.values():
        for function in other.functions[1:]:
            if function.qualname.split(".")[-1] in hidden:
                sites[function.scope] = None


def _target(walker: Walker, node: ast.expr) -> Function | None:
    """The function that a name or a dotted name means, without evaluating anything else."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            return None
        found = None
        scope: Function | None = walker.function
        while scope is not None and found is None:
            found = scope.functions.get(node.id)
            scope = scope.parent
        if found is None and node.id in walker.function.module.imports:
            imported = walker.program.find(walker.function.module.imports[node.id])
            return imported if isinstance(imported, Function) else None
        return found
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        dotted = walker.function.module.imports.get(node.value.id)
        found_there = walker.program.find(f"{dotted}.{node.attr}") if dotted else None
        return found_there if isinstance(found_there, Function) else None
    return None
