"""The harness runs a program as ``python program`` does, and the probes count what happened."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paradvisor.instruments import child
from paradvisor.instruments.harness import PROBES, Harness
from paradvisor.instruments.process import Stdin
from paradvisor.target import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paradvisor.model import CallGraph, LineCounts, Sampling

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and forks of POSIX")

STDIN = b"first line\nsecond \xc3\xa9\n"

MODES = ("plain", "waits", "functions", "lines")


@dataclass
class Program:
    """A program in a folder: its main text, other files, and how it is called."""

    text: str | bytes
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    script: str | None = "program.py"
    module: str | None = None
    args: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    modes: tuple[str, ...] = MODES
    """What can watch it without being seen."""


def dedented(text: str, **options: Any) -> Program:
    """A program that is written with indentation."""
    return Program(textwrap.dedent(text), **options)


PROGRAMS: dict[str, Program] = {
    # --- ends -----------------------------------------------------------------------------------
    "falls off its end": dedented("print('hello')"),
    "empty": dedented(""),
    "exit code": dedented("import sys; print('x'); sys.exit(3)"),
    "exit code of another type": dedented("import sys; print('x'); sys.exit([1, 2])"),
    "exit code none": dedented("import sys; print('x'); sys.exit(None)"),
    "exit with a message": dedented("import sys; print('x'); sys.exit('what went wrong')"),
    "exit in an except block": dedented("""
        import sys
        try:
            1 / 0
        except ZeroDivisionError:
            sys.exit(9)
    """),
    "site's exit": dedented("exit(4)"),
    "uncaught, with its cause": dedented("""
        def inner():
            return {}["key"]

        def outer():
            try:
                inner()
            except KeyError as error:
                raise RuntimeError("chained") from error

        print("before")
        outer()
    """),
    "uncaught, with its context": dedented("""
        try:
            1 / 0
        except ZeroDivisionError:
            [].missing
    """),
    "exception group with a note": dedented("""
        error = ValueError("inner")
        error.add_note("a note")
        raise ExceptionGroup("several", [error, KeyError("other")])
    """),
    "exception that cannot be printed": dedented("""
        class Odd(Exception):
            def __str__(self):
                raise ValueError
        raise Odd
    """),
    "exception of a lambda in a comprehension": dedented("""
        print([(lambda x: 1 // x)(x) for x in (1, 0)])
    """),
    "assertion": dedented("x = 1\nassert x == 2, 'not two'"),
    "custom excepthook": dedented("""
        import sys
        def hook(kind, error, traceback):
            code = traceback.tb_frame.f_code
            print("hook", kind.__name__, error, traceback.tb_lineno, code.co_name)
        sys.excepthook = hook
        raise OSError("seen")
    """),
    "excepthook that fails": dedented("""
        import sys
        def hook(*_):
            raise KeyError("in the hook")
        sys.excepthook = hook
        raise OSError("seen")
    """),
    "keyboard interrupt raised": dedented("""
        import atexit
        atexit.register(print, "at exit")
        print("before")
        raise KeyboardInterrupt
    """),
    "interrupted by a signal": dedented("""
        import os, signal
        print("before")
        os.kill(os.getpid(), signal.SIGINT)
    """),
    "interrupted by a signal, handled": dedented("""
        import os, signal
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            print("handled")
    """),
    "os._exit": dedented("import os; print('x', flush=True); os._exit(7)"),
    "os._exit with output lost": dedented("import os; print('lost'); os._exit(0)"),
    "own SIGTERM": dedented("import os, signal; print('x', flush=True); "
                          "os.kill(os.getpid(), signal.SIGTERM)"),
    "own SIGKILL": dedented("import os, signal; print('x', flush=True); "
                          "os.kill(os.getpid(), signal.SIGKILL)"),
    "abort": dedented("import os; print('x', flush=True); os.abort()"),
    "SIGTERM handler": dedented("""
        import os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(12))
        os.kill(os.getpid(), signal.SIGTERM)
    """),
    "atexit": dedented("""
        import atexit
        atexit.register(print, "registered first")
        @atexit.register
        def last():
            print("registered last")
        print("main")
    """),
    "atexit that fails": dedented("""
        import atexit
        class Fails:
            def __repr__(self): return "Fails"
            def __call__(self): raise ValueError("at exit")
        atexit.register(Fails())
        print("main")
    """),
    "atexit after an error": dedented("""
        import atexit
        atexit.register(print, "at exit")
        raise ValueError
    """),
    "threads alive at the end": dedented("""
        import atexit, threading, time
        atexit.register(print, "at exit")
        def work():
            time.sleep(0.1)
            print("thread", threading.main_thread().is_alive())
        threading.Thread(target=work).start()
        print("main ends", threading.active_count())
    """),
    "daemon alive at the end": dedented("""
        import threading
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        print("main ends", [thread.name for thread in threading.enumerate()])
    """),
    "thread that fails": dedented("""
        import threading
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start()
        thread.join()
    """),
    "output error at the end": dedented("import os; print('x'); os.close(1)"),
    # --- what a main module sees ----------------------------------------------------------------
    "names": dedented("print(sorted(globals()), __name__, __spec__, __package__, __doc__)"),
    "docstring": dedented('"""What it does."""\nprint(__doc__)'),
    "file": dedented("print(__file__); print(__cached__ if '__cached__' in globals() else 0)"),
    "loader": dedented("""
        print(type(__loader__), __loader__.name, __loader__.path)
        print(__loader__.get_source("__main__") == open(__file__).read())
    """),
    "module": dedented("""
        import __main__, sys
        value = 5
        print(__main__.value, sys.modules["__main__"] is __main__, __main__, type(__main__))
        print(__main__.__dict__ is globals(), __builtins__)
    """),
    "arguments": dedented("import sys; print(sys.argv, sys.orig_argv[1:], sys.orig_argv[0] == "
                        "sys.executable)", args=("--flag", "-x", "a b", "é", "")),
    "path": dedented("import sys; print(sys.path, sys.flags)"),
    "safe path": dedented("import sys; print(sys.path)", env={"PYTHONSAFEPATH": "1"}),
    "path of a script elsewhere": dedented("""
        import sys, helper
        print(sys.path[0], sys.argv, helper.NAME, __file__)
    """, script="sub/program.py", files={"sub/helper.py": "NAME = __name__"}),
    "script by a roundabout path": dedented("print(__file__); 1 / 0", script="./sub/../program.py",
                                          files={"sub/x": ""}),
    "script named without .py": dedented("print(__file__, __name__)", script="program"),
    "symlinked script": dedented("""
        import sys, helper
        print(__file__, sys.path[0], helper.NAME)
        1 / 0
    """, script="real/program.py", files={"real/helper.py": "NAME = __name__"},
        links={"link.py": "real/program.py"}),
    "working folder": dedented("""
        import os
        print(os.getcwd(), open("data.txt").read(), sorted(os.listdir()))
        os.chdir("sub")
        print(open("inner.txt").read(), __file__)
        import late
    """, files={"data.txt": "data", "sub/inner.txt": "inner", "late.py": "print('late')"}),
    "standard input": dedented("""
        import sys
        print(input())
        print(sys.stdin.read(), sys.stdin.encoding, sys.stdin.isatty())
    """),
    "standard input, binary": dedented("import sys; print(sys.stdin.buffer.read())"),
    "binary output": dedented("""
        import sys
        sys.stdout.buffer.write(bytes(range(256)))
        sys.stderr.buffer.write(bytes(range(255, -1, -1)))
    """),
    "own module named like one of ours": dedented("""
        import child, functions, lines, waits
        print(child.NAME, functions.NAME, lines.NAME, waits.NAME)
    """, files={f"{name}.py": "NAME = __file__" for name in MODES[1:]} | {
        "child.py": "NAME = __file__"}),
    "own module named like one of the library": dedented("""
        import json
        print(json.NAME)
    """, files={"json.py": "NAME = 'mine'"}),
    "modules": dedented("""
        import sys
        print(*(name in sys.modules for name in ("paradvisor", "threading", "child")))
    """, modes=("plain", "waits")),
    "encoding of the source": Program("# -*- coding: latin-1 -*-\nprint(ascii('\xe9\xdf'))\n1 / 0  "
                                      "# \xe9\n".encode("latin-1")),
    "byte order mark": Program(b"\xef\xbb\xbfprint('x')\n1/0\n"),
    "CRLF source": Program(b"x = '''a\r\nb'''\r\nprint(repr(x))\r\nif x:\r\n\tprint(1)\r\n1/0\r\n"),
    "no newline at its end": Program(b"print('x')\nif True:\n  print('y')"),
    "future annotations": dedented("""
        from __future__ import annotations
        def f(x: undefined) -> also_undefined: ...
        print(f.__annotations__, eval("1 + 1"))
    """),
    "no future": dedented("def f(x: int): ...\nprint(f.__annotations__)"),
    # --- what looks at the program --------------------------------------------------------------
    "pickled pattern": dedented("""
        import pickle, re
        print(pickle.loads(pickle.dumps(re.compile("a"))))
    """),
    "pickle": dedented("""
        import pickle
        class Thing:
            def __init__(self, x):
                self.x = x
        def function(): return 1
        data = pickle.dumps([Thing(3), function])
        print(pickle.loads(data)[0].x, pickle.loads(data)[1](), b"__main__" in data)
    """),
    "getsource": dedented("""
        import inspect, sys
        def f():
            return 1  # one
        print(inspect.getsource(f), inspect.getsource(sys.modules["__main__"])[:20])
        print(inspect.getsourcefile(f), inspect.getmodule(f), inspect.getfile(f))
    """),
    "dataclasses": dedented("""
        import dataclasses, typing
        @dataclasses.dataclass
        class Point:
            x: "int"
            y: "Point | None" = None
        print(Point(1), typing.get_type_hints(Point), dataclasses.asdict(Point(1, Point(2))))
    """),
    "named tuples and enums": dedented("""
        import collections, enum, pickle
        P = collections.namedtuple("P", "x y")
        Color = enum.Enum("Color", "RED GREEN")
        print(P.__module__, Color.__module__, pickle.loads(pickle.dumps((P(1, 2), Color.RED))))
    """),
    "warnings": dedented("""
        import warnings
        def deprecated():
            warnings.warn("old", DeprecationWarning, stacklevel=2)
        def f():
            warnings.warn("here")
        deprecated()
        f(); f()
    """),
    "syntax warning": dedented("x = 1\nprint(x is 1)\nprint('\\d')"),
    "deep recursion": dedented("""
        import sys
        def f(n): return n and 1 + f(n - 1)
        print(f(900), sys.getrecursionlimit())
        sys.setrecursionlimit(20_000)
        print(f(15_000))
    """),
    "endless recursion": dedented("""
        def f(): f()
        try:
            f()
        except RecursionError as error:
            print(error)
    """),
    "executed code": dedented("""
        exec(compile("def g():\\n    return 1 / 0\\n", "<made up>", "exec"))
        print(eval("1 + 1"))
        g()
    """),
    "imported module that fails": dedented("import helper", files={"helper.py": "x = 1\n1 / 0\n"}),
    "imported module with a syntax error": dedented("import helper",
                                                  files={"helper.py": "x = 1\nx = = 1\n"}),
    "module that is not there": dedented("import no_such_module_here"),
    "import of itself": dedented("""
        import program
        if __name__ == "__main__":
            print("main", program.__name__, program is not __import__("__main__"))
    """),
    "traceback of its own": dedented("""
        import sys, traceback
        def f():
            try:
                1 / 0
            except ZeroDivisionError:
                traceback.print_exc()
        f()
    """),
    "runpy": dedented("import runpy; print(runpy.run_path('other.py')['x'])",
                    files={"other.py": "x = __name__"}),
    "frames": dedented("""
        import sys
        def f(): return sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno
        print(f())
    """),
    "deleted and replaced names": dedented("""
        import sys
        del __file__, __spec__
        sys.modules.pop("__main__")
        print("still here")
    """),
    "generators and coroutines": dedented("""
        import asyncio
        async def work(n):
            await asyncio.sleep(0.001)
            return n
        async def main():
            return await asyncio.gather(*(work(n) for n in range(5)))
        print(asyncio.run(main()))
    """),
    # --- processes ------------------------------------------------------------------------------
    "fork": dedented("""
        import os, sys
        sys.stdout.flush()
        if pid := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        else:
            print("child")
            sys.exit(6)
    """),
    "fork with _exit and a failing child": dedented("""
        import os, sys
        for how in (lambda: os._exit(3), lambda: 1 / 0):
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                how()
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """),
    "fork, and the parent ends first": dedented("""
        import os, sys, time
        reader, writer = os.pipe()
        if os.fork():
            os.close(reader)
            print("parent", flush=True)
            os._exit(2)
        os.close(writer)
        os.read(reader, 1)
        print("child", flush=True)
    """),
    "exec": dedented("""
        import os, sys
        print("before", flush=True)
        os.execv(sys.executable, [sys.executable, "-c", "print(1); raise SystemExit(4)"])
    """),
    "subprocess of itself": dedented("""
        import subprocess, sys
        if len(sys.argv) == 1:
            print(subprocess.run([sys.executable, __file__, "x"], capture_output=True).stdout)
        else:
            print("inner", sys.argv)
    """),
    **{
        f"pool, {method}": dedented(f"""
            import multiprocessing
            class Thing:
                def __init__(self, x): self.x = x
            def work(x):
                return Thing(x * 2)
            if __name__ == "__main__":
                multiprocessing.set_start_method("{method}")
                with multiprocessing.Pool(2) as pool:
                    print([thing.x for thing in pool.map(work, range(6))])
                print(multiprocessing.get_start_method())
        """)
        for method in ("fork", "spawn", "forkserver")
    },
    "process pool of futures": dedented("""
        import concurrent.futures
        def work(x): return x + 1
        if __name__ == "__main__":
            with concurrent.futures.ProcessPoolExecutor(2) as pool:
                print(list(pool.map(work, range(5))))
    """),
    # --- tools like ours ------------------------------------------------------------------------
    "cProfile": dedented("""
        import cProfile, pstats
        def f(): return sum(range(10))
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(5): f()
        profile.disable()
        print(sorted((name[2], entry[0]) for name, entry in pstats.Stats(profile).stats.items()
                     if name[2] == "f"))
    """),
    "cProfile.run": dedented("""
        import cProfile, sys
        def f(): return 1
        cProfile.run("f()", "out.prof")
        print(sys.getprofile())
    """),
    "settrace": dedented("""
        import sys
        seen = []
        def trace(frame, event, arg):
            if frame.f_code.co_name == "f":
                seen.append((event, frame.f_lineno))
            return trace
        def f():
            x = 1
            return x
        sys.settrace(trace)
        f()
        sys.settrace(None)
        print(seen)
    """),
    "gettrace": dedented("import sys; print(sys.gettrace(), sys.getprofile())",
                       modes=("plain", "waits")),
    "signal timer of its own": dedented("""
        import signal
        def handler(*_):
            raise TimeoutError("too long")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            signal.pause()
        except TimeoutError as error:
            print(error)
    """),
    "no timer of ours at the very end": dedented("""
        import signal
        class Late:
            def __del__(self, timer=signal.getitimer, which=signal.ITIMER_VIRTUAL, show=print):
                show(timer(which))
        late = Late()
    """),
    "no timer of ours after exec": dedented("""
        import os, sys
        code = "import signal; print(signal.getitimer(signal.ITIMER_VIRTUAL))"
        os.execv(sys.executable, [sys.executable, "-c", code])
    """),
    # --- modules --------------------------------------------------------------------------------
    "-m package": dedented("", script=None, module="package", args=("-v", "x"), files={
        "package/__init__.py": "VALUE = __name__",
        "package/__main__.py": "import sys\nfrom . import VALUE\nfrom .other import f\n"
                               "print(VALUE, f(), __name__, __package__, __spec__.name, __file__,"
                               " sys.argv, sys.path[0], sys.orig_argv[1:], sorted(globals()))\n",
        "package/other.py": "def f(): return __package__",
    }),
    "-m package.module": dedented("", script=None, module="package.tool", files={
        "package/__init__.py": "print('package')",
        "package/tool.py": "from .other import f\nimport pickle\nclass Thing: pass\n"
                           "print(f(), __name__, __package__, __spec__.name, pickle.dumps(Thing()))"
                           "\nf(0)\n",
        "package/other.py": "def f(x=1): return 1 / x",
    }),
    "-m module, exit": dedented("", script=None, module="tool",
                              files={"tool.py": "import sys; print(sys.argv); sys.exit('bye')"}),
    "-m with a pool": dedented("", script=None, module="package.tool", files={
        "package/__init__.py": "",
        "package/tool.py": "import multiprocessing\ndef f(x): return x + 1\n"
                           "if __name__ == '__main__':\n"
                           "    multiprocessing.set_start_method('spawn')\n"
                           "    with multiprocessing.Pool(2) as pool: print(pool.map(f, [1, 2]))\n",
    }),
    "-m of the library": dedented("", script=None, module="json.tool", args=("--compact", "d.json"),
                                files={"d.json": '{"a": [1, 2]}'}),
    "-m package already imported": dedented("", script=None, module="package.tool", files={
        "package/__init__.py": "from package import tool",
        "package/tool.py": "print(__name__)",
    }),
}

LIMITS: dict[str, Program] = {
    # The harness's own frames are below the program's, and nothing in Python can hide them.
    "warning beyond the module": dedented("""
        import warnings
        warnings.warn("from above", stacklevel=2)
    """),
    "depth of the stack": dedented("""
        def f(n):
            try:
                return f(n + 1)
            except RecursionError:
                return n
        print(f(1))
    """),
    "whole stack": dedented("import traceback; traceback.print_stack()"),
}


def write(program: Program, folder: Path) -> str | None:
    """Put the program in a folder; how the script is called there."""
    folder.mkdir()
    files = dict(program.files)
    if program.script is not None:
        files[program.script] = program.text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    for name, to in program.links.items():
        (folder / name).symlink_to(to)
    return next(iter(program.links), program.script)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the program runs."""
    return tmp_path / "work"


def run(command: list[str], folder: Path, program: Program) -> tuple[int, bytes, bytes]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PARADVISOR_"))}
    ran = subprocess.run(
        command, cwd=folder, input=STDIN, capture_output=True, timeout=100, check=False,
        env=env | {"PYTHONDONTWRITEBYTECODE": "1"} | program.env,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    "name",
    [*PROGRAMS, *(pytest.param(name, marks=pytest.mark.xfail(reason="known limit", strict=True))
                  for name in LIMITS)],
)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_runs_as_it_does_bare(name: str, mode: str, folder: Path, tmp_path: Path) -> None:
    program = (PROGRAMS | LIMITS)[name]
    if mode not in program.modes:
        pytest.skip("asks whether anyone is watching")
    if "cProfile" in name and mode in ("functions", "lines") and sys.version_info >= (3, 12):
        pytest.xfail("sys.monitoring has one place for profilers; the pass says that it failed")
    script = write(program, folder)
    what = ["-m", program.module] if program.module is not None else [str(script)]
    bare = run([sys.executable, *what, *program.args], folder, program)
    again = run([sys.executable, *what, *program.args], folder, program)
    assert bare == again, "the test itself is not deterministic"

    target = resolve(None if program.module else script, program.module, program.args, folder)
    options: dict[str, Any] = Harness(target, tmp_path, Stdin(tmp_path / "no"), None).ownership()
    if mode == "lines":
        first_lines = list(range(40))
        options |= {"functions": {str(target.main_file): first_lines}, "budget_s": 50}
    out = tmp_path / "out.json"
    probe = {"file": str(PROBES[mode].__file__), "options": options, "out": str(out)} if (
        mode in PROBES) else None
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({
        "script": target.info.script, "module": target.info.module, "args": target.info.args,
        "probes": [probe] if probe else [], "overlay": {}, "writes": None,
    }))
    watched = run([sys.executable, child.__file__, str(spec)], folder, program)
    assert watched[1].decode(errors="backslashreplace") == bare[1].decode(errors="backslashreplace")
    assert watched[2].decode(errors="backslashreplace") == bare[2].decode(errors="backslashreplace")
    assert watched[0] == bare[0]
    survives = bare[0] >= 0 or "interrupt" in name
    if mode in PROBES and survives and "exec" not in name:
        assert out.exists(), "no record"


# --- the overlay -------------------------------------------------------------------------------


def harness(folder: Path, tmp_path: Path, script: str = "program.py") -> Harness:
    """A harness as the command line makes it."""
    stdin = tmp_path / "stdin"
    stdin.write_bytes(STDIN)
    return Harness(resolve(script, None, (), folder), tmp_path, Stdin(stdin), 60)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_overlay_stands_in_for_files(folder: Path, tmp_path: Path) -> None:
    write(dedented("import helper; print('main', helper.NAME, __file__)",
                 files={"helper.py": "NAME = 'file'"}), folder)
    here = harness(folder, tmp_path)
    assert here.overlaid({}, log_writes=False).fingerprint.stdout_sha256 == digest(
        f"main file {folder}/program.py\n")
    overlay = {str(folder / "helper.py"): b"NAME = 'overlay'"}
    for _ in range(2):  # no cache of ours or Python's may hold the wrong one
        assert here.overlaid(overlay, log_writes=False).fingerprint.stdout_sha256 == digest(
            f"main overlay {folder}/program.py\n")
        assert here.overlaid({}, log_writes=False).fingerprint.stdout_sha256 == digest(
            f"main file {folder}/program.py\n")
    overlay = {str(folder / "program.py"): b"# -*- coding: latin-1\nprint(ascii('\xe9'), __file__)"}
    assert here.overlaid(overlay, log_writes=False).fingerprint.stdout_sha256 == digest(
        f"'\\xe9' {folder}/program.py\n")
    assert (folder / "helper.py").read_text() == "NAME = 'file'"


def test_overlay_in_forked_children_and_a_package(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        import multiprocessing
        from package.inner import f
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(f, [1, 2]))
    """, files={"package/__init__.py": "", "package/inner.py": "def f(x): return x"}), folder)
    overlay = {str(folder / "package/inner.py"): b"def f(x): return -x"}
    ran = harness(folder, tmp_path).overlaid(overlay, log_writes=False)
    assert ran.fingerprint.stdout_sha256 == digest("[-1, -2]\n")


def test_files_written_are_logged(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("old")
    write(dedented(f"""
        import os, pathlib
        open("inside.txt", "w").write("x")
        open({str(outside)!r}, "a").write("y")
        pathlib.Path("gone.txt").write_text("z")
        os.remove("gone.txt")
        open(__file__).read()
        print(input())
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:
            open("by_child.txt", "w").close()
            os._exit(0)
    """), folder)
    files = harness(folder, tmp_path).overlaid({}, log_writes=True).fingerprint.files
    assert sorted(files) == sorted([str(outside), "by_child.txt", "inside.txt"])


# --- the line counts -----------------------------------------------------------------------------

COUNTED = '''\
import functools
from helper import helped


def plain(n):
    total = 0
    for i in range(n):
        if i % 2:
            total += i
    return total


@functools.cache
def decorated(n):
    return [
        x * x
        for x in range(n)
    ]


class Thing:
    def method(self, n):
        while n:
            n -= 1
        def inner(k):
            for _ in range(k):
                pass
            return k
        return inner(2) + inner(3)


def numbers(n):
    for i in range(n):
        yield i


def recursive(n):
    if n > 0:
        recursive(n - 1)
    return n


for turn in range(4):
    plain(10)
decorated(5)
Thing().method(6)
list(numbers(7))
recursive(8)
helped(9)
'''


def hits(counts: LineCounts, path: Path) -> dict[int, int]:
    """Line -> hits."""
    found: dict[int, int] = {}
    for function in counts.functions:
        if function.file == str(path):
            for line in function.lines:
                found[line.line] = found.get(line.line, 0) + line.hits
    return found


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(COUNTED.splitlines(), 1) if line.strip() == text)


def test_line_counts(folder: Path, tmp_path: Path) -> None:
    helper = "# helps\ndef helped(n):\n    for i in range(n):\n        i + 1\n"
    write(Program(COUNTED, files={"helper.py": helper}), folder)
    main, other = folder / "program.py", folder / "helper.py"
    wanted = [
        0, line_of("def plain(n):"), line_of("@functools.cache"), line_of("def method(self, n):"),
        line_of("def numbers(n):"), line_of("def recursive(n):"), line_of("def inner(k):"),
    ]
    ran, counts = harness(folder, tmp_path).probe(
        "lines", functions={str(main): wanted, str(other): [2]}, budget_s=50
    )
    assert ran.fingerprint.exit_code == 0
    assert counts.complete
    found = hits(counts, main)
    expected = {
        "for i in range(n):": 44, "if i % 2:": 40, "total += i": 20, "return total": 4,
        "while n:": 7, "n -= 1": 6, "for _ in range(k):": 7, "pass": 5, "return k": 2,
        "yield i": 7, "if n > 0:": 9, "recursive(n - 1)": 8, "return n": 9,
        "for turn in range(4):": 5, "plain(10)": 4, "recursive(8)": 1,
    }
    assert {text: found.get(line_of(text)) for text in expected} == expected
    assert found[line_of("x * x")] in (5, 6)
    assert hits(counts, other) == {3: 10, 4: 9}


def test_lines_beyond_the_budget_are_not_called_complete(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        def f():
            total = 0
            for i in range(3_000_000):
                total += i
            return total
        print(f())
    """), folder)
    main = str(folder / "program.py")
    ran, counts = harness(folder, tmp_path).probe("lines", functions={main: [2]}, budget_s=0.05)
    assert not counts.complete
    assert ran.fingerprint.stdout_sha256 == digest("4499998500000\n")
    assert ran.fingerprint.exit_code == 0


