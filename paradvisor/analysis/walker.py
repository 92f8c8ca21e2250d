"""What running a piece of the user's code would do, found by walking over its syntax tree.

An abstract interpreter over `Value`: it follows calls into the user's own functions with what is
known of their arguments, looks library functions up in the knowledge table, and notes every read,
write and outside effect. What it does not know it says: an unknown call is an effect too.

It rests on one assumption about types it cannot see: that they are not the user's own classes where
no class of the user's defines the operation in question, and that operators, attributes and the few
methods in PURE_METHOD_NAMES of other types have no side effects.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from paradvisor.analysis.declarations import declared
from paradvisor.analysis.effects import REBINDING, WORLD, Effects
from paradvisor.analysis.exceptions import caught
from paradvisor.analysis.knowledge import ATTRIBUTES, CONSTANTS, FUNCTIONS, METHODS, OPENERS
from paradvisor.analysis.names import assigned
from paradvisor.analysis.operators import COMPARISONS, NUMERIC, operate
from paradvisor.analysis.source import Class, Function, Module, Program
from paradvisor.analysis.trees import names_in, nodes_of
from paradvisor.analysis.values import (
    HANDLES,
    MAPPED_FILES,
    NO_ROOTS,
    UNKNOWN,
    Bound,
    Root,
    Value,
    element,
    join,
    of,
    places,
    rooted,
    subscript,
    unordered,
    untransportable,
)

_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)


_ARRAY = "ndarray"
_NOT_EXTENDED = ("str", "bytes", "tuple", _ARRAY)
"""What += does not add the items of something else to, as it does to a list."""
_HOLDS_NOTHING = ("random", "hash", "compressor")
"""Types of objects that can be changed, and hold no other object."""
_FIELD_DEPTH = 2  # of attributes of attributes that are told apart
_MOST_ROUNDS = 8


class Walker:
    """Walks code in one scope. ``env`` holds what this activation or iteration has assigned."""

    def __init__(
        self,
        program: Program,
        function: Function,
        env: Mapping[str, Value],
        effects: Effects,
        depth: int = 0,
    ) -> None:
        self.program = program
        self.function = function
        self.env = dict(env)
        self.effects = effects
        self.depth = depth
        self.returned: Value | None = None
        self.yielded: Value | None = None
        self._branch = 0
        self._links: dict[str, frozenset[str]] = {}

    # --- names ------------------------------------------------------------------------------

    def name(self, name: str, line: int) -> Value:
        """The value of a name in this scope, with the types that a run showed."""
        found = self._name(name, line)
        if found.ref is not None or found.immutable:
            return found
        if found.types is not None and found.elem is not None and found.elem.types is not None:
            return found
        return _refined(found, self.program.observed.variable(self.function, name))

    def _name(self, name: str, line: int) -> Value:
        if name in self.env:
            value = self.env[name]
            if not value.immutable:
                value = _refined(value, self.program.observed.variable(self.function, name))
            for root in value.reach:
                self.effects.read(root, line, value)
            return value
        scope: Function | None = self.function.home_of(name)
        while scope is not None:
            sure = self._bound_once(scope, name) and not self.program.rebinds(name)
            if name in scope.functions and sure:
                return self._definition(scope.functions[name], scope.scope, name, line)
            if name in scope.bindings or name in scope.all_parameters:
                return self._outer(scope, name, line)
            scope = scope.parent
        module = self.function.module
        known = name not in module.declared_global and not module.imports_all
        if name in module.imports and known:
            return self._imported(module.imports[name], line)
        if name in _BUILTINS and known:
            return Value(None, ref=name)
        self.effects.read((module.path, name), line, UNKNOWN)
        return Value(None, frozenset({(module.path, name)}))

    def _bound_once(self, scope: Function, name: str) -> bool:
        bound = scope.bindings.get(name, [])
        packages = bool(bound) and all(how == "import" for how, _ in bound)  # import a.b, a.c
        return (
            (len(bound) == 1 or packages)
            and name not in scope.module.declared_global
            and name not in self.program.rebound
        )

    def _outer(self, scope: Function, name: str, line: int) -> Value:
        bound = scope.bindings.get(name, [])
        once = self._bound_once(scope, name) and name not in scope.all_parameters
        if once and bound[0][0] == "import":
            return self._imported(self.function.module.imports.get(name, name), line)
        if once and bound[0][0] == "definition":
            kinds = [kind for kind in scope.module.all_classes if kind.node is bound[0][1]]
            if kinds and not self.program.rebinds(name):
                return self._definition(kinds[0], scope.module.path, name, line)
        root = (scope.scope, name)
        value = declared(self.program, scope, name)
        self.effects.read(root, line, value)
        for other in value.reach:
            self.effects.read(other, line, value)
        return value if value.immutable else rooted(value, {root})

    def _definition(self, found: Function | Class, scope: str, name: str, line: int) -> Value:
        """A function or a class: an object too, whose attributes can be set."""
        kind = "function" if isinstance(found, Function) else "type"
        self.effects.reads.setdefault((scope, name), line)
        return Value(frozenset({kind}), frozenset({(scope, name)}), ref=found)

    def _imported(self, dotted: str, line: int) -> Value:
        found = self.program.find(dotted)
        if isinstance(found, Function | Class) and self.program.rebinds(dotted.split(".")[-1]):
            return Value(None, frozenset({(found.module.path, found.qualname)}))
        if isinstance(found, Function):
            return self._definition(found, found.module.path, found.qualname, line)
        if isinstance(found, Class):
            return self._definition(found, found.module.path, found.node.name, line)
        if isinstance(found, Module):
            return Value(frozenset({"module"}), ref=found)
        root = ("library", dotted)
        if dotted in CONSTANTS:
            value = self._tagged(CONSTANTS[dotted])
            self.effects.read(root, line, value)
            return (
                value if value.immutable else value._replace(roots=frozenset({root}), guessed=False)
            )
        if dotted not in FUNCTIONS and "." in dotted:
            self.effects.read(WORLD, line, UNKNOWN)  # a library's variable, as far as one can see
        return Value(None, frozenset({root}), ref=dotted)

    @staticmethod
    def _tagged(text: str) -> Value:
        outer, _, inner = text.partition("[")
        return of(outer, elem=of(inner[:-1]) if inner else None)

    def trial(self) -> Walker:
        """Another walker at this point, whose effects are its own."""
        other = Walker(self.program, self.function, self.env, Effects(), self.depth)
        other._links = dict(self._links)
        return other

    def adopt(self, other: Walker) -> None:
        """Go on from where a trial came to."""
        self.env, self._links = other.env, other._links

    # --- statements -------------------------------------------------------------------------

    def run(self, statements: list[ast.stmt]) -> None:
        """Walk over statements in order."""
        for statement in statements:
            self.statement(statement)

    def _branches(self, *bodies: list[ast.stmt]) -> None:
        """Bodies of which any or none may run: what they assign may also stay as it was."""
        self._branch += 1
        before = dict(self._links)
        for body in bodies:
            self._relink(before)
            self.run(body)
        self._relink(before)
        self._branch -= 1

    def statement(self, node: ast.stmt) -> None:
        """Walk over one statement."""
        line = node.lineno
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Tuple(elts=values)) if (
                _one_to_one(parts, values)
            ):
                for target, result in zip(parts, list(map(self.value, values)), strict=True):
                    self.assign(target, result)
                self._link(node)
            case ast.Assign(targets=targets, value=value):
                result = self.value(value)
                if isinstance(value, ast.Name) and not result.immutable and value.id in self.env:
                    # Two names for one object: what is stored through one is in the other.
                    result = result._replace(types=None)
                    self.env[value.id] = result
                for target in targets:
                    self.assign(target, result)
                self._link(node)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.assign(target, self.value(value))
                    self._link(node)
            case ast.AugAssign(target=target, op=op, value=value):
                self._augment(target, op, self.value(value))
                self._link(node)
            case ast.Expr(value=value):
                self._link(node)  # before: what the call puts into one is in the others too
                self.value(value)
            case ast.Return(value=value):
                result = self.value(value) if value is not None else of("none")
                self.returned = result if self.returned is None else join(self.returned, result)
            case ast.If(test=test, body=body, orelse=orelse):
                self.value(test)
                if body[0].lineno > (test.end_lineno or line):
                    self._branches(body, orelse)
                else:
                    self._unseen(lambda: self._branches(body, orelse))
            case ast.For():
                self._for(node)
            case ast.While(test=test, body=body, orelse=orelse):
                self.value(test)
                self._rounds(body, line)
                self._branches(orelse)
                self.value(test)
            case ast.With(items=items, body=body):
                for item in items:
                    self._enter(item)
                self._link(*items)
                self.run(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._branches(body, orelse)
                for handler in handlers:
                    if handler.name:
                        self.env[handler.name] = caught(self.program, self.function, handler)
                    self._branches(handler.body)
                self.run(final)
            case ast.Raise(exc=exc, cause=cause):
                for part in filter(None, (exc, cause)):
                    self.value(part)
            case ast.Assert(test=test, msg=message):
                self.value(test)
                if message is not None:
                    self.value(message)
            case ast.Pass() | ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal():
                pass
            case ast.Import(names=names):
                for alias in names:
                    self._import(alias.name, line)
            case ast.ImportFrom(module=str(module)):
                self._import(module, line)
            case ast.FunctionDef() if node.name in self.function.functions:
                pass  # resolved by name when it is called
            case ast.Match(subject=subject, cases=cases):
                matched = self.value(subject)
                for case in cases:
                    for name in assigned([case.pattern]):
                        taken = Value(None, matched.reach)
                        self.env[name] = join(self.env[name], taken) if name in self.env else taken
                    self._link(subject, case.pattern)
                    if case.guard is not None:
                        self.value(case.guard)
                    self._branches(case.body)
                if not matched.typed:
                    self._unknown(line, "a match on a value of unknown type")
            case _:
                self._unknown(line, f"a {type(node).__name__.lower()} statement")

    def _rounds(self, body: list[ast.stmt], line: int) -> None:
        """Walk over a loop's body until a round assigns nothing that the rounds before did not."""
        for _ in range(_MOST_ROUNDS):
            before = self._known()
            self._branches(body)
            if self._known() == before:
                return
        self._unknown(line, "a loop that hands its variables on and on")

    def _known(self) -> dict[str, tuple[object, ...]]:
        return {name: (value.types, value.reach) for name, value in self.env.items()}

    def _for(self, node: ast.For) -> None:
        item = self.iterate(self.value(node.iter), node.iter.lineno)
        before = {name: self.env.pop(name) for name in assigned([node.target]) if name in self.env}
        self.assign(node.target, item)
        self._link(node.target, node.iter)
        self._rounds(node.body, node.lineno)
        for name, value in before.items():  # there may have been no item
            self.env[name] = join(self.env.get(name), value)
        self._branches(node.orelse)

    def _link(self, *nodes: ast.AST) -> None:
        """New objects that one statement deals with: each may be, or hold, the others from now on.

        They have no root to be known by, so what is stored into one is taken to be in all.
        """
        names = assigned(nodes).union(*map(names_in, nodes))
        together = {name for name in names if self._new(name)}
        if len(together) > 1:
            linked = together.union(*(self._links.get(name, ()) for name in together))
            for name in linked:
                self._links[name] = self._links.get(name, frozenset()) | linked

    def _new(self, name: str) -> bool:
        value = self.env.get(name)
        return value is not None and not value.immutable and not value.roots

    def _relink(self, before: dict[str, frozenset[str]]) -> None:
        """What was linked before code that may not run may still be."""
        for name, others in before.items():
            self._links[name] = self._links.get(name, frozenset()) | others

    def _import(self, module: str, line: int) -> None:
        import sys

        if module.split(".")[0] not in sys.stdlib_module_names:
            self._unknown(line, f"importing {module}, which may run anything")

    def _enter(self, item: ast.withitem) -> None:
        manager = self.value(item.context_expr)
        managed = {"file", "lock", "zipfile", "response", "memoryview", "stringio", "bytesio"}
        if not manager.is_only(*managed):
            self._unknown(item.context_expr.lineno, f"entering {ast.unparse(item.context_expr)}")
        elif manager.roots:
            self.effects.write(manager, item.context_expr.lineno, "entering and leaving it")
        if item.optional_vars is not None:
            self.assign(item.optional_vars, manager)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind or store a value."""
        match target:
            case ast.Name(id=name):
                if name in self.function.declared_global:
                    root = (self.function.home_of(name).scope, name)
                    self.effects.writes.setdefault(root, (target.lineno, REBINDING))
                elif self._branch and name in self.env:
                    self.env[name] = join(self.env[name], value)
                else:
                    self.env[name] = value
                self._links.pop(name, None)  # another object from here on
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                item = self.iterate(value, target.lineno) if value.roots else element(value)
                each = places(value, len(parts)) or [item] * len(parts)
                for part, given in zip(parts, each, strict=True):
                    self.assign(part, given)
            case ast.Starred(value=inner):
                self.assign(inner, of("list", elem=element(value)))
            case ast.Attribute(value=holder, attr=attribute):
                owner = self.owner(holder, attribute).ref
                how = f"assignment to .{attribute}"
                if self.program.defined((attribute, "__setattr__", "__set__")):
                    self._unknown(target.lineno, f"{how}, which may be a property")
                if isinstance(owner, Module):
                    self.effects.writes.setdefault((owner.path, attribute), (target.lineno, how))
                elif isinstance(owner, str):
                    self.effects.note("external", target.lineno, f"{how} of {owner}")
                    root = ("library", f"{owner}.{attribute}")
                    self.effects.writes.setdefault(root, (target.lineno, how))
                    self.store(holder, value)
                else:
                    self._may_be_module(holder, attribute)
                    self._store(holder, value, how, attribute)
            case ast.Subscript(value=holder, slice=index):
                key = self.value(index)
                if key.is_only("slice"):
                    value = self.iterate(value, target.lineno)
                value = _with_key(value, key) or value
                if self.program.defined(("__setitem__",)) and not self._builtin(holder):
                    self._unknown(target.lineno, "a __setitem__ of yours, perhaps")
                self._store(holder, value, "assignment to an element")
            case _:
                self._unknown(target.lineno, "an assignment")

    def _may_be_module(self, holder: ast.expr, attribute: str) -> None:
        """A module that is not imported by its name may be one of the user's own."""
        types = self.owner(holder, attribute).types
        found = {"modules", "import_module", "__import__"} & self.program.mentions
        if found and (types is None or "module" in types):
            for module in self.program.modules.values():
                if attribute in module.top.bindings:
                    how = f"assignment to .{attribute} of a module"
                    self.effects.writes.setdefault((module.path, attribute), (holder.lineno, how))

    def _store(self, holder: ast.expr, value: Value, how: str, attribute: str = "") -> None:
        owner = self.owner(holder, attribute) if attribute else self.value(holder)
        if attribute:
            owner = self.field(owner, attribute)
        of_class = isinstance(holder, ast.Attribute) and holder.attr == "__class__"
        if of_class or (isinstance(holder, ast.Call) and not owner.roots and owner.types is None):
            self.effects.note("external", holder.lineno, f"{how} of {ast.unparse(holder)}")
        self.change(holder, owner, holder.lineno, how)
        if attribute and not value.immutable:
            self.effects.anew |= owner.roots
        self.store(holder, value)

    def change(self, holder: ast.expr, owner: Value, line: int, how: str) -> None:
        """Something is changed that an expression means."""
        self.effects.write(owner, line, how)
        named = ast.unparse(holder)
        for root in owner.roots:
            if root[1] == named:
                self.effects.inner.add(root)
            elif root[1].rpartition(".")[0] != named:
                self.effects.held.add(root)

    def store(self, holder: ast.expr, value: Value) -> None:
        """A container, or an attribute, holds a value from here on."""
        held = self.env.get(holder.id) if isinstance(holder, ast.Name) else None
        if (held is None or held.reach) and not value.immutable:  # else it is new itself
            self.effects.stored |= value.reach
        self.keep(holder, value)

    def keep(self, holder: ast.expr, value: Value) -> None:
        """A container, and whatever new object it may be a part of, now holds a value too."""
        if isinstance(holder, ast.Name) and holder.id in self.env:
            owner = self.env[holder.id]
            if not owner.is_only(*_HOLDS_NOTHING):
                self.env[holder.id] = owner._replace(elem=join(owner.elem, value), items=())
            others = set(self._links.get(holder.id, ())) - {holder.id}
        else:
            others = {part.id for part in nodes_of(holder) if isinstance(part, ast.Name)}
            others |= {name for other in others for name in self._links.get(other, ())}
        odd = untransportable(value) is not None or unordered(value)
        if value.immutable and not odd:  # the types of what they hold stay as they are
            return
        for name in others & self.env.keys():
            owner = self.env[name]
            if not (owner.immutable or owner.is_only(*_HOLDS_NOTHING)):
                held = join(owner.elem, value if odd else Value(None, value.reach))
                self.env[name] = owner._replace(elem=held, items=())

    def _builtin(self, node: ast.expr) -> bool:
        types = self.value(node).types
        return types is not None and types <= {"list", "dict", "bytearray", "deque", "array"}

    def _augment(self, target: ast.expr, op: ast.operator, value: Value) -> None:
        line = target.lineno
        before = (
            self.value(target) if not isinstance(target, ast.Name) else self.name(target.id, line)
        )
        if isinstance(op, ast.Add) and not before.is_only(*NUMERIC, *_NOT_EXTENDED):
            self.iterate(value, line)  # as list.extend does
        if isinstance(target, ast.Name):
            result = operate(self, op, before, value, line)
            if not result.immutable or before.types is None:
                self.change(target, before, line, "an in-place operator")
            if before.is_only(_ARRAY):  # numbers are put into it, and no object
                return
            links = self._links.get(target.id, frozenset())
            self.assign(target, join(before, result) if not result.immutable else result)
            if not result.immutable:  # the same object, and it holds more
                self._links[target.id] = links
                self.store(target, element(value))
        else:
            operate(self, op, before, value, line)
            if not before.immutable and not value.is_only(*NUMERIC):
                self.effects.write(before, line, "an in-place operator")
                if before.is_only(_ARRAY):
                    return
                self.effects.held |= before.roots  # it stays where it is, and may hold more
                self.store(target, element(value))
            self.assign(target, join(value, element(value)) if value.elem else value)

    # --- expressions ------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """Walk over an expression and say what it gives."""
        found = self._value(node)
        if found.ref is None and self._odd(found):
            self.effects.untyped = self.effects.untyped or node.lineno
        if found.roots and found.types is not None and found.types & HANDLES:
            # From before: one for all, and so are its position, its buffer and its lock.
            self.effects.note("handle", node.lineno, ast.unparse(node))
        decimal = found.types is not None and "decimal" in found.types
        if decimal or (found.types is None and "decimal" in self.program.mentions):
            self.effects.read(WORLD, node.lineno, UNKNOWN)  # its context may decide what comes out
        return found

    def _odd(self, value: Value) -> bool:
        """Whether a value may be of a class of the user's with special methods."""
        special = self.program.special_methods
        return value.types is None or any(
            self.program.may_have(tag, special) for tag in value.types
        )

    def _value(self, node: ast.expr) -> Value:
        line = node.lineno
        match node:
            case ast.Constant(value=constant):
                name = type(constant).__name__
                return of({"NoneType": "none"}.get(name, name))
            case ast.Name(id=name):
                return self.name(name, line)
            case ast.JoinedStr(values=parts):
                for part in parts:
                    if isinstance(part, ast.FormattedValue):
                        self.value(part.value)
                        if part.format_spec is not None:
                            self.value(part.format_spec)
                return of("str")
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                held = list(map(self.value, parts))
                made = of(type(node).__name__.lower(), elem=reduce(join, held) if held else None)
                starred = any(isinstance(part, ast.Starred) for part in parts)
                if isinstance(node, ast.Tuple) and not starred:
                    made = made._replace(items=tuple(each._replace(items=()) for each in held))
                return made
            case ast.Dict(keys=keys, values=values):
                elem: Value | None = None
                for key, item in zip(keys, values, strict=True):
                    if key is not None:
                        elem = _with_key(elem, self.value(key))
                    stored = self.value(item)
                    elem = join(elem, stored if key is not None else subscript(stored))
                return of("dict", elem=elem)
            case ast.Starred(value=inner):
                return self.iterate(self.value(inner), line)
            case ast.BinOp(left=left, op=op, right=right):
                return operate(self, op, self.value(left), self.value(right), line)
            case ast.UnaryOp(op=op, operand=operand):
                inner_value = self.value(operand)
                if isinstance(op, ast.Not):
                    return of("bool")
                return inner_value if inner_value.immutable else UNKNOWN
            case ast.BoolOp(values=values):
                return self._either(values[0], *values[1:])
            case ast.Compare(left=left, comparators=[first, *others]):
                operands = [self.value(left), self.value(first), *map(self._perhaps, others)]
                for relation, other in zip(node.ops, operands[1:], strict=True):
                    if isinstance(relation, ast.In | ast.NotIn):
                        self.iterate(other, line)
                self.dunders(COMPARISONS, operands, line, "a comparison")
                return of("bool")
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                return join(self._perhaps(body), self._perhaps(orelse))
            case ast.NamedExpr(target=target, value=inner):
                result = self.value(inner)
                self.assign(target, result)
                self._link(node)
                return result
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.Call():
                from paradvisor.analysis.calls import call

                return call(self, node)
            case ast.Lambda():
                return Value(frozenset({"function"}), ref=None)
            case ast.Yield(value=inner):
                given = self.value(inner) if inner is not None else of("none")
                self.yielded = join(self.yielded, given)
                return UNKNOWN if "send" in self.program.mentions else of("none")
            case ast.YieldFrom(value=inner):
                given = self.value(inner)
                self.yielded = join(self.yielded, self.iterate(given, line))
                return Value(None, given.reach)
            case ast.Slice(lower=lower, upper=upper, step=step):
                for part in filter(None, (lower, upper, step)):
                    self.value(part)
                return of("slice")
            case _:
                self._unknown(line, f"a {type(node).__name__.lower()} expression")
                return UNKNOWN

    def _perhaps(self, node: ast.expr) -> Value:
        """An expression that may not be evaluated: what it assigns may also stay as it was."""
        self._branch += 1
        before = dict(self._links)
        found: Value = self._unseen(lambda: self.value(node))
        self._relink(before)
        self._branch -= 1
        return found

    def _unseen(self, walk: Callable[[], Any]) -> Any:
        """Walk over code of which the line that it is in does not tell whether it was run."""
        outer, self.effects = self.effects, Effects()
        found = walk()
        inner, self.effects = self.effects, outer
        self.effects.merge(inner.unseen())
        return found

    def _either(self, first: ast.expr, *others: ast.expr) -> Value:
        found = self.value(first)
        for other in others:
            found = join(found, self._perhaps(other))
        return found

    def iterate(self, value: Value, line: int) -> Value:
        """Read a value to its end; an older iterator is used up by it."""
        if value.roots and value.may_iterate_once():
            self.effects.write(value, line, "iterating over it")
        if not value.typed:
            mine = frozenset({"__iter__", "__next__"})
            given = self.dunders(mine, [value], line, "an iteration")
            value = rooted(value, given)
        return element(value)

    def _attribute(self, node: ast.Attribute) -> Value:
        owner = self.owner(node.value, node.attr)
        if isinstance(owner.ref, str):
            return self._imported(f"{owner.ref}.{node.attr}", node.lineno)
        if isinstance(owner.ref, Module):
            module = owner.ref
            return Walker(self.program, module.top, {}, self.effects).name(node.attr, node.lineno)
        for root in owner.roots if isinstance(owner.ref, Class | Function) else ():
            self.effects.read(root, node.lineno, UNKNOWN)
        if isinstance(owner.ref, Class) and node.attr in owner.ref.methods:
            return Value(frozenset({"function"}), ref=owner.ref.methods[node.attr])
        if owner.types is not None:
            tags = {ATTRIBUTES.get(tag, {}).get(node.attr) for tag in owner.types}
            if None not in tags and len(tags) == 1:
                found = self._tagged(str(tags.pop()))
                return found if found.immutable else found._replace(roots=owner.reach)
            if all(node.attr in METHODS.get(tag, {}) for tag in owner.types):
                stores = any(METHODS[tag][node.attr].stores for tag in owner.types)
                bound = None if stores else Bound(owner, node.attr)
                return Value(frozenset({"function"}), owner.reach, ref=bound)
        from paradvisor.analysis.calls import property_value

        given = NO_ROOTS
        custom = self.program.defined(("__getattr__", "__getattribute__", "__get__"))
        if custom or node.attr in self.program.method_names:
            computed = None if custom else property_value(self, owner, node.attr, node.lineno)
            if computed is not None:
                return computed
            given = self.dunders(custom | {node.attr}, [owner], node.lineno, f".{node.attr}")
        if self.program.uses_thread_locals and (
            owner.types is None or "threadlocal" in owner.types
        ):
            self._unknown(node.lineno, f".{node.attr}, of which each thread may have its own")
        if node.attr.startswith("__") and node.attr not in ("__name__", "__doc__"):
            self._unknown(node.lineno, f"the attribute {node.attr}")
        fields = self.field(owner, node.attr).reach
        found = Value(None, fields | given | self._class_level(owner, node.attr))
        found = _refined(found, self.program.observed.attribute(owner, node.attr))
        if found.immutable and fields != owner.reach:
            self.effects.mutable_reads -= fields
        return found

    def owner(self, node: ast.expr, attribute: str) -> Value:
        """An object of which only one attribute is used: nothing else of it is read."""
        outer, self.effects = self.effects, Effects()
        owner = self.value(node)
        own, self.effects = self.effects, outer
        narrow = owner.roots if self.has_fields(owner, attribute) else frozenset()
        self.effects.merge(own.narrowed(narrow, f".{attribute}"))
        return owner

    def field(self, owner: Value, attribute: str) -> Value:
        """The owner with roots that are one of its attributes, where those are apart."""
        if not self.has_fields(owner, attribute):
            return owner
        fields = {(root[0], f"{root[1]}.{attribute}") for root in owner.roots}
        return owner._replace(roots=frozenset(fields))

    def has_fields(self, owner: Value, attribute: str) -> bool:
        """Whether an attribute is a place of its own in the object: no view, and no property."""
        return (
            owner.types is not None
            and all(tag.startswith("class ") for tag in owner.types)
            and not any(self.program.may_have(tag, {attribute}) for tag in owner.types)
            and all(
                root[1].count(".") < _FIELD_DEPTH and root[0] not in ("library", WORLD[0])
                for root in owner.roots
            )
        )

    def _class_level(self, owner: Value, attribute: str) -> frozenset[Root]:
        """Classes whose own attribute this may be: one object for all instances."""
        if owner.types is not None and not any(tag.startswith("class ") for tag in owner.types):
            return frozenset()
        return frozenset(self.program.class_attributes.get(attribute, ()))

    def _insert(self, owner: Value, line: int) -> None:
        """A subscript of a defaultdict puts in what is missing, which a function of it makes."""
        from paradvisor.analysis.implicit import factories

        self.effects.write(owner, line, "a subscript that may insert")
        self.effects.merge(factories(self.program), line, self.function.module.path)

    def _subscript(self, node: ast.Subscript) -> Value:
        owner, index = self.value(node.value), self.value(node.slice)
        mine = frozenset({"__getitem__", "__missing__"})
        given = self.dunders(mine, [owner], node.lineno, "a subscript")
        if given:
            owner = rooted(owner, given)
        if owner.types is None:
            if owner.roots and self.program.modules_imported & MAPPED_FILES:
                self._unknown(node.lineno, f"{ast.unparse(node)}, which may read an open file")
            if "defaultdict" in self.program.mentions and not index.is_only("slice"):
                self._insert(owner, node.lineno)
        elif "defaultdict" in owner.types:
            self._insert(owner, node.lineno)
        if index.is_only("slice"):
            if owner.immutable:
                return owner
            if owner.is_only("list", "tuple"):
                return Value(owner.types, elem=element(owner))
            return Value(owner.types, owner.reach, owner.elem)  # a view, of an array
        return subscript(owner)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value:
        first = self.value(node.generators[0].iter)
        own = assigned(generator.target for generator in node.generators)
        hidden = {name: self.env.pop(name) for name in own if name in self.env}
        links = dict(self._links)
        for name in own:
            self._links.pop(name, None)
        self._branch += 1  # it may run for no item
        for number, generator in enumerate(node.generators):
            items = self.value(generator.iter) if number else first
            self.assign(generator.target, self.iterate(items, node.lineno))
            self._link(generator.target, generator.iter)
            for test in generator.ifs:
                self.value(test)
        if isinstance(node, ast.DictComp):
            key = self.value(node.key)
            elem = _with_key(self.value(node.value), key)
        else:
            elem = self.value(node.elt)
        self._branch -= 1
        for name in own:
            self.env.pop(name, None)
            self._links.pop(name, None)
        self.env |= hidden
        self._relink(links)
        kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}
        return of(kind.get(type(node), "iter"), elem=elem)

    def dunders(
        self, names: frozenset[str] | set[str], operands: list[Value], line: int, what: str
    ) -> frozenset[Root]:
        """The operation may run a method of the user's, where an operand may be of their class.

        What such a method gives may be, or be a part of, these older objects.
        """
        missing: set[str] = set()
        given: frozenset[Root] = NO_ROOTS
        for operand in operands:
            if operand.types is None:
                given |= self._perhaps_run(names, operands, missing)
                continue
            for tag in operand.types:
                for name in self.program.may_have(tag, names):
                    given |= self._run_method(tag, name, operand, operands, line, missing)
        if missing:
            self._unknown(line, f"{what} that may run your {', '.join(sorted(missing))}")
        return given

    def _run_method(
        self,
        tag: str,
        name: str,
        operand: Value,
        operands: list[Value],
        line: int,
        missing: set[str],
    ) -> frozenset[Root]:
        """Walk over a method that an operation runs; what it gives may be of these objects."""
        from paradvisor.analysis.calls import run_method

        kind = self.program.class_of(tag)
        method = self.program.method(kind, name) if kind is not None else None
        one = operand._replace(types=frozenset({tag}))
        found = run_method(self, method, one, operands, line) if method is not None else None
        if found is None:
            missing.add(name)
        return found.reach if found is not None else NO_ROOTS

    def _perhaps_run(
        self, names: frozenset[str] | set[str], operands: list[Value], missing: set[str]
    ) -> frozenset[Root]:
        """The same of a value that may be of any class: methods that only compute will do."""
        from paradvisor.analysis.implicit import plain_methods

        defined = self.program.methods_named(names)
        if defined is None:
            missing |= self.program.defined(names)
        if not defined:
            return NO_ROOTS
        table = plain_methods(self.program)
        given: frozenset[Root] = frozenset().union(*(operand.reach for operand in operands))
        for tag, name in defined:
            if (tag, name) in table:
                self.effects.merge(table[tag, name].effects)
                given |= table[tag, name].given
            else:
                missing.add(name)
        return given

    def _unknown(self, line: int, what: str) -> None:
        self.effects.note("unknown", line, what)

    unknown = _unknown

    # --- openers ----------------------------------------------------------------------------

    def opens_for_reading(self, dotted: str, node: ast.Call) -> bool:
        """Whether a call of open() and the like names a mode that only reads."""
        mode = _mode(dotted, node)
        if mode is None:
            return True
        return isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+")

    def read_from(self, dotted: str, node: ast.Call) -> Value | None:
        """What is read from a file that such a call opens, where its mode is seen."""
        mode = _mode(dotted, node)
        if mode is not None and not isinstance(mode, ast.Constant):
            return None
        letters = str(mode.value) if mode is not None else ""
        if dotted in ("open", "io.open", "path.open"):
            return of("bytes" if "b" in letters else "str")
        if dotted in ("gzip.open", "bz2.open", "lzma.open", "zipfile.open"):
            return of("str" if "t" in letters else "bytes")
        return None


