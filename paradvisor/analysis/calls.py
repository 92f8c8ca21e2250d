"""What a call does: of a library function, of a method, or of a function of the user's."""

from __future__ import annotations

import ast
from functools import reduce
from typing import NamedTuple

from paradvisor.analysis.declarations import declared, stores_into_parameters
from paradvisor.analysis.effects import BINDING, REBINDING, WORLD, Effects
from paradvisor.analysis.iteration import function_iterates, method_iterates
from paradvisor.analysis.knowledge import (
    CONSTANTS,
    FUNCTIONS,
    METHODS,
    OPENERS,
    PURE_METHOD_NAMES,
    Known,
    types_without,
)
from paradvisor.analysis.source import Class, Function, Program, words_of_node
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import (
    NO_ROOTS,
    UNKNOWN,
    Bound,
    Root,
    Value,
    element,
    guess,
    join,
    known_result,
    of,
    rooted,
    subscript,
)
from paradvisor.analysis.walker import Walker

_VIEWS = {"memoryview": "memoryview", "types.MappingProxyType": "view"}
"""What makes a window on another object, which pickle refuses."""
_CALLS_ITS_KEY = {"min", "max"}
"""Functions that call what is given as ``key``, and none of the others."""
_APPENDING = {"append", "appendleft", "extend", "extendleft"}
"""Methods that mean the same whatever has them, if no class of the user's says otherwise."""
_DEPTH = 24  # calls followed into each other
_ROUNDS = 8  # until it is clear which methods only compute
_WALKS = 2000  # functions walked over for one loop: those that call each other take for ever
_CACHES = {"functools.cache", "functools.lru_cache", "functools.cached_property"}
_PROPERTIES = {"property", "functools.cached_property"}
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
_DATA_KEYWORDS = {
    *("base", "check", "count", "encoding", "end", "ensure_ascii", "errors", "fillvalue", "flags"),
    *("flush", "hi", "indent", "initial", "k", "lo", "maxsplit", "mode", "n", "ndigits", "newline"),
    *("repeat", "reverse", "sep", "separators", "sort_keys", "start", "strict", "text", "timeout"),
    *("width", "weights", "allow_nan", "skipkeys", "func_args", "depth"),
}
"""Keyword arguments of library functions that are never called."""
_NEVER_CALLS = {
    *("callable", "format", "hash", "id", "isinstance", "issubclass", "len", "print", "repr"),
    *("str", "type", "super", "hasattr", "getattr", "bool"),
}
_ATTRIBUTE_READERS = {"getattr", "hasattr"}
_ATTRIBUTE_WRITERS = {"setattr", "delattr"}
_OPERAND: Root = ("*operand", "an operand")
"""Whatever an operation is done to: what is read of it, what names it has read."""
_CONTAINERS = {"list", "tuple", "set", "frozenset", "sorted", "deque", "iter", "reversed"}


def call(walker: Walker, node: ast.Call) -> Value:
    """Walk over a call: its arguments, then what it runs."""
    if isinstance(node.func, ast.Attribute):
        owner = _called_on(walker, node.func)
        if owner.ref is None or isinstance(owner.ref, Class):
            return _method(walker, node, owner, node.func.attr)
    if isinstance(node.func, ast.Lambda) and _is_plain_lambda(node):
        return _called_lambda(walker, node, node.func)
    function = walker.value(node.func)
    if isinstance(function.ref, Bound):
        return _unbound(walker, node, function.ref, function.reach)
    args = _arguments(walker, node)
    if isinstance(function.ref, Function):
        return _follow(walker, node, function.ref, args)
    if isinstance(function.ref, Class):
        return _construct(walker, node, function.ref, args)
    if isinstance(function.ref, str):
        if _replaced(walker.program, function.ref):
            walker.unknown(node.lineno, f"a call of {function.ref}, which is set anew somewhere")
        return _library(walker, node, function.ref, args)
    found = _any_of(walker, node, function, args)
    if found is not None:
        return found
    if _is_named_tuple(walker, node.func):
        return of("tuple", elem=Value(None, frozenset().union(*(arg.reach for arg in args))))
    # It may be of the user's, another function another time: no run shows that it is harmless.
    walker.effects.note("callable", node.lineno, f"a call of {ast.unparse(node.func)}")
    return guess(function, *args)


