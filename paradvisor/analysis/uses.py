"""What becomes of the object that a local variable holds: whether anything else may keep it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from enum import IntEnum

from paradvisor.analysis.knowledge import PURE_METHOD_NAMES
from paradvisor.analysis.source import Function
from paradvisor.analysis.trees import nodes_of

# Calls of builtins by what of their arguments is in the result: nothing, the items, or a view.
_GIVE_NOTHING = {"len", "print", "any", "all", "range", "str", "repr", "int", "float", "isinstance"}
_GIVE_ITEMS = {"min", "max", "sum", "sorted", "list", "tuple", "set", "frozenset", "next", "dict"}
_GIVE_VIEWS = {"enumerate", "zip", "reversed", "iter"}

# The same for methods, of the object that they are called on.
_METHODS_GIVE_NOTHING = PURE_METHOD_NAMES | {
    *("add", "append", "appendleft", "clear", "count", "difference_update", "discard", "extend"),
    *("extendleft", "index", "insert", "intersection_update", "isdisjoint", "issubset"),
    *("issuperset", "join", "remove", "reverse", "rotate", "sort", "subtract", "update"),
}
_METHODS_STORE = {
    *("add", "append", "appendleft", "difference_update", "extend", "extendleft", "insert"),
    *("intersection_update", "subtract", "update", "setdefault"),
}
_METHODS_GIVE_ITEMS = {
    *("copy", "difference", "get", "intersection", "pop", "popitem", "popleft", "setdefault"),
    *("symmetric_difference", "union", "elements", "total"),
}
_METHODS_GIVE_VIEWS = {"items", "keys", "values"}


# Operators that make no container of what their operands hold, if no class of the user's says so.
_NUMERIC_OPERATORS = (ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)
_NUMERIC_METHODS = {
    f"__{side}{name}__"
    for side in ("", "r")
    for name in ("truediv", "floordiv", "mod", "pow", "lshift", "rshift")
}


class Fate(IntEnum):
    """What becomes of an argument: what of it is given back, or that it is kept or changed."""

    NOTHING = 0
    PART = 1
    ITSELF = 2
    KEPT = 3


class Uses:
    """The uses of the local variables of a function.

    Args:
        function: the scope.
        counts: whether a use is to be looked at, for one may come too late to matter.
        call: what becomes of what a call is given.
        plain: whether the items are known to be immutable; all that is left then is who keeps the
            container itself.
        immutable: whether a variable is known to hold what cannot change.
        own_methods: names that the user's classes give to methods: these may do anything.
        changes: whether storing into the object counts as keeping it, and functions defined in
            the scope are looked at as well.
    """

    def __init__(
        self,
        function: Function,
        counts: Callable[[ast.AST], bool],
        call: Callable[[ast.Call], Fate],
        plain: bool,
        immutable: Callable[[str], bool],
        own_methods: set[str],
        changes: bool = False,
    ) -> None:
        self.function = function
        self.counts = counts
        self.call = call
        self.plain = plain
        self.immutable = immutable
        self.own_methods = own_methods
        self.changes = changes
        self.parents = function.parents
        self.name = ""
        self.returned = Fate.NOTHING
        """The most of the object that a use was seen to return."""

    def kept(self, name: str) -> bool:
        """Whether something else may hold the variable's object, or what is in it, as well."""
        self.name = name
        todo, seen = [(name, False)], {name}
        while todo:
            current, part = todo.pop()
            for node in self.function.occurrences.get(current, []):
                if not self.counts(node) or not (self.changes or node in self.function.own):
                    continue
                if not isinstance(node.ctx, ast.Load):
                    if self.changes and self._extended(node, current):
                        return True
                    continue
                heirs = self._fate(node, part)
                if heirs is None:
                    return True
                todo += [(heir, True) for heir in heirs - seen if not self.immutable(heir)]
                seen |= heirs
        return False

    def _extended(self, node: ast.Name, name: str) -> bool:
        """Whether an in-place operator may put something into a variable's object."""
        own = name == self.name and name not in self.function.all_parameters  # a binding of it
        extended = isinstance(self.parents.get(node), ast.AugAssign)
        return extended and not own and not self._starts_plain(name)

    def _starts_plain(self, name: str) -> bool:
        """Whether a variable is a constant to begin with, and in-place operators do the rest."""
        others = [
            value for how, value in self.function.bindings.get(name, []) if how != "augmented"
        ]
        constant = bool(others) and all(isinstance(value, ast.Constant) for value in others)
        return constant and name not in self.function.all_parameters

    def _fate(self, node: ast.AST, part: bool) -> set[str] | None:
        """The variables that a use gives a part of the object to; None where it is kept.

        ``part``: what is looked at is not the object itself, but may be something that it holds.
        """
        while True:
            if part and self.plain:
                return set()
            parent = self.parents.get(node)
            step = self._step(parent, node, part)
            if isinstance(step, tuple):
                node, part = step
            else:
                return step

    def _step(
        self, parent: ast.AST | None, node: ast.AST, part: bool
    ) -> set[str] | tuple[ast.AST, bool] | None:
        """What an expression makes of its operand: its end, or itself with what it may be."""
        match parent:
            case ast.Attribute():
                return self._attribute(parent, part)
            case ast.Subscript(value=holder) if holder is node:
                if isinstance(parent.ctx, ast.Load):
                    return parent, True
                return None if self.changes and isinstance(parent.ctx, ast.Store) else set()
            case ast.Subscript(value=holder):  # a key: stored, it is kept
                own = part and isinstance(holder, ast.Name) and holder.id == self.name
                return set() if own or isinstance(parent.ctx, ast.Load) else None
            case ast.IfExp(test=test) if test is node:
                return set()
            case ast.BoolOp() | ast.IfExp():
                return parent, part
            case ast.BinOp(op=op):
                numeric = not self.own_methods & _NUMERIC_METHODS
                return set() if numeric and isinstance(op, _NUMERIC_OPERATORS) else (parent, True)
            case ast.Starred():
                return parent, True
            case ast.Tuple() | ast.List() | ast.ListComp() | ast.GeneratorExp() if part:
                return parent, True
            case ast.Compare() | ast.UnaryOp() | ast.FormattedValue() | ast.Slice():
                return set()
            case ast.Return():
                self.returned = max(self.returned, Fate.PART if part else Fate.ITSELF)
                return set() if parent in self.function.own else None  # not of an inner function
            case ast.If() | ast.While() | ast.Assert() | ast.Expr():
                return set()
            case ast.For(target=target) | ast.comprehension(target=target):
                return set(_names(target))
            case ast.Call():
                return self._argument(parent, part)
            case ast.Assign(targets=targets):
                return self._assigned(targets, part)
            case ast.AugAssign(target=ast.Name(id=name)) if self._starts_plain(name):
                return set()  # a sum, which is made anew each time
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                return self._assigned([target], part or isinstance(parent, ast.AugAssign))
        return None

    def _attribute(
        self, parent: ast.Attribute, part: bool
    ) -> set[str] | tuple[ast.AST, bool] | None:
        if not isinstance(parent.ctx, ast.Load):
            return None if self.changes else set()
        call = self.parents.get(parent)
        if not (isinstance(call, ast.Call) and call.func is parent):
            return (parent, True) if part else None  # a bound method holds its object
        if parent.attr in self.own_methods or (self.changes and parent.attr in _METHODS_STORE):
            return None
        if parent.attr in _METHODS_GIVE_NOTHING:
            return set()
        if parent.attr in _METHODS_GIVE_ITEMS:
            return call, True
        return (call, part) if parent.attr in _METHODS_GIVE_VIEWS else None

    def _argument(self, call: ast.Call, part: bool) -> set[str] | tuple[ast.AST, bool] | None:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in self.function.bindings:
            return None
        if name in _GIVE_NOTHING:
            return set()
        if name in _GIVE_ITEMS:
            return call, True
        if name in _GIVE_VIEWS:
            return call, part
        match self.call(call):
            case Fate.KEPT:
                return None
            case Fate.ITSELF:
                return call, part
            case Fate.PART:
                return call, True
        return set()

    def _assigned(self, targets: list[ast.expr], part: bool) -> set[str] | None:
        """Heirs of an assigned value, which is kept if it is the object itself, or stored."""
        heirs: set[str] = set()
        for target in targets:
            match target:
                case ast.Subscript(value=ast.Name(id=holder)) if part and holder == self.name:
                    continue  # back into where it comes from
                case ast.Tuple() | ast.List():  # unpacking takes the items
                    heirs |= set(_names(target))
                case ast.Name(id=heir) if part:
                    heirs.add(heir)
                case _:
                    return None
        return heirs


def _names(target: ast.AST) -> Iterator[str]:
    yield from (node.id for node in nodes_of(target) if isinstance(node, ast.Name))