# --- the call counts -----------------------------------------------------------------------------


def test_call_counts(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        from helper import helped

        def leaf(): pass

        def branch():
            for _ in range(3):
                leaf()

        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)

        class Thing:
            def __init__(self): pass
            def method(self): return len("abc")

        for _ in range(7):
            branch()
            Thing().method()
        leaf()
        fib(10)
        sorted(range(5), key=lambda x: -x)
        helped()
        print("done")
    """, files={"helper.py": "def helped(): return abs(-1)"}), folder)
    ran, graph = harness(folder, tmp_path).probe("functions")
    assert ran.fingerprint.stdout_sha256 == digest("done\n")
    assert calls(graph, folder / "program.py") == {
        "leaf": 22, "branch": 7, "fib": 177, "Thing.__init__": 7, "Thing.method": 7,
        "<lambda>": 5, "<module>": 1, "Thing": 1,
    }
    assert calls(graph, folder / "helper.py") == {"helped": 1, "<module>": 1}
    names = [short(call.name) for call in graph.functions]
    edges = {(names[edge.caller], names[edge.callee]): edge.calls for edge in graph.edges}
    assert edges["branch", "leaf"] == 21
    assert edges["<module>", "branch"] == 7
    assert edges["fib", "fib"] == 176
    assert edges["Thing.method", "<built-in method builtins.len>"] == 7


def test_both_tracers_in_one_run_count_exactly(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        def twice(k):
            return 2 * k

        def work(n):
            total = 0
            for i in range(n):
                total += twice(i)
            return total

        print(work(500))
    """), folder)
    here, main = harness(folder, tmp_path), folder / "program.py"
    ran = here.run_with({"functions": {"budget_s": 50}, "lines": {
        "functions": {str(main): [-1]}, "budget_s": 50,
    }})
    assert ran.fingerprint.exit_code == 0
    graph, counts = here.seen("functions"), here.seen("lines")
    assert graph.complete
    assert counts.complete
    assert calls(graph, main)["twice"] == 500
    assert hits(counts, main)[8] == 500


