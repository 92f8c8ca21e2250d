"""What is written for loops of which a part in the midst is computed ahead; it does the same."""

from __future__ import annotations

import ast
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradvisor.analysis.dependences import splits
from paradvisor.analysis.parts import Split
from paradvisor.analysis.source import Function, Program
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite.section import Change, rewrite
from tests.rewrite.test_section import common, outcomes

HELPERS = '''\
def f(v):
    """Costly."""
    if v % 7 == 5:
        raise ValueError(f"f of {v}")
    return sum(k * v for k in range(5))


def fine(v):
    return sum([v, 1]) % 4 != 2


'''


def found(source: str, number: int = 1) -> tuple[Function, ast.For, list[Split]]:
    """The so-manieth loop of m, and the ways to compute something in its midst ahead."""
    program = Program({"a.py": source}, {"a.py": "a"})
    function = next(f for f in program.modules["a.py"].functions if f.qualname == "m")
    loops = [node for node in function.own_nodes() if isinstance(node, ast.For)]
    node = sorted(loops, key=lambda loop: loop.lineno)[number - 1]
    return function, node, [s for s in splits(program, function, node) if s.ahead is not None]


def written(source: str, strategy: str = "fork") -> list[tuple[Split, str]]:
    function, node, ways = found(source)
    return [
        (way, rewrite(source.encode(), [Change(function, node, way, strategy, None)]).decode())
        for way in ways if "form" not in {d.kind for d in way.dependences}
    ]


def is_right(split: Split) -> bool:
    """Whether nothing is in doubt but whether it pays."""
    return split.verdict == "safe" or {d.kind for d in split.dependences} == {"recurrence"}


# --- to the letter ------------------------------------------------------------------------------

