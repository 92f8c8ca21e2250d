"""What a call does: of a library function, of a method, or of a function of the user's."""

from __future__ import annotations

import ast

from paradvisor.analysis.effects import WORLD, Effects, Walker, stores_into_parameters
from paradvisor.analysis.knowledge import (
    FUNCTIONS,
    METHODS,
    OPENERS,
    PURE_METHOD_NAMES,
    Known,
)
from paradvisor.analysis.source import Class, Function, Module, Program
from paradvisor.analysis.values import (
    ITERATORS,
    UNKNOWN,
    Root,
    Value,
    element,
    join,
    known_result,
    of,
    subscript,
)

_DEPTH = 24  # calls followed into each other
_CACHES = {"functools.cache", "functools.lru_cache", "functools.cached_property"}
_HARMLESS_DECORATORS = {"staticmethod", "classmethod", "property", "functools.wraps", *_CACHES}
_CALLS_FIRST = {
    "map",
    "filter",
    "functools.reduce",
    "functools.partial",
    "itertools.starmap",
    "itertools.takewhile",
    "itertools.dropwhile",
    "itertools.filterfalse",
}
_CALLBACK_KEYWORDS = {"key", "func", "function", "default", "object_hook", "default_factory", "cls"}
_READERS = {
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "sum",
    "any",
    "all",
    "sorted",
    "min",
    "max",
    "zip",
    "map",
    "filter",
    "enumerate",
    "reversed",
    "iter",
    "deque",
    "join",
    "math.fsum",
    "math.prod",
    "functools.reduce",
    "extend",
    "update",
    "Counter",
    "union",
    "intersection",
    "difference",
}
_CONTAINERS = {"list", "tuple", "set", "frozenset", "sorted", "deque", "iter", "reversed"}


def call(walker: Walker, node: ast.Call) -> Value:
    """Walk over a call: its arguments, then what it runs."""
    if isinstance(node.func, ast.Attribute):
        owner = walker.value(node.func.value)
        if owner.ref is None or isinstance(owner.ref, Class):
            return _method(walker, node, owner, node.func.attr)
    function = walker.value(node.func)
    args = _arguments(walker, node)
    if isinstance(function.ref, Function):
        return _follow(walker, node, function.ref, args)
    if isinstance(function.ref, Class):
        return _construct(walker, node, function.ref, args)
    if isinstance(function.ref, str):
        if walker.program.replaced(function.ref.split(".")[-1]) and "." in function.ref:
            walker.unknown(node.lineno, f"a call of {function.ref}, which is set anew somewhere")
        return _library(walker, node, function.ref, args)
    walker.unknown(node.lineno, f"a call of {ast.unparse(node.func)}")
    return Value(None, frozenset().union(function.reach, *(arg.reach for arg in args)))


def _arguments(walker: Walker, node: ast.Call) -> list[Value]:
    args = [walker.value(arg) for arg in node.args]
    return args + [walker.value(keyword.value) for keyword in node.keywords]


