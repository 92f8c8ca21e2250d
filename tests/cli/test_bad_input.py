"""Whatever is wrong with a program, a file or a command: one clear message and no harm done."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and mode bits of POSIX")

ESCAPE = b"\x1b"


def complaints(run: subprocess.CompletedProcess[bytes]) -> list[str]:
    """Messages of ours on standard error."""
    return [line for line in run.stderr.decode().splitlines() if line.startswith("paradvisor: ")]


def refused(run: subprocess.CompletedProcess[bytes], code: int, *words: str) -> None:
    """It ended with the code, with nothing but one message that says these words."""
    said = f"{run.stdout.decode(errors='replace')}\n{run.stderr.decode(errors='replace')}"
    assert run.returncode == code, said
    assert "Traceback" not in said
    assert "internal error" not in said
    assert ESCAPE not in run.stderr
    assert run.stdout == b"", said
    assert len(complaints(run)) == 1, said
    assert run.stderr.startswith(b"paradvisor: "), said
    for line in run.stderr.decode().splitlines()[1:]:
        assert line.startswith("  "), said  # the hint
    for word in words:
        assert word in said


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder: content and mode."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_fifo()
    }


# --- what cannot be run ------------------------------------------------------------------------


def test_missing_file(paradvisor) -> None:
    refused(paradvisor("profile", "-q", "nowhere.py"), 2, "nowhere.py")
    assert snapshot(paradvisor.folder) == {}


def test_no_program(paradvisor) -> None:
    refused(paradvisor("profile", "-q"), 2)


def test_folder(paradvisor) -> None:
    (paradvisor.folder / "things").mkdir()
    refused(paradvisor("profile", "-q", "things"), 2, "things", "folder")


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = 1\nprint(\n", "2"), ("def f():\nreturn 1\n", "2"), ("x = 1\n\ny = = 2\n", "3")],
)
def test_syntax_error_names_file_and_line(paradvisor, source: str, line: str) -> None:
    paradvisor.write("broken.py", source)
    before = snapshot(paradvisor.folder)
    refused(paradvisor("profile", "-q", "broken.py"), 2, "broken.py", f"line {line}")
    assert snapshot(paradvisor.folder) == before


@pytest.mark.parametrize("content", [b"x = 1\0\n", b"x = '\xff'\n", b"# coding: nonsense\n"])
def test_not_a_text(paradvisor, content: bytes) -> None:
    paradvisor.write("broken.py", content)
    refused(paradvisor("profile", "-q", "broken.py"), 2, "broken.py")


def test_fifo_and_device(paradvisor) -> None:
    os.mkfifo(paradvisor.folder / "pipe.py")
    refused(paradvisor("profile", "-q", "pipe.py"), 2, "pipe.py", "regular")
    refused(paradvisor("profile", "-q", "/dev/null"), 2, "/dev/null", "regular")


def test_dangling_link(paradvisor) -> None:
    (paradvisor.folder / "link.py").symlink_to("nowhere.py")
    refused(paradvisor("profile", "-q", "link.py"), 2, "link.py")


def test_unknown_module(paradvisor) -> None:
    refused(paradvisor("profile", "-q", "-m", "no_such_module_here"), 2, "no_such_module_here")


def test_package_without_main(paradvisor) -> None:
    paradvisor.write("package/__init__.py", "")
    refused(paradvisor("profile", "-q", "-m", "package"), 2, "package", "__main__")


def test_built_in_module(paradvisor) -> None:
    refused(paradvisor("profile", "-q", "-m", "sys"), 2, "sys")


# --- programs that end in their own way ----------------------------------------------------------


def test_program_that_raises(paradvisor) -> None:
    paradvisor.write("fails.py", "print('before')\nraise KeyError('lost')\n")
    run = paradvisor("profile", "-q", "fails.py")
    assert run.returncode == 1
    assert run.stdout.startswith(b"before\n")
    assert run.stderr.count(b"Traceback") == 1  # the program's, once
    assert run.stderr.count(b"KeyError: 'lost'") == 1
    assert complaints(run) == []


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("import os, sys; sys.stdout.flush(); os._exit(5)", 5),
        ("import os, signal, sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)", 137),
        ("import os, signal, sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGTERM)", 143),
        ("import sys; sys.exit(0)", 0),
    ],
)
def test_exit_code_is_the_programs_own(paradvisor, last: str, code: int) -> None:
    paradvisor.write("ends.py", f"print('before')\n{last}\n")
    run = paradvisor("profile", "-q", "--json", "ends.py")
    assert run.returncode == code
    assert run.stderr == b"before\n"
    report = json.loads(run.stdout)
    assert report["baseline"]["exit_code"] == (code if code < 128 else 128 - code)
    assert report["baseline"]["differences"] == []
    said = paradvisor("report").stdout.decode()
    ending = {137: "was ended by SIGKILL", 143: "was ended by SIGTERM"}
    assert (ending.get(code, f"ended with exit code {code}") in said) == (code != 0)


def test_every_run_reads_the_same_input(paradvisor) -> None:
    paradvisor.write("reads.py", """
        import hashlib, os, sys
        data = sys.stdin.buffer.read()
        with open(os.path.join(sys.argv[1], str(os.getpid())), "w") as file:
            file.write(hashlib.sha256(data).hexdigest())
        print(len(data))
    """)
    seen = paradvisor.folder.parent / "seen"
    seen.mkdir()
    data = os.urandom(300_000)
    run = paradvisor("profile", "-q", "-o", "report.json", "reads.py", str(seen), stdin=data)
    assert run.returncode == 0
    assert run.stdout == b"300000\n"
    texts = [path.read_text() for path in seen.iterdir()]
    assert len(texts) == 3  # sampled, bare, counting
    assert len(set(texts)) == 1


def test_program_that_reads_one_line_of_much_input(paradvisor) -> None:
    paradvisor.write("reads.py", "print(input())\n")
    data = b"first\n" + b"more\n" * 100_000
    run = paradvisor("profile", "-q", "--json", "reads.py", stdin=data)
    assert run.returncode == 0
    assert run.stderr == b"first\n"
    report = json.loads(run.stdout)
    assert report["notes"] == []
    assert report["baseline"]["differences"] == []


def test_input_that_nobody_reads_and_that_never_ends(paradvisor) -> None:
    paradvisor.write("ignores.py", "print('hello')\n")
    process = paradvisor.start("profile", "-q", "--json", "ignores.py", stdin=subprocess.PIPE)
    assert process.wait(timeout=60) == 0  # our end of the pipe is still open
    assert process.stdin is not None
    process.stdin.close()
    json.loads(process.stdout.read())
    process.stdout.close()
    process.stderr.close()


def test_closed_standard_input(paradvisor) -> None:
    paradvisor.write("hello.py", "print('hello')\n")
    command = f'exec "{sys.executable}" -m paradvisor profile -q --json hello.py <&-'
    run = subprocess.run(
        ["sh", "-c", command], cwd=paradvisor.folder, env=paradvisor.env, capture_output=True,
        timeout=60, check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == b"hello\n"
    json.loads(run.stdout)


def test_closed_standard_error(paradvisor) -> None:
    paradvisor.write("hello.py", "print('hello')\n")
    command = f'exec "{sys.executable}" -m paradvisor profile hello.py 2>&-'
    run = subprocess.run(
        ["sh", "-c", command], cwd=paradvisor.folder, env=paradvisor.env, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False,
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.startswith(b"hello\n")


@pytest.mark.parametrize("lines", [1, 200_000], ids=["little", "much"])
def test_reader_that_goes_away(paradvisor, lines: int) -> None:
    paradvisor.write("prints.py", f"for i in range({lines}): print('line', i)\n")
    process = paradvisor.start("profile", "-q", "prints.py")
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"Traceback" not in err.replace(b"Traceback (most recent call last):\n  File "
                                           + bytes(str(paradvisor.folder), "utf8"), b"")
    assert b"Exception ignored" not in err


def test_program_that_forks(paradvisor) -> None:
    paradvisor.write("forks.py", """
        import os, sys
        pid = os.fork()
        if pid == 0:
            print("child", flush=True)
            sys.exit(4)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print("parent", status)
    """)
    run = paradvisor("profile", "-q", "--json", "forks.py")
    assert run.returncode == 0
    assert run.stderr == b"child\nparent 4\n"
    report = json.loads(run.stdout)
    assert report["notes"] == []
    assert report["baseline"]["differences"] == []


@pytest.mark.parametrize("stubborn", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_timeout(paradvisor, stubborn: str) -> None:
    paradvisor.write("endless.py", f"""
        import signal, subprocess, sys, time
        {stubborn}
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        print("waiting", flush=True)
        while True:
            time.sleep(1000)
    """)
    run = paradvisor("profile", "-q", "-o", "report.json", "--timeout", "0.8", "endless.py")
    assert run.returncode == 124
    assert run.stdout == b"waiting\n"
    assert len(complaints(run)) == 1
    assert "endless.py did not end within 0.8 s" in complaints(run)[0]
    assert not (paradvisor.folder / "report.json").exists()


@pytest.mark.slow
def test_program_that_leaves_a_process(paradvisor) -> None:
    paradvisor.write("leaves.py", """
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        print("gone")
    """)
    assert paradvisor("profile", "-q", "leaves.py").returncode == 0


def test_short_program(paradvisor) -> None:
    paradvisor.write("short.py", "print(sum(range(1000)))\n")
    run = paradvisor("profile", "-q", "short.py")
    assert run.returncode == 0
    assert run.stdout.startswith(b"499500\n")
    assert b"nothing to gain" in run.stdout
    assert run.stderr == b""


def test_binary_output(paradvisor) -> None:
    paradvisor.write("binary.py", """
        import sys
        sys.stdout.buffer.write(bytes(range(256)) * 1000)
        sys.stderr.buffer.write(bytes(range(255, -1, -1)))
    """)
    run = paradvisor("profile", "-q", "-o", "report.json", "binary.py")
    assert run.returncode == 0
    assert run.stdout == bytes(range(256)) * 1000
    assert run.stderr.startswith(bytes(range(255, -1, -1)))


def test_program_that_changes_the_folder(paradvisor) -> None:
    other = paradvisor.folder / "other"
    other.mkdir()
    paradvisor.write("moves.py", """
        import os
        os.chdir("other")
        open("made.txt", "w").write("x")
        print(os.path.basename(os.getcwd()))
    """)
    run = paradvisor("profile", "-q", "-o", "report.md", "moves.py")
    assert (run.returncode, run.stdout) == (0, b"other\n")
    assert (paradvisor.folder / "report.md").exists()
    assert (paradvisor.folder / ".paradvisor" / "profile.json").exists()
    assert [path.name for path in other.iterdir()] == ["made.txt"]


@pytest.mark.parametrize("source", ["", "# nothing\n", "x = 1\n"])
def test_program_that_does_nothing(paradvisor, source: str) -> None:
    paradvisor.write("nothing.py", source)
    run = paradvisor("profile", "-q", "-o", "report.json", "nothing.py")
    assert (run.returncode, run.stdout) == (0, b"")
    json.loads((paradvisor.folder / "report.json").read_text())


def test_output_without_a_newline_at_its_end(paradvisor) -> None:
    paradvisor.write("prints.py", "print('no newline', end='')\n")
    run = paradvisor("profile", "-q", "prints.py")
    assert run.stdout.startswith(b"no newline")


def test_text_of_another_encoding_on_standard_output(paradvisor) -> None:
    paradvisor.write("prints.py", "# Grüße\ndef größe(): return 1\nprint('ä€', größe())\n")
    for locale in ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
                   {"PYTHONIOENCODING": "ascii:strict"}):
        source = "def größe(n):\n    s = 0\n    for i in range(n):\n        s += i * i % 7\n" \
                 "    return s\nassert größe(3_000_000)\n"
        paradvisor.write("names.py", source)
        run = paradvisor("profile", "-q", "names.py", env=locale)
        assert run.returncode == 0, run.stderr
        assert b"internal error" not in run.stderr


def test_warnings_of_the_compiler_appear_once(paradvisor) -> None:
    paradvisor.write("warns.py", "x = 1\nprint(x is 1, '\\d')\n")
    bare = paradvisor.python("warns.py")
    run = paradvisor("profile", "-q", "-o", "report.json", "warns.py")
    assert run.stdout == bare.stdout
    assert run.stderr.count(b"SyntaxWarning: \"is\"") == 1, run.stderr


def test_argument_that_is_not_utf8(paradvisor) -> None:
    paradvisor.write("shows.py", "import os, sys; print(os.fsencode(sys.argv[1]))\n")
    run = paradvisor("profile", "-q", "shows.py", b"\xff")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(b"b'\\xff'\n")


def test_file_names_that_need_care(paradvisor) -> None:
    paradvisor.write("[bold] a b|c.py", "def f():\n    return 1\nprint(f())\n")
    run = paradvisor("profile", "-q", "[bold] a b|c.py")
    assert run.returncode == 0, run.stderr
    assert b"[bold] a b|c.py" in run.stdout


# --- the command line --------------------------------------------------------------------------


@pytest.fixture
def hello(paradvisor):
    paradvisor.write("hello.py", "import sys\nprint('hello', sys.argv[1:])\n")
    return paradvisor


def test_unknown_format(hello) -> None:
    refused(hello("profile", "-q", "-f", "yaml", "hello.py"), 2, "yaml", "markdown")
    refused(hello("profile", "-q", "-o", "report.yaml", "hello.py"), 2, "report.yaml")
    refused(hello("profile", "-q", "--json", "-f", "markdown", "hello.py"), 2, "contradict")
    assert set(snapshot(hello.folder)) == {"hello.py"}


def test_unwritable_output_is_noticed_before_the_program_runs(hello) -> None:
    run = hello("profile", "-q", "-o", "no/such/folder/report.json", "hello.py")
    refused(run, 2, "no/such/folder/report.json")


def test_output_that_is_a_folder(hello) -> None:
    (hello.folder / "report.md").mkdir()
    refused(hello("profile", "-q", "-o", "report.md", "hello.py"), 2, "report.md")


def test_json_on_standard_output(hello) -> None:
    for options in (["--json"], ["-f", "json"]):
        run = hello("profile", "-q", *options, "hello.py", "x")
        assert run.returncode == 0
        assert json.loads(run.stdout)["target"]["args"] == ["x"]
        assert run.stderr == b"hello ['x']\n"


def test_progress_is_on_standard_error(hello) -> None:
    run = hello("profile", "--json", "hello.py")
    json.loads(run.stdout)
    ours = complaints(run)
    assert len(ours) == 3
    assert all(line.startswith("paradvisor: run ") for line in ours)


def test_options_after_the_program_are_its_own(hello) -> None:
    words = ["--json", "-q", "-o", "x.json", "--timeout", "1", "-m", "x", "--", "-h", "--help"]
    run = hello("profile", "-q", "-f", "markdown", "hello.py", *words)
    assert run.returncode == 0
    assert run.stderr.decode() == f"hello {words}\n"
    assert run.stdout.startswith(b"## paradvisor")
    run = hello("profile", "-q", "-f", "markdown", "--", "hello.py", "-q")
    assert run.stderr == b"hello ['-q']\n"


@pytest.mark.parametrize("form", [["-m", "json.tool"], ["-mjson.tool"]], ids=["apart", "together"])
def test_options_after_the_module_are_its_own(paradvisor, form: list[str]) -> None:
    paradvisor.write("data.json", '{"a":[1,2]}')
    run = paradvisor("profile", "-q", "-o", "report.json", *form, "--indent", "2", "data.json")
    assert run.returncode == 0, run.stderr
    assert run.stdout == b'{\n  "a": [\n    1,\n    2\n  ]\n}\n'


def test_the_program_is_named_like_an_option_value(hello) -> None:
    run = hello("profile", "--timeout", "30", "-q", "-f", "json", "hello.py", "a")
    assert run.returncode == 0
    assert run.stderr == b"hello ['a']\n"


@pytest.mark.parametrize(
    "text",
    ["not toml [", "[tool]\nparadvisor = 3\n", "tool = 1\n", "[tool.paradvisor]\nprofile = 1\n"],
)
def test_useless_settings(hello, text: str) -> None:
    hello.write("pyproject.toml", text)
    run = hello("profile", "-q", "--json", "hello.py")
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr
    assert len(complaints(run)) <= 1


@pytest.mark.parametrize("value", ['"soon"', "-1"])
def test_wrong_value_in_the_settings(hello, value: str) -> None:
    hello.write("pyproject.toml", f"[tool.paradvisor.profile]\ntimeout = {value}\n")
    run = hello("profile", "-q", "--json", "hello.py")
    assert run.returncode == 2
    assert b"timeout" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_setting_that_is_none_is_named(hello) -> None:
    hello.write("pyproject.toml", "[tool.paradvisor.profile]\ntimout = 3\nquiet = true\n"
                                  "[tool.paradvisor.perform]\nx = 1\n")
    run = hello("profile", "hello.py")
    assert run.returncode == 0
    assert b"no setting timout" in run.stderr
    assert b"Did you mean timeout?" in run.stderr
    assert b"[tool.paradvisor.perform] is for no command" in run.stderr


def test_settings_are_used(hello) -> None:
    hello.write("pyproject.toml", '[tool.paradvisor.profile]\nquiet = true\noutput = "r.json"\n')
    run = hello("profile", "hello.py")
    assert run.returncode == 0
    assert run.stdout == b"hello []\n"
    json.loads((hello.folder / "r.json").read_text())


def test_unknown_option_and_command(hello) -> None:
    for words in (["profile", "--nonsense", "hello.py"], ["nonsense"], ["apply", "extra"]):
        run = hello(*words)
        assert run.returncode == 2
        assert b"Traceback" not in run.stderr
        assert words[-1 if words[0] == "apply" else len(words) > 1].encode() in run.stderr


def test_folder_that_is_gone(hello) -> None:
    gone = hello.folder / "gone"
    gone.mkdir()
    main = "from paradvisor.cli import main; main()"
    command = f'rmdir "{gone}"; exec "{sys.executable}" -c "{main}"'
    for words in ("profile x.py", "report", "undo"):
        gone.mkdir(exist_ok=True)
        run = subprocess.run(
            ["sh", "-c", f"{command} {words}"], cwd=gone, env=hello.env, capture_output=True,
            timeout=60, check=False,
        )
        assert run.returncode in (2, 4)
        assert b"Traceback" not in run.stderr, run.stderr


# --- apply -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["apply", "report"])
def test_no_profile(paradvisor, command: str) -> None:
    refused(paradvisor(command), 2, "no profile")
    assert snapshot(paradvisor.folder) == {}


@pytest.mark.parametrize("command", ["apply", "report"])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"schema_version": 99}', b'{"a": "\xff"}', b"cut"],
)
def test_corrupted_profile(profiled, command: str, content: bytes) -> None:
    file = profiled.folder / ".paradvisor" / "profile.json"
    if content == b"cut":
        content = file.read_bytes()[:-200]
    elif content.startswith(b'{"schema'):
        content = file.read_bytes().replace(b'"schema_version": 1', b'"schema_version": 99')
    file.write_bytes(content)
    before = snapshot(profiled.folder)
    refused(profiled(command), 2)
    assert snapshot(profiled.folder) == before


def test_profile_of_another_type(profiled) -> None:
    file = profiled.folder / ".paradvisor" / "profile.json"
    record = json.loads(file.read_bytes())
    record["loops"] = "none"
    file.write_text(json.dumps(record))
    refused(profiled("apply"), 2)
    refused(profiled("report"), 2)


def apply_refused(command, code: int, *args: str, says: str = "") -> None:
    before = snapshot(command.folder)
    refused(command("apply", "-q", *args), code, says)
    assert snapshot(command.folder) == before


def test_file_changed_since(profiled, sleepy: str) -> None:
    profiled.write("sleepy.py", sleepy + "# more\n")
    apply_refused(profiled, 2, says="changed since")


def test_file_gone_since(profiled) -> None:
    (profiled.folder / "sleepy.py").unlink()
    apply_refused(profiled, 2, says="sleepy.py")


def test_read_only_file(profiled) -> None:
    (profiled.folder / "sleepy.py").chmod(0o444)
    apply_refused(profiled, 2, says="read-only")


def test_unknown_strategy(profiled) -> None:
    apply_refused(profiled, 2, "--strategy", "magic", says="magic")
    apply_refused(profiled, 2, "--strategy", "native", says="native")


@pytest.mark.parametrize("loop", ["999", "sleepy.py:1", "other.py:17", "x", "", ":", "sleepy.py:"])
def test_unknown_loop(profiled, loop: str) -> None:
    apply_refused(profiled, 2, "--loop", loop)


def test_strategy_that_does_not_suit(profiled) -> None:
    apply_refused(profiled, 3, "--strategy", "fork", says="fork")


def test_apply_in_an_unknown_format(profiled) -> None:
    apply_refused(profiled, 2, "-f", "yaml", says="yaml")
    apply_refused(profiled, 2, "-o", "report.yaml", says="report.yaml")


def test_apply_with_an_unwritable_output(profiled) -> None:
    apply_refused(profiled, 2, "-o", "no/such/report.json", says="no/such/report.json")


def test_nondeterministic_program(paradvisor, sleepy: str) -> None:
    paradvisor.write("sleepy.py", sleepy + "import os\nprint(os.getpid())\n")
    assert paradvisor("profile", "-q", "sleepy.py").returncode == 0
    apply_refused(paradvisor, 3, says="nondeterministic")


def test_diff_writes_nothing(profiled, sleepy: str) -> None:
    before = snapshot(profiled.folder)
    run = profiled("apply", "--diff")
    assert run.returncode == 0
    assert run.stderr == b""
    assert run.stdout.startswith(b"--- a/sleepy.py\n+++ b/sleepy.py\n")
    assert snapshot(profiled.folder) == before
    patched = subprocess.run(
        ["patch", "-s", "-o", "-", "sleepy.py"], input=run.stdout, cwd=profiled.folder,
        capture_output=True, check=False,
    ) if shutil.which("patch") else None
    if patched is not None:
        assert patched.returncode == 0, patched.stderr
        compile(patched.stdout, "sleepy.py", "exec")
    assert snapshot(profiled.folder) == before


def test_diff_of_a_read_only_file(profiled) -> None:
    (profiled.folder / "sleepy.py").chmod(0o444)
    assert profiled("apply", "--diff").returncode == 0


def test_no_write_writes_nothing(profiled) -> None:
    before = snapshot(profiled.folder)
    run = profiled("apply", "-q", "--no-write", "--json")
    assert run.returncode in (0, 3)
    report = json.loads(run.stdout)
    assert report["kept"] is False
    assert report["verification"]["equal"] is True
    assert report["measurement"]["verdict"] == "faster"
    assert run.returncode == 0
    assert run.stderr == b""
    assert snapshot(profiled.folder) == before


# --- undo --------------------------------------------------------------------------------------


def test_nothing_to_undo(paradvisor) -> None:
    refused(paradvisor("undo"), 2, "no change")
    refused(paradvisor("undo", "7"), 2, "no change 7")
    run = paradvisor("undo", "--list")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert snapshot(paradvisor.folder) == {}


def test_undo_is_byte_exact(applied, sleepy: str) -> None:
    file = applied.folder / "sleepy.py"
    file.chmod(0o750)
    assert file.read_text() != sleepy
    assert b"in place" in applied("undo", "--list").stdout
    run = applied("undo")
    assert (run.returncode, run.stderr) == (0, b"")
    assert file.read_bytes() == sleepy.encode()
    assert file.stat().st_mode & 0o777 == 0o750
    assert b"undone" in applied("undo", "--list").stdout
    refused(applied("undo"), 2, "no change")
    refused(applied("undo", "1"), 2, "no change 1")
    assert file.read_bytes() == sleepy.encode()


def test_undo_after_edits_elsewhere(applied, sleepy: str) -> None:
    file = applied.folder / "sleepy.py"

    def edited(text: str) -> str:
        text = text.replace("COUNT = 8\n", "COUNT = 9  # \tone more\r\n\x0c\n")
        return f"# first\n{text}# last, without a newline"

    file.write_bytes(edited(file.read_text()).encode())
    assert applied("undo").returncode == 0
    assert file.read_bytes() == edited(sleepy).encode()


def test_undo_of_changed_lines_is_refused(applied) -> None:
    file = applied.folder / "sleepy.py"
    text = file.read_text()
    assert "scheduled(range(COUNT))" in text
    file.write_text(text.replace("scheduled(range(COUNT))", "scheduled(range(COUNT + 1))"))
    before = snapshot(applied.folder)
    refused(applied("undo"), 3, "changed since")
    assert snapshot(applied.folder) == before


def test_undo_of_a_file_that_is_gone(applied, sleepy: str) -> None:
    (applied.folder / "sleepy.py").unlink()
    refused(applied("undo"), 2, "sleepy.py")
    assert b"in place" in applied("undo", "--list").stdout


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_corrupted_journal(applied, content: bytes) -> None:
    file = applied.folder / "sleepy.py"
    before = file.read_bytes()
    (applied.folder / ".paradvisor" / "journal" / "0001" / "entry.json").write_bytes(content)
    refused(applied("undo"), 2, "entry.json")
    assert file.read_bytes() == before


def test_journal_without_contents(applied) -> None:
    file = applied.folder / "sleepy.py"
    before = file.read_bytes()
    (applied.folder / ".paradvisor" / "journal" / "0001" / "before").unlink()
    run = applied("undo")
    assert run.returncode in (2, 4)
    assert len(complaints(run)) == 1
    assert b"Traceback" not in run.stderr
    assert file.read_bytes() == before


TWO = '''\
import time


def fetch(number):
    time.sleep(0.05)
    return number * number


def first():
    found = []
    for number in range(6):
        value = fetch(number)
        found.append(value)
    return found


def unrelated():
    return "nothing"


def second():
    other = []
    for number in range(7):
        value = fetch(number)
        other.append(-value)
    return other


if __name__ == "__main__":
    print(first(), unrelated(), second())
'''


@pytest.mark.slow
@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["older first", "newer first"])
def test_undo_of_two_changes(paradvisor, order: tuple[int, int]) -> None:
    file = paradvisor.write("two.py", TWO)
    output = paradvisor.python("two.py").stdout
    states = [TWO]
    for loop in ("for number in range(6):", "for number in range(7):"):
        assert paradvisor("profile", "-q", "two.py").returncode == 0
        line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if loop in text)
        run = paradvisor("apply", "-q", "--keep", "--loop", f"two.py:{line}")
        assert run.returncode == 0, run.stdout + run.stderr
        states.append(file.read_text())
    for number in order:
        before = file.read_bytes()
        run = paradvisor("undo", str(number))
        if run.returncode:
            refused(run, 3)
            assert file.read_bytes() == before
        ran = paradvisor.python("two.py")
        assert (ran.returncode, ran.stdout) == (0, output), file.read_text()
    if order == (2, 1):
        assert file.read_bytes() == TWO.encode()


# --- interruptions and escapes -------------------------------------------------------------------


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)


ENDLESS = """
    import os, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    runs = len(os.listdir(sys.argv[1])) + 1
    if runs < int(sys.argv[2]):
        child.kill()
        child.wait()
    open(os.path.join(sys.argv[1], str(runs)), "w").close()
    while runs >= int(sys.argv[2]):
        time.sleep(1000)
