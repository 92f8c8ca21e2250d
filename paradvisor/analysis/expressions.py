"""Loops that are expressions: comprehensions, calls of map, keys that something is chosen by."""

from __future__ import annotations

import ast

from paradvisor.analysis import names
from paradvisor.analysis.bodies import (
    in_simple_statement,
)
from paradvisor.analysis.effects import (
    Effects,
)
from paradvisor.analysis.judgement import (
    Findings,
    caveats,
    check_fed,
    check_form,
    check_iterable,
    check_read_ahead,
    check_travel,
    judge_head,
)
from paradvisor.analysis.parts import Comprehension, Split
from paradvisor.analysis.source import Function, Program
from paradvisor.analysis.values import (
    NO_ROOTS,
    SEQUENCES,
    rooted,
)
from paradvisor.analysis.walker import Walker


class ComprehensionLoop:
    """``[element for target in iterable if test]``: all of it is head."""

    def __init__(self, program: Program, function: Function, loop: Comprehension) -> None:
        self.loop = loop
        self.walker = Walker(program, function, {}, Effects())
        self.findings = Findings()

    def judge(self) -> Split:
        loop, walker, findings = self.loop, self.walker, self.findings
        first = loop.generators[0]
        check_form(findings, self.walker.function, [loop])
        iterable = walker.value(first.iter)
        check_iterable(findings, iterable, walker.effects, first.iter, first.target)
        early = isinstance(loop, ast.GeneratorExp) and _stops_early(walker.function, loop)
        check_read_ahead(findings, walker.program, iterable, first.iter, early)
        walker.effects = Effects()
        item = walker.iterate(iterable._replace(roots=NO_ROOTS), first.iter.lineno)
        walker.assign(first.target, rooted(item, iterable.reach))
        made = [walker.name(name, loop.lineno) for name in names.assigned([first.target])]
        check_fed(findings, iterable, first.iter, made, item)
        for test in first.ifs:
            walker.value(test)
        parts = [loop.key, loop.value] if isinstance(loop, ast.DictComp) else [loop.elt]
        results = [walker.value(self._inner(part)) for part in parts]
        judge_head(findings, walker.effects, {}, walker.program)
        if isinstance(loop, ast.GeneratorExp):
            self._check_reader(function_of(walker.function, loop))
        for result in results:
            check_travel(findings, walker.program, {"its elements": result}, loop.lineno)
        return Split(
            findings.verdict(),
            pattern=self._pattern(),
            dependences=findings.all(),
            caveats=caveats(walker.effects),
            unwritten=_unwritten(walker.function, loop),
            followed=frozenset(walker.effects.followed),
        )

    def _inner(self, part: ast.expr) -> ast.expr:
        """An element with the loops inside of the outermost one."""
        inner = self.loop.generators[1:]
        if not inner:
            return part
        return ast.copy_location(ast.ListComp(part, inner), self.loop)

    def _pattern(self) -> str:
        if isinstance(self.loop, ast.GeneratorExp):
            reader = function_of(self.walker.function, self.loop)
            return _READERS.get(reader or "", "map")
        return "dict build" if isinstance(self.loop, ast.DictComp) else "map"

    def _check_reader(self, reader: str | None) -> None:
        """A generator expression is run by what reads it: that must do nothing else meanwhile."""
        if reader not in _READERS:
            line = self.loop.lineno
            why = "a generator expression that something else than a plain reduction reads"
            self.findings.doubt("form", "reader", line, line, why)


def _unwritten(function: Function, loop: Comprehension | ast.Call) -> str | None:
    """Why an expression cannot be rewritten where it stands, if so."""
    if not in_simple_statement(function, loop):
        return "it stands inside another expression's body, or in a header"
    text = ast.get_source_segment(function.module.text, loop) or ""
    if not isinstance(loop, ast.ListComp) and "#" in text:
        return "there may be a comment in it, which would be lost"
    if isinstance(loop, ast.Call) and (loop.keywords or _starred(loop)):
        return "its arguments are not plain"
    return None


def _starred(loop: ast.Call) -> bool:
    return any(isinstance(arg, ast.Starred) for arg in loop.args)


_READERS = {
    "sum": "reduction",
    **dict.fromkeys(("min", "max"), "min/max"),
    **dict.fromkeys(("any", "all", "next"), "first match"),
    **dict.fromkeys(("list", "tuple", "sorted", "set", "frozenset", "join"), "map"),
    "dict": "dict build",
}
"""What reads a generator expression to its end, or to the first match, and nothing else."""


def _stops_early(function: Function, loop: ast.AST) -> bool:
    """Whether what reads an expression may leave items unread."""
    return _READERS.get(function_of(function, loop) or "") == "first match"