def test_a_tracer_stops_at_its_budget_and_the_other_goes_on(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        def leaf(k):
            return k

        def work(n):
            for i in range(n):
                leaf(i)

        work(400_000)
        work(10)
    """), folder)
    here, main = harness(folder, tmp_path), folder / "program.py"
    here.run_with({"functions": {"budget_s": 500}, "lines": {
        "functions": {str(main): [-1]}, "budget_s": 0.1,
    }})
    assert not here.seen("lines").complete
    assert here.seen("functions").complete
    assert calls(here.seen("functions"), main)["leaf"] == 400_010


def test_call_tracing_goes_on_while_it_costs_little(folder: Path, tmp_path: Path) -> None:
    leaf = "def leaf(k):\n    return k\n"
    few = leaf + "threes = [3] * 4_000_000\nfor _ in range(30):\n    leaf(sum(threes))\n"
    many = leaf + "for k in range(3_000_000):\n    leaf(k)\n"
    none = "pair = [0, 0]\nfor k in range(8_000_000):\n    pair[k & 1] = pair[0] + k\n"
    write(Program(few, files={"costly.py": many, "uncalled.py": none}), folder)
    slows_all = sys.version_info < (3, 12)
    for script, complete in (
        ("program.py", True), ("costly.py", False), ("uncalled.py", not slows_all)
    ):
        here = harness(folder, tmp_path, script)
        here.run_with({"functions": {"budget_s": 0.1}})
        assert here.seen("functions").complete is complete


def short(name: str) -> str:
    return name.removesuffix(".<locals>")


def calls(graph: CallGraph, path: Path) -> dict[str, int]:
    return {short(call.name): call.calls for call in graph.functions if call.file == str(path)}


# --- the waits -----------------------------------------------------------------------------------

DURATION = "1.0"

KINDS = {
    "sleep": ("io", "time.sleep(DURATION)"),
    "many sleeps": ("io", "for _ in range(50): time.sleep(DURATION / 50)"),
    "select": ("io", "select.select([], [], [], DURATION)"),
    "socket": ("io", """
        here, there = socket.socketpair()
        here.settimeout(DURATION)
        try:
            here.recv(1)
        except TimeoutError:
            pass
    """),
    "loop": ("python", """
        total = 0
        while time.perf_counter() < end:
            for i in range(1000):
                total += i * i % 7
    """),
    "functions": ("python", """
        def f(x):
            return x + 1
        while time.perf_counter() < end:
            for i in range(100):
                f(i)
    """),
    "hash": ("native_nogil", """
        data = bytes(32 << 20)
        while time.perf_counter() < end:
            hashlib.sha256(data).digest()
    """),
    "compression": ("native_nogil", """
        data = os.urandom(4 << 20)
        while time.perf_counter() < end:
            zlib.compress(data)
    """),
    "json": ("native_gil", """
        text = "[" + ",".join(["[0.25, 1, \\"text\\"]"] * 300_000) + "]"
        end = time.perf_counter() + 3 * DURATION
        while time.perf_counter() < end:
            json.loads(text)
    """),
    "sort": ("native_gil", """
        data = [random.random() for _ in range(300_000)]
        end = time.perf_counter() + 3 * DURATION
        while time.perf_counter() < end:
            sorted(data)
    """),
    "child": ("child", "subprocess.run([sys.executable, '-c', "
                       "'import time; time.sleep(%s)' % DURATION])"),
    "child, communicating": ("child", "subprocess.run([sys.executable, '-c', "
                             "'import time; time.sleep(%s)' % DURATION], capture_output=True)"),
    "lock": ("lock", """
        lock = threading.Lock()
        def hold():
            with lock:
                held.set()
                threading.Event().wait(DURATION)
        held = threading.Event()
        threading.Thread(target=hold).start()
        held.wait()
        with lock:
            pass
    """),
    "lock of a file": ("lock", """
        file = open(__file__)
        fcntl.flock(file, fcntl.LOCK_EX)
        reader, writer = os.pipe()
        child = subprocess.Popen([sys.executable, "-c", '''if True:
            import fcntl, sys, time
            file = open(sys.argv[1])
            fcntl.flock(file, fcntl.LOCK_EX)
            print("x", flush=True)
            time.sleep(float(sys.argv[2]))
        ''', __file__, str(DURATION)], stdout=subprocess.PIPE)
        fcntl.flock(file, fcntl.LOCK_UN)
        child.stdout.read(1)
        fcntl.flock(file, fcntl.LOCK_EX)
        child.wait()
    """),
    "thread that computes while the main one joins": ("python", """
        def work():
            total = 0
            while time.perf_counter() < end:
                for i in range(1000):
                    total += i * i % 7
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """),
}


@pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="the kernel does not tell")
@pytest.mark.parametrize("name", KINDS)
def test_kind_of_time(name: str, folder: Path, tmp_path: Path) -> None:
    kind, body = KINDS[name]
    imports = ("fcntl, hashlib, json, os, random, select, socket, subprocess, sys, threading, "
               "time, zlib")
    text = (f"import {imports}\nDURATION = {DURATION}\nend = time.perf_counter() + DURATION\n"
            f"{textwrap.dedent(body)}")
    write(Program(text), folder)
    ran, sampling = harness(folder, tmp_path).probe("waits")
    assert ran.fingerprint.exit_code == 0
    shares = shares_of(sampling)
    assert shares.get(kind, 0.0) > 0.6, shares


def shares_of(sampling: Sampling) -> dict[str, float]:
    """Share of each kind in the time of the user's own lines."""
    seconds: dict[str, float] = {}
    for sample in sampling.samples:
        if sample.stack:
            # Short native calls in a row look like this; the analysis counts them as native.
            kind = "native_gil" if sample.kind == "python" and sample.detail else sample.kind
            seconds[kind] = seconds.get(kind, 0.0) + sample.seconds
    total = sum(seconds.values())
    return {kind: spent / total for kind, spent in seconds.items()}


def test_all_of_the_time_is_accounted_for(folder: Path, tmp_path: Path) -> None:
    write(dedented("""
        import time
        time.sleep(0.5)
        end = time.perf_counter() + 0.5
        while time.perf_counter() < end:
            pass
    """), folder)
    _, sampling = harness(folder, tmp_path).probe("waits")
    seen = sum(sample.seconds for sample in sampling.samples)
    assert 0.7 * sampling.wall_s <= seen <= 1.1 * sampling.wall_s
