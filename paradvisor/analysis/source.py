"""The user's program as syntax trees: its modules, functions, classes and imports, by name."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from paradvisor.analysis.trees import nodes_of
from paradvisor.model import Facts

if TYPE_CHECKING:
    from paradvisor.analysis.observed import Observed

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN_CALLS = {
    *("list", "dict", "set", "tuple", "frozenset", "int", "float", "str", "bytes", "bytearray"),
    *("field", "auto", "deque", "Counter", "defaultdict", "OrderedDict", "range", "len", "compile"),
    *("namedtuple", "Decimal", "Fraction", "count", "Random", "Path", "Lock", "RLock"),
}
"""Calls that give neither a function nor a descriptor."""
_DATA = {
    *("__file__", "__cached__", "__doc__", "__name__", "__qualname__", "__module__", "__path__"),
    *("__wrapped__", "__loader__", "__spec__", "__all__", "__version__", "__interactivehook__"),
    *("__annotations__", "__defaults__", "__kwdefaults__", "__package__", "__cause__"),
}
"""Attributes with such names that are no methods."""
_PLAIN_BASES = {"object", "ABC", "Protocol", "Generic"}
"""Bases that bring no method that an operation would run."""
_EXPLICIT = {"__init__", "__enter__", "__exit__"}
_MANY = 80  # methods, to look into
_IMPLICIT = {
    *("__str__", "__repr__", "__format__", "__hash__", "__len__", "__bool__", "__index__"),
    *("__int__", "__float__", "__bytes__", "__fspath__", "__del__", "__reduce__", "__getstate__"),
}


class Function:
    """A function of the user's, or a module's top level (``node`` is then the module)."""

    def __init__(
        self,
        module: Module,
        node: FunctionNode | ast.Module,
        qualname: str,
        parent: Function | None,
        owner: Class | None,
    ) -> None:
        self.module = module
        self.node = node
        self.qualname = qualname
        self.parent = parent
        self.owner = owner
        self.functions: dict[str, Function] = {}

    @property
    def scope(self) -> str:
        """Names this scope in the roots of values: globals have the module's path alone."""
        if isinstance(self.node, ast.Module):
            return self.module.path
        return f"{self.module.path}:{self.qualname}:{self.node.lineno}"

    @property
    def first_line(self) -> int:
        """As in the code object: the first decorator's line; 1 for a module."""
        if isinstance(self.node, ast.Module):
            return 1
        return min([self.node.lineno, *(d.lineno for d in self.node.decorator_list)])

    def is_entry(self, line: int) -> bool:
        """Whether a line is above its body: a thread there has just entered it."""
        return not isinstance(self.node, ast.Module) and line < self.node.body[0].lineno

    @property
    def end_line(self) -> int:
        """Its last line."""
        if isinstance(self.node, ast.Module):
            return self.module.text.count("\n") + 1
        return self.node.end_lineno or self.node.lineno

    @cached_property
    def parameters(self) -> list[str]:
        """Names of its positional parameters, in order."""
        if isinstance(self.node, ast.Module):
            return []
        return [arg.arg for arg in [*self.node.args.posonlyargs, *self.node.args.args]]

    @cached_property
    def all_parameters(self) -> set[str]:
        """Names of all its parameters."""
        if isinstance(self.node, ast.Module):
            return set()
        args = self.node.args
        extra = [arg.arg for arg in (args.vararg, args.kwarg) if arg is not None]
        return {*self.parameters, *(arg.arg for arg in args.kwonlyargs), *extra}

    @cached_property
    def declared_global(self) -> set[str]:
        """Names that a ``global`` or ``nonlocal`` statement takes from outside."""
        return {
            name
            for node in self.own_nodes()
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
        }

    def home_of(self, name: str) -> Function:
        """The scope where a ``global`` or ``nonlocal`` statement finds a name; else this one."""
        if name not in self.declared_global:
            return self
        scope, outer = self, self.parent
        taken = any(
            isinstance(node, ast.Nonlocal) and name in node.names for node in self.own_nodes()
        )
        while taken and outer is not None and outer.parent is not None:
            if name in outer.bindings or name in outer.all_parameters:
                return outer
            outer = outer.parent
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @cached_property
    def bindings(self) -> dict[str, list[tuple[str, ast.AST]]]:
        """Every binding of every local name: (how, the node that gives the value)."""
        found: dict[str, list[tuple[str, ast.AST]]] = {}
        for node in self.own_nodes():
            for name, how, value in _bound(node):
                if name not in self.declared_global:
                    found.setdefault(name, []).append((how, value))
        return found

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node below it, in inner functions too, with the node that it is part of."""
        return {child: node for node in nodes_of(self.node) for child in ast.iter_child_nodes(node)}

    @cached_property
    def own(self) -> set[ast.AST]:
        """Its nodes, without those of functions and classes defined in it."""
        return set(self.own_nodes())

    @cached_property
    def occurrences(self) -> dict[str, list[ast.Name]]:
        """Each name with the places where it occurs, in inner functions too."""
        found: dict[str, list[ast.Name]] = {}
        for node in nodes_of(self.node):
            if isinstance(node, ast.Name):
                found.setdefault(node.id, []).append(node)
        return found

    @cached_property
    def is_generator(self) -> bool:
        """Whether calling it makes a generator."""
        return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in self.own_nodes())

    def own_nodes(self) -> tuple[ast.AST, ...]:
        """Its nodes, without those of functions and classes defined in it."""
        return self._own_nodes

    @cached_property
    def _own_nodes(self) -> tuple[ast.AST, ...]:
        return tuple(walk_scope(self.node))


class Class:
    """A class of the user's."""

    def __init__(self, module: Module, node: ast.ClassDef, qualname: str) -> None:
        self.module = module
        self.node = node
        self.qualname = qualname
        self.methods: dict[str, Function] = {}

    @property
    def tag(self) -> str:
        """Its name among the types of values."""
        return f"class {self.module.path}:{self.node.lineno}"