def function_of(function: Function, argument: ast.AST) -> str | None:
    """The builtin, or the method of a text, that an expression is given to, and nothing with it."""
    match function.parents.get(argument):
        case ast.Call(func=ast.Name(id=name), args=[first, *others], keywords=keywords) if (
            first is argument and _is_builtin(function, name)
        ):
            plain = all(isinstance(other, ast.Constant) for other in others)
            known = all(
                keyword.arg in ("default", "start", "reverse", "strict")
                and isinstance(keyword.value, ast.Constant)
                for keyword in keywords
            )
            return name if plain and known else None
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[first]
        ) if first is argument:
            return "join"
    return None


def _is_builtin(function: Function, name: str) -> bool:
    """Whether a name means what Python gives it."""
    module = function.module
    scope: Function | None = function
    while scope is not None:
        if name in scope.bindings or name in scope.functions or name in scope.all_parameters:
            return False
        scope = scope.parent
    return not (name in module.imports or name in module.classes or module.imports_all)


class MapCall:
    """``map(function, iterable)``, judged as ``(function(item) for item in iterable)``."""

    def __init__(self, program: Program, function: Function, loop: ast.Call) -> None:
        self.loop = loop
        self.walker = Walker(program, function, {}, Effects())
        self.findings = Findings()

    def judge(self) -> Split:
        loop, walker, findings = self.loop, self.walker, self.findings
        self._check_reader()
        called = ast.copy_location(ast.Call(self._function(), [], []), loop)
        for number, iterated in enumerate(self._iterables()):
            iterable = walker.value(iterated)
            check_iterable(findings, iterable, walker.effects, iterated, ast.Name(f"item {number}"))
            early = _stops_early(walker.function, loop)
            check_read_ahead(findings, walker.program, iterable, iterated, early)
            item = walker.iterate(iterable._replace(roots=NO_ROOTS), loop.lineno)
            walker.env[f"item {number}"] = rooted(item, iterable.reach)
            check_fed(findings, iterable, iterated, [item], item)
            called.args.append(ast.copy_location(ast.Name(f"item {number}", ast.Load()), iterated))
        walker.effects = Effects()
        result = walker.value(called)
        judge_head(findings, walker.effects, {}, walker.program)
        check_travel(findings, walker.program, {"its results": result}, loop.lineno)
        return Split(
            findings.verdict(),
            pattern=self._pattern(),
            dependences=findings.all(),
            caveats=caveats(walker.effects),
            unwritten=self._unwritten(),
            followed=frozenset(walker.effects.followed),
        )

    def _function(self) -> ast.expr:
        return self.loop.args[0]

    def _iterables(self) -> list[ast.expr]:
        return self.loop.args[1:]

    def _pattern(self) -> str:
        return _READERS.get(function_of(self.walker.function, self.loop) or "", "map")

    def _unwritten(self) -> str | None:
        return _unwritten(self.walker.function, self.loop)

    def _check_reader(self) -> None:
        if function_of(self.walker.function, self.loop) not in _READERS:
            line = self.loop.lineno
            why = (
                "a map that something else than a plain reduction reads: "
                "make a list of it on a line of its own"
            )
            self.findings.doubt("form", "reader", line, line, why)


_KEYED = {"sorted": "sort by key", "min": "min/max", "max": "min/max"}


def keyed(function: Function, node: ast.AST) -> bool:
    """Whether a node is ``sorted(items, key=f)``, or min or max in that form."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[only], keywords=keywords) if name in _KEYED:
            given = {keyword.arg: keyword.value for keyword in keywords}
            plain = isinstance(given.get("reverse", ast.Constant(False)), ast.Constant)
            wanted = "key" in given and given.keys() <= {"key", "reverse"} and plain
            return wanted and not isinstance(only, ast.Starred) and _is_builtin(function, name)
    return False


class KeyedCall(MapCall):
    """``sorted(items, key=f)``: its keys are a map, read by nothing else than the sorting."""

    def _function(self) -> ast.expr:
        return next(keyword.value for keyword in self.loop.keywords if keyword.arg == "key")

    def _iterables(self) -> list[ast.expr]:
        return self.loop.args

    def _pattern(self) -> str:
        assert isinstance(self.loop.func, ast.Name)
        return _KEYED[self.loop.func.id]

    def _unwritten(self) -> str | None:
        (items,) = self.loop.args
        types = self.walker.trial().value(items).types
        if not isinstance(items, ast.Name) or types is None or not types <= SEQUENCES:
            return "give what it goes over a name, as a list"
        if not in_simple_statement(self.walker.function, self.loop):
            return "it stands inside another expression's body, or in a header"
        text = ast.get_source_segment(self.walker.function.module.text, self.loop) or ""
        return "there may be a comment in it, which would be lost" if "#" in text else None

    def _check_reader(self) -> None:
        """What reads the keys is known."""
