"""Shadow trials: what they find, and that the program under trial does what it does without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from paradvisor.analysis.dependences import splits
from paradvisor.analysis.evidence import settle, specification
from paradvisor.analysis.loops import loop_nodes
from paradvisor.analysis.parts import LoopNode, Split
from paradvisor.analysis.source import Function, Program
from paradvisor.instruments import child
from paradvisor.instruments import trial as trial_module
from paradvisor.model import Dependence, Trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="trials need fork and /proc")


@dataclass
class Outcome:
    """What a program did by itself and under trial, and what the trial of its marked loop found."""

    bare: tuple[int, bytes, bytes, dict[str, bytes]]
    tried: tuple[int, bytes, bytes, dict[str, bytes]]
    trial: Trial
    verdict: str
    proof: str | None
    dependences: tuple[Dependence, ...]

    @property
    def undisturbed(self) -> bool:
        """Whether the trial could not be noticed from outside."""
        return self.bare == self.tried


Try = Callable[..., Outcome]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Try]:
    def run(source: str, budget_s: float = 6.0, stdin: bytes = b"") -> Outcome:
        text = textwrap.dedent(source)
        folders = [tmp_path / name for name in ("bare", "tried")]
        for folder in folders:
            folder.mkdir()
            (folder / "app.py").write_text(text, encoding="utf-8")
        bare = _run(folders[0], [sys.executable, str(folders[0] / "app.py")], stdin)
        return _tried(folders[1], text, budget_s, stdin, bare)

    before = _children()
    yield run
    assert _children() == before, "a process was left behind"


def split(program: Program, function: Function, node: LoopNode) -> Split:
    """The first way to share a loop out, if there is one; by parts, or all, if the loop says so."""
    found = splits(program, function, node)
    if "# here, by parts" in function.module.lines[node.lineno - 1]:
        return next(parts for parts in found if parts.parts)
    if "# here, all" in function.module.lines[node.lineno - 1]:
        return max(found, key=lambda parts: len(parts.ahead.heads) if parts.ahead else 0)
    return next((parts for parts in found if parts.shares), found[0])


def _tried(folder: Path, text: str, budget_s: float, stdin: bytes, bare: object) -> Outcome:
    file = str(folder / "app.py")
    program = Program({file: text}, {file: "__main__"})
    module = program.modules[file]
    marked = [
        (function, node)
        for function in module.functions
        for node in loop_nodes(function)
        if "# here" in module.lines[node.lineno - 1]
    ]
    marked.sort(key=lambda pair: "outside" not in module.lines[pair[1].lineno - 1])
    (function, node) = marked[0]
    parts = split(program, function, node)
    wanted = [specification(f, n, split(program, f, n), (budget_s, budget_s)) for f, n in marked]
    assert None not in wanted, parts
    with tempfile.TemporaryDirectory() as scratch:
        seen = Path(scratch, "seen.json")
        spec = Path(scratch, "spec.json")
        options = {
            "loops": wanted,
            "roots": [str(folder)],
            "libraries": [sysconfig.get_path("stdlib")],
            "workers": 2,
        }
        probe = {"file": trial_module.__file__, "options": options, "out": str(seen)}
        spec.write_text(json.dumps({"script": file, "module": None, "args": [], "probes": [probe],
                                    "overlay": {}, "writes": None}))
        tried = _run(folder, [sys.executable, child.__file__, str(spec)], stdin)
        trials = trial_module.parse(json.loads(seen.read_text())["data"])
    trial = trials.loops[0]
    refined = split(program.with_facts([trial.facts]), function, node)
    proved = parts.verdict == refined.verdict
    verdict, proof, dependences = settle(refined, trial, file, proved)
    return Outcome(bare, tried, trial, verdict, proof, dependences)  # type: ignore[arg-type]


Seen = tuple[int, bytes, bytes, dict[str, bytes]]
"""Exit code, standard output and error, and the files that are there."""


def _run(folder: Path, command: list[str], stdin: bytes) -> Seen:
    run = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, timeout=60,
                         check=False)
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    where = bytes(folder)
    return run.returncode, run.stdout.replace(where, b"."), run.stderr.replace(where, b"."), files


def _children() -> set[str]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found.add(entry.name)
    return found


# --- what trials find -----------------------------------------------------------------------


def test_items_that_workers_cannot_be_sent_are_noticed(attempt: Try) -> None:
    found = attempt("""
        class Node:
            def __init__(self, n):
                self.n = n
            def __reduce__(self):
                raise TypeError("stays here")

        class Document:
            def nodes(self):
                return iter([Node(n) for n in range(9)])

        def main(document):
            out = []
            for node in document.nodes():  # here
                out.append(sum(range(node.n * 50)))
            return out

        print(main(Document()))
        """)
    assert found.verdict == "unknown"
    assert "Node, would be sent to workers" in str(found.dependences)


def test_an_independent_loop_holds_in_every_order(attempt: Try) -> None:
    found = attempt("""
        class Scale:
            def __init__(self, factor):
                self.factor = factor
            def of(self, n):
                return sum(k * self.factor % 7 for k in range(n))

        def main(scale):
            out = []
            for n in range(60):  # here
                out.append(scale.of(100 + n))
            print(sum(out))

        main({"three": Scale(3)}["three"])
        """)
    assert found.undisturbed
    assert (found.verdict, found.proof) == ("safe", "observed")
    assert (found.trial.iterations, found.trial.of_iterations) == (60, 60)
    assert {"serial", "reversed", "shuffled 1", "shuffled 2", "dealt 1", "dealt 2"} <= set(
        found.trial.orders)
    assert found.trial.touched == ()


FOUND = {
    "a generator of random numbers": ("""
        import random
        random.seed(5)
        def draw(n):
            return getattr(random, "ran" + "dom")() * n
        out = []
        for n in range(40):  # here
            out.append(draw(n))
        print(sum(out))
        """, "the generator of random"),
    "a table that the tail fills": ("""
        def longest(words, look):
            best = {}
            for n in range(len(words)):  # here
                value = look(best, n - 1) + len(words[n]) % 5
                best[n] = value
            return best
        print(longest(["ab" * (n % 7) for n in range(60)], lambda table, n: table.get(n, 0)))
        """, ""),
    "a counter in a callee": ("""
        class Counter:
            made = 0
        def make(n):
            setattr(Counter, "made", Counter.made + 1)
            return Counter.made * n
        out = [make(n) for n in range(50)]  # here
        print(sum(out))
        """, "Counter"),
    "a buffer used again and again": ("""
        class Tool:
            def __init__(self):
                self.buffer = []
            def digits(self, n):
                self.buffer.append(n)
                return len(self.buffer) * n
        def main(tool):
            out = []
            for n in range(50):  # here
                out.append(tool.digits(n))
            print(sum(out))
        main(Tool())
        """, "tool"),
    "the environment": ("""
        import os
        def level(n):
            put = getattr(os.environ, "__setitem__")
            put("LEVEL", str(int(os.environ.get("LEVEL", "0")) + n))
            return int(os.environ["LEVEL"])
        out = []
        for n in range(30):  # here
            out.append(level(n))
        print(sum(out))
        """, "the environment"),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_dependence_is_named(attempt: Try, name: str) -> None:
    source, culprit = FOUND[name]
    found = attempt(source)
    assert found.undisturbed
    assert found.verdict == "unsafe"
    assert culprit in " ".join([*found.trial.touched, ""])
    said = found.dependences[0]
    assert said.source_line > 0
    assert said.sink_line > 0
    if found.proof == "observed" and found.trial.differences:
        assert said.iterations is not None
        assert "iteration" in said.explanation


def test_an_object_given_twice_would_be_two(attempt: Try) -> None:
    found = attempt("""
        class Pool:
            def __init__(self):
                self.row = [0]
            def get(self, n):
                return self.row
        def main(pool):
            out = []
            for n in range(40):  # here
                row = getattr(pool, "get")(n)
                out.append(row)
            out[0][0] = 5
            print(out[3])
        main(Pool())
        """)
    assert found.undisturbed
    assert found.verdict != "safe"


def test_shadows_that_run_at_the_same_time_print_apart(attempt: Try) -> None:
    found = attempt("""
        def work(n, say):
            for step in range(20):
                say(n, step, sum(k * n % 7 for k in range(300)), flush=True)
            return n
        def main(say):
            out = []
            for n in range(40):  # here
                out.append(work(n, say))
            print(sum(out))
        main({"say": print}["say"])
        """)
    assert found.undisturbed
    assert found.trial.differences == ()
    assert "dealt 2" in found.trial.orders


def test_what_pickling_keeps_in_a_class_is_no_change_of_it(attempt: Try) -> None:
    found = attempt("""
        from typing import NamedTuple
        class Pair(NamedTuple):
            left: int
            right: int
        def total(n):
            return sum(k * n % 7 for k in range(100 + n))
        def main():
            out = []
            for n in range(40):  # here
                out.append(Pair(n, total(n)))
            print(max(out))
        main()
        """)
    assert found.trial.touched == ()
    assert found.verdict == "safe", found.dependences


def test_a_decimal_context_of_an_iterations_own_is_no_effect(attempt: Try) -> None:
    found = attempt("""
        from decimal import Decimal, localcontext
        def root(n):
            with localcontext() as ctx:
                ctx.prec = 60
                return sum((Decimal(n + k) / 7 for k in range(50)), Decimal(0))
        def main():
            out = []
            for n in range(40):  # here
                out.append(root(n))
            print(max(out))
        main()
        """)
    assert found.trial.touched == ()
    assert found.verdict == "safe", found.dependences


WORK = "def work(n):\n    return sum(k * n % 7 for k in range(200))\n"

TAILS = {
    "an object of a dict that is filled on the way": """
        import enum
        class Kind(enum.Enum):
            SHORT = 1
            LONG = 2
        class Totals:
            def __init__(self):
                self.value = 0
        def main():
            desks = {}
            for n in range(60):  # here
                if n % 2 == Kind.LONG.value % 2:
                    price = sum(work(n + k) for k in range(80))
                else:
                    price = sum(work(n - k) for k in range(80))
                totals = desks.setdefault(n % 3, Totals())
                totals.value += price
            print({key: found.value for key, found in desks.items()})
        main()
        """,
    "what a library gives": """
        import json
        def main(text):
            out = []
            for n in range(60):  # here
                price = sum(work(n + k) for k in range(80))
                entry = json.loads(text)
                entry.update(price=price)
                out.append(entry)
            print(out)
        main('{"name": "x"}')
        """,
    "values of one dict and of several types": """
        from collections import Counter
        def summary(n):
            found = {"total": 0, "words": Counter(), "first": None}
            for part in range(n, n + 2):
                found["total"] += work(part)
                found["words"].update(str(part))
            return found
        def main():
            total, words = 0, {}
            for n in range(60):  # here
                found = summary(n)
                total += found["total"]
                for word, count in found["words"].items():
                    words[word] = words.get(word, 0) + count
            print(total, words)
        main()
        """,
    "a generator of random numbers of the item's own": """
        import random
        class Level:
            def __init__(self, seed):
                self.rng = random.Random(seed)
                self.size = sum(work(seed + k) for k in range(80))
            def spots(self, count):
                found = list(range(count))
                self.rng.shuffle(found)
                return found[:3]
        def main(count):
            best = []
            for seed in range(60):  # here
                level = Level(seed)
                best.append((level.size, level.spots(9)))
                if len(best) > count:
                    best.remove(min(best))
            print(best)
        main(5)
        """,
}


@pytest.mark.parametrize("name", TAILS)
def test_what_a_tail_deals_with_is_seen(attempt: Try, name: str) -> None:
    found = attempt(WORK + textwrap.dedent(TAILS[name]))
    assert found.undisturbed
    assert found.verdict == "safe", found.dependences


BOX = """
class Box:
    def __init__(self, value=1):
        self.value, self.inside = value, None
