"""What a call of a library function or of a builtin one does, by the table of what is known."""

from __future__ import annotations

import ast
from functools import reduce

from paradvisor.analysis.effects import WORLD
from paradvisor.analysis.following import follow
from paradvisor.analysis.iteration import function_iterates
from paradvisor.analysis.knowledge import (
    CONSTANTS,
    FUNCTIONS,
    INTO_ARGUMENTS,
    NUMPY_SEVERAL,
    OPENERS,
    OPERANDS,
    Known,
)
from paradvisor.analysis.operators import COMPARISONS, NUMERIC, OPERATORS
from paradvisor.analysis.source import Class, Function, Program
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import (
    NUMBER,
    UNKNOWN,
    Value,
    element,
    guess,
    join,
    known_result,
    of,
    rooted,
)
from paradvisor.analysis.walker import Walker

_VIEWS = {"memoryview": "memoryview", "types.MappingProxyType": "view"}
"""What makes a window on another object, which pickle refuses."""
_CALLS_ITS_KEY = {"min", "max"}
"""Functions that call what is given as ``key``, and none of the others."""
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
_CONTAINERS = {"list", "tuple", "set", "frozenset", "sorted", "deque", "iter", "reversed"}


def replaced(program: Program, name: str) -> bool:
    """Whether a library function, or a builtin one, may be another one by now."""
    return ("." in name or "builtins" in program.mentions) and program.replaced(name.split(".")[-1])


def library_call(walker: Walker, node: ast.Call, name: str, args: list[Value]) -> Value:
    """A call of a library function, by its dotted name: what it does is noted."""
    known = FUNCTIONS.get(name)
    if known is None or (name.startswith("numpy.") and not is_plain_numpy(walker, node, name)):
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
    note(walker, known, node.lineno, name)
    if known.mutates and args:
        first = (*node.args, *(keyword.value for keyword in node.keywords))[0]
        walker.change(first, args[0], node.lineno, f"{name}()")
    if known.stores and node.args and len(args) > 1:
        for stored in args[1:]:
            walker.store(node.args[0], stored)
    if function_iterates(name, len(node.args)):
        consume(walker, node, args)
    if name == "itertools.chain.from_iterable" and args:
        consume(walker, node, [element(args[0])])
    if name not in _NEVER_CALLS:
        callbacks(walker, node, known, name, args)
    if name == "type" and len(args) == 1 and not args[0].typed:
        walker.unknown(node.lineno, "type() of something of unknown type")
    if name == "type" and len(args) == 1 and args[0].is_only("exception"):
        kind = (walker.function.module.path, "the class of an exception")
        return Value(frozenset({"type"}), frozenset({kind}))
    result = _container(walker, node, name, args)
    if result is None:
        result = known_result(known.result, None, args)
    if known.result == "fresh" and name.startswith("numpy.") and name not in NUMPY_SEVERAL:
        result = of_numpy(args)
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


def of_numpy(args: list[Value]) -> Value:
    """What NumPy computes from arrays, or from numbers alone."""
    if any(arg.is_only("ndarray") for arg in args):
        return of("ndarray")  # or a number of its own, which has the same methods
    return NUMBER if args and all(arg.is_only(*NUMERIC) for arg in args) else UNKNOWN


def is_plain_numpy(walker: Walker, node: ast.Call, name: str) -> bool:
    """Whether a function of NumPy's, or a method of its arrays, only computes something new.

    It does not where it is told to write to an argument, nor where a floating-point error calls a
    function, or arrays may hold objects with operators of the user's.
    """
    own = walker.program.special_methods & (OPERATORS | COMPARISONS)
    if own or "seterrcall" in walker.program.mentions:
        return False
    told = any(keyword.arg is None or keyword.arg in INTO_ARGUMENTS for keyword in node.keywords)
    starred = any(isinstance(part, ast.Starred) for part in node.args)
    return not told and not starred and len(node.args) <= OPERANDS[name]


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
            walker.store(node.args[0], stored)
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
            return of("iter", elem=tuple_of(of("int"), elems[0]))
        if name == "zip" and elems:
            return of("iter", elem=tuple_of(*elems))
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


def tuple_of(*items: Value) -> Value:
    """A tuple with these at its places."""
    flat = tuple(item._replace(items=()) for item in items)
    return of("tuple", elem=reduce(join, items))._replace(items=flat)


def consume(walker: Walker, node: ast.Call, args: list[Value]) -> None:
    """Older objects that may be iterators are used up by a function that reads its arguments."""
    for arg in args:
        if arg.roots and arg.may_iterate_once():
            walker.iterate(arg, node.lineno)


def note(walker: Walker, known: Known, line: int, name: str) -> None:
    """Note what something known does outside of its operands."""
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


def callbacks(walker: Walker, node: ast.Call, known: Known, name: str, args: list[Value]) -> None:
    """Functions handed over: they may be called, with elements of the other arguments."""
    keywords = [keyword.arg for keyword in node.keywords]
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    anonymous = ast.copy_location(ast.Call(node.func, [], []), node)
    for number, (expression, value) in enumerate(zip(given, args, strict=True)):
        if isinstance(value.ref, Function):
            unknown = Value(None, frozenset().union(*(arg.reach for arg in args)))
            follow(walker, anonymous, value.ref, [unknown] * len(value.ref.parameters))
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
        or replaced(walker.program, callback)
        or entry.effect not in {"pure", "environment"}
        or entry.mutates
        or entry.calls
    ):
        walker.unknown(node.lineno, f"a call of {callback} from here")
    elif function_iterates(callback, 1):
        consume(walker, node, [element(arg) for arg in args])


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