def _is_named_tuple(walker: Walker, func: ast.expr) -> bool:
    """Whether a name of this module's means a class that ``namedtuple`` has made, so called."""
    top, scope = walker.function.module.top, walker.function
    if not isinstance(func, ast.Name) or func.id in scope.module.declared_global:
        return False
    while scope is not top and scope.parent is not None:
        if func.id in scope.bindings or func.id in scope.all_parameters:
            return False
        scope = scope.parent
    match top.bindings.get(func.id):
        case [(_, ast.Call(func=maker, args=[ast.Constant(value=name), *_]))] if name == func.id:
            made = walker.trial().value(maker).ref == "collections.namedtuple"
            return made and func.id not in walker.program.rebound
    return False


def _is_plain_lambda(node: ast.Call) -> bool:
    """Whether a call of a lambda gives each of its parameters one argument."""
    assert isinstance(node.func, ast.Lambda)
    given = node.func.args
    odd = given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults
    stars = any(isinstance(arg, ast.Starred) for arg in node.args)
    return not (odd or stars or node.keywords) and len(given.args) == len(node.args)


def _called_lambda(walker: Walker, node: ast.Call, function: ast.Lambda) -> Value:
    """``(lambda x: x + 1)(y)``, as map and sorting by a key call it."""
    args = _arguments(walker, node)
    walker.effects.followed.add(f"{walker.function.module.path}:{function.lineno}")
    inner = walker.trial()
    inner.env.update(zip((arg.arg for arg in function.args.args), args, strict=True))
    result = inner.value(function.body)
    walker.effects.merge(inner.effects)
    return result


def _unbound(walker: Walker, node: ast.Call, method: Bound, reach: frozenset[Root]) -> Value:
    """A call of a bound method, as if it stood behind its object.

    ``reach``: the older variables that hold the method, and so its object, among others.
    """
    name = f"paradvisor owner of {ast.unparse(node.func)}"
    owner = rooted(method.owner, reach)
    walker.env[name] = owner
    func = ast.Attribute(ast.Name(name, ast.Load()), method.name, ast.Load())
    called = ast.copy_location(ast.Call(func, node.args, node.keywords), node)
    try:
        return _method(walker, ast.fix_missing_locations(called), owner, method.name)
    finally:
        walker.env.pop(name, None)


def _any_of(walker: Walker, node: ast.Call, function: Value, args: list[Value]) -> Value | None:
    """A call of one of several functions, or of an instance with ``__call__``; else None."""
    results = [
        _follow(walker, node, target, args)
        for target in sorted(function.either, key=lambda target: target.scope)
        if target.owner is None
    ]
    if len(results) < len(function.either):
        return None  # a method, whose object is not known
    for tag in sorted(function.types or ()) if not results else ():
        kind = walker.program.class_of(tag)
        method = walker.program.method(kind, "__call__") if kind is not None else None
        if method is None:
            return None
        receiver = function._replace(types=frozenset({tag}))
        results.append(_follow(walker, node, method, [receiver, *args], bound=1))
    return reduce(join, results) if results else None


def _called_on(walker: Walker, func: ast.Attribute) -> Value:
    """The object of a method call. What a method of the user's reads of it, the method shows."""
    outer, walker.effects = walker.effects, Effects()
    owner = walker.value(func.value)
    own, walker.effects = walker.effects, outer
    methods = [_method_of(walker.program, tag, func.attr) for tag in owner.types or ()]
    followed = bool(methods) and all(isinstance(method, Function) for method in methods)
    walker.effects.merge(own.narrowed(owner.roots if followed else frozenset(), BINDING))
    return owner


def property_value(walker: Walker, owner: Value, name: str, line: int) -> Value | None:
    """What a property of the user's gives; None if it is not known to be one."""
    found: Value | None = None
    for tag in owner.types or ():
        kind = walker.program.class_of(tag)
        method = walker.program.method(kind, name) if kind is not None else None
        if method is None or not _decorated(method, "property") or walker.depth > _DEPTH:
            return None
        node = ast.Call(ast.Name(name, ast.Load()), [], [], lineno=line, col_offset=0)
        one = owner._replace(types=frozenset({tag}))
        result = _follow(walker, node, method, [one], bound=1)
        found = result if found is None else join(found, result)
    return found


