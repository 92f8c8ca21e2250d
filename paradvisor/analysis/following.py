"""What a function of the user's does: its body, walked over with what is known of the arguments."""

from __future__ import annotations

import ast

from paradvisor.analysis.declarations import declared, stores_into_parameters
from paradvisor.analysis.effects import NESTED, REBINDING, Effects
from paradvisor.analysis.operators import NUMERIC
from paradvisor.analysis.source import Function, Program, words_of_node
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import (
    Root,
    Value,
    join,
    of,
    rooted,
)
from paradvisor.analysis.walker import Walker

DEPTH = 24  # calls followed into each other
WALKS = 2000  # functions walked over for one loop: those that call each other take for ever
_CACHES = {"functools.cache", "functools.lru_cache", "functools.cached_property"}
_ONE_SPELLING = frozenset(("int", "float", "str", "bytes", "none", "date", "path", "bool"))
"""Types of which two equal objects can hardly be told apart."""
_PROPERTIES = {"property", "functools.cached_property"}
HARMLESS_DECORATORS = {"staticmethod", "classmethod", "property", "functools.wraps", *_CACHES}


def decorated(function: Function, name: str) -> bool:
    """Whether a function has such a decorator."""
    return not isinstance(function.node, ast.Module) and any(
        ast.unparse(decorator).split(".")[-1] == name for decorator in function.node.decorator_list
    )


def follow(
    walker: Walker, node: ast.Call, function: Function, args: list[Value], bound: int = 0
) -> Value:
    """Walk over the body of a function of the user's, with what is known of the arguments.

    The first ``bound`` of them are not in the call's parentheses: the receiver of a method.
    """
    assert not isinstance(function.node, ast.Module)
    line = node.lineno
    reach = frozenset().union(*(arg.reach for arg in args)) if args else frozenset()
    decorators = [decorator_name(function, entry) for entry in function.node.decorator_list]
    for name in decorators:
        if name not in HARMLESS_DECORATORS or (name in _PROPERTIES and node.args):
            walker.unknown(line, f"{function.qualname}, which is decorated by {name}")
            return Value(None, reach)
    cached = bool(_CACHES & set(decorators))
    if cached and {"cache_info", "cache_clear"} & walker.program.mentions:
        statistics = (function.scope, f"the cache of {function.qualname}")
        walker.effects.writes.setdefault(statistics, (line, "a call, and its statistics are read"))
    if cached:
        _ask_cache(walker, line, function, args[bound:] if bound else args)
    too_far = walker.depth > DEPTH or walker.program.walks > WALKS
    if isinstance(function.node, ast.AsyncFunctionDef) or too_far:
        walker.unknown(line, f"a call of {function.qualname}")
        return Value(None, reach)
    effects, result = walked(walker, function, _bind(walker, node, function, args), reach)
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


def _ask_cache(walker: Walker, line: int, function: Function, args: list[Value]) -> None:
    """A cache gives for an argument what it gave for an equal one, which may be 1 and 1.0."""
    kinds = [kind for arg in args for kind in _flat(arg)]
    known: dict[str, set[str]] = walker.program.memo.setdefault("numbers given to caches", {})
    for number, kind in enumerate(kinds):  # of all calls, wherever they stand
        known.setdefault(f"{function.scope} {number}", set()).update(
            (kind.types or set()) & NUMERIC
        )
    if any(len(known[f"{function.scope} {number}"]) > 1 for number in range(len(kinds))):
        cache = (function.scope, f"the cache of {function.qualname}")
        how = f"a call with numbers of several types, which may be one key {NESTED}"
        walker.effects.writes.setdefault(cache, (line, how))
    elif not all(kind.types is not None and kind.types <= _ONE_SPELLING for kind in kinds):
        what = f"a call of {function.qualname}, whose cache may hold what an equal argument gave"
        walker.unknown(line, what)


def _flat(value: Value) -> list[Value]:
    """The value, or those that a tuple holds."""
    if not value.is_only("tuple") or not (value.items or value.elem):
        return [value]
    return [kind for item in value.items or (value.elem,) if item for kind in _flat(item)]


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


def walked(
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


def decorator_name(function: Function, node: ast.expr) -> str:
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