def _mode(dotted: str, node: ast.Call) -> ast.expr | None:
    position = OPENERS[dotted]
    mode = next((k.value for k in node.keywords if k.arg == "mode"), None)
    if mode is None and 0 <= position < len(node.args):
        mode = node.args[position]
    return mode


def _one_to_one(targets: list[ast.expr], values: list[ast.expr]) -> bool:
    """Whether each of several names is assigned an expression of its own, and no name."""
    starred = any(isinstance(part, ast.Starred) for part in (*targets, *values))
    named = any(isinstance(part, ast.Name) for part in values)
    return len(targets) == len(values) and not starred and not named


def _refined(found: Value, seen: Value) -> Value:
    """A value of unknown type, with the types that a run showed and the roots that it may have."""
    if seen.types is None and seen.ref is None:
        return found
    if found.types is not None and seen.types != found.types:
        return found
    if seen.is_only("ndarray") and not seen.roots:
        return seen  # of its own memory
    elem = seen.elem
    if elem is not None and not elem.immutable:
        elem = elem._replace(roots=elem.roots | found.reach, guessed=not found.known_reach)
    own = seen.roots if seen.ref is not None else NO_ROOTS  # a class, or a function
    return seen._replace(roots=found.roots | own, elem=elem, guessed=found.guessed)


def _with_key(elem: Value | None, key: Value) -> Value | None:
    """What a mapping holds: objects that are its keys too."""
    return join(elem, Value(None, key.reach)) if key.reach else elem