def run_method(
    walker: Walker, method: Function, owner: Value, operands: list[Value], line: int
) -> Value | None:
    """What a method gives that an operation runs by itself; None if it cannot be followed."""
    node = method.node
    if isinstance(node, ast.Module | ast.AsyncFunctionDef) or walker.depth > _DEPTH:
        return None
    decorators = {_decorator(method, entry) for entry in node.decorator_list}
    if not decorators <= _HARMLESS_DECORATORS or walker.program.walks > _WALKS:
        return None
    reach = frozenset().union(*(operand.reach for operand in operands))
    env = {name: Value(None, reach) for name in method.all_parameters}
    if method.parameters:
        env[method.parameters[0]] = owner
    effects, result = _walked(walker, method, env, reach)
    walker.effects.merge(effects, line, method.module.path)
    return result


class Plain(NamedTuple):
    """A method that only computes: what it reads, and older objects that its result may be of."""

    effects: Effects
    given: frozenset[Root]


def plain_methods(program: Program) -> dict[tuple[str, str], Plain]:
    """(class, method) of all methods that an operation may run, and that only compute.

    Whatever the operands are: operations in them on values of unknown type may run any of the
    others, so all are taken for plain first, and those that are not are left out until the rest
    agrees.
    """
    memo = program.memo.setdefault("plain", {})
    if "table" not in memo:
        names = program.special_methods | program.property_names
        found = program.methods_named(names) or []
        memo["table"] = {place: Plain(Effects(), NO_ROOTS) for place in found}
        for _ in range(_ROUNDS):
            before = memo["table"]
            program.memo.pop("followed", None)  # it rests on what was taken for plain
            program.walks = 0
            memo["table"] = {
                place: plain
                for place in before
                if (plain := _walked_alone(program, *place)) is not None
            }
            if _same(before, memo["table"]):
                break
        else:
            memo["table"] = {}
        program.memo.pop("followed", None)
        program.walks = 0
    table: dict[tuple[str, str], Plain] = memo["table"]
    return table


def _same(one: dict[tuple[str, str], Plain], other: dict[tuple[str, str], Plain]) -> bool:
    return one.keys() == other.keys() and all(
        one[place].given == other[place].given
        and one[place].effects.reads.keys() == other[place].effects.reads.keys()
        for place in one
    )


def _walked_alone(program: Program, tag: str, name: str) -> Plain | None:
    kind = program.class_of(tag)
    method = program.method(kind, name) if kind is not None else None
    walker = Walker(program, program.anywhere, {}, Effects())
    operand = Value(None, frozenset({_OPERAND}))
    one = operand._replace(types=frozenset({tag}))
    given = run_method(walker, method, one, [operand], 0) if method is not None else None
    if given is None or not walker.effects.only_reads:
        return None
    effects = walker.effects.without_reads(_OPERAND[0])
    return Plain(effects, frozenset(r for r in given.reach if r[0] != _OPERAND[0]))


def implicit_calls(program: Program) -> tuple[Effects, tuple[str, ...]]:
    """What methods read that run unseen, with any operands, and those that do more than compute."""
    table = plain_methods(program)
    special = program.special_methods
    methods = program.methods_named(special)
    if methods is None:
        return Effects(), tuple(sorted(special))
    effects = Effects()
    for place in methods:
        if place in table:
            effects.merge(table[place].effects)
    return effects, tuple(sorted({name for tag, name in methods if (tag, name) not in table}))


def _replaced(program: Program, name: str) -> bool:
    """Whether a library function, or a builtin one, may be another one by now."""
    return ("." in name or "builtins" in program.mentions) and program.replaced(name.split(".")[-1])


def _arguments(walker: Walker, node: ast.Call) -> list[Value]:
    args = [walker.value(arg) for arg in node.args]
    return args + [walker.value(keyword.value) for keyword in node.keywords]


