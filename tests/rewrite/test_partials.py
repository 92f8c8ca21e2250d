"""What is written for loops whose iterations have their own parts of what is added up."""

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
from paradvisor.rewrite.section import Change, rewrite
from tests.rewrite.test_section import common, outcomes

HELPERS = '''\
from collections import Counter, defaultdict


def f(v):
    return [v * k % 11 for k in range(v % 4 + 2)]


'''


def found(source: str) -> tuple[Function, ast.For, list[Split]]:
    """The first loop of m, and its splits in which iterations have parts of their own."""
    program = Program({"a.py": source}, {"a.py": "a"})
    function = next(f for f in program.modules["a.py"].functions if f.qualname == "m")
    node = min((n for n in function.own_nodes() if isinstance(n, ast.For)), key=lambda n: n.lineno)
    return function, node, [s for s in splits(program, function, node) if s.parts]


def written(source: str, strategy: str = "fork") -> tuple[Split, str] | None:
    function, node, ways = found(source)
    if not ways:
        return None
    change = Change(function, node, ways[0], strategy, None)
    return ways[0], rewrite(source.encode(), [change]).decode()


def is_right(split: Split) -> bool:
    """Whether nothing is in doubt but what a trial would see of types."""
    return not split.dependences


GOLDEN = {
    "a log": ('''
        def m(y):
            hits = Counter()
            rows, bad = [], 0

            # One by one.
            for x in y:
                # All of it.
                for v in f(x):
                    if v == 3:
                        bad += 1  # odd
                        continue
                    hits[v] += 1
                    rows.append((x, v))
                # The end.
            return hits, rows, bad
        ''', '''
        def m(y):
            hits = Counter()
            rows, bad = [], 0

            # One by one.
            def section():
                for x in scheduled(y):
                    bad = 0
                    hits = Counter()
                    rows = []
                    # All of it.
                    for v in f(x):
                        if v == 3:
                            bad += 1  # odd
                            continue
                        hits[v] += 1
                        rows.append((x, v))
                    yield bad, hits, rows

            for more_bad, more_hits, more_rows in parallel(section):
                bad += more_bad
                hits.update(more_hits)
                rows.extend(more_rows)
                # The end.
            return hits, rows, bad
        '''),
    "left early": ('''
        def m(y):
            skipped = total = 0
            sums = defaultdict(int)
            key = 3
            for x in y:
                if x % 3 == 0: skipped += 1; continue
                for v in f(x):
                    sums[v] += v
                    total += len(str(v))
                    if v > 8:
                        break
                else:
                    skipped += 2
                    continue
                total += 1
            return list(sums.items()), skipped, total, key
        ''', '''
        def m(y):
            skipped = total = 0
            sums = defaultdict(int)
            key = 3

            def section():
                for x in scheduled(y):
                    skipped = 0
                    sums = defaultdict(int)
                    total = 0
                    if x % 3 == 0:
                        skipped += 1
                        yield skipped, sums, total
                        continue
                    for v in f(x):
                        sums[v] += v
                        total += len(str(v))
                        if v > 8:
                            break
                    else:
                        skipped += 2
                        yield skipped, sums, total
                        continue
                    total += 1
                    yield skipped, sums, total

            for more_skipped, more_sums, more_total in parallel(section):
                skipped += more_skipped
                for key_2, value in more_sums.items():
                    sums[key_2] += value
                total += more_total
            return list(sums.items()), skipped, total, key
        '''),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_is_written_as_a_person_would(name: str) -> None:
    before, after = (textwrap.dedent(text).lstrip("\n") for text in GOLDEN[name])
    done = written(HELPERS + before)
    assert done is not None
    _, text = done
    assert text.partition("    return [v *")[2].partition("\n\n\n")[2] == after


# --- the same, whatever is added up -----------------------------------------------------------

ADDED = {
    "n += len(str(v))": "", "n -= 1": "", "n += given[0] - 4": "rounding", "out.append((x, v))": "",
    "out.extend([v, x])": "", "out += [v]": "alias", "table[v % 5] = (x, v)": "",
    "table[v] = table.get(v, 0) + 1": "", "hits[v % 3] += 1": "", "hits.update([v, x % 3])": "",
    "hits[v] -= 2": "", "sums[f(v)[0]] += len(str(v))": "", "lists[v % 3].append(x)": "",
    "table.setdefault(v % 4, []).append(x)": "", "seen.add(str(v))": "",
    "groups[v % 2].add(str(x))": "", "seen.add(v)": "rounding", "n += v / 3": "rounding",
}
"""Statement -> the kind of what is not known of it, from the source alone."""
NEW = """\
    n, out, table, hits, seen = 0, [], {}, Counter(), set()
    sums, lists, groups = defaultdict(int), defaultdict(list), defaultdict(set)
"""
GIVEN = """\
    kept = [[*each.items()] for each in (table, hits, sums, lists)]
    return n, out, kept, sorted(map(str, seen)), [(k, sorted(v)) for k, v in groups.items()]
"""


def program_of(statements: list[str], before: str = "pass", after: str = "pass") -> str:
    inner = textwrap.indent("\n".join(statements), " " * 12)
    return (
        f"{HELPERS}def m(given):\n    y = [int(value) for value in given]\n{NEW}"
        f"    {before}\n    for x in y:\n        for v in f(x):\n{inner}\n        {after}\n{GIVEN}"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize("strategy", ["serial", "threads", "fork"])
@pytest.mark.parametrize("statement", ADDED)
def test_parts_add_up_to_the_same(statement: str, strategy: str) -> None:
    source = program_of([statement, "if v > 4:\n    out.append(v)"], after="n += 2")
    done = written(source)
    assert done is not None
    split, text = done
    kinds = {d.kind for d in split.dependences}
    assert ADDED[statement] in kinds if ADDED[statement] else not kinds
    if "rounding" not in ADDED[statement] or "given" in statement:  # ints, though not by the source
        assert outcomes(text.encode(), strategy) == outcomes(source.encode(), "serial"), text


REFUSED = {
    "read in the body": (["n += 1", "out.append(n)"], "pass"),
    "holds others before": (["n += 1", "out.append(v)"], "n = 0.5"),
    "another name for it": (["out.append(v)", "n += 1"], "other = out = []"),
    "in two ways": (["table[v] = x", "table.setdefault(v, []).append(x)"], "pass"),
    "read by a generator": (["out.extend(k for k in f(v))", "n += 1"], "pass"),
    "ends the loop": (["n += 1", "out.append(v)", "if v == 3: return n"], "pass"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_not_called_safe(name: str) -> None:
    statements, before = REFUSED[name]
    for split in found(program_of(statements, before))[2]:
        changed = {part.name for part in split.parts}
        assert split.verdict != "safe" or not changed & {"n", "out", "table"}, name


def test_what_a_handler_reads_must_have_it_all() -> None:
    source = program_of(["n += 1", "out.append(1 // v)"])
    guarded = source.replace("    for x in y:\n", "    try:\n      for x in y:\n").replace(
        GIVEN, "    except ZeroDivisionError:\n        return n\n" + GIVEN)
    [split] = found(guarded)[2]
    assert {d.kind for d in split.dependences} == {"live-out"}


NOT_BY_PARTS = '''\
def _worth(number):
    return sum(k * number % 7 for k in range(20))


def gone_over_while_it_grows(count):
    """How far the loop goes depends on the variable that the body adds to."""
    seen = []
    for number in seen[len(seen):] or range(len(seen), count):
        for k in range(3):
            seen.append(_worth(number + k))
    return seen


def added_to_at_the_very_end(count):
    """continue comes before what finally adds."""
    left = total = 0
    for number in range(count):
        try:
            total += _worth(number)
            if number % 3:
                continue
        finally:
            left += 1
    return left, total


def read_by_an_inner_function(count):
    """What the inner function shows when an iteration fails is what was added until then."""
    total = bad = 0

    def told():
        return f"{total} and {bad}"

    try:
        for number in range(count):
            total += _worth(number)
            bad += 1 // (_worth(number) - 57)
    except ZeroDivisionError:
        return told()
    return told()


def bound_on_some_ways(count):
    """The variable is not bound where nothing is ever added to it."""
    if count > 1000:
        total = 0
    others = 0
    for number in range(count):
        others += _worth(number)
        if number > 10_000:
            total += 1
    return others


def no_int_any_more(count):
    """Divided once, it is a float, and sums of floats are rounded."""
    total, parts = 7, 0
    total /= 3
    for number in range(count):
        total += _worth(number)
        parts += 1
    return total, parts


def _filled(counts):
    counts[1] = 1 / 3


def filled_by_another(count):
    """Another function has put a float into the dictionary."""
    counts, lines = {}, 0
    _filled(counts)
    for number in range(count):
        counts[_worth(number)] = counts.get(_worth(number), 0) + 1
        lines += 1
    return counts, lines


def one_list_under_two_keys(count):
    """Both groups are one list, in which the order would change."""
    problems = []
    groups = {"a": problems, "b": problems}
    lines = 0
    for number in range(count):
        for key in "ab":
            groups.setdefault(key, []).append(_worth(number))
            lines += 1
    return groups, lines


_NOTHING = "nothing at all"


def asked_which_object_it_is(count):
    """The copies of a text are other objects."""
    found, lines = [], 0
    for number in range(count):
        lines += _worth(number)
        found.append(_NOTHING)
    return sum(each is _NOTHING for each in found), lines
'''


@pytest.mark.parametrize("name", [
    node.name for node in ast.parse(NOT_BY_PARTS).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
])
def test_what_parts_would_get_wrong_is_not_called_safe_by_them(name: str) -> None:
    program = Program({"a.py": NOT_BY_PARTS}, {"a.py": "a"})
    function = next(f for f in program.modules["a.py"].functions if f.qualname == name)
    for node in function.own_nodes():
        if isinstance(node, ast.For):
            for split in splits(program, function, node):
                added = {part.name for part in split.parts}
                assert split.verdict != "safe" or not added - {"others", "lines"}, added


STATEMENTS = st.lists(
    st.sampled_from([
        *[text for text, kind in ADDED.items() if not kind],
        "if v % 2:\n    n += 1\n    continue", "if v > 7: break", "v = v + 1", "w = v * x",
        "try:\n    out.append(6 // v)\nexcept ZeroDivisionError:\n    n += 3",
    ]),
    min_size=2, max_size=6,
)
AFTER = st.sampled_from([
    "pass", "if x % 4 == 1:\n            continue\n        n += 2", "hits[x % 3] += 1",
    "if x % 5 == 2: out.append(x); continue\n        n += 1", "w = x",
])


def same(statements: list[str], after: str, strategy: str) -> None:
    source = program_of(statements, after=after)
    done = written(source)
    if done is not None and is_right(done[0]):
        assert outcomes(done[1].encode(), strategy) == outcomes(source.encode(), "serial"), done[1]


@settings(max_examples=200, **common)
@given(STATEMENTS, AFTER)
def test_made_up_loops_one_by_one(statements: list[str], after: str) -> None:
    same(statements, after, "serial")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@settings(max_examples=40, **common)
@given(STATEMENTS, AFTER)
def test_made_up_loops_in_processes(statements: list[str], after: str) -> None:
    same(statements, after, "fork")
