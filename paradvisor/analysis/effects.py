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
from collections.abc import Mapping

from paradvisor.analysis.knowledge import ATTRIBUTES, CONSTANTS, FUNCTIONS, OPENERS
from paradvisor.analysis.names import assigned
from paradvisor.analysis.source import Class, Function, Module, Program
from paradvisor.analysis.values import (
    ITERATORS,
    NUMBER,
    UNKNOWN,
    Root,
    Value,
    element,
    join,
    of,
    subscript,
)

_NUMERIC = frozenset({"int", "float", "bool", "complex", "number", "fraction", "decimal"})
_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
_OPERATORS = frozenset(
    f"__{side}{name}__"
    for side in ("", "r", "i")
    for name in [
        "add",
        "sub",
        "mul",
        "matmul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "lshift",
        "rshift",
        "and",
        "or",
        "xor",
    ]
)
_COMPARISONS = frozenset(
    {"__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__ne__", "__contains__"}
)


WORLD: Root = ("*world", "the file system or the environment")

NESTED = "in it"
"""Marks a write that may be to something that an object holds."""

Note = tuple[int, str]


class Effects:
    """What was found. Each entry keeps the first line, and words, to show to a person."""

    def __init__(self) -> None:
        self.reads: dict[Root, int] = {}
        self.mutable_reads: set[Root] = set()
        self.writes: dict[Root, Note] = {}
        self.doubtful_writes: dict[Root, Note] = {}
        self.untyped = False
        """Whether it deals with values that may be of the user's own classes."""
        self._notes: dict[str, dict[str, int]] = {}

    def read(self, root: Root, line: int, value: Value) -> None:
        """A variable is read; ``value`` is what it holds."""
        self.reads.setdefault(root, line)
        if not value.immutable:
            self.mutable_reads.add(root)

    def write(self, value: Value, line: int, how: str) -> None:
        """Something is changed through a value: what it may be a part of is touched."""
        if value.immutable:
            return
        sure = value.types is not None or how.startswith("assignment")
        found = self.writes if sure else self.doubtful_writes
        for root in value.roots:
            if value.types is None:  # perhaps not the object itself, but one that it holds
                found[root] = (line, f"{how} {NESTED}")
            else:
                found.setdefault(root, (line, how))

    def note(self, kind: str, line: int, what: str) -> None:
        """Something else that matters: output, external, draw, clock, unknown, wait, network."""
        self._notes.setdefault(kind, {}).setdefault(what, line)

    def noted(self, *kinds: str) -> list[Note]:
        """What was noted of these kinds."""
        return [(line, what) for kind in kinds for what, line in self._notes.get(kind, {}).items()]

    def merge(self, other: Effects, line: int | None = None) -> None:
        """Take over what another piece of code does, at its own lines or at that of a call."""
        for root, at in other.reads.items():
            self.reads.setdefault(root, line or at)
        self.mutable_reads |= other.mutable_reads
        for root, (at, how) in other.writes.items():
            self.writes.setdefault(root, (line or at, how))
        for root, (at, how) in other.doubtful_writes.items():
            self.doubtful_writes.setdefault(root, (line or at, how))
        self.untyped |= other.untyped
        for kind, notes in other._notes.items():
            for what, at in notes.items():
                self.note(kind, line or at, what)

    @property
    def outside(self) -> list[Note]:
        """Effects that leave the process or must stay in order."""
        return self.noted("output", "external", "draw")


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
        self._branch = 0

    # --- names ------------------------------------------------------------------------------

    def name(self, name: str, line: int) -> Value:
        """The value of a name in this scope."""
        if name in self.env:
            value = self.env[name]
            for root in value.reach:
                self.effects.read(root, line, value)
            return value
        scope: Function | None = self.function
        while scope is not None:
            if name in scope.functions and self._bound_once(scope, name):
                return self._definition(scope.functions[name], scope.scope, name, line)
            if name in scope.bindings or name in scope.all_parameters:
                return self._outer(scope, name, line)
            scope = scope.parent
        module = self.function.module
        known = name not in module.declared_global and not module.imports_all
        if name in module.imports and known:
            return self._imported(module.imports[name])
        if name in _BUILTINS and known:
            return Value(None, ref=name)
        self.effects.read((module.path, name), line, UNKNOWN)
        return Value(None, frozenset({(module.path, name)}))

    @staticmethod
    def _bound_once(scope: Function, name: str) -> bool:
        return len(scope.bindings.get(name, [])) == 1 and name not in scope.module.declared_global

    def _outer(self, scope: Function, name: str, line: int) -> Value:
        bound = scope.bindings.get(name, [])
        once = self._bound_once(scope, name) and name not in scope.all_parameters
        if once and bound[0][0] == "import":
            return self._imported(self.function.module.imports.get(name, name))
        if once and bound[0][0] == "definition":
            kinds = [kind for kind in scope.module.all_classes if kind.node is bound[0][1]]
            if kinds:
                return self._definition(kinds[0], scope.module.path, name, line)
        root = (scope.scope, name)
        value = declared(self.program, scope, name)
        self.effects.read(root, line, value)
        for other in value.reach:
            self.effects.read(other, line, value)
        return value if value.immutable else value._replace(roots=value.roots | {root})

    def _definition(self, found: Function | Class, scope: str, name: str, line: int) -> Value:
        """A function or a class: an object too, whose attributes can be set."""
        kind = "function" if isinstance(found, Function) else "type"
        self.effects.reads.setdefault((scope, name), line)
        return Value(frozenset({kind}), frozenset({(scope, name)}), ref=found)

    def _imported(self, dotted: str) -> Value:
        found = self.program.find(dotted)
        if isinstance(found, Function):
            return self._definition(found, found.module.path, found.qualname, 0)
        if isinstance(found, Class):
            return self._definition(found, found.module.path, found.node.name, 0)
        if isinstance(found, Module):
            return Value(frozenset({"module"}), ref=found)
        root = ("library", dotted)
        if dotted in CONSTANTS:
            value = self._tagged(CONSTANTS[dotted])
            self.effects.read(root, 0, value)
            return value if value.immutable else value._replace(roots=frozenset({root}))
        if dotted not in FUNCTIONS and "." in dotted:
            self.effects.read(WORLD, 0, UNKNOWN)  # a library's variable, as far as one can see
        return Value(None, frozenset({root}), ref=dotted)

    @staticmethod
    def _tagged(text: str) -> Value:
        outer, _, inner = text.partition("[")
        return of(outer, elem=of(inner[:-1]) if inner else None)

    # --- statements -------------------------------------------------------------------------

    def run(self, statements: list[ast.stmt]) -> None:
        """Walk over statements in order."""
        for statement in statements:
            self.statement(statement)

    def _branches(self, *bodies: list[ast.stmt]) -> None:
        """Bodies of which any or none may run: what they assign may also stay as it was."""
        self._branch += 1
        for body in bodies:
            self.run(body)
        self._branch -= 1

    def statement(self, node: ast.stmt) -> None:
        """Walk over one statement."""
        line = node.lineno
        match node:
            case ast.Assign(targets=targets, value=value):
                result = self.value(value)
                if isinstance(value, ast.Name) and not result.immutable and value.id in self.env:
                    # Two names for one object: what is stored through one is in the other.
                    result = result._replace(types=None)
                    self.env[value.id] = result
                for target in targets:
                    self.assign(target, result)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.assign(target, self.value(value))
            case ast.AugAssign(target=target, op=op, value=value):
                self._augment(target, op, self.value(value))
            case ast.Expr(value=value):
                self.value(value)
            case ast.Return(value=value):
                result = self.value(value) if value is not None else of("none")
                self.returned = result if self.returned is None else join(self.returned, result)
            case ast.If(test=test, body=body, orelse=orelse):
                self.value(test)
                self._branches(body, orelse)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                self.assign(target, self.iterate(self.value(iterable), iterable.lineno))
                self._branches(body, body, orelse)  # twice: what one round assigns the next reads
            case ast.While(test=test, body=body, orelse=orelse):
                self.value(test)
                self._branches(body, body, orelse)
                self.value(test)
            case ast.With(items=items, body=body):
                for item in items:
                    self._enter(item)
                self.run(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._branches(body, orelse)
                for handler in handlers:
                    if handler.name:
                        self.env[handler.name] = of("exception")
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
                        self.env[name] = Value(None, matched.reach)
                    if case.guard is not None:
                        self.value(case.guard)
                    self._branches(case.body)
                if not matched.typed:
                    self._unknown(line, "a match on a value of unknown type")
            case _:
                self._unknown(line, f"a {type(node).__name__.lower()} statement")

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
                    root = (self.function.module.path, name)
                    self.effects.writes.setdefault(root, (target.lineno, "assignment to a global"))
                elif self._branch and name in self.env:
                    self.env[name] = join(self.env[name], value)
                else:
                    self.env[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                item = self.iterate(value, target.lineno) if value.roots else element(value)
                for part in parts:
                    self.assign(part, item)
            case ast.Starred(value=inner):
                self.assign(inner, of("list", elem=element(value)))
            case ast.Attribute(value=holder, attr=attribute):
                owner = self.value(holder).ref
                how = f"assignment to .{attribute}"
                if {attribute, "__setattr__", "__set__"} & self.program.method_names:
                    self._unknown(target.lineno, f"{how}, which may be a property")
                if isinstance(owner, Module):
                    self.effects.writes.setdefault((owner.path, attribute), (target.lineno, how))
                elif isinstance(owner, str):
                    self.effects.note("external", target.lineno, f"{how} of {owner}")
                else:
                    self._store(holder, value, how)
            case ast.Subscript(value=holder, slice=index):
                self.value(index)
                if "__setitem__" in self.program.method_names and not self._builtin(holder):
                    self._unknown(target.lineno, "a __setitem__ of yours, perhaps")
                self._store(holder, value, "assignment to an element")
            case _:
                self._unknown(target.lineno, "an assignment")

    def _store(self, holder: ast.expr, value: Value, how: str) -> None:
        owner = self.value(holder)
        if isinstance(holder, ast.Call) and not owner.roots and owner.types is None:
            self.effects.note("external", holder.lineno, f"{how} of {ast.unparse(holder)}")
        self.effects.write(owner, holder.lineno, how)
        self.keep(holder, value)

    def keep(self, holder: ast.expr, value: Value) -> None:
        """A container held by a name now holds a value too."""
        if isinstance(holder, ast.Name) and holder.id in self.env:
            owner = self.env[holder.id]
            self.env[holder.id] = owner._replace(elem=join(owner.elem, value))
        elif isinstance(holder, ast.Subscript | ast.Attribute):
            self.keep(holder.value, value)

    def _builtin(self, node: ast.expr) -> bool:
        types = self.value(node).types
        return types is not None and types <= {"list", "dict", "bytearray", "deque", "array"}

    def _augment(self, target: ast.expr, op: ast.operator, value: Value) -> None:
        line = target.lineno
        if isinstance(target, ast.Name):
            before = self.name(target.id, line)
            result = self._operate(op, before, value, line)
            if not result.immutable or before.types is None:
                self.effects.write(before, line, "an in-place operator")
            self.assign(target, join(before, result) if not result.immutable else result)
        else:
            self.value(target)
            self.assign(target, value)

    # --- expressions ------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """Walk over an expression and say what it gives."""
        found = self._value(node)
        if not found.typed and found.ref is None:
            self.effects.untyped = True
        return found

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
                elem: Value | None = None
                for part in parts:
                    elem = join(elem, self.value(part))
                return of(type(node).__name__.lower(), elem=elem)
            case ast.Dict(keys=keys, values=values):
                elem = None
                for key, item in zip(keys, values, strict=True):
                    if key is not None:
                        self.value(key)
                    elem = join(elem, self.value(item))
                return of("dict", elem=elem)
            case ast.Starred(value=inner):
                return self.iterate(self.value(inner), line)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operate(op, self.value(left), self.value(right), line)
            case ast.UnaryOp(op=op, operand=operand):
                inner_value = self.value(operand)
                if isinstance(op, ast.Not):
                    return of("bool")
                return inner_value if inner_value.immutable else UNKNOWN
            case ast.BoolOp(values=values):
                found: Value | None = None
                for part in values:
                    found = join(found, self.value(part))
                return found or UNKNOWN
            case ast.Compare(left=left, comparators=others):
                operands = [self.value(left), *(self.value(part) for part in others)]
                for relation, other in zip(node.ops, operands[1:], strict=True):
                    if (
                        isinstance(relation, ast.In | ast.NotIn)
                        and other.types
                        and other.types & ITERATORS
                    ):
                        self.iterate(other, line)
                self._dunders(_COMPARISONS, operands, line, "a comparison")
                return of("bool")
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                return join(self.value(body), self.value(orelse))
            case ast.NamedExpr(target=target, value=inner):
                result = self.value(inner)
                self.assign(target, result)
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
            case ast.Slice(lower=lower, upper=upper, step=step):
                for part in filter(None, (lower, upper, step)):
                    self.value(part)
                return of("slice")
            case _:
                self._unknown(line, f"a {type(node).__name__.lower()} expression")
                return UNKNOWN

    def iterate(self, value: Value, line: int) -> Value:
        """Read a value to its end; an older iterator is used up by it."""
        if value.roots and value.may_iterate_once():
            self.effects.write(value, line, "iterating over it")
        if not value.typed:
            self._dunders(frozenset({"__iter__", "__next__"}), [value], line, "an iteration")
        return element(value)

    def _attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        if isinstance(owner.ref, str):
            return self._imported(f"{owner.ref}.{node.attr}")
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
                return self._tagged(str(tags.pop()))
        custom = {"__getattr__", "__getattribute__", "__get__"} & self.program.method_names
        if custom or node.attr in self.program.method_names:
            self._dunders(custom | {node.attr}, [owner], node.lineno, f".{node.attr}")
        if node.attr.startswith("__") and node.attr not in ("__name__", "__doc__"):
            self._unknown(node.lineno, f"the attribute {node.attr}")
        return Value(None, owner.reach | self._class_level(owner, node.attr))

    def _class_level(self, owner: Value, attribute: str) -> frozenset[Root]:
        """Classes whose own attribute this may be: one object for all instances."""
        if owner.types is not None and not any(tag.startswith("class ") for tag in owner.types):
            return frozenset()
        return frozenset(self.program.class_attributes.get(attribute, ()))

    def _subscript(self, node: ast.Subscript) -> Value:
        owner, index = self.value(node.value), self.value(node.slice)
        self._dunders(
            frozenset({"__getitem__", "__missing__"}), [owner], node.lineno, "a subscript"
        )
        if owner.types is None:
            if "defaultdict" in self.program.mentions and not index.is_only("slice"):
                self.effects.write(owner, node.lineno, "a subscript that may insert")
        elif "defaultdict" in owner.types:
            self.effects.write(owner, node.lineno, "a subscript that may insert")
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
        hidden = {
            name: self.env.get(name)
            for name in assigned(generator.target for generator in node.generators)
        }
        for generator in node.generators:
            self.assign(generator.target, self.iterate(self.value(generator.iter), node.lineno))
            for test in generator.ifs:
                self.value(test)
        if isinstance(node, ast.DictComp):
            self.value(node.key)
            elem = self.value(node.value)
        else:
            elem = self.value(node.elt)
        for name, before in hidden.items():
            if before is None:
                self.env.pop(name, None)
            else:
                self.env[name] = before
        kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}
        return of(kind.get(type(node), "iter"), elem=elem)

    def _operate(self, op: ast.operator, left: Value, right: Value, line: int) -> Value:
        self._dunders(_OPERATORS, [left, right], line, "an operator")
        if "decimal" in (left.types or ()) or "decimal" in (right.types or ()):
            self.effects.read(WORLD, line, UNKNOWN)  # the context's precision
        if left.types is None or right.types is None:
            return Value(None, left.reach | right.reach)
        types = left.types | right.types
        if types <= _NUMERIC:
            if types <= {"int", "bool"} and not isinstance(op, ast.Div | ast.Pow):
                return of("int")
            return of("float") if types <= {"int", "float", "bool"} else NUMBER
        if left.types & {"str", "bytes"} and left.types <= {"str", "bytes"}:
            return left._replace(elem=None)
        if isinstance(op, ast.Div) and "path" in left.types and types <= {"path", "str"}:
            return of("path")
        if types <= {"list", "int", "bool"} or types <= {"tuple", "int", "bool"}:
            kind = "list" if "list" in types else "tuple"
            return of(kind, elem=join(left.elem, right.elem))
        return Value(None, left.reach | right.reach)

    def _dunders(
        self, names: frozenset[str] | set[str], operands: list[Value], line: int, what: str
    ) -> None:
        """The operation may run a method of the user's, where an operand may be of their class."""
        mine = names & self.program.method_names
        suspects = [operand for operand in operands if not operand.typed]
        if mine and suspects:
            self._unknown(line, f"{what} that may run your {', '.join(sorted(mine))}")

    def _unknown(self, line: int, what: str) -> None:
        self.effects.note("unknown", line, what)

    unknown = _unknown

    # --- openers ----------------------------------------------------------------------------

    def opens_for_reading(self, dotted: str, node: ast.Call) -> bool:
        """Whether a call of open() and the like names a mode that only reads."""
        position = OPENERS[dotted]
        mode = next((k.value for k in node.keywords if k.arg == "mode"), None)
        if mode is None and 0 <= position < len(node.args):
            mode = node.args[position]
        if mode is None:
            return True
        return isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+")


def declared(program: Program, scope: Function, name: str) -> Value:
    """What all bindings of a variable together say of it, wherever the program is."""
    cache = program.memo.setdefault("declared", {})
    key = (scope.scope, name)
    if key not in cache:
        cache[key] = UNKNOWN  # while it is being found out: a variable bound through itself
        cache[key] = _declare(program, scope, name)
    value: Value = cache[key]
    return value


def _declare(program: Program, scope: Function, name: str) -> Value:
    found: Value | None = None
    if name in scope.all_parameters:
        from paradvisor.analysis.calls import argument

        found = argument(program, scope, name)
    elif name in scope.module.declared_global:
        return Value(None)
    for how, node in scope.bindings.get(name, []):
        found = join(found, _bound_value(program, scope, how, node))
    if found is None or found.types is None:
        return Value(None, found.roots if found is not None else frozenset())
    return _with_stores(program, scope, name, found)


def _bound_value(program: Program, scope: Function, how: str, node: ast.AST) -> Value:
    walker = Walker(program, scope, {}, Effects(), depth=2)
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
    """Add what is stored into a container: appended and assigned elements, wherever it is seen."""
    if value.immutable:
        return value
    walker = Walker(program, scope, {}, Effects(), depth=2)
    elem = value.elem
    everywhere = ast.walk(scope.node) if isinstance(scope.node, ast.Module) else scope.own_nodes()
    for node in everywhere:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="append" | "add" | "appendleft"),
                args=[item],
            ) if owner == name:
                elem = join(elem, walker.value(item))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="extend" | "update"), args=[items]
            ) if owner == name:
                elem = join(elem, element(walker.value(items)))
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id=owner), attr="insert" | "setdefault" | "extendleft"
                )
            ) if owner == name:
                elem = UNKNOWN
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=owner))], value=item) if (
                owner == name
            ):
                elem = join(elem, walker.value(item))
            case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=owner)), value=item) if (
                owner == name
            ):
                elem = join(elem, walker.value(item))
            case ast.Call(func=func, args=args) if _hands_over(walker, func, args, name):
                elem = UNKNOWN
            case ast.Subscript(value=ast.Subscript(value=ast.Name(id=owner)), ctx=ast.Store()) if (
                owner == name
            ):
                elem = UNKNOWN
            case ast.Call(func=ast.Attribute(value=ast.Subscript(value=ast.Name(id=owner)))) if (
                owner == name and (elem is None or not elem.immutable)
            ):
                elem = UNKNOWN
    return value._replace(elem=elem)


