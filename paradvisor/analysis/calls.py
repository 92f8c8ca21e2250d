"""What a call does: of a library function, of a method, or of a function of the user's."""

from __future__ import annotations

import ast
from functools import reduce

from paradvisor.analysis.effects import BINDING, Effects
from paradvisor.analysis.following import (
    DEPTH,
    HARMLESS_DECORATORS,
    WALKS,
    decorated,
    decorator_name,
    follow,
    walked,
)
from paradvisor.analysis.iteration import method_iterates
from paradvisor.analysis.knowledge import (
    METHODS,
    OPERANDS,
    PURE_METHOD_NAMES,
    Known,
    types_without,
)
from paradvisor.analysis.libraries import (
    callbacks,
    consume,
    is_plain_numpy,
    library_call,
    note,
    replaced,
    tuple_of,
)
from paradvisor.analysis.source import Class, Function, Program
from paradvisor.analysis.trees import nodes_of
from paradvisor.analysis.values import (
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

_APPENDING = {"append", "appendleft", "extend", "extendleft"}
"""Methods that mean the same whatever has them, if no class of the user's says otherwise."""


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
        return follow(walker, node, function.ref, args)
    if isinstance(function.ref, Class):
        return _construct(walker, node, function.ref, args)
    if isinstance(function.ref, str):
        if replaced(walker.program, function.ref):
            walker.unknown(node.lineno, f"a call of {function.ref}, which is set anew somewhere")
        return library_call(walker, node, function.ref, args)
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
        follow(walker, node, target, args)
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
        results.append(follow(walker, node, method, [receiver, *args], bound=1))
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
        if method is None or not decorated(method, "property") or walker.depth > DEPTH:
            return None
        node = ast.Call(ast.Name(name, ast.Load()), [], [], lineno=line, col_offset=0)
        one = owner._replace(types=frozenset({tag}))
        result = follow(walker, node, method, [one], bound=1)
        found = result if found is None else join(found, result)
    return found


def run_method(
    walker: Walker, method: Function, owner: Value, operands: list[Value], line: int
) -> Value | None:
    """What a method gives that an operation runs by itself; None if it cannot be followed."""
    node = method.node
    if isinstance(node, ast.Module | ast.AsyncFunctionDef) or walker.depth > DEPTH:
        return None
    decorators = {decorator_name(method, entry) for entry in node.decorator_list}
    if not decorators <= HARMLESS_DECORATORS or walker.program.walks > WALKS:
        return None
    reach = frozenset().union(*(operand.reach for operand in operands))
    env = {name: Value(None, reach) for name in method.all_parameters}
    if method.parameters:
        env[method.parameters[0]] = owner
    effects, result = walked(walker, method, env, reach)
    walker.effects.merge(effects, line, method.module.path)
    return result


def _arguments(walker: Walker, node: ast.Call) -> list[Value]:
    args = [walker.value(arg) for arg in node.args]
    return args + [walker.value(keyword.value) for keyword in node.keywords]


def _method(walker: Walker, node: ast.Call, owner: Value, name: str) -> Value:
    assert isinstance(node.func, ast.Attribute)
    line = node.lineno
    args = _arguments(walker, node)
    if isinstance(owner.ref, Class):
        target = owner.ref.methods.get(name)
        if target is not None and not walker.program.replaced(name):
            bound = [owner] if decorated(target, "classmethod") else []
            return follow(walker, node, target, [*bound, *args], bound=len(bound))
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
        of_array = f"ndarray.{name}" if "ndarray" in tags else ""
        odd = of_array in OPERANDS and not is_plain_numpy(walker, node, of_array)
        if all(isinstance(entry, Known) for entry in found) and not odd:
            return _of_each_type(walker, node, owner, name, args)
        if found and all(isinstance(entry, Function) for entry in found):
            joined: Value | None = None
            for tag, method in zip(tags, found, strict=True):
                assert isinstance(method, Function)
                one = owner._replace(types=frozenset({tag}))
                bound = _receiver(walker, one, method)
                result = follow(walker, node, method, [*bound, *args], bound=len(bound))
                joined = result if joined is None else join(joined, result)
            assert joined is not None
            return joined
    elif name in PURE_METHOD_NAMES and name not in walker.program.method_names:
        return UNKNOWN
    inherited = _inherited(walker, node.func, name)
    if inherited is not None:
        method, receiver = inherited
        return follow(walker, node, method, [receiver, *args], bound=1)
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
    if decorated(method, "staticmethod"):
        return []
    if decorated(method, "classmethod"):
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
        walker.change(node.func.value, owner, node.lineno, f".{name}()")
    private = not owner.roots and owner.is_only("file", "stringio", "bytesio", "csvwriter")
    if not (private and known.effect == "external" and not owner.is_only("file")):
        note(walker, known, node.lineno, f".{name}")
    if known.stores:
        extends = name in {"extend", "update", "extendleft"}
        for arg in args:
            walker.store(node.func.value, element(arg) if extends else arg)
    if any(method_iterates(tag, name) for tag in owner.types or ()):
        consume(walker, node, args)
    callbacks(walker, node, known, name, args)
    if name in {"items", "values", "keys"}:
        return _view(owner, name)
    result = known_result(known.result, owner, args)
    if known.result == "fresh" and owner.is_only("ndarray") and name not in ("nonzero", "tolist"):
        result = of("ndarray")
    if name == "open" and opener:
        return result._replace(elem=walker.read_from(opener, node))
    return result


def _view(owner: Value, name: str) -> Value:
    """What a mapping's items(), values() or keys() gives: no iterator, and not to be pickled."""
    part = subscript(owner)
    key = Value(None, owner.reach)
    if name == "items":
        return of("view", elem=tuple_of(key, key))
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
        follow(
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