"""

LATE = {
    "an attribute is set to what the head reads": """
        def main():
            rate, last, total = Box(), Box(), 0
            last.inside = Box()
            for n in range(4000):  # here
                price = work(n) * rate.value
                total += price
                if n == 3990:
                    last.inside = rate
                last.inside.value = price % 7
            print(total)
        main()
        """,
    "by way of another object's attribute": """
        def main():
            rate, best, spare, total = Box(), Box(), Box(), 0
            spare.inside = rate
            for n in range(4000):  # here
                price = work(n) * rate.value
                total += price
                if n >= 3990:
                    best.inside = spare.inside
                if best.inside is not None:
                    best.inside.value = price % 7
            print(total)
        main()
        """,
    "a dict comes to hold what the head reads": """
        def main():
            rates, found, total = [1, 2, 3], {}, 0
            for n in range(4000):  # here
                price = work(n) * sum(rates)
                total += price
                found.setdefault(n // 3990, rates if n >= 3990 else [0])
                found[n // 3990] += [price % 7]
            print(total)
        main()
        """,
    "a class in a list": """
        class Rate:
            value = 1
        def cost(n):
            return work(n) * Rate.value
        def main():
            kinds, total = [Rate], 0
            for n in range(4000):  # here
                total += cost(n)
                if n >= 3990:
                    kinds[0].value = n % 7
            print(total)
        main()
        """,
    "what a dictionary makes of what is missing": """
        from collections import defaultdict
        RATE = Box()
        def fresh():
            RATE.value += 1
            return []
        def main():
            groups, total = defaultdict(fresh), 0
            for n in range(4000):  # here
                price = work(n) * RATE.value
                total += price
                groups[n // 3990].append(n)
            print(total, len(groups))
        main()
        """,
    "a variable of the same name elsewhere": """
        def main():
            rate = Box()
            def cost(n):
                return work(n) * rate.value
            def run(box, rate):
                total = 0
                for n in range(4000):  # here
                    price = cost(n)
                    total += price
                    if n > 3990:
                        box.inside.value = price % 7
                print(total)
            box = Box()
            box.inside = rate
            run(box, Box())
        main()
        """,
    "an attribute comes to add up in its own way": """
        RATE = Box()
        class Sum:
            def __iadd__(self, other):
                RATE.value = other % 7
                return self
        def main():
            state, odd, total = Box(), Sum(), 0
            for n in range(4000):  # here
                price = work(n) * RATE.value
                total += price
                if n == 3990:
                    state.value = odd
                state.value += price
            print(total)
        main()
        """,
}


@pytest.mark.parametrize("name", LATE)
def test_what_comes_to_be_shared_on_the_way_is_not_apart(attempt: Try, name: str) -> None:
    found = attempt(WORK + BOX + textwrap.dedent(LATE[name]), budget_s=1.0)
    assert found.undisturbed
    assert found.verdict != "safe"


def test_a_class_that_a_tail_changes_is_no_instance(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        class Rate:
            value = 1
        def main():
            held = {0: Rate}
            total = 0
            for n in range(60):  # here
                price = work(n) * Rate.value
                total += price
                if n > 57:
                    held.get(0).value += 1
            print(total)
        main()
        """))
    assert found.verdict != "safe"


READER = """
    class Read:
        def __init__(self, name, letters):
            self.name, self.letters = name, letters
    def reads(lines):
        name = None
        for line in lines:
            if name is None:
                name = line.strip()
            else:
                yield Read(name, line.strip())
                name = None
    def main(path):
        with open(path, "w") as out:
            for n in range(60):
                out.write(f"read {n}\\n{'acgt' * (n % 7 + 1)}\\n")
        found = []
        with open(path) as file:
            for read in reads(file):  # here
                found.append((read.name, work(len(read.letters))))
                SEEN
        with open(path) as file:
            print(len(file.read()), found)
    main("reads.txt")
    """


@pytest.mark.parametrize(
    ("seen", "verdict"), [("pass", "safe"), ("print(file.fileno())", "unknown")]
)
def test_a_file_is_read_ahead_by_a_generator_of_the_programs_own(
    attempt: Try, seen: str, verdict: str
) -> None:
    found = attempt(WORK + textwrap.dedent(READER).replace("SEEN", seen))
    assert found.undisturbed
    assert found.verdict == verdict, found.dependences


def test_a_part_of_unknown_type_is_seen_to_be_new(attempt: Try) -> None:
    found = attempt("""
        import msgspec
        def main(lines):
            out = []
            for n in range(40):  # here
                found = msgspec.to_builtins(lines)
                out.append((found[n], str(n)))
            print(max(out))
        main([["ab" * (n % 7)] for n in range(60)])
        """)
    assert found.undisturbed
    assert (found.verdict, found.proof) == ("safe", "observed"), found.dependences


def test_a_part_of_unknown_type_that_is_older_is_found(attempt: Try) -> None:
    found = attempt("""
        def pick(rows, n):
            return max(rows, key=lambda row: row[0] * n % 7)
        def main(choose, rows):
            out = []
            for n in range(40):  # here
                out.append((choose(rows, n), str(n)))
            print(out[0])
        main({"pick": pick}["pick"], [[n] for n in range(50)])
        """)
    assert found.undisturbed
    assert found.verdict != "safe"
    assert found.trial.returned == "list"


COUNTED = """
    import json
    from collections import Counter
    entries = [[{{"n": n * k % 40, "size": n + k}} for k in range(3000)] for n in range(12)]
    texts = [json.dumps(some) for some in entries]
    hits, size, rows = Counter(), 0, []
    {before}
    for text in texts:  # here, by parts
        for entry in json.loads(text):
            if entry["n"] == 39:
                continue
            hits[entry["n"]] += 1
            size += {added}
            rows.append({row})
    print(hits.most_common(3), size, len(rows), rows[:3])
    """


def test_parts_of_what_is_added_up_are_compared(attempt: Try) -> None:
    found = attempt(COUNTED.format(added="entry['size']", row="entry", before=""))
    assert found.undisturbed
    assert (found.verdict, found.proof) == ("safe", "observed"), found.dependences
    assert found.trial.iterations >= 4
    assert found.trial.inexact is None


def test_parts_of_sums_of_floats_are_not_exact(attempt: Try) -> None:
    found = attempt(COUNTED.format(added="entry['size'] / 7", row="entry", before=""))
    assert found.undisturbed
    assert found.trial.inexact == "float"
    assert found.verdict == "unknown"
    assert {dependence.kind for dependence in found.dependences} >= {"rounding"}


def test_an_order_in_what_is_added_up_is_noticed(attempt: Try) -> None:
    before = "import re; turn = re.compile('x').scanner('x' * 40_000).match"
    found = attempt(COUNTED.format(added="1", row="turn().start()", before=before))
    assert found.undisturbed
    assert found.verdict != "safe"
    assert found.trial.differences or found.trial.touched


FILES = """
    import os, tempfile
    folder = tempfile.mkdtemp()
    paths = [os.path.join(folder, f"{{n}}.txt") for n in range(12)]
    for path in paths:
        with open(path, "w") as file:
            file.write(path[-6:] * 9000)
    out = open(os.path.join(folder, "{name}"), "a")
    def work(path):
        with open(path) as file:
            return sum(map(ord, file.read()))
    count = 0
    for path in paths:  # here
        value = work(path)
        count += 1
        out.write(f"{{value}}\\n")
        out.flush()
    print(count)
    out.close()
    import shutil
    shutil.rmtree(folder)
    """


def test_files_that_are_read_and_written_are_told_apart(attempt: Try) -> None:
    found = attempt(FILES.format(name="report.csv"))
    assert found.undisturbed
    assert found.trial.files_apart
    assert (found.verdict, found.proof) == ("safe", "observed"), found.dependences


def test_a_file_that_is_written_and_read_later_on_is_noticed(attempt: Try) -> None:
    found = attempt(FILES.format(name="11.txt"))
    assert found.undisturbed
    assert not found.trial.files_apart
    assert found.verdict != "safe"


@pytest.mark.parametrize(("condition", "verdict"), [
    ("n > 5", "safe"), ("n > 50", "unknown"),
])
@pytest.mark.parametrize("form", [
    "value = n if {0} and words.gettext('a') > '0' else 7",
    "value = words.gettext('few') if {0} else 7",
    "value = 7\n            if {0}: value = words.gettext('few')",
])
def test_what_stands_behind_a_condition_on_its_line_must_have_been_called(
    attempt: Try, form: str, condition: str, verdict: str
) -> None:
    found = attempt(f"""
        import gettext
        def work(n):
            total = sum(k * n % 7 for k in range(2000))
            words = gettext.NullTranslations()
            {form.format(condition)}
            return value, total
        found = []
        for n in range(3, 15):  # here
            found.append(work(n))
        print(found)
        """)
    assert found.undisturbed
    assert found.verdict == verdict, found.dependences


@pytest.mark.parametrize(("made", "verdict"), [("str(k % n)", "safe"), ("k % n", "unknown")])
def test_only_sets_of_texts_may_be_sent(attempt: Try, made: str, verdict: str) -> None:
    found = attempt(f"""
        def work(n):
            seen = set()
            for k in range(2000):
                seen.add({made})
            return seen
        found = []
        for n in range(3, 15):  # here
            found.append(work(n))
        print(sorted(map(len, found)))
        """)
    assert found.undisturbed
    assert found.verdict == verdict, found.dependences
    assert found.trial.unordered == (None if verdict == "safe" else "int")


def test_only_part_of_a_long_loop_is_tried(attempt: Try) -> None:
    found = attempt("""
        def work(n):
            return sum(k * n % 7 for k in range(3000))
        out = []
        for n in range(1500):  # here
            out.append(work(n))
        print(sum(out))
        """, budget_s=0.5)
    assert found.undisturbed
    assert 2 <= found.trial.iterations < 1500
    assert found.trial.of_iterations == 1500
    assert found.trial.spent_s < 2


# --- loops that cannot be tried -------------------------------------------------------------


UNFIT = {
    "none": ("for n in []:  # here", "fewer than two"),
    "one": ("for n in [1]:  # here", "fewer than two"),
    "items that end the reading": (
        "def items():\n    yield 1\n    raise KeyError('x')\ntry:\n  for n in items():  # here",
        "reading the items"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_cannot_be_tried_is_said(attempt: Try, name: str) -> None:
    head, said = UNFIT[name]
    indent = "    " if "try:" in head else ""
    tail = "\nexcept KeyError:\n  pass" if indent else ""
    found = attempt(
        "def work(n):\n    return sum(k * n for k in range(100))\nout = []\n"
        f"{head}\n{indent}    out.append(work(n)){tail}\nprint(out)\n")
    assert found.undisturbed
    assert any(said in problem for problem in found.trial.problems), found.trial


def test_a_loop_that_never_ends_by_itself(attempt: Try) -> None:
    found = attempt("""
        import itertools
        def work(n):
            return sum(k * n % 7 for k in range(500))
        for n in itertools.count():  # here
            value = work(n)
            if value > 1480:
                break
        print(n, value)
        """, budget_s=1.0)
    assert found.undisturbed
    assert found.trial.iterations >= 1


# --- the program is as it was ---------------------------------------------------------------

OPEN_THINGS = {
    "files": """
        log = open("log.txt", "w")
        log.write("before ")
        data = open("data.bin", "w+b")
        data.write(b"12345678")
        data.seek(2)
        print("not yet flushed", end="")
        out = []
        for n in range(40):  # here
            value = work(n)
            out.append(value)
            log.write(str(value))
        print(sum(out), data.tell(), data.read(3))
        log.close()
        """,
    "files written in the head": """
        import os
        tools = {"open": open}
        def save(n):
            with tools["open"](f"part{n}.txt", "w") as file:
                file.write(str(work(n)))
            return os.path.getsize(f"part{n}.txt")
        out = []
        for n in range(12):  # here
            size = save(n)
            out.append(size)
        print(sum(out))
        """,
    "standard input": """
        import sys
        out = []
        for line in sys.stdin:  # here
            value = work(len(line))
            out.append(value)
        print(sum(out), len(out))
        """,
    "a connected socket": """
        import socket
        one, other = socket.socketpair()
        out = []
        for n in range(20):  # here
            value = work(n)
            one.sendall(b"%d " % value)
            out.append(other.recv(100))
        print(b"".join(out))
        """,
    "a child process": """
        import subprocess, sys
        code = "import sys; [print(int(line) + 1, flush=True) for line in sys.stdin]"
        child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        out = []
        for n in range(20):  # here
            value = work(n)
            child.stdin.write(b"%d\\n" % value)
            child.stdin.flush()
            out.append(int(child.stdout.readline()))
        child.stdin.close()
        print(sum(out), child.wait())
        """,
    "a database": """
        import sqlite3
        base = sqlite3.connect("base.db")
        base.execute("create table t (n int)")
        base.execute("insert into t values (5)")
        out = []
        for n in range(20):  # here
            value = work(n)
            base.execute("insert into t values (?)", (value,))
            out.append(value)
        base.commit()
        print(base.execute("select sum(n), count(*) from t").fetchall())
        base.close()
        """,
    "a folder with a finalizer, and things at exit": """
        import atexit, os, tempfile, weakref
        folder = tempfile.TemporaryDirectory()
        class Loud:
            def __del__(self):
                print("gone", os.path.isdir(folder.name))
        loud = Loud()
        atexit.register(print, "at exit")
        weakref.finalize(loud, print, "finalized")
        out = []
        for n in range(30):  # here
            out.append(work(n))
        print(sum(out), os.listdir(folder.name))
        """,
    "locks and threads that ended": """
        import threading
        lock = threading.Lock()
        lock.acquire()
        thread = threading.Thread(target=work, args=(3,))
        thread.start()
        thread.join()
        out = []
        for n in range(30):  # here
            out.append(work(n))
        lock.release()
        print(sum(out), lock.locked())
        """,
    "a head that ends the process": """
        import os, sys
        def check(n):
            if n == 7 and os.environ.get("NEVER"):
                getattr(os, "_ex" + "it")(3)
            if n > 1000:
                getattr(sys, "ex" + "it")(4)
            return work(n)
        out = []
        for n in range(30):  # here
            out.append(check(n))
        print(sum(out))
        """,
    "an exception": """
        def check(n):
            value = work(n)
            if n == 17:
                raise ValueError(f"not {n}")
            return value
        def main():
            out = []
            for n in range(30):  # here
                value = check(n)
                out.append(value)
                print(n, value)
        main()
        """,
    "signals": """
        import os, signal
        seen = []
        signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
        out = []
        for n in range(20):  # here
            value = work(n)
            out.append(value)
            os.kill(os.getpid(), signal.SIGUSR1)
        print(sum(out), len(seen))
        """,
    "objects that notice what they are asked": """
        class Proxy:
            @property
            def __class__(self):
                print("asked for its class")
                return int
        class Meta(type):
            def __getattribute__(cls, name):
                print("asked for", name)
                return super().__getattribute__(name)
        class Odd(metaclass=Meta):
            pass
        def main():
            total = 0
            for n in range(20):  # here
                value = work(n)
                found = Proxy()
                other = Odd()
                total += value
            print(total)
        main()
        """,
    "a picture of the frame": """
        import sys
        def picture():
            return sys._getframe(1).f_locals
        def main():
            before = 7
            held = picture()
            for n in range(20):  # here
                value = work(n)
                print(held["before"], value)
        main()
        """,
    "ends of objects": """
        class Noisy:
            def __init__(self, n):
                self.n = n
            def __del__(self):
                print("end", self.n)
        def main():
            held = None
            for n in range(20):  # here
                value = work(n)
                held = Noisy(value)
                print("new", held.n)
            kept = held
            del held
            print("after")
        main()
        """,
    "random numbers": """
        import random
        random.seed(11)
        first = random.random()
        out = []
        for n in range(20):  # here
            value = work(n)
            out.append(value)
        print(first, random.random(), random.randint(1, 10**9))
        """,
}


@pytest.mark.parametrize("name", OPEN_THINGS)
def test_the_program_is_as_without_a_trial(attempt: Try, name: str) -> None:
    found = attempt(WORK + textwrap.dedent(OPEN_THINGS[name]), stdin=b"one\ntwo\nthree\nfour\n")
    assert found.tried == found.bare
    assert found.trial.spent_s > 0 or found.trial.problems == ("a database is open",)


def test_live_threads_are_a_reason_not_to(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        import threading
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait)
        thread.start()
        out = []
        for n in range(30):  # here
            out.append(work(n))
        stop.set()
        thread.join()
        print(sum(out))
        """))
    assert found.undisturbed
    assert found.trial.problems == ("other threads are running",)


def test_loops_inside_each_other_are_both_tried(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        def main(numbers):
            out = []
            for n in numbers:  # here
                if n % 5 == 0:
                    out.append(-n)
                    continue
                most = max(work(k) for k in range(n))  # here
                out.append(most)
            print(sum(out))
        main(list(range(30)))
        """))
    assert found.undisturbed
    assert found.verdict == "safe"
    assert found.trial.iterations == 30


def test_stores_anywhere_in_the_body_are_tried(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        def main(numbers):
            table = {}
            for n in numbers:  # here
                if n % 5 == 0:
                    continue
                for k in range(3):
                    table[n, k] = work(n + k)
            print(sorted(table.items()))
        main(list(range(30)))
        """))
    assert found.undisturbed
    assert found.verdict == "safe"
    assert found.trial.iterations == 30


def test_a_stored_key_that_depends_on_the_order_is_found(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        taken = iter(range(1000))
        def fresh(n):
            return work(n) + getattr(taken, "__nex" + "t__")()
        def main(numbers):
            table = {}
            for n in numbers:  # here
                if n % 5 == 0:
                    continue
                value = fresh(n)
                table[value] = work(n)
            print(sorted(table.items()))
        main(list(range(30)))
        """))
    assert found.undisturbed
    assert found.verdict == "unsafe"