def _hands_over(walker: Walker, func: ast.expr, args: list[ast.expr], name: str) -> bool:
    """Whether a container is given to a function that may put something into it."""
    if not any(isinstance(arg, ast.Name) and arg.id == name for arg in args):
        return False
    ref = walker.value(func).ref if isinstance(func, ast.Name | ast.Attribute) else None
    known = FUNCTIONS.get(ref) if isinstance(ref, str) else None
    if isinstance(func, ast.Attribute) and func.attr in ("append", "add", "extend", "join"):
        return False
    if isinstance(ref, Function):
        return stores_into_parameters(ref)
    return known is None or known.mutates or known.stores


def stores_into_parameters(function: Function) -> bool:
    """Whether a function's body stores into, or hands on, anything that it was given."""
    names = function.all_parameters
    for node in function.own_nodes():
        match node:
            case ast.Subscript(value=holder, ctx=ast.Store() | ast.Del()):
                pass
            case ast.Attribute(value=holder, ctx=ast.Store()):
                pass
            case ast.Call(func=ast.Attribute(value=holder, attr=attribute)) if attribute in (
                "append",
                "add",
                "extend",
                "update",
                "insert",
                "setdefault",
                "appendleft",
            ):
                pass
            case ast.Call(func=ast.Name(), args=args):
                if any(isinstance(arg, ast.Name) and arg.id in names for arg in args):
                    return True
                continue
            case _:
                continue
        if any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(holder)):
            return True
    return False