class Module:
    """One of the user's files."""

    def __init__(self, path: str, name: str, text: str) -> None:
        self.path = path
        self.name = name
        self.text = text
        self.lines = text.split("\n")  # not splitlines, which knows more ends than Python
        self.tree = ast.parse(text)
        self.functions: list[Function] = []
        self.classes: dict[str, Class] = {}
        self.all_classes: list[Class] = []
        self._owners: dict[int, Function] = {}
        self.top = Function(self, self.tree, "<module>", None, None)
        self.functions.append(self.top)
        self._collect(self.tree, "", self.top, None)
        self.imports = _imports(self.tree, name)
        self.imports_all = any(
            isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
            for node in nodes_of(self.tree)
        )
        self.declared_global = {
            name for function in self.functions for name in function.declared_global
        }

    def _collect(self, node: ast.AST, prefix: str, parent: Function, owner: Class | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FunctionNode):
                function = Function(self, child, prefix + child.name, parent, owner)
                self.functions.append(function)
                if owner is not None:
                    owner.methods[child.name] = function
                else:
                    parent.functions[child.name] = function
                self._collect(child, f"{prefix}{child.name}.<locals>.", function, None)
            elif isinstance(child, ast.ClassDef):
                kind = Class(self, child, prefix + child.name)
                self.all_classes.append(kind)
                self.classes[child.name] = kind
                self._collect(child, f"{prefix}{child.name}.", parent, kind)
            else:
                self._collect(child, prefix, parent, owner)

    @cached_property
    def computed_attributes(self) -> set[str]:
        """Class attributes, set in its body or from outside, that may be properties or methods."""
        found = {
            name
            for kind in self.all_classes
            for statement in kind.node.body
            for name, how, value in _bound(statement)
            if how != "definition" and self._computed(value)
        }
        for node in nodes_of(self.tree):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        match target:
                            case ast.Attribute(attr=name, value=holder) if name not in _DATA:
                                method = name.startswith("__") or self._may_be_class(holder)
                                if method and self._computed(value):
                                    found.add(name)
        return found

    @cached_property
    def methods_by_call(self) -> set[str]:
        """Attributes set by setattr(), perhaps in a class; '*' where a call may make any method."""
        found: set[str] = set()
        for node in nodes_of(self.tree):
            match node:
                case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id="self"), *_]):
                    continue
                case ast.Call(
                    func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), _]
                ):
                    found.add(name)
                case ast.Call(func=ast.Name(id=made) | ast.Attribute(attr=made), args=args) if (
                    made in ("setattr", "new_class", "make_dataclass")
                    or (made == "type" and len(args) == 3)
                ):
                    found.add("*")
        return found

    def _may_be_class(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name == "cls" or name in self.classes or name in self.imports
            case ast.Call(func=ast.Name(id="type")) | ast.Attribute(attr="__class__"):
                return True
        return False

    def _computed(self, value: ast.AST) -> bool:
        """Whether a class attribute's value may be called, or compute what is read."""
        match value:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return name not in _PLAIN_CALLS
            case ast.Name(id=name):
                bound = self.top.bindings.get(name, [])
                known = all(how == "value" and not self._computed(given) for how, given in bound)
                return not bound or not known
            case ast.Attribute() | ast.Lambda() | ast.IfExp() | ast.BoolOp() | ast.Subscript():
                return True
        return False

    @cached_property
    def rebound_elsewhere(self) -> set[str]:
        """Names that this file sets in a module or a namespace; '*' where it may be any."""
        found: set[str] = set()
        for node in nodes_of(self.tree):
            match node:
                case ast.Attribute(value=ast.Name(id=holder), attr=name, ctx=ast.Store()):
                    if holder in self.imports:
                        found.add(name)
                case ast.Attribute(value=ast.Subscript() | ast.Call(), attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Attribute(value=ast.Attribute(), attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Call(
                    func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=holder), name, *_]
                ) if holder in self.imports:
                    found.add(str(name.value) if isinstance(name, ast.Constant) else "*")
                case ast.Call(
                    func=ast.Name(id="setattr" | "delattr"), args=[ast.Subscript() | ast.Call(), *_]
                ):
                    found.add("*")
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="globals" | "vars"))
                    | ast.Attribute(attr="__dict__"),
                    ctx=ast.Store(),
                ):
                    found.add("*")
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Call(func=ast.Name(id="globals" | "vars")), attr="update"
                    )
                ):
                    found.add("*")
                case ast.Call(func=ast.Name(id="exec"), args=[_] | [_, ast.Call()]):
                    found.add("*")
        return found

    @cached_property
    def nodes_of_lines(self) -> Counter[int]:
        """How many nodes of the tree begin on each line."""
        return Counter(getattr(node, "lineno", 0) for node in nodes_of(self.tree))

    @cached_property
    def calling_lines(self) -> set[int]:
        """Lines on which a call begins."""
        return {node.lineno for node in nodes_of(self.tree) if isinstance(node, ast.Call)}

    def function_at(self, line: int) -> Function:
        """The innermost function that a line belongs to, the module if none."""
        if line not in self._owners:
            inside = [f for f in self.functions[1:] if f.first_line <= line <= f.end_line]
            innermost = min(inside, key=lambda f: f.end_line - f.first_line, default=self.top)
            self._owners[line] = innermost
        return self._owners[line]


