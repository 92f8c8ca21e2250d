"""From a program to a change that is written, proved, and taken back."""

from __future__ import annotations

import difflib
import json
import os

import jsonschema
import pytest

from paradvisor.reports import json as json_report

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks")

SCHEMA = json_report.schema()

ROWS = '''\
"""Rows of a picture."""

import sys


def row(y, width, height):
    steps = []
    for x in range(width):
        c = complex(3.0 * x / width - 2.2, 2.4 * y / height - 1.2)
        z, count = 0j, 0
        while abs(z) < 2.0 and count < 60:
            z = z * z + c
            count += 1
        steps.append(count)
    return steps


def main():
    height = int(sys.argv[1])
    rows = []
    # one row after the other
    for y in range(height):
        rows.append(row(y, 2 * height, height))

    print(sum(map(sum, rows)), rows[height // 2][:5])


if __name__ == "__main__":
    main()
'''

SLEEPS = '''\
import time


class Client:
    def __init__(self, wait):
        self.wait = wait

    def fetch(self, number):
        time.sleep(self.wait)
        return number * 2

    def all(self, count):
        answers = {}
        for number in range(count):
            answer = self.fetch(number)
            answers[number] = answer
        return answers


print(Client(0.06).all(8))
'''

ANSWERS = '''\
import time


class Client:
    def __init__(self, wait):
        self.wait = wait


def fetch(number):
    time.sleep(0.06)
    return number * 2


def all_of(count):
    answers = {}
    for number in range(count):
        answer = fetch(number)
        answers[number] = answer
    return answers


print(all_of(8))
'''

COMPREHENSION = '''\
import time


def wait(number):
    time.sleep(0.05)
    return number + 1


def main():
    found = [wait(number) for number in range(10) if number != 3]
    return found


print(main())
'''

MODULE = '''\
import time


def wait(number):
    time.sleep(0.05)
    return number + 1


found = []
for number in range(10):
    value = wait(number)
    found.append(value)
print(found, number)
'''