def _library(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> Value:
    known = FUNCTIONS.get(name)
    if known is None:
        walker.unknown(node.lineno, f"a call of {name}, about which nothing is known")
        for keyword, value in zip(
            node.keywords, args[len(args) - len(node.keywords) :], strict=True
        ):
            if keyword.arg == "out":  # of a NumPy function: where the result goes
                walker.effects.write(value, node.lineno, f"assignment by {name}()")
        return guess(*args)
    if name in OPENERS and walker.opens_for_reading(name, node):
        known = known._replace(effect="file")
    elif name in OPENERS or (name == "open" and known.effect == "file"):
        known = known._replace(effect="external")
    if name.startswith("urllib.request.") and (len(args) != 1 or not args[0].is_only("str")):
        known = known._replace(effect="external")
    if name == "print" and not _prints_to_standard_stream(walker, node):
        known = known._replace(effect="external")
    if name in _ATTRIBUTE_READERS | _ATTRIBUTE_WRITERS:
        return _attribute_by_name(walker, node, name, args)
    _note(walker, known, node.lineno, name)
    if known.mutates and args:
        walker.effects.write(args[0], node.lineno, f"{name}()")
    if known.stores and node.args and len(args) > 1:
        for stored in args[1:]:
            walker.keep(node.args[0], stored)
    if function_iterates(name, len(node.args)):
        _consume(walker, node, args)
    if name == "itertools.chain.from_iterable" and args:
        _consume(walker, node, [element(args[0])])
    if name not in _NEVER_CALLS:
        _callbacks(walker, node, known, name, args)
    if name == "type" and len(args) == 1 and not args[0].typed:
        walker.unknown(node.lineno, "type() of something of unknown type")
    if name == "type" and len(args) == 1 and args[0].is_only("exception"):
        kind = (walker.function.module.path, "the class of an exception")
        return Value(frozenset({"type"}), frozenset({kind}))
    result = _container(walker, node, name, args)
    if result is None:
        result = known_result(known.result, None, args)
    if name in _VIEWS:
        result = result._replace(types=frozenset({_VIEWS[name]}))
    if name == "collections.defaultdict" and node.args and not _is_global(walker, node.args[0]):
        result = result._replace(elem=of("function"))  # which pickle refuses
    if name in ("csv.writer", "csv.DictWriter") and args:
        result = result._replace(elem=args[0]._replace(elem=None))
    if name in OPENERS and result.is_only("file"):
        result = result._replace(elem=walker.read_from(name, node))
    if known.effect == "external" and not result.immutable:
        result = rooted(result, {WORLD})  # it stands for what is outside
    return result


def _is_global(walker: Walker, node: ast.expr) -> bool:
    """Whether an expression means a class or a function that pickle finds by its name."""
    ref = walker.trial().value(node).ref
    return isinstance(ref, str | Class) and "<locals>" not in getattr(ref, "qualname", "")


def _prints_to_standard_stream(walker: Walker, node: ast.Call) -> bool:
    """Whether print() writes where it does by default, or to standard error."""
    streams = [keyword.value for keyword in node.keywords if keyword.arg == "file"]
    if any(keyword.arg is None for keyword in node.keywords):
        return False
    return all(walker.value(stream).is_only("stdout", "none") for stream in streams)


def _attribute_by_name(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> Value:
    """getattr() and its kin: as the dotted form, if the name is written there."""
    second = node.args[1] if len(node.args) > 1 else None
    constant = second.value if isinstance(second, ast.Constant) else None
    if name in _ATTRIBUTE_READERS and isinstance(constant, str) and not node.keywords:
        dotted = ast.copy_location(ast.Attribute(node.args[0], constant, ast.Load()), node)
        found = walker.value(dotted)
        if name == "hasattr":
            return of("bool")
        return join(found, args[2]) if len(args) > 2 else found
    if args and not args[0].typed:
        walker.unknown(node.lineno, f"{name}(), which may run a property")
    if args and name in _ATTRIBUTE_WRITERS:
        walker.effects.write(args[0], node.lineno, f"{name}()")
        for stored in args[1:]:
            walker.keep(node.args[0], stored)
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    return of("bool") if name == "hasattr" else Value(None, reach)


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
            return reduce(join, [elems[0], *_keyword(node, args, "default")])
        if name == "enumerate" and elems:
            return of("iter", elem=_tuple(of("int"), elems[0]))
        if name == "zip" and elems:
            return of("iter", elem=_tuple(*elems))
        if name in _CONTAINERS and elems:
            kind = {"sorted": "list", "reversed": "iter"}.get(name, name)
            return of(kind, elem=elems[0])
    if name in {"abs", "round", "pow", "divmod"} and args and all(arg.immutable for arg in args):
        number = args[0] if name in {"abs", "round"} else reduce(join, args)
        return number if name != "divmod" else of("tuple", elem=number)
    return None


def _keyword(node: ast.Call, args: list[Value], name: str) -> list[Value]:
    """The value of a keyword argument, if it is given."""
    given = args[len(args) - len(node.keywords) :]
    return [value for part, value in zip(node.keywords, given, strict=True) if part.arg == name]


def _tuple(*items: Value) -> Value:
    """A tuple with these at its places."""
    flat = tuple(item._replace(items=()) for item in items)
    return of("tuple", elem=reduce(join, items))._replace(items=flat)


def _consume(walker: Walker, node: ast.Call, args: list[Value]) -> None:
    """Older objects that may be iterators are used up by a function that reads its arguments."""
    for arg in args:
        if arg.roots and arg.may_iterate_once():
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
    if known.effect == "output":
        _printed(walker, line, name)
    if known.effect == "external":
        walker.effects.writes.setdefault(WORLD, (line, f"{name}()"))


def _printed(walker: Walker, line: int, name: str) -> None:
    """Output goes where the program says: perhaps to a file, or to an object of its own."""
    program = walker.program
    moved = {"stdout", "stderr"} & program.stored_attributes
    moved |= {"redirect_stdout", "redirect_stderr"} & program.mentions
    logs = "logging" in program.mentions and {"emit", "filter", "format"} & program.method_names
    if moved or logs:
        walker.effects.writes.setdefault(WORLD, (line, f"{name}()"))
        walker.effects.note("external", line, f"{name}()")
        walker.unknown(line, f"{name}(), whose output may go to an object of yours")


def _callbacks(walker: Walker, node: ast.Call, known: Known, name: str, args: list[Value]) -> None:
    """Functions handed over: they may be called, with elements of the other arguments."""
    keywords = [keyword.arg for keyword in node.keywords]
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    anonymous = ast.copy_location(ast.Call(node.func, [], []), node)
    for number, (expression, value) in enumerate(zip(given, args, strict=True)):
        if isinstance(value.ref, Function):
            unknown = Value(None, frozenset().union(*(arg.reach for arg in args)))
            _follow(walker, anonymous, value.ref, [unknown] * len(value.ref.parameters))
        elif isinstance(value.ref, str):
            _library_callback(walker, node, value.ref, known, args)
        elif isinstance(expression, ast.Lambda):
            _walk_lambda(walker, expression, given, args)
        elif value.types is not None and "function" in value.types:
            if not known.stores or known.calls:
                walker.unknown(node.lineno, f"a call of {ast.unparse(expression)} from here")
        elif known.calls and (not value.typed or "type" in (value.types or ())):
            keyword = keywords[number - len(node.args)] if number >= len(node.args) else None
            if (
                keyword not in _DATA_KEYWORDS
                if number >= len(node.args)
                else (number > 0 and name not in _CALLS_ITS_KEY) or name in _CALLS_FIRST
            ):
                walker.unknown(node.lineno, f"a call of {ast.unparse(expression)} from here")


def _library_callback(
    walker: Walker, node: ast.Call, callback: str, known: Known, args: list[Value]
) -> None:
    """A library function handed over to another one, which may call it with what it is given."""
    entry = FUNCTIONS.get(callback)
    if entry is None and not known.calls and callback in CONSTANTS:
        return
    if (
        entry is None
        or _replaced(walker.program, callback)
        or entry.effect not in {"pure", "environment"}
        or entry.mutates
        or entry.calls
    ):
        walker.unknown(node.lineno, f"a call of {callback} from here")
    elif function_iterates(callback, 1):
        _consume(walker, node, [element(arg) for arg in args])


def _walk_lambda(
    walker: Walker, node: ast.Lambda, given: list[ast.expr], args: list[Value]
) -> None:
    elems = [
        element(value)
        for value, expression in zip(args, given, strict=True)
        if not isinstance(expression, ast.Lambda)
    ]
    item = elems[0] if elems else UNKNOWN
    walker.effects.followed.add(f"{walker.function.module.path}:{node.lineno}")
    inner = walker.trial()
    own = {arg.arg: item for arg in nodes_of(node.args) if isinstance(arg, ast.arg)}
    inner.env.update(own)
    inner.value(node.body)
    walker.effects.merge(inner.effects)
    for name in walker.env.keys() - own.keys():  # it may have put something into what is there
        walker.env[name] = join(walker.env[name], inner.env[name])


def _method(walker: Walker, node: ast.Call, owner: Value, name: str) -> Value:
    assert isinstance(node.func, ast.Attribute)
    line = node.lineno
    args = _arguments(walker, node)
    if isinstance(owner.ref, Class):
        target = owner.ref.methods.get(name)
        if target is not None and not walker.program.replaced(name):
            bound = [owner] if _decorated(target, "classmethod") else []
            return _follow(walker, node, target, [*bound, *args], bound=len(bound))
    if walker.program.replaced(name) and (name in walker.program.method_names or not owner.typed):
        walker.unknown(line, f"a call of .{name}(), which is set anew somewhere")
    if owner.is_only("random") and name == "shuffle":
        for changed in (owner, *args):
            walker.effects.write(changed, line, ".shuffle()")
        return of("none")
    if owner.types is not None:
        tags = sorted(owner.types - types_without(name)) or sorted(owner.types)
        owner = owner._replace(types=frozenset(tags))
        found = [_method_of(walker.program, tag, name) for tag in tags]
        if all(isinstance(entry, Known) for entry in found):
            return _of_each_type(walker, node, owner, name, args)
        if found and all(isinstance(entry, Function) for entry in found):
            joined: Value | None = None
            for tag, method in zip(tags, found, strict=True):
                assert isinstance(method, Function)
                one = owner._replace(types=frozenset({tag}))
                bound = _receiver(walker, one, method)
                result = _follow(walker, node, method, [*bound, *args], bound=len(bound))
                joined = result if joined is None else join(joined, result)
            assert joined is not None
            return joined
    elif name in PURE_METHOD_NAMES and name not in walker.program.method_names:
        return UNKNOWN
    inherited = _inherited(walker, node.func, name)
    if inherited is not None:
        method, receiver = inherited
        return _follow(walker, node, method, [receiver, *args], bound=1)
    if owner.types is None and name in _APPENDING and name not in walker.program.method_names:
        return _known_method(walker, node, owner, name, METHODS["deque"][name], args)
    mine = name in walker.program.method_names or name in walker.program.stored_attributes
    what = f"a call of .{name}() on {ast.unparse(node.func.value)}, of unknown type"
    walker.effects.note("callable" if mine else "unknown", line, what)
    return guess(owner, *args)


def _inherited(walker: Walker, func: ast.Attribute, name: str) -> tuple[Function, Value] | None:
    """The method that ``super().name`` means in a method, and the object that it is called on."""
    inside = walker.function
    match func.value:
        case ast.Call(func=ast.Name(id="super"), args=[]) if inside.owner and inside.parameters:
            bases = walker.program.bases(inside.owner)
            if bases is None or len(bases) != 1:
                return None
            method = walker.program.method(bases[0], name)
            plain = method is not None and not method.node.decorator_list  # type: ignore[union-attr]
            if method is None or not plain:
                return None
            return method, walker.name(inside.parameters[0], func.lineno)
    return None


def _receiver(walker: Walker, owner: Value, method: Function) -> list[Value]:
    """What a method called on an instance is given before the arguments: nothing if static."""
    if _decorated(method, "staticmethod"):
        return []
    if _decorated(method, "classmethod"):
        kind = walker.program.class_of(next(iter(owner.types or ())))
        assert kind is not None
        root = (kind.module.path, kind.node.name)
        return [Value(frozenset({"type"}), owner.roots | {root}, ref=kind)]
    return [owner]


def _method_of(program: Program, tag: str, name: str) -> Known | Function | None:
    if tag.startswith("class "):
        kind = program.class_of(tag)
        return None if kind is None else program.method(kind, name)
    return METHODS.get(tag, {}).get(name)


def _of_each_type(
    walker: Walker, node: ast.Call, owner: Value, name: str, args: list[Value]
) -> Value:
    """A method that is known of each of the types that its owner may have."""
    entries: dict[Known, set[str]] = {}
    for tag in owner.types or ():
        entries.setdefault(METHODS[tag][name], set()).add(tag)
    found: Value | None = None
    for known, tags in sorted(entries.items(), key=lambda entry: sorted(entry[1])):
        one = owner._replace(types=frozenset(tags))
        result = _known_method(walker, node, one, name, known, args)
        found = result if found is None else join(found, result)
    assert found is not None
    return found


def _known_method(
    walker: Walker, node: ast.Call, owner: Value, name: str, known: Known, args: list[Value]
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    opener = next((f"{tag}.open" for tag in ("path", "zipfile") if owner.is_only(tag)), "")
    if name == "open" and opener and walker.opens_for_reading(opener, node):
        known = known._replace(effect="file")
    if owner.is_only("csvwriter") and owner.elem is not None and owner.elem.is_only("stringio"):
        known = known._replace(effect="pure")
    if known.mutates:
        walker.effects.write(owner, node.lineno, f".{name}()")
    private = not owner.roots and owner.is_only("file", "stringio", "bytesio", "csvwriter")
    if not (private and known.effect == "external" and not owner.is_only("file")):
        _note(walker, known, node.lineno, f".{name}")
    if known.stores:
        extends = name in {"extend", "update", "extendleft"}
        for arg in args:
            walker.keep(node.func.value, element(arg) if extends else arg)
    if any(method_iterates(tag, name) for tag in owner.types or ()):
        _consume(walker, node, args)
    _callbacks(walker, node, known, name, args)
    if name in {"items", "values", "keys"}:
        return _view(owner, name)
    result = known_result(known.result, owner, args)
    if name == "open" and opener:
        return result._replace(elem=walker.read_from(opener, node))
    return result


def _view(owner: Value, name: str) -> Value:
    """What a mapping's items(), values() or keys() gives: no iterator, and not to be pickled."""
    part = subscript(owner)
    key = Value(None, owner.reach)
    if name == "items":
        return of("view", elem=_tuple(key, key))
    return of("view", elem=part if name == "values" else key)


def _construct(walker: Walker, node: ast.Call, kind: Class, args: list[Value]) -> Value:
    """An instance of a class of the user's: fresh, if its initialiser is one that we can follow."""
    decorators = {ast.unparse(d).split("(")[0].split(".")[-1] for d in kind.node.decorator_list}
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    line = node.lineno
    made = Value(frozenset({kind.tag}), elem=Value(None, reach) if reach else None)
    unusual = {"__new__", "__post_init__", "__del__", "__setattr__", "__init_subclass__"}
    followed = _plainly_made(walker.program, kind) and decorators <= {"dataclass"}
    if (
        not followed
        or kind.node.keywords
        or walker.program.may_have(kind.tag, unusual)
        or any(
            isinstance(part, ast.keyword)
            and part.arg == "default_factory"
            and not (isinstance(part.value, ast.Name) and part.value.id in ("list", "dict", "set"))
            for part in nodes_of(kind.node)
        )
    ):
        walker.unknown(line, f"making a {kind.node.name}")
    elif (initialiser := walker.program.method(kind, "__init__")) is not None:
        inner = Walker(walker.program, walker.function, walker.env, Effects(), walker.depth)
        _follow(
            inner,
            ast.copy_location(ast.Call(node.func, node.args, node.keywords), node),
            initialiser,
            [made, *args],
            bound=1,
        )
        walker.effects.merge(inner.effects, line)
        held = reach | inner.effects.mutable_reads
        made = made._replace(elem=Value(None, held) if held else None)
    return made


def _plainly_made(program: Program, kind: Class) -> bool:
    """Whether making an instance runs nothing but initialisers of the user's."""
    names = {ast.unparse(base).split("[")[0].split(".")[-1] for base in kind.node.bases}
    if names <= {"object", "NamedTuple"} or all(map(_is_exception, names)):
        return True
    bases = program.bases(kind)
    return bases is not None and all(_plainly_made(program, base) for base in bases)


def _is_exception(name: str) -> bool:
    import builtins

    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


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
        if name not in _HARMLESS_DECORATORS or (name in _PROPERTIES and node.args):
            walker.unknown(line, f"{function.qualname}, which is decorated by {name}")
            return Value(None, reach)
    cached = bool(_CACHES & set(decorators))
    if cached and {"cache_info", "cache_clear"} & walker.program.mentions:
        statistics = (function.scope, f"the cache of {function.qualname}")
        walker.effects.writes.setdefault(statistics, (line, "a call, and its statistics are read"))
    too_far = walker.depth > _DEPTH or walker.program.walks > _WALKS
    if isinstance(function.node, ast.AsyncFunctionDef) or too_far:
        walker.unknown(line, f"a call of {function.qualname}")
        return Value(None, reach)
    effects, result = _walked(walker, function, _bind(walker, node, function, args), reach)
    effects = effects.without(_made_by(walker.program, function, effects))
    walker.effects.merge(effects, line, function.module.path)
    held = reach | {root for root in effects.mutable_reads if root[0] != "library"}
    receiver = [node.func.value] if bound and isinstance(node.func, ast.Attribute) else []
    for expression, value in zip([*receiver, *node.args], args, strict=False):
        others = held - value.reach - {(function.module.path, function.node.name)}
        if others and not value.immutable and stores_into_parameters(walker.program, function):
            walker.keep(expression, Value(None, others))  # it may have been put into this one
    if cached and not result.immutable:
        result = rooted(result, {(function.scope, "its cache")})
    return result


def _may_call_itself(program: Program, function: Function) -> bool:
    """Whether a function can be reached from its own body, by the names mentioned on the way.

    So it may where it has another name too: where its own is mentioned other than to call it.
    """
    known: dict[str, bool] = program.memo.setdefault("recursive", {})
    if function.scope not in known:
        named = _words_by_name(program)
        pending = {word for node in nodes_of(function.node) for word in words_of_node(node)}
        pending |= {name for name in named if name.startswith("__")}  # run without being named
        reached: set[str] = set()
        while pending:
            reached |= pending
            pending = {word for name in pending for word in named.get(name, ())} - reached
        name = function.qualname.split(".")[-1]
        known[function.scope] = name in reached or name in program.passed_on
    return known[function.scope]


def _words_by_name(program: Program) -> dict[str, set[str]]:
    """Name of functions -> what their bodies mention."""
    found: dict[str, set[str]] = program.memo.setdefault("words by name", {})
    if not found:
        for function in (each for m in program.modules.values() for each in m.functions[1:]):
            words = found.setdefault(function.qualname.split(".")[-1], set())
            words.update(word for node in nodes_of(function.node) for word in words_of_node(node))
    return found


def _made_by(program: Program, function: Function, effects: Effects) -> set[Root]:
    """Changed variables of the call itself: inner functions change what each call makes anew.

    Not so where it may call itself: a call may be given an inner function of the one before.
    """
    found = set()
    if not _may_call_itself(program, function):
        found = {
            root
            for root, (_, how) in effects.writes.items()
            if how == REBINDING and root[0] == function.scope
        }
    for root in effects.writes.keys() | effects.doubtful_writes.keys():
        name = root[1].split(".")[0]
        if root[0] == function.scope and name not in function.all_parameters:
            value = declared(program, function, name)
            if value.types is not None and not value.roots:
                found.add(root)
    return found


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
    walker.program.walks += 1
    inner = Walker(walker.program, function, env, Effects(), walker.depth + 1)
    inner.effects.followed.add(f"{function.module.path}:{function.first_line}")
    inner.run(function.node.body)
    result = inner.returned or of("none")
    if function.is_generator:
        result = of("generator", elem=_yielded(inner, reach))
    del open_calls[key]
    if not any(open_calls.values()):  # else it may lack what an unfinished outer call will add
        memo[key] = inner.effects, result
    return inner.effects, result


def _yielded(inner: Walker, reach: frozenset[Root]) -> Value:
    """What a generator gives: its own objects may be, or hold, all that it has looked at."""
    found = inner.yielded or of("none")
    if found.immutable:
        return found
    return rooted(found, reach | inner.effects.mutable_reads)


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