"""


@pytest.mark.parametrize("run", [1, 2, 3], ids=["sampled", "bare", "counting"])
def test_interrupted_it_reports_what_was_seen(paradvisor, run: int) -> None:
    paradvisor.write("endless.py", ENDLESS)
    marks = paradvisor.folder.parent / "marks"
    marks.mkdir()
    process = paradvisor.start("profile", "-q", "endless.py", str(marks), str(run))
    wait_for(marks / str(run), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"note: interrupted" in out
    assert b"paradvisor profile endless.py" in out
    assert b"paradvisor: " not in err
    assert paradvisor.left_behind() == []
    assert not (paradvisor.folder / ".paradvisor").exists()


def test_a_program_without_end_is_profiled_for_a_while(paradvisor) -> None:
    paradvisor.write("server.py", """
        import time
        def serve():
            while True:
                time.sleep(0.005)
        try:
            serve()
        except KeyboardInterrupt:
            print("closed")
    """)
    run = paradvisor("profile", "-q", "--json", "--duration", "1.5", "server.py")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert run.stderr == b"closed\n"
    assert report["hotspots"][0]["kind"] == "io"
    assert any("stopped after 1.5 s" in note for note in report["notes"])
    assert paradvisor.left_behind() == []


def test_a_program_that_dies_still_has_a_report(paradvisor) -> None:
    paradvisor.write("dies.py", """
        import os, signal, time
        def work():
            for _ in range(500):
                time.sleep(0.005)
        work()
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    run = paradvisor("profile", "-q", "--json", "--quick", "dies.py")
    assert run.returncode == 128 + signal.SIGKILL
    report = json.loads(run.stdout)
    assert report["hotspots"][0]["location"]["function"] == "work"
    assert report["hotspots"][0]["share"] > 0.8