def report_of(run) -> dict:  # type: ignore[no-untyped-def]
    """The report that a run wrote to its standard output, checked against the schema."""
    report = json.loads(run.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    return report


def described(diff: str, before: str, after: str, name: str) -> None:
    """The diff says all of the difference."""
    said = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    assert diff == "".join(said)


def applied(paradvisor, name: str, source: str, *apply: str, args: tuple[str, ...] = ()) -> dict:
    """Profile, apply, check what can be checked of every change; the report of apply."""
    file = paradvisor.write(name, source)
    before = file.read_text()
    bare = paradvisor.python(name, *args)
    run = paradvisor("profile", "-q", "--json", name, *args)
    assert run.returncode == 0, run.stderr
    assert run.stderr == bare.stdout
    profile = report_of(run)
    record = json.loads((paradvisor.folder / ".paradvisor" / "profile.json").read_text())
    assert record == profile

    run = paradvisor("apply", "-q", "--json", *apply)
    assert run.returncode == 0, run.stdout + run.stderr
    report = report_of(run)
    assert report["kept"] is True
    assert report["verification"] == {"equal": True, "differences": []}
    after = file.read_text()
    assert after != before
    described(report["patch"]["diff"], before, after, name)
    changed = paradvisor.python(name, *args)
    assert (changed.returncode, changed.stdout) == (bare.returncode, bare.stdout)

    assert paradvisor("undo").returncode == 0
    assert file.read_text() == before
    return report


@pytest.mark.slow
def test_fork(paradvisor) -> None:
    report = applied(paradvisor, "rows.py", ROWS, "--strategy", "fork", "--keep", args=("400",))
    assert report["patch"]["strategy"] == "fork"
    assert report["patch"]["location"]["function"] == "main"
    assert "scheduled(range(height))" in report["patch"]["diff"]
    assert " # one row after the other" in report["patch"]["diff"]
    predicted = report["predicted"]["program_speedup"]
    assert predicted["low"] <= predicted["mid"] <= predicted["high"]


@pytest.mark.slow
def test_threads_in_a_method(paradvisor) -> None:
    report = applied(paradvisor, "sleeps.py", SLEEPS, "--strategy", "threads", "--unsafe")
    assert report["measurement"]["verdict"] == "faster"
    assert report["patch"]["strategy"] == "threads"
    assert report["patch"]["location"]["function"] == "Client.all"


@pytest.mark.slow
def test_comprehension(paradvisor) -> None:
    report = applied(paradvisor, "wait.py", COMPREHENSION)
    assert report["measurement"]["verdict"] == "faster"
    assert "list(parallel(section" in report["patch"]["diff"]


@pytest.mark.slow
def test_loop_of_a_module(paradvisor) -> None:
    report = applied(paradvisor, "module.py", MODULE)
    assert report["measurement"]["verdict"] == "faster"
    assert report["patch"]["location"]["function"] == "<module>"


@pytest.mark.slow
def test_module_run_with_m(paradvisor) -> None:
    paradvisor.write("package/__init__.py", "")
    paradvisor.write("package/work.py", ANSWERS.replace("print(", "def run(): print("))
    paradvisor.write("package/__main__.py", "from .work import run\n\nrun()\n")
    before = paradvisor.python("-m", "package").stdout
    run = paradvisor("profile", "-q", "--json", "-m", "package")
    assert report_of(run)["target"]["module"] == "package"
    run = paradvisor("apply", "-q", "--json")
    report = report_of(run)
    assert report["kept"], report["reason"]
    assert report["patch"]["file"] == "package/work.py"
    assert paradvisor.python("-m", "package").stdout == before


@pytest.mark.slow
def test_input_is_given_again(paradvisor) -> None:
    source = ANSWERS.replace("all_of(8)", "all_of(int(input()))")
    paradvisor.write("sleeps.py", source)
    run = paradvisor("profile", "-q", "sleeps.py", stdin=b"8\n")
    assert run.returncode == 0
    run = paradvisor("apply", "-q", "--json", stdin=b"")
    assert report_of(run)["kept"] is True


def test_report_without_running(paradvisor) -> None:
    paradvisor.write("sleeps.py", SLEEPS + "open('ran.txt', 'a').write('x')\n")
    assert paradvisor("profile", "-q", "sleeps.py").returncode == 0
    mark = paradvisor.folder / "ran.txt"
    ran = mark.read_text()
    for name in ("report.md", "report.json", "report.txt"):
        run = paradvisor("report", "-o", name)
        assert (run.returncode, run.stdout) == (0, b"")
    assert mark.read_text() == ran
    report = json.loads((paradvisor.folder / "report.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    assert report == json.loads((paradvisor.folder / ".paradvisor" / "profile.json").read_text())
    markdown = (paradvisor.folder / "report.md").read_text()
    assert markdown.startswith("## paradvisor profile: `sleeps.py`\n")
    assert "Client.fetch" in markdown
    assert (paradvisor.folder / "report.txt").read_text() == paradvisor("report").stdout.decode()


COUNTER = '''\
import time


class Counter:
    def __init__(self):
        self.count = 0

    def next(self):
        time.sleep(0.03)
        self.count += 1
        return self.count


def main():
    counter = Counter()
    advance = getattr(counter, "ne" + "xt")
    numbers = []
    for turn in range(10):
        number = advance()
        numbers.append((turn, number))
    print(numbers, counter.count)


main()
'''


@pytest.mark.parametrize("strategy", ["fork", "threads"])
def test_a_change_that_does_something_else_is_not_written(paradvisor, strategy: str) -> None:
    file = paradvisor.write("counter.py", COUNTER)
    run = paradvisor("profile", "-q", "--json", "--trial-budget", "0", "counter.py")
    assert [loop["verdict"] for loop in report_of(run)["loops"]] == ["unknown"]
    run = paradvisor("apply", "-q")  # without --unsafe nobody touches it
    assert run.returncode == 3
    assert file.read_text() == COUNTER
    line = COUNTER.splitlines().index("    for turn in range(10):") + 1
    run = paradvisor("apply", "-q", "--json", "--unsafe", "--keep", "--loop", str(line),
                     "--strategy", strategy)
    assert file.read_text() == COUNTER
    assert not (paradvisor.folder / ".paradvisor" / "journal").exists()
    if run.returncode == 3:  # refused before it was tried, or nothing to gain
        assert run.stderr.startswith(b"paradvisor: ")
        assert strategy == "fork"
        return
    assert run.returncode == 1
    report = report_of(run)
    assert report["kept"] is False
    assert report["verification"]["equal"] is False
    assert any("standard output" in said for said in report["verification"]["differences"])


def test_a_trial_finds_what_the_source_hides(paradvisor) -> None:
    paradvisor.write("counter.py", COUNTER)
    run = paradvisor("profile", "-q", "--json", "counter.py")
    [loop] = report_of(run)["loops"]
    assert (loop["verdict"], loop["proof"]) == ("unsafe", "observed")
    assert loop["dependences"][0]["name"].split(".")[0] == "counter"
    assert loop["dependences"][0]["iterations"] is not None
    assert loop["tried"]["of_iterations"] == 10
    run = paradvisor("apply", "-q")
    assert run.returncode == 3


TYPED = '''\
import time


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def of(self, number):
        time.sleep(0.03)
        return number * self.factor


def main(scale):
    numbers = []
    for turn in range(12):
        if turn % 4 == 3:
            numbers.append(-turn)
        else:
            numbers.append(scale.of(turn))
    print(numbers)


main({"three": Scale(3)}["three"])
'''


def test_what_a_trial_observed_is_applied(paradvisor) -> None:
    file = paradvisor.write("typed.py", TYPED)
    run = paradvisor("profile", "-q", "--json", "typed.py")
    loop = next(loop for loop in report_of(run)["loops"] if "range(12)" in loop["source"])
    assert loop["verdict"] == "safe"
    assert loop["pattern"] == "ordered append"
    run = paradvisor("apply", "-q", "--json", "--strategy", "threads")
    assert run.returncode == 0, run.stderr
    report = report_of(run)
    assert report["verification"]["equal"]
    assert "yield scale.of(turn)" in file.read_text()
    assert "yield -turn" in file.read_text()


FILES = '''\
import os
import time


def main():
    log = getattr(os, "wri" + "te")
    out = os.open("log.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    total = 0
    for turn in range(12):
        time.sleep(0.05 - 0.004 * turn)
        log(out, b"%d\\n" % turn)
        total += turn
    print(total)


main()
'''


def test_a_change_that_writes_files_in_another_order_is_not_written(paradvisor) -> None:
    file = paradvisor.write("files.py", FILES)
    assert paradvisor("profile", "-q", "files.py").returncode == 0
    line = FILES.splitlines().index("    for turn in range(12):") + 1
    run = paradvisor("apply", "-q", "--json", "--unsafe", "--keep", "--loop", str(line))
    assert file.read_text() == FILES
    assert run.returncode in (1, 3), run.stdout + run.stderr
    if run.returncode == 1:
        report = report_of(run)
        assert any("log.txt" in said for said in report["verification"]["differences"])


@pytest.mark.slow
def test_unknown_loop_that_turns_out_well(paradvisor) -> None:
    source = SLEEPS.replace("answer = self.fetch(number)",
                            'answer = getattr(self, "fet" + "ch")(number)')
    line = source.splitlines().index("        for number in range(count):") + 1
    report = applied(paradvisor, "sleeps.py", source, "--unsafe", "--loop", f"sleeps.py:{line}")
    assert report["measurement"]["verdict"] == "faster"


ENCODINGS = {
    "CRLF": ANSWERS.replace("\n", "\r\n").encode(),
    "tabs": ANSWERS.replace("    ", "\t").encode(),
    "latin-1": ("# -*- coding: latin-1 -*-\n# Gr\xfc\xdfe\n" + ANSWERS
                + "print(ascii('\xe9'))  # \xe4\n").encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + ANSWERS.encode(),
    "no newline at its end": ANSWERS.rstrip("\n").encode(),
    "form feed and blanks": ANSWERS.replace("\n\n\nclass", "  \n\x0c\n\t\nclass").encode(),
    "trailing blanks": (ANSWERS + "x = 1   \n\ny = 2\t\n\n\n").encode(),
    "mixed ends": ANSWERS.replace("self.wait = wait\n", "self.wait = wait\r\n").encode(),
    "line separator": ANSWERS.replace("self.wait = wait", "self.wait = wait  # \u2028 \x0b \x85")
    .encode(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENCODINGS)
def test_untouched_lines_stay_as_they_are(paradvisor, name: str) -> None:
    before = ENCODINGS[name]
    file = paradvisor.write("sleeps.py", before)
    bare = paradvisor.python("sleeps.py")
    assert bare.returncode == 0, bare.stderr
    run = paradvisor("profile", "-q", "sleeps.py")
    assert run.returncode == 0, run.stderr
    run = paradvisor("apply", "-q", "--keep")
    assert run.returncode == 0, run.stdout + run.stderr
    after = file.read_bytes()
    assert paradvisor.python("sleeps.py").stdout == bare.stdout
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    gone = [line for line in difflib.ndiff(
        [line.decode("latin-1") for line in old], [line.decode("latin-1") for line in new]
    ) if line.startswith("- ")]
    assert [line[2:].strip() for line in gone] in (
        ["for number in range(count):", "answer = fetch(number)"],
        ["for number in range(count):"],
    ), gone
    if name == "CRLF":
        assert after.count(b"\n") == after.count(b"\r\n")
    if name == "tabs":
        assert b"\n  " not in after
    assert paradvisor("undo").returncode == 0
    assert file.read_bytes() == before