def _library(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> Value:
    known = FUNCTIONS.get(name)
    if known is None:
        walker.unknown(node.lineno, f"a call of {name}, about which nothing is known")
        return Value(None, frozenset().union(*(arg.reach for arg in args)))
    if name in OPENERS and walker.opens_for_reading(name, node):
        known = known._replace(effect="file")
    elif name in OPENERS or (name == "open" and known.effect == "file"):
        known = known._replace(effect="external")
    if name.startswith("urllib.request.") and (len(args) != 1 or not args[0].is_only("str")):
        known = known._replace(effect="external")
    if name == "print" and any(k.arg == "file" for k in node.keywords):
        known = known._replace(effect="external")
    _note(walker, known, node.lineno, name)
    if known.mutates and args:
        walker.effects.write(args[0], node.lineno, f"{name}()")
    if known.stores and node.args and len(args) > 1:
        for stored in args[1:]:
            walker.keep(node.args[0], stored)
    _consume(walker, node, name, args)
    if known.calls:
        _callbacks(walker, node, name, args)
    if name == "type" and len(args) == 1 and not args[0].typed:
        walker.unknown(node.lineno, "type() of something of unknown type")
    result = _container(walker, node, name, args)
    return result if result is not None else known_result(known.result, None, args)


def _container(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> Value | None:
    """What functions that walk over their argument do to it, and give."""
    name = name.removeprefix("collections.")
    if name in {
        "sum",
        "min",
        "max",
        "any",
        "all",
        "map",
        "filter",
        "enumerate",
        "zip",
        "join",
        *_CONTAINERS,
    }:
        walked = args[1:] if name in {"map", "filter"} else args[:1] if name != "zip" else args
        elems = [walker.iterate(arg, node.lineno) for arg in walked]
        if name == "sum" and elems and elems[0].immutable:
            return elems[0]
        if name in {"min", "max"} and len(node.args) == 1 and elems:
            return elems[0]
        if name == "enumerate" and elems:
            return of("iter", elem=of("tuple", elem=join(of("int"), elems[0])))
        if name == "zip" and elems:
            together = elems[0]
            for elem in elems[1:]:
                together = join(together, elem)
            return of("iter", elem=of("tuple", elem=together))
        if name in _CONTAINERS and elems:
            kind = {"sorted": "list", "reversed": "iter"}.get(name, name)
            return of(kind, elem=elems[0])
    if name in {"abs", "round", "pow", "divmod"} and args and all(arg.immutable for arg in args):
        return args[0] if name != "divmod" else of("tuple", elem=args[0])
    return None


def _consume(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> None:
    """Older iterators among the arguments are used up by a function that reads them."""
    reads = name.removeprefix("collections.") in _READERS or name.startswith(
        ("itertools.", "statistics.")
    )
    for arg in args:
        lazy = arg.types is not None and arg.types & ITERATORS
        if arg.roots and (lazy or (reads and arg.types is None)) and name != "next":
            walker.iterate(arg, node.lineno)


def _note(walker: Walker, known: Known, line: int, name: str) -> None:
    kind = {
        "wait": "wait",
        "file": "wait",
        "network": "network",
        "clock": "clock",
        "rng": "draw",
        "output": "output",
        "input": "external",
        "external": "external",
    }.get(known.effect)
    if kind is not None:
        walker.effects.note(kind, line, f"{name}()")
    if known.effect in ("file", "environment"):
        walker.effects.read(WORLD, line, UNKNOWN)
    if known.effect == "external":
        walker.effects.writes.setdefault(WORLD, (line, f"{name}()"))


def _callbacks(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> None:
    """Functions handed over: they may be called, with elements of the other arguments."""
    keywords = [keyword.arg for keyword in node.keywords]
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    anonymous = ast.copy_location(ast.Call(node.func, [], []), node)
    for number, (expression, value) in enumerate(zip(given, args, strict=True)):
        keyword = None if number < len(node.args) else keywords[number - len(node.args)]
        callback = (
            keyword in _CALLBACK_KEYWORDS if keyword else (number > 0 or name in _CALLS_FIRST)
        )
        if isinstance(value.ref, Function):
            unknown = Value(None, frozenset().union(*(arg.reach for arg in args)))
            _follow(walker, anonymous, value.ref, [unknown] * len(value.ref.parameters))
        elif isinstance(value.ref, str):
            known = FUNCTIONS.get(value.ref)
            if known is None or known.effect not in {"pure", "environment"} or known.mutates:
                walker.unknown(node.lineno, f"a call of {value.ref} from here")
        elif isinstance(expression, ast.Lambda):
            _walk_lambda(walker, expression, given, args)
        elif callback and (not value.typed or value.types & {"function", "type"}):  # type: ignore[operator]
            walker.unknown(node.lineno, f"a call of {ast.unparse(expression)} from here")


def _walk_lambda(
    walker: Walker, node: ast.Lambda, given: list[ast.expr], args: list[Value]
) -> None:
    elems = [
        element(value)
        for value, expression in zip(args, given, strict=True)
        if not isinstance(expression, ast.Lambda)
    ]
    item = elems[0] if elems else UNKNOWN
    inner = Walker(walker.program, walker.function, walker.env, walker.effects, walker.depth)
    inner.env.update({arg.arg: item for arg in ast.walk(node.args) if isinstance(arg, ast.arg)})
    inner.value(node.body)


def _method(walker: Walker, node: ast.Call, owner: Value, name: str) -> Value:
    assert isinstance(node.func, ast.Attribute)
    line = node.lineno
    args = _arguments(walker, node)
    if isinstance(owner.ref, Class):
        target = owner.ref.methods.get(name)
        if target is not None:
            bound = [] if _decorated(target, "staticmethod") else [owner]
            return _follow(
                walker, node, target, [*bound, *args] if _decorated(target, "classmethod") else args
            )
    if walker.program.replaced(name) and (name in walker.program.method_names or not owner.typed):
        walker.unknown(line, f"a call of .{name}(), which is set anew somewhere")
    if owner.types is not None:
        found = [_method_of(walker.program, tag, name) for tag in owner.types]
        if all(isinstance(entry, Known) for entry in found):
            return _known_method(walker, node, owner, name, found[0], args)  # type: ignore[arg-type]
        if len(found) == 1 and isinstance(found[0], Function):
            return _follow(walker, node, found[0], [owner, *args], bound=1)
    elif name in PURE_METHOD_NAMES and name not in walker.program.method_names:
        return UNKNOWN
    walker.unknown(line, f"a call of .{name}() on {ast.unparse(node.func.value)}, of unknown type")
    return Value(None, frozenset().union(owner.reach, *(arg.reach for arg in args)))


def _method_of(program: Program, tag: str, name: str) -> Known | Function | None:
    if tag.startswith("class "):
        kind = program.class_of(tag)
        return None if kind is None else kind.methods.get(name)
    return METHODS.get(tag, {}).get(name)


def _known_method(
    walker: Walker, node: ast.Call, owner: Value, name: str, known: Known, args: list[Value]
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    if owner.is_only("path") and name == "open" and walker.opens_for_reading("path.open", node):
        known = known._replace(effect="file")
    if known.mutates:
        walker.effects.write(owner, node.lineno, f".{name}()")
    private = not owner.roots and owner.is_only("file", "stringio", "bytesio", "csvwriter")
    if not (private and known.effect == "external" and not owner.is_only("file")):
        _note(walker, known, node.lineno, f".{name}")
    if known.stores:
        extends = name in {"extend", "update", "extendleft"}
        for arg in args:
            walker.keep(node.func.value, element(arg) if extends else arg)
    _consume(walker, node, name, args)
    if known.calls:
        _callbacks(walker, node, name, args)
    if name in {"items", "values", "keys"}:
        return _view(owner, name)
    return known_result(known.result, owner, args)


def _view(owner: Value, name: str) -> Value:
    """What a mapping's items(), values() or keys() gives: no iterator, and not to be pickled."""
    part = subscript(owner)
    key = Value(None, owner.reach)
    if name == "items":
        return of("view", elem=of("tuple", elem=key))
    return of("view", elem=part if name == "values" else key)


def _construct(walker: Walker, node: ast.Call, kind: Class, args: list[Value]) -> Value:
    """An instance of a class of the user's: fresh, if its initialiser is one that we can follow."""
    bases = {ast.unparse(base).split(".")[-1] for base in kind.node.bases}
    decorators = {ast.unparse(d).split("(")[0].split(".")[-1] for d in kind.node.decorator_list}
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    line = node.lineno
    made = Value(frozenset({kind.tag}), elem=Value(None, reach) if reach else None)
    unusual = {"__new__", "__post_init__", "__del__", "__setattr__", "__init_subclass__"}
    followed = bases <= {"object", "NamedTuple"} and decorators <= {"dataclass"}
    if (
        not followed
        or kind.node.keywords
        or unusual & kind.methods.keys()
        or any(
            isinstance(part, ast.keyword)
            and part.arg == "default_factory"
            and not (isinstance(part.value, ast.Name) and part.value.id in ("list", "dict", "set"))
            for part in ast.walk(kind.node)
        )
    ):
        walker.unknown(line, f"making a {kind.node.name}")
    elif "__init__" in kind.methods:
        inner = Walker(walker.program, walker.function, walker.env, Effects(), walker.depth)
        _follow(
            inner,
            ast.copy_location(ast.Call(node.func, node.args, node.keywords), node),
            kind.methods["__init__"],
            [made, *args],
            bound=1,
        )
        walker.effects.merge(inner.effects, line)
        held = reach | inner.effects.mutable_reads
        made = made._replace(elem=Value(None, held) if held else None)
    return made


def _decorated(function: Function, name: str) -> bool:
    return not isinstance(function.node, ast.Module) and any(
        ast.unparse(decorator).split(".")[-1] == name for decorator in function.node.decorator_list
    )


def _follow(
    walker: Walker, node: ast.Call, function: Function, args: list[Value], bound: int = 0
) -> Value:
    """Walk over the body of a function of the user's, with what is known of the arguments.

    The first ``bound`` of them are not in the call's parentheses: the receiver of a method.
    """
    assert not isinstance(function.node, ast.Module)
    line = node.lineno
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    decorators = [_decorator(function, entry) for entry in function.node.decorator_list]
    for name in decorators:
        if name not in _HARMLESS_DECORATORS:
            walker.unknown(line, f"{function.qualname}, which is decorated by {name}")
            return Value(None, reach)
    cached = bool(_CACHES & set(decorators))
    if cached and {"cache_info", "cache_clear"} & walker.program.mentions:
        walker.unknown(line, f"{function.qualname}, whose cache is looked into")
    if isinstance(function.node, ast.AsyncFunctionDef) or walker.depth > _DEPTH:
        walker.unknown(line, f"a call of {function.qualname}")
        return Value(None, reach)
    effects, result = _walked(walker, function, _bind(walker, node, function, args), reach)
    walker.effects.merge(effects, line)
    held = reach | {root for root in effects.mutable_reads if root[0] != "library"}
    receiver = [node.func.value] if bound and isinstance(node.func, ast.Attribute) else []
    for expression, value in zip([*receiver, *node.args], args, strict=False):
        others = held - value.reach - {(function.module.path, function.node.name)}
        if others and not value.immutable and stores_into_parameters(function):
            walker.keep(expression, Value(None, others))  # it may have been put into this one
    if cached and not result.immutable:
        result = result._replace(roots=result.roots | {(function.scope, "its cache")})
    return result


def _walked(
    walker: Walker, function: Function, env: dict[str, Value], reach: frozenset[Root]
) -> tuple[Effects, Value]:
    """Effects and result of a function for these arguments, found once."""
    assert not isinstance(function.node, ast.Module)
    memo = walker.program.memo.setdefault("followed", {})
    open_calls = walker.program.memo.setdefault("open", {})
    key = (function.scope, frozenset(env.items()))
    if key in memo:
        found: tuple[Effects, Value] = memo[key]
        return found
    if key in open_calls:  # a recursive call adds no effect that the first does not have
        open_calls[key] = True
        return Effects(), Value(None, reach)
    open_calls[key] = False
    inner = Walker(walker.program, function, env, Effects(), walker.depth + 1)
    inner.run(function.node.body)
    result = inner.returned or of("none")
    if function.is_generator:
        result = of("generator", elem=Value(None, reach | inner.effects.mutable_reads))
    del open_calls[key]
    if not any(open_calls.values()):  # else it may lack what an unfinished outer call will add
        memo[key] = inner.effects, result
    return inner.effects, result


def _decorator(function: Function, node: ast.expr) -> str:
    """The dotted name of a decorator, with its arguments left out."""
    name = ast.unparse(node).split("(")[0]
    first, _, rest = name.partition(".")
    dotted = function.module.imports.get(first, first)
    return f"{dotted}.{rest}" if rest else dotted


def _bind(
    walker: Walker, node: ast.Call, function: Function, args: list[Value]
) -> dict[str, Value]:
    """Parameters to arguments; what cannot be matched is unknown but keeps the arguments' reach."""
    assert not isinstance(function.node, ast.Module)
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    signature = function.node.args
    positional = [*signature.posonlyargs, *signature.args]
    defaulted = dict(
        zip(
            [arg.arg for arg in positional[len(positional) - len(signature.defaults) :]],
            signature.defaults,
            strict=True,
        )
    )
    defaulted |= {
        arg.arg: default
        for arg, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True)
        if default
    }
    env = {name: Value(None, reach) for name in function.all_parameters}
    for name, default in defaulted.items():
        constant = isinstance(default, ast.Constant)
        env[name] = (
            walker.value(default)
            if constant
            else Value(None, frozenset({(function.scope, f"the default of {name}")}))
        )
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(
        keyword.arg is None for keyword in node.keywords
    ):
        return {name: join(value, Value(None, reach)) for name, value in env.items()}
    count = len(args) - len(node.keywords)
    env.update(zip(function.parameters, args[:count], strict=False))
    for keyword, value in zip(node.keywords, args[count:], strict=False):
        if keyword.arg is not None:
            env[keyword.arg] = value
    return env


def argument(program: Program, function: Function, name: str) -> Value:
    """What all calls of a function together say of a parameter; unknown if any is out of sight."""
    unknown = Value(None)
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
        if any(isinstance(arg, ast.Starred) for arg in node.args):
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
        for node in ast.walk(module.tree)
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
