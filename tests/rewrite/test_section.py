"""What is written for a loop, to the letter; and that it does what the loop did."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paradvisor.analysis.dependences import split
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.source import Program
from paradvisor.errors import InconclusiveError
from paradvisor.rewrite.section import Change, rewrite


def changed(
    source: str | bytes, number: int = 1, strategy: str = "fork", workers: int | None = None
) -> bytes:
    """The source with its so-manieth loop shared out, whatever the verdict."""
    raw = source if isinstance(source, bytes) else source.encode()
    text = io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline=None).read()
    module = Program({"a.py": text}, {}).modules["a.py"]
    found = sorted(
        ((node.lineno, node.col_offset, function, node)
         for function in module.functions for node in loop_nodes(function)
         if not isinstance(node, ast.While | ast.AsyncFor)), key=lambda entry: entry[:2],
    )
    _, _, function, node = found[number - 1]
    parts = split(Program({"a.py": text}, {}), function, node)
    # The loop of the program that was split.
    return rewrite(raw, [Change(function, node, parts, strategy, workers)])


CASES = {
    "append": ('''
        def f(x):
            return x + 1


        def main(items):
            out = []
            for item in items:
                value = f(item)
                out.append(value)
            return out
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            out = []

            def section():
                for item in scheduled(items):
                    value = f(item)
                    yield value

            for value in parallel(section):
                out.append(value)
            return out
        '''),
    "hoisted": ('''
        """Doc."""

        from __future__ import annotations

        import sys
        from collections import deque

        import zzz


        def f(x):
            return x + 1


        def main():
            total = 0
            # why

            # and how
            for x in range(10):  # turn
                total += f(x)  # add
                # the end
            print(total)
        ''', '''
        """Doc."""

        from __future__ import annotations

        import sys
        from collections import deque

        import zzz
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main():
            total = 0
            # why

            # and how
            def section():
                for x in scheduled(range(10)):  # turn
                    yield f(x)

            for result in parallel(section):
                total += result  # add
                # the end
            print(total)
        '''),
    "comments in a comprehension": ('''
        def f(x):
            return x + 1


        def main(items):
            lengths = [  # all of them
                # as pairs
                (f(n), n)  # steps first
                # of each
                for n in items  # given
                # but
                if n % 3  # odd ones
                # the end
            ]
            return lengths
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            def section():
                # all of them
                # of each
                # the end
                for n in scheduled(items):  # given
                    # but
                    if n % 3:  # odd ones
                        # as pairs
                        yield (f(n), n)  # steps first

            lengths = list(parallel(section))
            return lengths
        '''),
    "names that are taken": ('''
        import os

        import aaa
        from bbb import parallel


        def section():
            pass


        def f(x):
            return x


        def main(scheduled):
            result = 0
            for x in scheduled:
                result += f(x)
            return result
        ''', '''
        import os

        import aaa
        from bbb import parallel
        from paradvisor import parallel as parallel_2
        from paradvisor import scheduled as scheduled_2


        def section():
            pass


        def f(x):
            return x


        def main(scheduled):
            result = 0

            def section_2():
                for x in scheduled_2(scheduled):
                    yield f(x)

            for result_2 in parallel_2(section_2):
                result += result_2
            return result
        '''),
    "already imported": ('''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            out = []
            for item in items:
                value = f(item)
                out.append(value)
            return out
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            out = []

            def section():
                for item in scheduled(items):
                    value = f(item)
                    yield value

            for value in parallel(section):
                out.append(value)
            return out
        '''),
    "comprehension": ('''
        def f(x, y):
            return x + y


        def main(a, b):
            first = 1
            # all of them
            return first, [f(x, y) for x in a if x for y in b if y > x if y]
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x, y):
            return x + y


        def main(a, b):
            first = 1

            # all of them
            def section():
                for x in scheduled(a):
                    if x:
                        for y in b:
                            if y > x:
                                if y:
                                    yield f(x, y)

            return first, list(parallel(section))
        '''),
    "module level": ('''
        def f(x):
            return x + 1


        out = []
        for number in range(3):
            text = f(number)
            out.append(text)
        print(out)
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        out = []


        def section():
            for number in scheduled(range(3)):
                text = f(number)
                yield text


        for text in parallel(section):
            out.append(text)
        print(out)
        '''),
    "method": ('''
        def f(x):
            return x + 1


        class Thing:
            def method(self, items):
                for number, item in enumerate(items):
                    size = f(item)
                    self.sizes[number] = size
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        class Thing:
            def method(self, items):
                def section():
                    for number, item in scheduled(enumerate(items)):
                        size = f(item)
                        yield number, size

                for number, size in parallel(section):
                    self.sizes[number] = size
        '''),
}

#: As above, of sources that no formatter would leave as they are.
CASES["store in a branch"] = ('''
        def build(items):
            prices = {}
            for item in items:
                if item.hidden:
                    continue
                prices[item.name] = price(item)
            return prices
        ''', '''
        from paradvisor import parallel, scheduled


        def build(items):
            prices = {}

            def section():
                for item in scheduled(items):
                    if item.hidden:
                        continue
                    yield item.name, price(item)

            for key, value in parallel(section):
                prices[key] = value
            return prices
        ''')

UNFORMATTED = {
    "comments of a one-line loop": ('''
        def f(x):
            return x + 1


        def main(items):
            out = []
            for item in items: value = f(item); out.append(value)  # hot
            return out
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            out = []

            def section():
                for item in scheduled(items):
                    value = f(item)
                    yield value

            for value in parallel(section):
                out.append(value)  # hot
            return out
        '''),
    "lines that the brackets held together": ('''
        def f(x):
            return x + 1


        def main(items):
            return [
                f(n)  # one
                + 1
                for n in items
                if n
                % 2
            ]
        ''', '''
        from paradvisor import parallel, scheduled


        def f(x):
            return x + 1


        def main(items):
            def section():
                for n in scheduled(items):
                    if (n
                        % 2):
                        yield (f(n)  # one
                            + 1)

            return list(parallel(section))
        '''),
}


@pytest.mark.parametrize("name", [*CASES, *UNFORMATTED])
def test_golden(name: str) -> None:
    before, after = (
        textwrap.dedent(text).lstrip("\n") for text in (CASES | UNFORMATTED)[name]
    )
    assert changed(before).decode() == after


@pytest.mark.parametrize("name", CASES)
def test_formatted_source_stays_formatted(name: str, tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or shutil.which("ruff", path=sysconfig.get_path("scripts"))
    if ruff is None:
        pytest.skip("ruff is not installed")
    before = textwrap.dedent(CASES[name][0]).lstrip("\n").encode()
    for number, text in enumerate((before, changed(before))):
        file = tmp_path / f"{number}.py"
        file.write_bytes(text)
        command = [ruff, "format", "--isolated", "--diff", "--no-cache", str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                             cwd=tmp_path)
        assert ran.returncode == 0, ran.stdout
        command = [ruff, "check", "--isolated", "--select", "I", "--no-cache", str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                             cwd=tmp_path)
        assert ran.returncode == 0, ran.stdout


def test_threads_are_named() -> None:
    after = changed(textwrap.dedent(CASES["append"][0]), strategy="threads", workers=7).decode()
    assert 'parallel(section, strategy="threads", workers=7)' in after


HEADERS = {
    "nothing": ("", 'from paradvisor import parallel, scheduled\n\n'),
    "shebang": ("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# licence\n\n",
                "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# licence\n\n"
                "from paradvisor import parallel, scheduled\n\n"),
    "docstring": ('"""Doc."""\n\n', '"""Doc."""\n\nfrom paradvisor import parallel, scheduled\n\n'),
    "future": ("from __future__ import annotations\n\n",
               "from __future__ import annotations\n\n"
               "from paradvisor import parallel, scheduled\n\n"),
    "standard library": ("import os\nimport sys\n\n", "import os\nimport sys\n\n"
                         "from paradvisor import parallel, scheduled\n\n"),
    "third parties": ("import os\n\nimport numpy as np\nfrom yaml import load\n\n",
                      "import os\n\nimport numpy as np\n"
                      "from paradvisor import parallel, scheduled\nfrom yaml import load\n\n"),
    "relative": ("from . import other\n\n",
                 "from paradvisor import parallel, scheduled\n\nfrom . import other\n\n"),
    "comment after": ("import os\n\n# the data\n", "import os\n\n"
                      "from paradvisor import parallel, scheduled\n\n# the data\n"),
    "import in a try": ("try:\n    import yaml\nexcept ImportError:\n    yaml = None\n\n",
                        "from paradvisor import parallel, scheduled\n\n"
                        "try:\n    import yaml\nexcept ImportError:\n    yaml = None\n\n"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_place_of_the_import(name: str) -> None:
    header, expected = HEADERS[name]
    rest = ("data = [1]\nout = []\nfor x in data:\n    y = sum(range(x))\n"
            "    out.append(y)\n")
    after = changed(header + rest).decode()
    assert after.startswith(f"{expected}data = [1]\nout = []\n\n\ndef section():\n"), after


REFUSED = {
    "break first": "for x in y:\n    if x: break\n    out.append(f(x))\n",
    "in a header": "while any(f(x) for x in y):\n    y = []\n",
    "yield": "def g(y):\n    for x in y:\n        yield f(x)\n",
    "await": "async def g(y):\n    for x in y:\n        z = await f(x)\n",
    "async": "async def g(y):\n    for x in y:\n        z = f(x)\n        out.append(z)\n",
    "carried": "s = 0\nfor x in y:\n    s = s * 2 + x\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(InconclusiveError):
        changed(REFUSED[name])


WRITTEN = {
    "one line": """
        def m(y):
            o = []
            for x in y: z = f(x + 1); o.append(z)
            return o
    """,
    "semicolons": """
        def m(y):
            o = []
            for x in y:
                z = f(x + 1); o.append(z); a = 1
            return o
    """,
    "parentheses": """
        def m(y):
            o = []
            for (x) in (y):
                (z) = f((x + 1))
                o.append(
                    z)
            return o
    """,
    "tuple": """
        def m(y):
            o = []
            for x in 1, 2, *y:
                z = f(x + 1)
                o.append(z)
            return o
    """,
    "unpacking": """
        def m(y):
            o = []
            for n, (x, *r) in enumerate([(v, v, v) for v in y]):
                z = f(x + n)
                o.append((z, r))
            return o
    """,
    "nested": """
        def m(y):
            o = []
            for x in y:
                s = 0
                for k in range(x):
                    s += k
                o.append(s)
            return o
    """,
    "continue": """
        def m(y):
            o = []
            for x in y:
                if x % 2:
                    continue
                z = f(x * 3)
                o.append(z)
            return o
    """,
    "after the loop": """
        def m(y):
            o = []
            x = z = None
            for x in y:
                z = f(x + 1)
                o.append(z)
            return o, x, z
    """,
    "in an if": """
        def m(y):
            o = []
            if y:
                for x in y:
                    z = f(x + 1)
                    o.append(z)
            else:
                o = None
            return o
    """,
    "in a try": """
        def m(y):
            o = []
            try:
                for x in y:
                    z = f(6 // x)
                    o.append(z)
            except ZeroDivisionError as e:
                o.append(str(e))
            return o
    """,
    "closure": """
        def m(y):
            k = 3
            def g():
                o = []
                for x in y:
                    z = f(x + k)
                    o.append(z)
                return o
            return g()
    """,
    "dict": """
        def m(y):
            d = {}
            for x in y:
                z = f(x // 2)
                d[z] = x
            return d
    """,
    "histogram": """
        def m(y):
            d = [0] * 20
            for x in y:
                z = f(x % 9)
                d[z] += 1
            return d
    """,
    "print": """
        def m(y):
            for x in y:
                z = f(x * x)
                print(x, z)
    """,
    "multi-line text": """
        def m(y):
            o = []
            for x in y:
                z = f(f'''a
          {x}
        \tb''')
                o.append(z)
            return o
    """,
    "comprehension": """
        def m(y):
            return [f(x) for x in y if x]
    """,
    "comprehension in an argument": """
        def m(y):
            return sum([f(x) for x in y], 5)
    """,
    "comprehension of tuples": """
        def m(y):
            return [(x, -x) for x in y]
    """,
    "comprehension with a clash": """
        def m(y):
            x = 5
            o = [x for x in y]
            return o, x
    """,
    "comprehension in a condition": """
        def m(y):
            if [x for x in y if x > 3]:
                return 1
            return 0
    """,
    "comprehension in an elif": """
        def m(y):
            if not y:
                return 0
            elif [x for x in y if x > 3]:
                return 1
            return 2
    """,
    "comprehension in a with": """
        import contextlib
        def m(y):
            with contextlib.nullcontext([x for x in y]) as o:
                return o
    """,
    "comprehension in a lambda": """
        def m(y):
            f = lambda v: [x + 1 for x in v]
            return f(y)
    """,
    "comprehension in a default": """
        Y = [1, 2]
        def m(y, o=[x + 1 for x in Y]):
            return o
    """,
    "comprehension in a decorator": """
        def d(v):
            return lambda f: f
        @d([x for x in (1, 2)])
        def m(y):
            return y
    """,
    "comprehension in a while": """
        def m(y):
            n = 0
            while len([x for x in y if x > n]) > 1:
                n += 1
            return n
    """,
    "comprehension that is not always evaluated": """
        def m(y):
            return y and [10 // x for x in y if x != 3] if 0 not in y else None
    """,
    "comprehension of a comprehension": """
        def m(y):
            return [[k for k in range(x)] for x in y]
    """,
    "comprehension after another": """
        def m(y):
            z = y
            return (z := y[1:]), [x for x in z]
    """,
    "comprehension in a class": """
        class C:
            k = [1, 2]
            o = [x + 1 for x in k]
        def m(y):
            return C.o
    """,
    "gathering in branches": """
        def m(y):
            out = []
            for x in y:
                if x % 3 == 0:
                    out.append(f(x))
                    continue
                try:
                    out.append(10 // (x % 4))
                except ZeroDivisionError:
                    out.append(-1)
            return out
    """,
    "stores in branches": """
        def m(y):
            table = {}
            for n, x in enumerate(y):
                if x == 4:
                    continue
                if x % 3:
                    table[x] = f(x)
                else:
                    table[n, x % 2] = f(x) + 1
            return list(table.items())
    """,
    "stores in inner loops": """
        def m(y):
            table, counts = {}, [0.5] * 9
            for x in y:
                for k in range(x % 5):
                    table[x, k] = [f(k)]
            for x in y:
                for k in range(x % 7):
                    counts[x % 11] += f(k) / 3
            return list(table.items()), counts
    """,
    "stored and changed later": """
        def m(y):
            table = {}
            for x in y:
                for k in range(x % 5):
                    found = [f(k)]
                    table[x, k] = found
                    found.append(k)
            return list(table.items())
    """,
    "a key that fails": """
        def m(y):
            table = {0: 1, 1: 1, 2: 1}
            for x in y:
                if x == 1:
                    continue
                table[x] += f(x)
                f(x) // (x - 9)
            return table
    """,
    "adding up in inner loops": """
        def m(y):
            total = 0.1
            for x in y:
                for k in range(x % 5):
                    total += f(k) / 7
            else:
                total += 1
            return total
    """,
    "items changed in place": """
        from types import SimpleNamespace
        def m(y):
            items = [SimpleNamespace(v=v) for v in y]
            same = items[:1]
            for item in items:
                item.v = f(item.v)
            for n, item in enumerate(items):
                item.v = f(item.v) + n
            return [item.v for item in items], [a is b for a, b in zip(same, items)]
    """,
    "elements changed in place": """
        def m(y):
            for n in range(len(y)):
                y[n] = f(y[n])
            for n, x in enumerate(y):
                y[n] = f(x)
            return y
    """,
    "first match": """
        def m(y):
            for x in y:
                z = f(x)
                if z > 8:
                    return x, z
            for n in y:
                z = f(n)
                if z == 4:
                    break
            else:
                return None
            return n, z
    """,
    "extremes": """
        def m(y):
            best, who = None, None
            for n, x in enumerate(y):
                z = f(x) % 7
                if best is None or z > best:
                    best, who = z, n
            return best, who
    """,
    "counting": """
        def m(y):
            counts = {}
            for x in y:
                key = f(x) % 3
                counts[key] = counts.get(key, 0) + 1
            return list(counts.items())
    """,
    "set and dict": """
        def m(y):
            a = {f(x) % 5 for x in y if x}
            b = {x: f(x) for x in y}
            return sorted(a), list(b.items())
    """,
    "generator expressions": """
        def m(y):
            a = sum(f(x) for x in y if x != 3)
            b = max((f(x) for x in y), default=None)
            c = any(f(x) > 6 for x in y)
            return a, b, c, list(f(x) for x in y)
    """,
    "map": """
        def m(y):
            a = list(map(f, y))
            b = sum(map(lambda p, q: p * q, y, a))
            return a, b
    """,
    "two on a line": """
        def m(y):
            return [x for x in y], [x + 1 for x in y]
    """,
}

INPUTS: list[list[int]] = [[], [1], [3, 1, 4, 1, 5, 9, 2, 6], list(range(40)), [2, 0, 1]]


def outcomes(source: bytes, strategy: str) -> list[object]:
    """What m gives for every input, with what it prints, or what it raises."""
    os.environ["PARADVISOR_STRATEGY"] = strategy
    os.environ["PARADVISOR_WORKERS"] = "3"
    try:
        namespace: dict[str, object] = {"__name__": "made"}
        exec(compile(source, "made.py", "exec", dont_inherit=True), namespace)
        found: list[object] = []
        for values in INPUTS:
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out):
                    found.append(namespace["m"](list(values)))  # type: ignore[operator]
            except Exception as error:
                found.append((type(error), str(error)))
            found.append(out.getvalue())
        return found
    finally:
        del os.environ["PARADVISOR_STRATEGY"], os.environ["PARADVISOR_WORKERS"]


def loops_in(source: str) -> int:
    """How many of them are in functions or at the top level, as the tool sees them."""
    module = Program({"a.py": source}, {}).modules["a.py"]
    return sum(not isinstance(node, ast.While | ast.AsyncFor)
               for function in module.functions for node in loop_nodes(function))


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("strategy", ["serial", "threads", "fork"])
@pytest.mark.parametrize("name", WRITTEN)
def test_does_the_same(name: str, strategy: str) -> None:
    source = "def f(v):\n    return v * 2\n\n\n" + textwrap.dedent(WRITTEN[name]).lstrip("\n")
    expected = outcomes(source.encode(), "serial")
    written = 0
    for number in range(1, loops_in(source) + 1):
        try:
            after = changed(source, number)
        except (InconclusiveError, IndexError):  # IndexError: in a lambda or a class, not looked at
            continue
        written += 1
        assert outcomes(after, strategy) == expected, after.decode()
    if name not in ("comprehension in a class", "nested"):
        assert written or "comprehension in" in name or name in (
            "continue", "in an if")


# --- loops made up -------------------------------------------------------------------------------

EXPRESSIONS = st.deferred(lambda: st.one_of(
    st.sampled_from(["x", "k", "len(str(x))", "abs(x - 3)", "a", "2"]),
    st.builds("({} {} {})".format, EXPRESSIONS, st.sampled_from(["+", "-", "*"]), EXPRESSIONS),
    st.builds("f({})".format, EXPRESSIONS),
    st.builds("({} if {} > 3 else {})".format, EXPRESSIONS, EXPRESSIONS, EXPRESSIONS),
))
HEADS = st.lists(
    st.one_of(
        st.builds("a = {}".format, EXPRESSIONS),
        st.builds("a += {}".format, EXPRESSIONS),
        st.builds("if {} > 5:\n            a = 0".format, EXPRESSIONS),
        st.builds("for i in range(2):\n            a += i * {}".format, EXPRESSIONS),
        st.just("# a comment"),
    ),
    max_size=3,
)
TAILS = st.lists(
    st.one_of(
        st.builds("out.append({})".format, EXPRESSIONS),
        st.builds("total += {}".format, EXPRESSIONS),
        st.builds("table[{} % 5] = x".format, EXPRESSIONS),
        st.builds("table[x % 3] = table.get(x % 3, 0) + {}".format, EXPRESSIONS),
        st.builds("if x % 2:\n            table[x, {}] = {}".format, EXPRESSIONS, EXPRESSIONS),
        st.builds("for n in range(x % 3):\n            table[n] = {}".format, EXPRESSIONS),
        st.builds("print({})".format, EXPRESSIONS),
        st.builds("if {} > 4:\n            total = total * 2 + 1".format, EXPRESSIONS),
        st.builds("last = {}".format, EXPRESSIONS),
    ),
    min_size=1, max_size=3,
)
ITERABLES = st.sampled_from(["y", "range(len(y))", "sorted(y)", "y[::-1]", "reversed(y)", "set(y)"])


@st.composite
def sources(draw) -> str:
    body = "\n        ".join(["a = x + 1", *draw(HEADS), *draw(TAILS)])
    return (
        "def f(v):\n    return v * 2 + 1\n\n\n"
        "def m(y):\n    out, table, total, last, k = [], {}, 0, None, 3\n"
        f"    for x in {draw(ITERABLES)}:\n        {body}\n"
        "    return out, table, total, last, k\n"
    )


def same(source: str, strategy: str) -> None:
    module = Program({"a.py": source}, {}).modules["a.py"]
    function = next(f for f in module.functions if f.qualname == "m")
    node = next(n for n in function.node.body if isinstance(n, ast.For))
    parts = split(Program({"a.py": source}, {}), function, node)
    if parts.verdict != "safe":
        return
    after = rewrite(source.encode(), [Change(function, node, parts, "fork", None)])
    assert outcomes(after, strategy) == outcomes(source.encode(), "serial"), after.decode()


common = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=150, **common)
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


IMPORTS = {
    "by name, whatever its case": (
        "from PIL import Image", "from paradvisor import parallel, scheduled\nfrom PIL import Image"
    ),
    "first of its block": (
        "import warnings\n\nfrom sklearn import svm",
        "import warnings\n\nfrom paradvisor import parallel, scheduled\nfrom sklearn import svm",
    ),
    "after a comment's block": (
        "import os\n\n# pinned\nimport zlib_ng",
        "import os\n\n# pinned\nimport zlib_ng\nfrom paradvisor import parallel, scheduled",
    ),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_the_import_stands_where_isort_puts_it(name: str) -> None:
    before, after = IMPORTS[name]
    loop = "\n\nout = []\nfor item in [1, 2]:\n    out.append(pow(item, item))\n"
    found = changed(before + loop).decode()
    assert found.startswith(after + "\n\nout = []\n")


def test_modules_beside_the_program_come_after_those_of_others(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    source = "import mine\n\nout = []\nfor item in [1, 2]:\n    out.append(pow(item, item))\n"
    file = str(tmp_path / "a.py")
    program = Program({file: source}, {})
    function = program.modules[file].top
    node = next(n for n in loop_nodes(function) if isinstance(n, ast.For))
    change = Change(function, node, split(program, function, node), "fork", None)
    found = rewrite(source.encode(), [change]).decode()
    assert found.startswith("from paradvisor import parallel, scheduled\n\nimport mine\n\n")


def test_a_row_that_one_expression_reads_stays_at_home() -> None:
    source = """
        def main(table, f):
            out = []
            for number, row in table.rows():
                price = f(row)
                out.append(
                    {"line": number, "name": row["name"], "price": price, "currency": "EUR"}
                )
            return out
        """
    found = changed(textwrap.dedent(source)).decode()
    assert 'yield {"line": number, "name": row["name"], "price": price, "currency": "EUR"}' in found
    assert "out.append(result)" in found


KEYED = """
    def main():
        items = [3, 1, 2]
        {statement}
"""
BY_KEY = {
    "best = sorted(items, key=score, reverse=True)": """
        ranking = sorted(zip(parallel(section), items), key=lambda pair: pair[0], reverse=True)
        best = [item for _, item in ranking]
        """,
    "return max(items, key=score)": """
        return max(zip(parallel(section), items), key=lambda pair: pair[0])[1]
        """,
    "use(sorted(items, key=score))": """
        use([item for _, item in sorted(zip(parallel(section), items), key=lambda pair: pair[0])])
        """,
}


@pytest.mark.parametrize("statement", BY_KEY)
def test_an_expensive_key_is_computed_ahead(statement: str) -> None:
    found = changed(textwrap.dedent(KEYED).format(statement=statement)).decode()
    loop = "for item in scheduled(items):\n            yield score(item)\n"
    section = f"    def section():\n        {loop}"
    after = textwrap.indent(textwrap.dedent(BY_KEY[statement]).strip("\n"), "    ")
    assert found.endswith(f"{section}\n{after}\n")


@given(
    items=st.lists(st.integers(-9, 9), min_size=1),
    how=st.sampled_from(["sorted", "min", "max"]), reverse=st.booleans(),
)
def test_what_is_chosen_by_key_is_the_very_same(items: list[int], how: str, reverse: bool) -> None:
    option = ", reverse=True" if reverse and how == "sorted" else ""
    source = (f"items = [[n] for n in {items}]\n"
              f"found = {how}(items, key=lambda item: item[0] * item[0] // 3{option})\n")
    results = []
    for text in (source, changed(source).decode()):
        names: dict[str, object] = {}
        exec(compile(text, "a.py", "exec"), names)
        numbers = {id(item): number for number, item in enumerate(names["items"])}  # type: ignore[call-overload]
        found = names["found"] if how == "sorted" else [names["found"]]
        results.append([numbers[id(item)] for item in found])  # type: ignore[attr-defined]
    assert results[0] == results[1]


def test_what_has_no_index_is_not_gone_over_twice() -> None:
    with pytest.raises(InconclusiveError, match="a name, as a list"):
        changed("def main(lines):\n    return sorted(lines, key=score)\n")
    with pytest.raises(InconclusiveError, match="a name, as a list"):
        changed("def main():\n    return max(open('a'), key=score)\n")