def test_quick_is_one_run(paradvisor) -> None:
    paradvisor.write("counts.py", """
        import sys
        with open(sys.argv[1], "a") as file:
            file.write("run\\n")
    """)
    log = paradvisor.folder.parent / "log"
    assert paradvisor("profile", "-q", "--quick", "counts.py", str(log)).returncode == 0
    assert log.read_text() == "run\n"
    assert paradvisor("profile", "-q", "--passes", "bare", "counts.py", str(log)).returncode == 0
    assert log.read_text() == "run\n" * 3  # bare twice: it must do the same again


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--passes", "waits,nap"], b"no pass is called nap"),
        (["--passes", "waits,bare", "--quick"], b"cannot be combined"),
        (["--passes", "lines", "--duration", "3"], b"cannot be combined"),
    ],
)
def test_passes_that_there_are_not(hello, words: list[str], says: bytes) -> None:
    run = hello("profile", *words, "hello.py")
    assert run.returncode == 2
    assert says in run.stderr


def test_terminate(paradvisor) -> None:
    paradvisor.write("endless.py", ENDLESS)
    marks = paradvisor.folder.parent / "marks"
    marks.mkdir()
    process = paradvisor.start("profile", "-q", "endless.py", str(marks), "1")
    wait_for(marks / "1", process)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (143, -signal.SIGTERM)
    assert b"Traceback" not in err.replace(b"KeyboardInterrupt", b"")
    assert paradvisor.left_behind() == []


