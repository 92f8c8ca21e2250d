"""What all bindings and uses of a variable together say of it, wherever the program is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from paradvisor.analysis.effects import Effects
from paradvisor.analysis.knowledge import FUNCTIONS, METHODS, PURE_METHOD_NAMES, Known
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.uses import Fate, Uses
from paradvisor.analysis.values import UNKNOWN, Value, element, join

if TYPE_CHECKING:
    from paradvisor.analysis.walker import Walker

_DEPTH = 20  # variables that depend on each other
_TRIES = 3  # to find out about a variable while another is open: else it takes for ever
_GIVEN_BACK = {"alias", "self", "args"}
"""Words of the knowledge table for results that may be an argument itself."""
_ITEMS = {"elem", "list", "tuple", "dict", "set", "iter", "deque", "frozenset", "fresh"}
"""The same, for results that may be an argument's items, or hold them."""


def declared(program: Program, scope: Function, name: str) -> Value:
    """What all bindings of a variable together say of it, wherever the program is."""
    cache: dict[tuple[str, str], Value] = program.memo.setdefault("declared", {})
    stack = program.memo.setdefault("declaring", {})  # in the order of their beginning
    key = (scope.scope, name)
    if key in cache:
        return cache[key]
    if key in stack or len(stack) > _DEPTH:  # while it is being found out, nothing is known
        open_ = list(stack)
        for other in open_[open_.index(key) + 1 :] if key in stack else open_:
            stack[other] = True  # it goes by what is not known yet
        return UNKNOWN
    stack[key] = False
    value = _declare(program, scope, name)
    tries = program.memo.setdefault("tries", {})
    tries[key] = tries.get(key, 0) + 1
    if not stack.pop(key) or tries[key] == _TRIES:
        cache[key] = value
    return value


def _declare(program: Program, scope: Function, name: str) -> Value:
    found: Value | None = None
    if name in scope.module.declared_global:
        return Value(None)
    if name in scope.all_parameters:
        from paradvisor.analysis.callsites import argument

        found = argument(program, scope, name)
    for how, node in scope.bindings.get(name, []):
        found = join(found, _bound_value(program, scope, how, node))
    if found is None or found.types is None:
        return Value(None, found.roots if found is not None else frozenset())
    return _with_stores(program, scope, name, found)


def _walker(program: Program, scope: Function) -> Walker:
    from paradvisor.analysis.walker import Walker  # which asks here for its variables

    return Walker(program, scope, {}, Effects(), depth=2)


def _bound_value(program: Program, scope: Function, how: str, node: ast.AST) -> Value:
    walker = _walker(program, scope)
    if how == "augmented" and isinstance(node, ast.AugAssign):
        value = walker.value(node.value)
        return value if value.immutable else UNKNOWN
    if not isinstance(node, ast.expr):
        return UNKNOWN
    value = walker.value(node)
    for word in reversed(how.split(" of ")):
        if word in ("element", "part"):
            value = element(value)
        elif word == "unknown":
            return UNKNOWN
    return value


def _with_stores(program: Program, scope: Function, name: str, value: Value) -> Value:
    """Add what is stored into a container: its items are of any type if not all of it is seen."""
    if value.immutable or value.is_only("csvwriter"):
        return value
    walker = _walker(program, scope)
    elem, seen = value.elem, set()
    for store in _stores_of(scope).get(name, ()):
        seen.add(store.holder)
        elem = join(elem, store.value(walker))
    plain = elem is None or elem.immutable
    uses = Uses(
        scope,
        counts=lambda node: node not in seen,
        call=lambda call: _treatment(walker, call),
        plain=plain,
        immutable=lambda other: declared(program, scope, other).immutable,
        own_methods=program.method_names,
        changes=True,
    )
    if _seen_elsewhere(program, scope, name) or uses.kept(name):
        elem = UNKNOWN
    return value._replace(elem=elem, items=())


@lru_cache(1 << 12)
def _stores_of(scope: Function) -> dict[str, list[Store]]:
    """What the scope puts into the container of each variable."""
    found: dict[str, list[Store]] = {}
    for node in scope.own_nodes():
        for store in _stores(node):
            found.setdefault(store.holder.id, []).append(store)
    return found