def test_what_the_head_gives_is_what_an_inner_loop_goes_over(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        def make(n):
            return [work(n) % m for m in range(1, 9)]
        def main(numbers):
            total = 0
            for n in numbers:  # here
                for k in make(n):  # here
                    value = work(k)
                    total = total * 3 % 1009 + value
            print(total)
        main(list(range(30)))
        """))
    assert found.undisturbed
    assert found.trial.iterations == 30
    assert found.trial.differences == ()


def test_the_variable_of_a_comprehension_is_its_own(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        def main(numbers):
            return [work(number) for number in numbers]  # here
        print(main(list(range(30))))
        """))
    assert found.verdict == "safe", found.trial
    assert found.trial.touched == ()


def test_a_global_named_as_a_loops_variable_is_not(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        number = []
        def noted(n):
            number.append(n)
            return work(n)
        def main(numbers):
            return [noted(number) for number in numbers]  # here
        print(main(list(range(30))))
        """))
    assert found.verdict == "unsafe"
    assert found.trial.touched == ("number",)


def test_effects_of_a_head_are_named(attempt: Try) -> None:
    found = attempt(WORK + textwrap.dedent("""
        import os
        def save(n):
            make = getattr(os, "mk" + "dir")
            make(f"folder{n}")
            return work(n)
        out = []
        for n in range(10):  # here
            value = save(n)
            out.append(value)
        print(sum(out), sorted(os.listdir("."))[:3])
        """))
    assert found.undisturbed
    assert any("mkdir" in effect for effect in found.trial.effects)
    assert found.verdict != "safe"


@pytest.mark.parametrize("row", ["row if row[0] < 0 else [n]", "(row if row[0] < 0 else [n], n)"])
def test_what_the_source_may_give_back_on_other_inputs_is_not_tried_away(
    attempt: Try, row: str
) -> None:
    found = attempt(f"""
        import msgspec
        def main(rows):
            out = []
            for n in range(40):  # here
                row = rows[n]
                out.append({row})
            print(out[0])
        main(msgspec.convert([[n] for n in range(50)], list))
        """)
    assert found.undisturbed
    assert found.verdict != "safe"


# --- heads in the midst of a body ---------------------------------------------------------------

MIDST = """
    import sys

    def costly(x):
        if x % 5 == 3:
            raise ValueError(x)
        return sum(k * x for k in range(3000))

    def main():
        tried = failed = 0
        out = []
        for x in range(40):  # here
            tried += 1
            print("at", x, file=sys.stderr)
            if x % 4 == 1:
                out.append(x)
                continue
            try:
                value = costly(x)
            except ValueError as error:
                failed += 1
                print(error)
                continue
            out.append(value)
            if tried > 35:
                break
        print(out, tried, failed)

    main()
    """


def test_what_precedes_a_head_is_left_alone(attempt: Try) -> None:
    found = attempt(MIDST)
    assert found.undisturbed
    assert (found.verdict, found.trial.differences, found.trial.problems) == ("safe", (), ())
    assert found.trial.iterations == 36  # of those that the program came to
    assert set(found.trial.orders) >= {"reversed", "shuffled 1", "dealt 1"}
    assert not found.trial.prints, "only the head is run in shadows"
    assert found.trial.touched == ()


def test_a_dependence_between_heads_in_the_midst_is_seen(attempt: Try) -> None:
    carried = MIDST.replace(
        "        return sum(", "        TABLE['calls'](x)\n        return len(SEEN) + sum("
    ).replace("import sys", "import sys\n\n    SEEN = []\n    TABLE = {'calls': SEEN.append}")
    found = attempt(carried)
    assert found.undisturbed
    assert found.verdict == "unsafe"
    assert found.trial.differences or found.trial.touched


def test_what_the_head_gives_is_compared_with_the_programs_own_run(attempt: Try) -> None:
    """What precedes the head changes what it reads, in a way that the source does not tell."""
    hidden = MIDST.replace("tried += 1", "tried += 1\n            TABLE['note'](x)").replace(
        "range(3000))", "range(3000)) + len(SEEN)"
    ).replace("import sys", "import sys\n\n    SEEN = []\n    TABLE = {'note': SEEN.append}")
    found = attempt(hidden)
    assert found.undisturbed
    assert found.verdict == "unsafe"
    assert {difference.order for difference in found.trial.differences} == {
        "the program's own run"
    }


def test_an_iteration_that_does_not_come_to_the_head_is_left_out(attempt: Try) -> None:
    found = attempt("""
        def work(n):
            return sum(k * n % 7 for k in range(3000))
        def main():
            found, rest, tried = {}, [], 0
            for n in range(60):  # here
                tried += 1
                if n % 4:
                    print("at", n)
                    found[n] = work(n)
                else:
                    rest.append(n)
                    print("left out", n)
            print(found, rest, tried)
        main()
        """)
    assert found.undisturbed
    assert (found.verdict, found.trial.touched, found.trial.prints) == ("safe", (), False)


ITEMS = """
    def work(row):
        return sum(row[k % 3] * k % 7 for k in range(2000))
    def rows(count):
        found = [[n, n + 1, n + 2] for n in range(count)]
        return found, found[7] if count > {limit} else [0] * 3
    def main():
        given, totals = rows(40)
        for n, row in enumerate(given):  # here
            value = work(row)
            totals[n % 3] += value
        print(totals)
    main()
    """


@pytest.mark.parametrize(("limit", "verdict"), [(90, "safe"), (9, "unsafe")])
def test_whether_an_item_is_what_the_loop_changes_is_seen(
    attempt: Try, limit: int, verdict: str
) -> None:
    found = attempt(ITEMS.format(limit=limit))
    assert found.undisturbed
    assert found.verdict == verdict, found.dependences


STEPS = """
    def parse(n):
        return [n * k % 97 for k in range(1500)]
    def score(doc):
        if doc[1] % 31 == 30:
            raise ValueError(doc[1])
        return sum(k * k % 13 for k in doc)
    def main():
        scores, total, bad = {}, 0, 0
        for n in range(60):  # here
            doc = parse(n)
            total += len(doc)
            print("parsed", n, total)
            if total > 75_000:
                break
            try:
                value = score(doc)
            except ValueError:
                bad += 1
                continue
            scores[n] = value
        print(scores, total, bad)
    main()
    """


def test_parts_one_after_the_other_are_tried_together(attempt: Try) -> None:
    """The program's own run comes to fewer of them: what it leaves out is not compared."""
    found = attempt(STEPS.replace("# here", "# here, all"))
    assert found.undisturbed
    assert (found.verdict, found.trial.differences, found.trial.touched) == ("safe", (), ())
    assert found.trial.iterations == 51


def test_a_second_part_that_reads_what_the_loop_changes_is_noticed(attempt: Try) -> None:
    noted = "total += len(doc)\n            NOTE['it'](n)"
    hidden = STEPS.replace("total += len(doc)", noted)
    hidden = hidden.replace("return sum", "return len(SEEN) + sum")
    hidden = hidden.replace("def parse", "SEEN = []\n    NOTE = {'it': SEEN.append}\n    def parse")
    found = attempt(hidden.replace("# here", "# here, all"))
    assert found.undisturbed
    assert found.verdict == "unsafe"
    assert found.trial.differences


HEAVY_TAIL = """
    def light(x):
        return sum(range(200 + x))

    def heavy(state, x):
        for k in range(4000):
            state = (state * 31 + x + k) % 1_000_003
        return state

    def main():
        state = 1
        for x in range(30):  # here
            value = light(x)
            state = heavy(state, value)
        print(state)

    main()
    """


def test_a_tail_that_takes_most_of_the_time_leaves_it_open(attempt: Try) -> None:
    """The program's own run tells, tails included."""
    found = attempt(HEAVY_TAIL)
    assert found.verdict == "unknown"
    assert [doubt.kind for doubt in found.dependences] == ["recurrence"]
    assert found.trial.loop_s > 2 * found.trial.head_s


def test_the_trial_of_a_loop_inside_is_none_of_the_outer_ones_time(attempt: Try) -> None:
    """Its trials are made while the program is in an iteration of the outer loop."""
    found = attempt("""
        def work(n):
            total = 0
            for k in range(100):  # here
                total += sum(k * n % 7 for _ in range(600))
            return total
        def main():
            best = 0
            for n in range(40):  # here, outside
                value = work(n)
                best = max(best * 3 % 1_000_003, value)
            print(best)
        main()
        """)
    assert found.undisturbed
    assert found.trial.loop_s < 2 * found.trial.head_s


def test_a_tail_that_takes_little_of_it_does_not(attempt: Try) -> None:
    light = HEAVY_TAIL.replace("range(4000)", "range(2)").replace("200 + x", "20000 + x")
    assert attempt(light).verdict == "safe"