def test_interrupt_of_apply(profiled, sleepy: str) -> None:
    process = profiled.start("apply")
    seen = b""
    while b"verification, before" not in seen:
        seen += os.read(process.stderr.fileno(), 4096)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert (profiled.folder / "sleepy.py").read_text() == sleepy
    assert not (profiled.folder / ".paradvisor" / "journal").exists()


@pytest.mark.parametrize(
    "env", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}, {"TERM": "dumb"}],
    ids=str,
)
def test_no_escape_bytes_in_a_pipe(profiled, env: dict[str, str]) -> None:
    run = profiled("report", env=env)
    assert run.returncode == 0
    assert ESCAPE not in run.stdout + run.stderr
    run = profiled("apply", "--diff", env=env)
    assert ESCAPE not in run.stdout + run.stderr
    assert ESCAPE not in profiled("profile", "--help", env=env).stdout


def on_terminal(command, *args: str, **env: str) -> bytes:
    """What it writes to a terminal."""
    ours, theirs = pty.openpty()
    process = command.start(
        *args, env={"TERM": "xterm-256color", **env}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    try:
        while select.select([ours], [], [], 120)[0]:
            block = os.read(ours, 4096)
            if not block:
                break
            seen += block
    except OSError:  # EIO: everyone has closed it
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=60) == 0, seen
    return seen


