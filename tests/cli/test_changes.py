"""Several changes, what they are verified by, and what is written of them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

TWO_LOOPS = '''\
"""Fetches and stores, slowly."""

import sys
import time


def fetch(number):
    time.sleep(0.04)
    return number * number


def store(number):
    time.sleep(0.03)
    return -number


def fetched(count):
    results = []
    for number in range(count):
        results.append(fetch(number))
    return results


def stored(count):
    total = 0
    for number in range(count):
        total += store(number)
    return total


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    print(fetched(count), stored(count))


main()
'''


@pytest.fixture
def two(paradvisor):  # type: ignore[no-untyped-def]
    """A profiled program with two loops that wait."""
    paradvisor.write("two.py", TWO_LOOPS)
    run = paradvisor("profile", "-q", "--trial-budget", "0", "two.py")
    assert run.returncode == 0, run.stderr
    return paradvisor


def git(folder, *words: str) -> subprocess.CompletedProcess[bytes]:  # type: ignore[no-untyped-def]
    names = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *names, *words], cwd=folder, capture_output=True, check=True)


def test_two_changes_are_kept_together_and_undone_in_any_order(two) -> None:  # type: ignore[no-untyped-def]
    run = two("apply", "-q", "--json", "--max", "2", "--strategy", "threads")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert [entry["kept"] for entry in report["attempts"]] == [True, True]
    assert report["together"]["verdict"] == "faster"
    changed = (two.folder / "two.py").read_text()
    assert changed.count("def section():") == 2
    assert changed.count("from paradvisor import parallel, scheduled") == 1
    ran = subprocess.run([sys.executable, "two.py", "5"], cwd=two.folder, capture_output=True)
    assert ran.stdout == b"[0, 1, 4, 9, 16] -10\n"
    assert two("undo").returncode == 0
    assert two("undo").returncode == 0
    assert (two.folder / "two.py").read_text() == TWO_LOOPS


def test_a_patch_is_taken_by_git_and_the_source_stays(two) -> None:  # type: ignore[no-untyped-def]
    git(two.folder, "init", "-q")
    git(two.folder, "add", "two.py")
    git(two.folder, "commit", "-q", "-m", "first")
    run = two("apply", "-q", "--strategy", "threads", "--patch", "change.diff")
    assert run.returncode == 0, run.stderr
    assert (two.folder / "two.py").read_text() == TWO_LOOPS
    assert not (two.folder / ".paradvisor" / "journal").exists()
    git(two.folder, "apply", "--check", "change.diff")
    git(two.folder, "apply", "change.diff")
    assert "parallel(section" in (two.folder / "two.py").read_text()


def test_uncommitted_changes_are_said_or_refused(two) -> None:  # type: ignore[no-untyped-def]
    git(two.folder, "init", "-q")
    git(two.folder, "add", "two.py")
    run = two("apply", "-q", "--require-clean")
    assert run.returncode == 2
    assert b"not committed" in run.stderr
    assert (two.folder / "two.py").read_text() == TWO_LOOPS


def test_questions_are_asked_and_a_no_is_a_no(two) -> None:  # type: ignore[no-untyped-def]
    run = two("apply", "-q", "--interactive", "--strategy", "threads", stdin=b"n\nn\n")
    assert run.returncode == 3
    assert run.stdout.count(b"keep it if it pays?") == 2
    assert b"predicted: the program at" in run.stdout
    assert (two.folder / "two.py").read_text() == TWO_LOOPS


OTHER_INPUT = '''\
import sys
import time

shift = [0]


def plain(number):
    time.sleep(0.03)
    return number


def shifted(number):
    shift[0] += number
    return number + shift[0]


calls = [plain]
if len(sys.argv) > 1:
    calls.append(shifted)


def values(count, call):
    results = []
    for number in range(count):
        results.append(call(number))
    return results


print(values(9, calls[-1]))
'''


def test_another_input_tells_what_the_first_one_does_not(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("other.py", OTHER_INPUT)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "other.py").returncode == 0
    line = str(1 + OTHER_INPUT.splitlines().index("    for number in range(count):"))
    words = ["apply", "-q", "--json", "--unsafe", "--loop", line, "--strategy", "threads"]
    run = paradvisor(*words, "--verify-with", "again")
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert report["verification"]["differences"][0].startswith("input 1, ")
    assert (paradvisor.folder / "other.py").read_text() == OTHER_INPUT
    assert paradvisor(*words).returncode == 0  # on the profile's own input all is well


def test_a_command_must_succeed_with_the_change_too(two) -> None:  # type: ignore[no-untyped-def]
    two.write("check.py", """
        import inspect, sys
        sys.argv = ["two.py", "2"]
        import two
        sys.exit("parallel" in inspect.getsource(two) or hasattr(two, "parallel"))
    """)
    words = ["apply", "-q", "--json", "--strategy", "threads", "--max", "1"]
    run = two(*words, "--verify-cmd", f"{sys.executable} check.py")
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert "exit code 0, then 1" in report["verification"]["differences"][0]
    assert (two.folder / "two.py").read_text() == TWO_LOOPS


def test_a_command_that_fails_anyway_verifies_nothing(two) -> None:  # type: ignore[no-untyped-def]
    words = ["apply", "-q", "--strategy", "threads"]
    run = two(*words, "--verify-cmd", f"{sys.executable} -c raise")
    assert run.returncode == 3
    assert b"fails without any change" in run.stderr


ENDS_EARLY = TWO_LOOPS.replace(
    "    time.sleep(0.04)\n",
    '    time.sleep(0.04)\n    if number == 6:\n        raise ValueError("six")\n',
).replace(
    "    for number in range(count):\n        results.append(fetch(number))\n",
    "    try:\n        for number in range(count):\n            results.append(fetch(number))\n"
    "    except ValueError as error:\n        print(error)\n",
)


def test_a_loop_that_an_exception_ends_is_shared_out(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("two.py", ENDS_EARLY)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "two.py").returncode == 0
    line = ENDS_EARLY.splitlines().index("        for number in range(count):") + 1
    how = ["--strategy", "threads", "--loop", str(line), "--keep"]
    run = paradvisor("apply", "-q", "--json", *how)
    report = json.loads(run.stdout)
    assert report["verification"]["equal"], report["verification"]
    ran = subprocess.run([sys.executable, "two.py"], cwd=paradvisor.folder, capture_output=True)
    assert ran.stdout == b"six\n[0, 1, 4, 9, 16, 25] -28\n", ran.stderr


CLOCK = TWO_LOOPS.replace("    print(fetched", '    print("now", time.time())\n    print(fetched')


def test_what_may_differ_is_named_and_recorded(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("two.py", CLOCK)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "two.py").returncode == 0
    refused = paradvisor("apply", "-q", "--strategy", "threads")
    assert refused.returncode == 3
    assert b"--ignore REGEX" in refused.stderr
    still = paradvisor("apply", "-q", "--strategy", "threads", "--ignore", "later .*")
    assert still.returncode == 3
    assert b"differs from itself" in still.stderr
    run = paradvisor("apply", "-q", "--json", "--strategy", "threads", "--ignore", "now .*")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["ignored"] == ["now .*"]


def test_standard_error_must_be_the_same(paradvisor) -> None:  # type: ignore[no-untyped-def]
    source = OTHER_INPUT.replace(
        "    return number\n",
        "    import threading\n"
        "    sys.stderr.write(threading.current_thread().name[:4])\n"
        "    return number\n",
        1,
    )
    paradvisor.write("err.py", source)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "err.py").returncode == 0
    line = str(1 + source.splitlines().index("    for number in range(count):"))
    run = paradvisor(
        "apply", "-q", "--json", "--unsafe", "--strategy", "threads", "--loop", line
    )
    assert run.returncode == 1, run.stderr
    assert "standard error" in json.loads(run.stdout)["verification"]["differences"][0]


def test_generated_files_are_refused(paradvisor) -> None:  # type: ignore[no-untyped-def]
    paradvisor.write("two.py", "# Generated by make_two. DO NOT EDIT\n" + TWO_LOOPS)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "two.py").returncode == 0
    run = paradvisor("apply", "-q")
    assert run.returncode == 2
    assert b"is generated" in run.stderr


def test_a_program_with_the_runtime_beside_it_needs_no_installation(two) -> None:  # type: ignore[no-untyped-def]
    run = two("apply", "-q", "--vendor", "--strategy", "threads")
    assert run.returncode == 0, run.stderr
    assert "from paradvisor_runtime import parallel, scheduled" in (
        two.folder / "two.py"
    ).read_text()
    alone = ["-c", "import sys; sys.modules['paradvisor'] = None; "
             "import runpy; sys.argv = ['two.py', '4']; sys.path.insert(0, '.'); "
             "runpy.run_path('two.py', run_name='__main__')"]
    ran = subprocess.run([sys.executable, *alone], cwd=two.folder, capture_output=True)
    assert ran.stdout == b"[0, 1, 4, 9] -6\n", ran.stderr
    assert two("undo").returncode == 0
    assert (two.folder / "two.py").read_text() == TWO_LOOPS


def test_the_runtime_beside_a_program_goes_with_a_change_that_is_not_kept(two) -> None:  # type: ignore[no-untyped-def]
    run = two("apply", "-q", "--vendor", "--no-write", "--strategy", "threads")
    assert run.returncode == 0, run.stderr
    assert not (two.folder / "paradvisor_runtime.py").exists()
    two.write("paradvisor_runtime.py", "mine = True\n")
    refused = two("apply", "-q", "--vendor")
    assert refused.returncode == 2
    assert b"another file of that name" in refused.stderr


def test_an_overlay_reaches_children_that_are_spawned(paradvisor) -> None:  # type: ignore[no-untyped-def]
    source = TWO_LOOPS.replace("main()\n", """\
if __name__ == "__main__":
    import multiprocessing
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        print(pool.apply(fetched, (2,)))
    main()
""").replace("\n\n\nif __name__", "\n\n\nif __name__", 1)
    source = source.replace("def main():\n", "def main():\n", 1)
    paradvisor.write("two.py", source)
    assert paradvisor("profile", "-q", "--trial-budget", "0", "two.py").returncode == 0
    run = paradvisor("apply", "-q", "--json", "--strategy", "threads", "--no-write", "--keep")
    report = json.loads(run.stdout)
    assert report["verification"]["equal"], report["verification"]