GOLDEN = {
    "a call with the item": ('''
        def m(y):
            tried = 0
            out = []
            for x in y:
                tried += 1  # so many
                print("at", x)
                out.append(f(x))  # the costly one
            return out, tried
        ''', '''
        def m(y):
            tried = 0
            out = []
            for x, future in futures(f, y):
                tried += 1  # so many
                print("at", x)
                out.append(future.result())  # the costly one
            return out, tried
        '''),
    "left out": ('''
        def m(y):
            left, sums = [], {}
            # One by one.
            for number, x in enumerate(y):
                # Not these.
                if x % 3 == 0:
                    left.append(x)
                    continue

                # The work.
                value = f(x)
                print(number)
                sums[number] = value
            return left, sums
        ''', '''
        def m(y):
            left, sums = [], {}

            # One by one.
            def compute(item):
                _, x = item
                if x % 3 == 0:
                    return None
                return f(x)

            for (number, x), future in futures(compute, enumerate(y)):
                # Not these.
                if x % 3 == 0:
                    left.append(x)
                    continue

                # The work.
                value = future.result()
                print(number)
                sums[number] = value
            return left, sums
        '''),
    "caught": ('''
        def m(y):
            failed = 0
            future = []
            for x in y:
                name = f"n{x}"
                try:
                    value = f(x)
                    other = f(len(name))
                except ValueError as error:
                    failed += 1
                    print(name, error)
                else:
                    future.append((value, other))
            return future, failed
        ''', '''
        def m(y):
            failed = 0
            future = []

            def compute(x):
                name = f"n{x}"
                value = f(x)
                other = f(len(name))
                return value, other

            for x, future_2 in futures(compute, y):
                name = f"n{x}"
                try:
                    value, other = future_2.result()
                except ValueError as error:
                    failed += 1
                    print(name, error)
                else:
                    future.append((value, other))
            return future, failed
        '''),
    "in a branch": ('''
        def m(y):
            total = 0
            for x in y:
                if x > 5: print("large")
                elif x % 2:
                    total += f(x)
                else: continue
                print(total)
            return total
        ''', '''
        def m(y):
            total = 0

            def compute(x):
                if not (x > 5):
                    if x % 2:
                        return f(x)
                return None

            for x, future in futures(compute, y):
                if x > 5: print("large")
                elif x % 2:
                    total += future.result()
                else: continue
                print(total)
            return total
        '''),
    "a number that may be none": ('''
        def m(y):
            out, bad = [], 0
            for text in map(str, y):
                try:
                    number = int(text)
                except ValueError as error:
                    bad += len(str(error))
                    continue
                print(number)
                out.append(f(number))
            else:
                print("all")
            return out, bad
        ''', '''
        def m(y):
            out, bad = [], 0

            def compute(text):
                try:
                    number = int(text)
                except ValueError:
                    return None
                return f(number)

            for text, future in futures(compute, map(str, y)):
                try:
                    number = int(text)
                except ValueError as error:
                    bad += len(str(error))
                    continue
                print(number)
                out.append(future.result())
            else:
                print("all")
            return out, bad
        '''),
    "parts one after the other": ('''
        def m(y):
            out, total = [], 0
            for x in range(len(y)):
                # The first one.
                value = f(x)
                total += value
                print(x, total)

                if total > 900:
                    break
                out.append((x, f(value % 5)))
            return out, total
        ''', '''
        def m(y):
            out, total = [], 0

            def compute(x):
                # The first one.
                value = f(x)
                yield value
                yield x, f(value % 5)

            for x, results in futures(compute, range(len(y))):
                value = next(results)
                total += value
                print(x, total)

                if total > 900:
                    break
                out.append(next(results))
            return out, total
        '''),
    "parts in branches": ('''
        def m(y):
            out, odd, left = [], {}, 0
            for x in y:
                if x == 3:
                    left += 1
                    continue
                if x % 2:
                    odd[x] = f(x)
                elif x > 4:
                    value = f(x + 1)
                    out.append(value)
                else:
                    left += 1
                    out.append(x)
            return out, odd, left
        ''', '''
        def m(y):
            out, odd, left = [], {}, 0

            def compute(x):
                if x == 3:
                    return None
                if x % 2:
                    return f(x)
                elif x > 4:
                    return f(x + 1)
                return None

            for x, future in futures(compute, y):
                if x == 3:
                    left += 1
                    continue
                if x % 2:
                    odd[x] = future.result()
                elif x > 4:
                    value = future.result()
                    out.append(value)
                else:
                    left += 1
                    out.append(x)
            return out, odd, left
        '''),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    before, after = (HELPERS + textwrap.dedent(text).lstrip("\n") for text in GOLDEN[name])
    ways = [text for _, text in written(before)]
    assert f"from paradvisor import futures\n\n\n{after}" in ways


def test_threads_are_named() -> None:
    source = HELPERS + textwrap.dedent(GOLDEN["a call with the item"][0]).lstrip("\n")
    [(_, text)] = written(source, "threads")
    assert 'in futures(f, y, strategy="threads"):' in text


FORMS = {
    "a window on a list of its own": "pair = bytearray([x % 9])\nview = memoryview(pair)\n"
    "pair[0] = 9\ntotal += 1\nout.append(fine(sum(view)))",
    "what a view reads": "pair = [x, 3]\nview = enumerate(pair)\npair.append(9)\ntotal += 1\n"
    "out.append(fine(sum(a * b for a, b in view)))",
    "set on some ways only": "v = -1\ntotal += 1\nif x > 2:\n    v = f(x)\nout.append(v)",
    "set where it is found": "v = False\nprint(x)\nfor k in range(9):\n    if fine(k + x):\n"
    "        v = f(k)\n        break\nout.append(v)",
    "the second part raises": "total += 1\nout.append((x.real, f(x), f(x + 2)))",
    "what holds it is looked up first": "try:\n    v = f(x)\n    table[x] += f(v)\n"
    "except KeyError:\n    print('no key')\nexcept ValueError:\n    print('no value')",
    "an else of a loop": "total += 1\nv = 0\nfor k in range(3):\n    v = k + x\n"
    "    if v == 4:\n        break\nelse:\n    continue\nout.append(f(v))",
    "elif": "total += 1\nif x == 1:\n    v = 3\nelif x == 2:\n    v = f(x)\nelse:\n"
    "    v = f(x + 1)\nout.append(v)",
    "a list of its own that it fills": "print(x)\nvalues = []\nfor k in range(3):\n"
    "    values.append(f(k + x))\nout.append(values)",

    "what has been found ends it": "if len(out) > 3:\n    break\nv = f(x)\nout.append(v)",
    "an inner loop adds up": "total += 1\nn = 0\nfor k in range(3):\n    n += f(x + k)\n"
    "out.append(n)",
    "in a chain of conditions": "print(x)\nif x > 3:\n    total += 1\nelif x > 1:\n"
    "    out.append(f(x))\nelse:\n    out.append(0)",
    "behind a raise": "total += x\nif x > 8:\n    raise IndexError(x)\nout.append(f(x))",
    "two values": "print(x)\nout.append((f(x), f(x + 1)))\nseen.add(x)",
    "a table's entry": "total += 1\ntable.setdefault(x % 3, []).append(f(x))",
    "a return": "print(x)\nif fine(x) and f(x) > 40:\n    return x\nout.append(x)",
    "caught twice": "try:\n    total += 1\n    try:\n        out.append(f(x))\n"
    "    except KeyError:\n        total += 100\nexcept ValueError as error:\n    print(error)",
}


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("strategy", ["serial", "fork"])
@pytest.mark.parametrize("name", FORMS)
def test_does_the_same(name: str, strategy: str) -> None:
    source = HELPERS + (
        "def m(given):\n    y = [int(value) for value in given]\n"
        "    out, seen, table, total = [], set(), {}, 0\n"
        f"    for x in y:\n{textwrap.indent(FORMS[name], ' ' * 8)}\n"
        "    return out, seen, table, total\n"
    )
    ways = [text for way, text in written(source) if is_right(way)]
    assert ways or name == "an else of a loop"
    for after in ways:
        assert outcomes(after.encode(), strategy) == outcomes(source.encode(), "serial"), after


def test_a_list_that_is_only_read_may_be_used_on_both_sides() -> None:
    source = HELPERS + (
        "def total(items):\n    return f(sum(items))\n\n\n"
        "def m(given):\n    out = []\n    for text in [str(value) for value in given]:\n"
        "        row = [int(part) for part in text.split()]\n        print(row[0])\n"
        "        out.append((row[0], total(row)))\n    return out\n"
    )
    [(way, text)] = [(way, text) for way, text in written(source) if "future.result())" in text]
    assert is_right(way)
    assert "out.append(future.result())" in text
    assert outcomes(text.encode(), "serial") == outcomes(source.encode(), "serial")


REFUSED = {
    "what was seen decides": "if x in seen:\n    continue\nseen.add(x)\nout.append(f(x))",
    "the sum so far": "total += x\nout.append(f(total))",
    "what it prints": "print(x)\nnoisy(x)",
    "the item is changed": "x.append(1)\nout.append(g(x))",
    "what it reads is changed": "seen.add(x)\nout.append(f(len(seen)))",
    "a list of its own": "pair = [x]\nprint(x)\npair.append(f(x))\nout.append(pair)",
    "a list that comes back": "pair = [x]\nprint(x)\nother = same(pair)\nother.append(1)\n"
    "out.append(pair)",
    "a list that is changed": "pair = [x]\nprint(x)\nlast = more(pair)\nout.append(pair)",
    "an object that something older holds": "pair = [x]\nseen_pairs.append(pair)\n"
    "out.append(more(pair))",
    "what is changed where it is held": "pair = [x]\nseen_pairs.append(pair)\n"
    "seen_pairs[-1].append(x * 2)\nout.append(g(pair))",
    "a condition that uses it up": "walk = iter([x, 3, 4])\nif 3 in walk:\n    total += 1\n"
    "out.append(g(walk))",
    "which object it is": "total += 1\nv = f(x)\nif v is total:\n    out.append(v)",
    "what is set when it fails": "last = 1\ntry:\n    v = f(x)\n    last = 2\n    w = f(v)\n"
    "except ValueError:\n    print(last)\n    continue\nout.append(w)",
    "a setting of the process": "sys.setrecursionlimit(9000 + x)\nout.append(deep(x + 3))",
    "a lock decides": "with lock:\n    if x in seen:\n        continue\nout.append(f(x))",
    "an earlier round's": "print(last)\nlast = f(last + x)",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body = textwrap.indent(REFUSED[name], " " * 8)
    source = HELPERS + (
        "def noisy(v):\n    print(v)\n    return f(v)\n\n\n"
        "import sys\n\n\ndef deep(v):\n    return deep(v - 1) + 1 if v else 0\n\n\n"
        "def g(items):\n    return sum(items)\n\n\n"
        "def same(items):\n    f(items[0])\n    return items\n\n\n"
        "def more(items):\n    items.append(1)\n    return f(len(items))\n\n\n"
        "def m(given, lock):\n    y = [int(value) for value in given]\n"
        "    out, seen, seen_pairs, total, last = [], set(), [], 0, 0\n"
        f"    for x in y:\n{body}\n    return out, total, last\n"
    )
    assert not [way for way, _ in written(source) if is_right(way)]


HANDLERS = {
    "its traceback": "traceback.print_exc()",
    "an exception that says how it is copied": "pass",
}


@pytest.mark.parametrize("name", HANDLERS)
def test_an_exception_that_would_come_back_otherwise_is_a_doubt(name: str) -> None:
    made = "    def __reduce__(self):\n        return ValueError, ()\n"
    source = HELPERS + (
        f"{'import traceback' if 'its' in name else ''}\n\n\nclass Odd(ValueError):\n"
        f"{made if 'copied' in name else '    pass' + chr(10)}\n\n"
        "def m(y):\n    out = []\n    for x in y:\n        print(x)\n        try:\n"
        f"            out.append(f(x))\n        except ValueError:\n            {HANDLERS[name]}\n"
        "    return out\n"
    )
    _, _, [way] = found(source)
    assert way.verdict == "unknown"
    assert "travel" in {d.kind for d in way.dependences}


# --- loops made up ------------------------------------------------------------------------------

VALUES = st.sampled_from(["x", "b", "x + 1", "len(str(x))", "(b if x > 3 else 2)", "pair[-1]"])
CONDITIONS = st.sampled_from(
    ["x % 3 == 0", "b > 6", "not x % 2", "fine(x)", "pair[0] > 4", "x > 4 and b % 3", "total > 40"]
)
BEFORE = st.lists(
    st.one_of(
        st.sampled_from([
            "tried += 1", "print('at', x)", "left.append(x)", "b = x * 2", "pair.append(b)",
            "pair = [x, 1]", "b += 1", "for i in range(2):\n    b += i", "left.append(tried)",
            "total += b", "alias = pair\nalias.append(x + 3)", "if b > 3: b = 3",
            "try:\n    b = 12 // (x - 1)\nexcept ZeroDivisionError:\n    left.append('zero')",
        ]),
        st.builds("if {}:\n    left.append(x)\n    continue".format, CONDITIONS),
        st.builds("if {}: break".format, CONDITIONS),
        st.builds(
            "if {}:\n    b = {}\nelse:\n    left.append({})".format, CONDITIONS, VALUES, VALUES
        ),
        st.just(
            "try:\n    b = 12 // (x - 2)\nexcept ZeroDivisionError:\n    tried += 5\n    continue"
        ),
    ),
    max_size=4,
)
HEADS = st.one_of(
    st.builds("v = f({})".format, VALUES),
    st.builds("v = f({})\nw = f(v % 5)\nv += w".format, VALUES),
    st.builds("out.append(f({}))".format, VALUES),
    st.builds("total += f({})".format, VALUES),
    st.builds("if fine({}):\n    left.append(b)".format, VALUES),
)
AROUND = st.sampled_from([
    "{}",
    "try:\n    {}\nexcept ValueError as error:\n    print(error)\n    tried += 1",
    "try:\n    {}\nexcept ValueError:\n    continue\nfinally:\n    tried += 10",
    "if x % 2:\n    {}\nelse:\n    left.append('even')",
    "if b == 4:\n    print('four')\nelse:\n    {}",
])
AFTER = st.lists(
    st.sampled_from([
        "out.append(v)", "total += v", "table[x % 3] = v", "print(total)", "if v > 40: break",
        "left.append(b)", "if x % 4 == 1:\n    continue", "tried += b",
    ]),
    max_size=3,
)
ITERABLES = st.sampled_from(["y", "range(len(y))", "sorted(y)", "reversed(y)", "set(y)", "iter(y)"])


CAUGHT = """
def m(given):
    y = [int(value) for value in given]
    out, w = [], 0
    try:
        for x in y:
            v = f(x)
            w = v + f(x + 1)
            out.append(w)
    except ValueError as error:
        print("failed at", x, error)
        AFTER
    return out
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("after", ["print(w)", "return x", "pass"])
def test_what_is_read_where_an_exception_is_caught_is_of_that_iteration(after: str) -> None:
    source = HELPERS + CAUGHT.lstrip("\n").replace("AFTER", after)
    program = Program({"a.py": source}, {"a.py": "a"})
    function = next(f for f in program.modules["a.py"].functions if f.qualname == "m")
    node = next(node for node in function.own_nodes() if isinstance(node, ast.For))
    right = [split for split in splits(program, function, node) if is_right(split)]
    for split in right:
        change = Change(function, node, split, "fork", None)
        text = rewrite(source.encode(), [change])
        assert outcomes(text, "fork") == outcomes(source.encode(), "serial"), text.decode()
    assert right or after == "print(w)"  # of two, the first is set when the second fails


@st.composite
def sources(draw) -> str:
    head = draw(AROUND).replace("    {}", textwrap.indent(draw(HEADS), "    "))
    parts = ["b = 1\npair = [x]", *draw(BEFORE), head.replace("{}", draw(HEADS)), *draw(AFTER)]
    body = textwrap.indent("\n".join(parts), " " * 8)
    return HELPERS + (
        "def m(given):\n    y = [int(value) for value in given]\n"
        "    out, left, table, tried, total, v = [], [], {}, 0, 0, 0\n"
        f"    for x in {draw(ITERABLES)}:\n{body}\n"
        "    return out, left, table, tried, total, v\n"
    )


def same(source: str, strategy: str) -> None:
    expected = outcomes(source.encode(), "serial")
    for way, after in written(source):
        if is_right(way):
            assert outcomes(after.encode(), strategy) == expected, after


# --- several heads ------------------------------------------------------------------------------

LISTS = '''\
def build(v):
    if v % 7 == 4:
        raise KeyError(v)
    return [f(v + k) if (v + k) % 7 != 5 else 3 for k in range(3)]


def total_of(items):
    return f(sum(items))


def grown(items):
    items.append(f(len(items)))
    return f(items[0])


def same(items):
    f(3)
    return items


'''
FIRSTS = st.one_of(
    st.builds("v = f({})".format, VALUES),
    st.builds("doc = build({})".format, VALUES),
    st.builds("out.append(build({}))".format, VALUES),
    st.builds("total += f({})".format, VALUES),
    st.builds("v = f({})\ndoc = [v, x]".format, VALUES),
)
BETWEEN = st.lists(
    st.sampled_from([
        "tried += 1", "print('at', x)", "left.append(x)", "doc.append(b)", "left.append(doc)",
        "total += len(doc)", "table[x % 3] = doc", "print(doc, v)", "b = v + 1", "pair.append(v)",
        "if total > 40: break", "if doc[0] % 3 == 0:\n    continue", "doc = doc[:2]", "pair = doc",
        "if x % 4 == 1:\n    continue", "doc = [x]", "v = 2", "alias = doc\nalias[0] = x",
        "if x > 3: doc = build(x - 1)", "doc.sort()",
    ]),
    max_size=3,
)
SECONDS = st.one_of(
    st.sampled_from([
        "w = total_of(doc)", "w = f(v)", "w = grown(doc)", "w = f(v + len(doc))",
        "out.append((x, total_of(doc)))", "out.append(f(b))", "w = same(doc)",
        "total += total_of(pair)", "v = total_of(doc)", "doc = build(len(doc))", "w = f(total)",
        "w = f(tried)",
    ]),
    st.builds("w = f({})".format, VALUES),
)
SOMEWHERE = st.sampled_from([
    "{}",
    "{}",
    "try:\n    {}\nexcept ValueError as error:\n    print(error)\n    tried += 1",
    "try:\n    {}\nexcept (KeyError, ValueError):\n    left.append(-x)\n    continue",
    "try:\n    {}\nfinally:\n    tried += 10",
    "try:\n    {}\nexcept KeyError:\n    continue\nelse:\n    left.append(v)",
    "if x % 2:\n    {}\nelse:\n    left.append('even')",
    "if b % 4 == 2:\n    v = f(b + 1)\nelse:\n    {}",
    "if x > 5:\n    {}\nelif x > 2:\n    out.append(build(b))\nelse:\n    left.append(x)",
])
LAST = st.lists(
    st.sampled_from([
        "out.append(w)", "total += len(doc)", "print(w)", "doc.append(3)", "left.append(doc)",
        "table[b] = (doc, w)", "if total > 90: break", "w = f(x)", "left.append(pair)",
    ]),
    max_size=3,
)


@st.composite
def with_several(draw) -> str:
    def somewhere(form) -> str:
        around = draw(SOMEWHERE)
        inner = draw(form)
        return around.replace("    {}", textwrap.indent(inner, "    ")).replace("{}", inner)

    begun = draw(st.one_of(st.just([]), BEFORE))
    heads = somewhere(FIRSTS), somewhere(SECONDS)
    parts = ["b = 1\npair = [x, 2]", *begun, heads[0], *draw(BETWEEN), heads[1], *draw(LAST)]
    body = textwrap.indent("\n".join(parts), " " * 8)
    return HELPERS + LISTS + (
        "def m(given):\n    y = [int(value) for value in given]\n"
        "    out, left, table, tried, total, v, w, doc = [], [], {}, 0, 0, 0, 0, [1]\n"
        f"    for x in {draw(ITERABLES)}:\n{body}\n"
        "    return out, left, table, tried, total, v, w, doc\n"
    )


@settings(max_examples=150, **common)
@given(with_several())
def test_several_heads_one_by_one(source: str) -> None:
    same(source, "serial")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@settings(max_examples=60, **common)
@given(with_several())
def test_several_heads_in_processes(source: str) -> None:
    same(source, "fork")


@settings(max_examples=200, **common)
@given(sources())
def test_made_up_loops_one_by_one(source: str) -> None:
    same(source, "serial")


@settings(max_examples=40, **common)
@given(sources())
def test_made_up_loops_in_threads(source: str) -> None:
    same(source, "threads")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@settings(max_examples=40, **common)
@given(sources())
def test_made_up_loops_in_processes(source: str) -> None:
    same(source, "fork")


def test_several_statements_on_a_line_are_left_alone() -> None:
    source = HELPERS + (
        "def m(y):\n    out, n = [], 0\n    for x in y:\n        n += 1\n"
        "        v = f(x); out.append(v)\n    return out, n\n"
    )
    with pytest.raises(InconclusiveError, match="several statements"):
        written(source)


READING = '''\
class Odd(ValueError):
    pass


def parsed(text):
    if len(text) % 7 == 3:
        raise Odd(text[:5])
    return sum(map(ord, text))


def m(given):
    y = [int(value) for value in given]
    out, failed, n = {}, [], 0
    for x in y:
        n += 1
        with open(FILE) as file:
            text = file.read()[: 10 + x]
        try:
            value = parsed(text)
        except KIND as error:
            failed.append(str(error))
            continue
        out[x] = value
        AFTER
    return out, failed, n
'''


@pytest.mark.parametrize(("kind", "after", "reads"), [
    ("Odd", "print(n)", 1), ("Odd", "print(len(text))", 2), ("ValueError", "print(n)", 2),
    ("(Odd, OSError)", "print(n)", 2),
])
def test_what_only_the_worker_needs_it_alone_reads(kind: str, after: str, reads: int) -> None:
    source = READING.replace("KIND", kind).replace("AFTER", after)
    source = f"FILE = {ast.__file__!r}\n\n\n{source}"
    [(way, text)] = [
        (way, text) for way, text in written(source) if "value = future.result()" in text
    ]
    assert is_right(way), way.dependences
    assert text.count("with open(FILE)") == reads
    # In threads, since what is executed here is no module that a process could take Odd from.
    assert outcomes(text.encode(), "threads") == outcomes(source.encode(), "serial"), text