def test_colours_on_a_terminal(profiled) -> None:
    assert re.search(rb"\x1b\[[\d;]*3\d", on_terminal(profiled, "report"))
    assert not re.search(rb"\x1b\[[\d;]*3\d", on_terminal(profiled, "report", NO_COLOR="1"))


@pytest.mark.parametrize("name", ["report.txt", "report.md", "report.json"])
def test_no_escape_bytes_in_a_file(profiled, name: str) -> None:
    on_terminal(profiled, "report", "-o", name)
    assert ESCAPE not in (profiled.folder / name).read_bytes()


@pytest.mark.parametrize("quiet", [[], ["-q"]], ids=["bar", "quiet"])
def test_profile_on_a_terminal(paradvisor, quiet: list[str]) -> None:
    paradvisor.write("hello.py", "import time\ntime.sleep(0.3)\nprint('hello')\n")
    seen = on_terminal(paradvisor, "profile", *quiet, "hello.py")
    assert seen.count(b"hello\r\n") == 1
    assert b"Where the time goes" in seen
    if quiet:
        assert b"pass" not in seen.split(b"Where the time goes")[0]


def test_help_and_version(paradvisor) -> None:
    for words in (["--help"], ["-h"], ["profile", "-h"], ["apply", "--help"], ["undo", "--help"],
                  ["report", "--help"], ["--version"]):
        run = paradvisor(*words)
        assert (run.returncode, run.stderr) == (0, b"")
        assert run.stdout
    assert paradvisor("--version").stdout.startswith(b"paradvisor ")
    assert textwrap.dedent(paradvisor("profile", "-h").stdout.decode()).count("Examples:") == 1