class Store(NamedTuple):
    """An item put into a variable's container, or all items of another container."""

    holder: ast.Name
    item: ast.expr
    many: bool = False

    def value(self, walker: Walker) -> Value:
        """What is known of the item."""
        value = walker.value(self.item)
        return element(value) if self.many else value


def _stores(node: ast.AST) -> Iterator[Store]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as holder, attr="append" | "add" | "appendleft"),
            args=[item],
        ):
            yield Store(holder, item)
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as holder, attr="setdefault"), args=[_, item]
        ):
            yield Store(holder, item)
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as holder, attr="extend" | "update"), args=[items]
        ):
            yield Store(holder, items, many=True)
        case ast.Assign(targets=targets, value=item):
            for target in targets:
                match target:
                    case ast.Subscript(value=ast.Name() as holder, slice=index) if not isinstance(
                        index, ast.Slice
                    ):
                        yield Store(holder, item)
        case ast.AugAssign(target=ast.Subscript(value=ast.Name() as holder), value=item):
            yield Store(holder, item)


def _seen_elsewhere(program: Program, scope: Function, name: str) -> bool:
    """Whether other files name what a module's global is called."""
    if not isinstance(scope.node, ast.Module):
        return False
    return any(
        name in program.words_of(module)
        for module in program.modules.values()
        if module is not scope.module
    )


def _treatment(walker: Walker, call: ast.Call) -> Fate:
    """What becomes of what a call is given."""
    if not isinstance(call.func, ast.Name | ast.Attribute):
        return Fate.KEPT
    ref = walker.value(call.func).ref
    if isinstance(ref, Function):
        return parameters_fate(walker.program, ref)
    if isinstance(ref, str):
        entry = FUNCTIONS.get(ref)
        known = [entry if entry is None or not entry.mutates else None]
    elif isinstance(call.func, ast.Attribute) and ref is None:
        known = _methods(walker, call.func)
    else:
        return Fate.KEPT
    entries = [entry for entry in known if entry is not None and not entry.stores]
    if not known or len(entries) < len(known):
        return Fate.KEPT
    if any(entry.calls for entry in entries) and _calls_unknown(walker, call):
        return Fate.KEPT
    words = {word for entry in entries for word in re.split(r"\W", entry.result)}
    if _GIVEN_BACK & words:
        return Fate.ITSELF
    return Fate.PART if _ITEMS & words else Fate.NOTHING


def _methods(walker: Walker, func: ast.Attribute) -> list[Known | None]:
    """The entries of a method, for all types that its object may have."""
    types = walker.value(func.value).types
    if types is not None:
        return [METHODS.get(tag, {}).get(func.attr) for tag in types]
    pure = func.attr in PURE_METHOD_NAMES and func.attr not in walker.program.method_names
    return [Known("fresh")] if pure else []


def _calls_unknown(walker: Walker, call: ast.Call) -> bool:
    """Whether a function among the arguments may do more than read what it is given."""
    for arg in [*call.args, *(keyword.value for keyword in call.keywords)]:
        value = walker.value(arg)
        if isinstance(value.ref, Function):
            if parameters_fate(walker.program, value.ref) is Fate.KEPT:
                return True
        elif isinstance(value.ref, str):
            known = FUNCTIONS.get(value.ref)
            if known is None or known.mutates or known.stores or known.calls:
                return True
        elif value.ref is not None or "function" in (value.types or ()):
            return True
    return False


def stores_into_parameters(program: Program, function: Function) -> bool:
    """Whether a function stores into, keeps or hands on anything that it was given."""
    return parameters_fate(program, function) is Fate.KEPT


def parameters_fate(program: Program, function: Function) -> Fate:
    """What a function does with its arguments, in the worst case."""
    cache: dict[str, Fate] = program.memo.setdefault("parameters", {})
    if function.scope not in cache:
        cache[function.scope] = Fate.KEPT  # while it is being found out: it may call itself
        walker = _walker(program, function)
        uses = Uses(
            function,
            counts=lambda _node: True,
            call=lambda call: _treatment(walker, call),
            plain=False,
            immutable=lambda other: declared(program, function, other).immutable,
            own_methods=program.method_names,
            changes=True,
        )
        kept = function.is_generator or any(uses.kept(name) for name in function.all_parameters)
        cache[function.scope] = Fate.KEPT if kept else uses.returned
    return cache[function.scope]