class Program:
    """All of the user's code that ran."""

    def __init__(self, sources: Mapping[str, str], names: Mapping[str, str]) -> None:
        self.modules: dict[str, Module] = {}
        for path, text in sources.items():
            try:
                self.modules[path] = Module(path, names.get(path, "__main__"), text)
            except (SyntaxError, ValueError, RecursionError):
                continue  # another interpreter's syntax, or generated beyond reason
        self._by_name = {module.name: module for module in self.modules.values()}
        self.memo: dict[str, dict[Any, Any]] = {}
        """Results of the effect analysis by stage: it visits the same functions again and again."""
        self.alone = self
        """The program as its source alone shows it."""
        self.facts: tuple[Facts, ...] = ()
        """What a run showed, where one was tried."""
        self.walks = 0
        """Functions that the analysis of the loop at hand has walked over so far."""

    def with_facts(self, facts: Iterable[Facts]) -> Program:
        """The same program, of which a run has shown more."""
        other = copy.copy(self)
        vars(other).pop("observed", None)
        other.memo = {"words": self.memo.get("words", {})}
        other.facts = tuple(facts)
        other.alone = self if other.facts else other
        return other

    @cached_property
    def observed(self) -> Observed:
        """What a run showed of types."""
        from paradvisor.analysis.observed import Observed  # whose values name our classes

        return Observed(self, self.facts)

    @cached_property
    def method_names(self) -> set[str]:
        """Names of all methods and properties of the user's classes, set in a body or later."""
        return self.late.union(
            *(kind.methods for module in self.modules.values() for kind in module.all_classes)
        )

    @cached_property
    def late(self) -> set[str]:
        """Names of methods and properties that are set in another way than by a definition."""
        return {
            name
            for module in self.modules.values()
            for name in (*module.computed_attributes, *module.methods_by_call)
        }

    def defined(self, names: Iterable[str]) -> set[str]:
        """Which of these methods the user's classes may have."""
        return set(names) if "*" in self.method_names else self.method_names & set(names)

    def methods_named(self, names: Iterable[str]) -> list[tuple[str, str]] | None:
        """(class, method) of all methods with these names; None if there are others, or many."""
        defined = self.defined(names)
        found = [
            (kind.tag, name)
            for module in self.modules.values()
            for kind in module.all_classes
            for name in sorted(defined & kind.methods.keys())
        ]
        return (
            None if "*" in self.method_names or defined & self.late or len(found) > _MANY else found
        )

    @cached_property
    def property_names(self) -> set[str]:
        """Names of the user's methods with decorators: reading such an attribute may run one."""
        return {
            name
            for module in self.modules.values()
            for kind in module.all_classes
            for name, method in kind.methods.items()
            if getattr(method.node, "decorator_list", None)
        }

    @property
    def anywhere(self) -> Function:
        """The top level of some module, to look at code from that no loop stands in."""
        return next(iter(self.modules.values())).top

    @cached_property
    def special_methods(self) -> set[str]:
        """Methods of the user's classes that run without being called by their name."""
        return {
            name
            for name in self.method_names
            if (name.startswith("__") and name.endswith("__") and name not in _EXPLICIT)
            or name == "*"
        } - ({"__repr__"} if self._repr_is_plain else set())

    @property
    def _repr_is_plain(self) -> bool:
        """Whether each __repr__ is a formula of its object's attributes: most are."""
        return all(
            _is_plain(node)
            for module in self.modules.values()
            for kind in module.all_classes
            if "__repr__" in kind.methods
            for node in kind.methods["__repr__"].own_nodes()
        )

    @cached_property
    def implicit_methods(self) -> set[str]:
        """Those among them that no operator or subscript shows: printing runs them, hashing, .."""
        return self.special_methods & _IMPLICIT

    @cached_property
    def stored_attributes(self) -> set[str]:
        """Names of all attributes that are set anywhere; '*' where setattr may set any."""
        found: set[str] = set()
        for module in self.modules.values():
            for node in nodes_of(module.tree):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                    found.add(node.attr)
                elif isinstance(node, ast.Name) and node.id in ("setattr", "delattr"):
                    found.add("*")
        return found

    @cached_property
    def rebound(self) -> set[str]:
        """Names that may be set from outside their module; '*' where any may be."""
        return {name for module in self.modules.values() for name in module.rebound_elsewhere}

    def rebinds(self, name: str) -> bool:
        """Whether a function or class of this name may have been put in another's place."""
        return name in self.rebound or "*" in self.rebound

    def replaced(self, attribute: str) -> bool:
        """Whether an attribute that looks like a method or library function may be set anew."""
        return attribute in self.stored_attributes or "*" in self.stored_attributes

    @cached_property
    def makes_sets(self) -> bool:
        """Whether the program makes sets anywhere."""
        if self.mentions & {"set", "frozenset"}:
            return True
        nodes = (node for module in self.modules.values() for node in nodes_of(module.top.node))
        return any(isinstance(node, ast.Set | ast.SetComp) for node in nodes)

    def method(self, kind: Class, name: str) -> Function | None:
        """The method that an instance of a class has, its own or inherited from the user's."""
        if name in kind.methods:
            return kind.methods[name]
        found = [self.method(base, name) for base in self.bases(kind) or ()]
        return found[0] if found and all(f is None or f is found[0] for f in found[1:]) else None

    def bases(self, kind: Class) -> list[Class] | None:
        """The user's classes that a class derives from directly; None if there are others too."""
        known: dict[str, list[Class] | None] = self.memo.setdefault("bases", {})
        if kind.tag not in known:
            known[kind.tag] = self._bases(kind)
        return known[kind.tag]

    def _bases(self, kind: Class) -> list[Class] | None:
        found: list[Class] = []
        for base in kind.node.bases:
            name = ast.unparse(base).split("[")[0]
            if name.split(".")[-1] in _PLAIN_BASES:
                continue
            held = kind.module.classes.get(name) or self.find(kind.module.imports.get(name, ""))
            if not isinstance(held, Class):
                return None
            found.append(held)
        return found

    def derived(self, kind: Class) -> set[str]:
        """Tags of the user's classes that derive from one, directly or not."""
        known: dict[str, set[str]] = self.memo.setdefault("derived", {})
        if kind.tag not in known:
            known[kind.tag] = self._derived(kind)
        return known[kind.tag]

    def _derived(self, kind: Class) -> set[str]:
        others = [other for module in self.modules.values() for other in module.all_classes]
        found = {other.tag for other in others if kind in (self.bases(other) or ())}
        for other in others:
            if other.tag in found and other is not kind:
                found |= self.derived(other)
        return found

    def may_have(self, tag: str, names: Iterable[str]) -> set[str]:
        """Which of these methods instances of a type may have that are the user's own code."""
        if not tag.startswith("class "):
            return set()
        kind = self.class_of(tag)
        if kind is None or "*" in self.method_names or self.bases(kind) is None:
            return self.defined(names)
        inherited = [self.may_have(base.tag, names) for base in self.bases(kind) or ()]
        return set(names) & (self.late | kind.methods.keys()) | set().union(*inherited)

    def class_of(self, tag: str) -> Class | None:
        """The class that a type tag means."""
        return next(
            (
                kind
                for module in self.modules.values()
                for kind in module.all_classes
                if kind.tag == tag
            ),
            None,
        )

    @cached_property
    def class_attributes(self) -> dict[str, set[tuple[str, str]]]:
        """Attribute -> (module's path, class) of each class that binds it in its body."""
        found: dict[str, set[tuple[str, str]]] = {}
        for module in self.modules.values():
            for kind in module.all_classes:
                for statement in kind.node.body:
                    if _is_field(statement):
                        continue
                    for name, _, _ in _bound(statement):
                        if name not in kind.methods:
                            found.setdefault(name, set()).add((module.path, kind.node.name))
            for node in nodes_of(module.tree):
                match node:
                    case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Store()) if (
                        owner in module.classes or owner == "cls"
                    ):
                        found.setdefault(name, set()).add((module.path, owner))
        return found

    @cached_property
    def modules_imported(self) -> set[str]:
        """Top-level names of all modules that are imported anywhere."""
        return {
            dotted.split(".")[0]
            for module in self.modules.values()
            for _, dotted in _import_pairs(module.tree, module.name)
        }

    @cached_property
    def uses_thread_locals(self) -> bool:
        """Whether any object's attributes may differ from thread to thread."""
        return "threading" in self.mentions and "local" in self.mentions

    @cached_property
    def mentions(self) -> set[str]:
        """Every name, attribute and part of an imported name anywhere in the user's code."""
        return {word for module in self.modules.values() for word in self.words_of(module)}

    @cached_property
    def passed_on(self) -> set[str]:
        """Names that are mentioned other than to call what they mean, or to import it as such."""
        nodes = [node for module in self.modules.values() for node in nodes_of(module.tree)]
        plain = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        plain |= {id(node) for node in nodes if isinstance(node, ast.alias) and not node.asname}
        return {word for node in nodes if id(node) not in plain for word in words_of_node(node)}

    def words_of(self, module: Module) -> set[str]:
        """The same in one file."""
        cache: dict[str, set[str]] = self.memo.setdefault("words", {})
        if module.path not in cache:
            cache[module.path] = {
                word for node in nodes_of(module.tree) for word in words_of_node(node)
            }
        return cache[module.path]

    def find(self, dotted: str) -> Function | Class | Module | None:
        """What an imported dotted name means, if it is the user's."""
        if dotted in self._by_name:
            return self._by_name[dotted]
        container, _, name = dotted.rpartition(".")
        module = self._by_name.get(container)
        if module is None:
            return None
        return module.top.functions.get(name) or module.classes.get(name)


def walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """As ast.walk, not entering functions, lambdas and classes defined below."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FunctionNode | ast.ClassDef | ast.Lambda):
            yield from walk_scope(child)


def _bound(node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    """(name, how, value node) for each name that a node binds."""
    match node:
        case ast.Assign(targets=targets, value=value):
            # Two names for one object, where there are several targets.
            how = "value" if len(targets) == 1 else "shared"
            for target in targets:
                yield from _targets(target, how, value)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield from _targets(target, "value", value)
        case ast.AugAssign(target=target):
            yield from _targets(target, "augmented", node)
        case ast.NamedExpr(target=target, value=value):
            yield from _targets(target, "value", value)
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            yield from _targets(target, "element", iterable)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _targets(item.optional_vars, "entered", item.context_expr)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, "definition", node
        case ast.ExceptHandler(name=str(name)):
            yield name, "unknown", node
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield (alias.asname or alias.name).split(".")[0], "import", node
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, "unknown", node


def _targets(target: ast.AST, how: str, value: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    if isinstance(target, ast.Name):
        yield target.id, how, value
    elif isinstance(target, ast.Tuple | ast.List):
        for number, part in enumerate(target.elts):
            if (
                how == "value"
                and isinstance(value, ast.Tuple)
                and len(value.elts) == len(target.elts)
            ):
                yield from _targets(part, how, value.elts[number])
            else:
                yield from _targets(part, f"part of {how}", value)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, "unknown", value)


def _imports(tree: ast.Module, module: str) -> dict[str, str]:
    """Local name -> dotted name; a name that is imported as two things means neither."""
    found: dict[str, str] = {}
    for name, dotted in _import_pairs(tree, module):
        found[name] = dotted if found.get(name, dotted) == dotted else f"?.{name}"
    return found


def _import_pairs(tree: ast.Module, module: str) -> Iterator[tuple[str, str]]:
    for node in nodes_of(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
                else:
                    yield alias.name.split(".")[0], alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                parts = module.split(".")
                package = ".".join([*parts[: len(parts) - node.level], *filter(None, [package])])
            for alias in node.names:
                yield alias.asname or alias.name, f"{package}.{alias.name}"


def _is_plain(node: ast.AST) -> bool:
    """Whether a node of a formula does nothing but format and add up attributes."""
    match node:
        case ast.Call(func=ast.Name() | ast.Attribute(attr="join" | "format")):
            return True
        case ast.Name(id=name):
            return name in ("self", "type", "repr", "str", "len")
        case ast.Return() | ast.Constant() | ast.Attribute(ctx=ast.Load()) | ast.arguments():
            return True
    return isinstance(
        node,
        ast.JoinedStr
        | ast.FormattedValue
        | ast.BinOp
        | ast.operator
        | ast.Tuple
        | ast.arg
        | ast.expr_context,
    )


def _is_field(statement: ast.stmt) -> bool:
    """Whether a statement of a class's body tells of an attribute that each instance has itself."""
    match statement:
        case ast.AnnAssign(value=None):
            return True
        case ast.AnnAssign(value=ast.Call(func=ast.Name(id="field") | ast.Attribute(attr="field"))):
            return True
    return False


def words_of_node(node: ast.AST) -> list[str]:
    """Names that a node mentions by itself."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return [name]
        case ast.alias(name=dotted, asname=asname):
            return [*dotted.split("."), *filter(None, [asname])]
        case ast.ImportFrom(module=str(dotted)):
            return dotted.split(".")
    return []
