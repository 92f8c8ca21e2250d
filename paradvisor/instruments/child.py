"""The harness that runs the target in its process: a faithful ``__main__``, probes beside it.

Run as ``python child.py SPEC.json``. It imports the standard library only, and little of that, so
that the target finds the interpreter as it would without it. SPEC.json holds

    {"script": PATH | null, "module": NAME | null, "args": [..],
     "probes": [{"file": PATH, "options": {..}, "out": PATH}],
     "overlay": {PATH: PATH OF ITS REPLACEMENT},
     "writes": PATH OF THE LOG OF FILES OPENED FOR WRITING | null}

A probe is a Python file with a class ``Probe(options)`` that has ``start()``, ``stop()`` and
``snapshot() -> JSON value``. Where it has a ``budget_s``, its ``out_of_budget()`` is called after
so many seconds of CPU time, and again after as many as it then says; where it says 0.0, it has
stopped, and ``undisturbed()`` of those that go on is called, if they have it.
Where it has methods ``wants(path)`` and ``transform(path, code, source)``, the latter replaces the
code objects of the files that it wants before they run.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    BEFORE = frozenset(sys.modules)
    if not sys.flags.safe_path:
        # The script's folder is ours, not the target's: nothing may be imported from it.
        sys.path.pop(0)

import atexit
import builtins
import importlib.util
import json
import os
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType, TracebackType
    from typing import Any


def load_private(name: str, file: str) -> ModuleType:
    """Load one of our files under a private name, without making our package importable."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look modules up by name
    spec.loader.exec_module(module)
    return module


class Sources:
    """Serves the overlay's text and the probes' code in place of the files, main or imported."""

    def __init__(self, overlay: dict[str, str], transforms: list[Any]) -> None:
        self.overlay = overlay
        self.transforms = transforms

    def serves(self, path: str) -> bool:
        """Whether a file is loaded otherwise than it stands on disk."""
        real = os.path.realpath(path)
        return real in self.overlay or any(probe.wants(real) for probe in self.transforms)

    def compile(self, path: str) -> CodeType:
        """The code of a file, out of the overlay where it holds one."""
        with open(self.overlay.get(os.path.realpath(path), path), "rb") as file:
            source = file.read()
        code = compile(source, path, "exec", dont_inherit=True)
        for probe in self.transforms:
            if probe.wants(os.path.realpath(path)):
                code = probe.transform(os.path.realpath(path), code, source)
        return code

    def install(self) -> None:
        """Reach imported modules too, at whatever time they are imported."""
        if self.overlay or self.transforms:
            sys.meta_path.insert(0, Finder(self))


def serve(overlay: dict[str, str]) -> None:
    """Serve an overlay in a process that the harness does not run: see instruments.site."""
    import runpy

    sources = Sources(overlay, [])
    sources.install()
    plain = runpy._get_code_from_file  # type: ignore[attr-defined]

    def code_of(*args: Any) -> Any:
        # Up to 3.11 it takes the run name first, and gives the file name too.
        path = args[-1]
        if not isinstance(path, str) or not sources.serves(path):
            return plain(*args)
        code = sources.compile(path)
        return (code, path) if len(args) > 1 or sys.version_info < (3, 12) else code

    runpy._get_code_from_file = code_of  # type: ignore[attr-defined]


class Finder:
    """Finds the files that are served otherwise than they stand on disk, and no others."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib.abc.MetaPathFinder has it."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or spec.origin is None:
            return None
        if not self.sources.serves(spec.origin):
            return None
        spec.loader = Loader(name, spec.origin, self.sources)
        return spec


class Loader(SourceFileLoader):
    """Loads a file with the code that is served for it."""

    def __init__(self, name: str, path: str, sources: Sources) -> None:
        super().__init__(name, path)
        self.sources = sources

    def get_code(self, fullname: str) -> CodeType:
        """The code that is served, never that of a cached .pyc file."""
        return self.sources.compile(self.path)


class Recorder:
    """Starts the probes and writes what they saw, whichever way the target ends."""

    def __init__(self, probes: list[tuple[Any, str]]) -> None:
        self.probes = probes
        self.pid = os.getpid()
        self.done = False
        self.interrupted = False
        self.timer: Any = None

    def start(self) -> None:
        atexit.register(self.finish)  # first registered, last called
        for name in ("_exit", "execv", "execve"):
            if hasattr(os, name):
                setattr(os, name, self.before(getattr(os, name)))
        for probe, out in self.probes:
            probe.flush = lambda probe=probe, out=out: self.write(probe, out)
            probe.start()
        budgets = [(probe, getattr(probe, "budget_s", None)) for probe, _ in self.probes]
        self.limit({probe: budget_s for probe, budget_s in budgets if budget_s})

    def limit(self, left: dict[Any, float]) -> None:
        """Ask each probe to stop after so many more seconds of CPU time."""
        if not left:
            return
        import signal

        if not hasattr(signal, "SIGVTALRM"):
            return
        first = min(left, key=left.__getitem__)
        spent_s = left.pop(first)
        others = {probe: more_s - spent_s for probe, more_s in left.items()}

        def due(*_: object) -> None:
            more_s = first.out_of_budget()
            if more_s:
                self.limit({**others, first: more_s})
                return
            for probe in others:
                if hasattr(probe, "undisturbed"):
                    probe.undisturbed()
            self.limit(others)

        # In the main thread, as stopping must be, and only after CPU time, not in a wait.
        self.timer = signal.ITIMER_VIRTUAL
        signal.signal(signal.SIGVTALRM, due)
        signal.setitimer(self.timer, max(spent_s, 1e-6))

    def before(self, leave: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, but the records are written first: it does not come back."""

        def finishing(*args: Any) -> Any:
            self.finish()
            return leave(*args)

        return finishing

    def finish(self) -> None:
        if os.getpid() != self.pid:  # a forked child of the target
            return
        self.save()
        if self.interrupted:
            die_of_sigint()

    def save(self) -> None:
        if self.done:
            return
        self.done = True
        if self.timer is not None:
            import signal

            signal.setitimer(self.timer, 0)  # it would survive an exec
        for probe, out in reversed(self.probes):
            probe.stop()
            self.write(probe, out)

    def write(self, probe: Any, out: str) -> None:
        """Replace the file at once, so that a reader never sees half of it."""
        if os.getpid() != self.pid:
            return
        text = json.dumps({"data": probe.snapshot(), "modules": imported_files()})
        with open(out + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(out + ".new", out)


def imported_files() -> dict[str, str]:
    """File -> name of every module that was imported from source.

    Links are left to be followed by who reads it: that asks the system about each folder of each
    path and gives the GIL away each time. A sampler that writes would not look for seconds.
    """
    return {
        os.path.abspath(file): name
        for name, module in list(sys.modules.items())
        if isinstance(file := getattr(module, "__file__", None), str)
        and file.endswith(".py")
        and not name.startswith("_paradvisor")
        and name != "__main__"
    }


def log_writes(log: str) -> None:
    """Append the path of every file opened for writing, by this process or one it forks."""
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], (str, bytes)) and int(args[2] or 0) & writing:
            line = json.dumps(os.path.abspath(os.fsdecode(args[0]))) + "\n"
            os.write(fd, line.encode())

    sys.addaudithook(hook)


def fresh_main(**names: object) -> dict[str, Any]:
    """Empty the ``__main__`` module of ours and give it what Python gives a main module."""
    namespace = sys.modules["__main__"].__dict__
    namespace.clear()
    namespace.update(
        __name__="__main__", __doc__=None, __package__=None, __spec__=None, __builtins__=builtins
    )
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace.update(names)
    return namespace


def run_script(script: str, args: list[str], sources: Sources) -> None:
    """Run a script as ``python SCRIPT ARGS`` does."""
    path = os.path.join(os.getcwd(), script)  # as Python does, without tidying it up
    sys.argv = [script, *args]
    sys.orig_argv = [sys.executable, *sys.argv]
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
    code = sources.compile(path)
    namespace = fresh_main(
        __file__=path, __cached__=None, __loader__=SourceFileLoader("__main__", path)
    )
    exec(code, namespace)


def run_module(module: str, args: list[str]) -> None:
    """Run a module as ``python -m MODULE ARGS`` does."""
    import runpy  # as python -m does

    sys.argv = ["-m", *args]
    sys.orig_argv = [sys.executable, "-m", module, *args]
    if not sys.flags.safe_path:
        sys.path.insert(0, os.getcwd())
    fresh_main()
    # The very function that the interpreter calls for -m (Modules/main.c, pymain_run_module).
    runpy._run_module_as_main(module)  # type: ignore[attr-defined]


def user_traceback(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this file."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return traceback


def report_uncaught(error: BaseException) -> None:
    """Do what the interpreter does with an exception that leaves the main module."""
    traceback = user_traceback(error.__traceback__)
    error = error.with_traceback(traceback)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    sys.last_exc = error  # type: ignore[attr-defined, unused-ignore]
    failed = None
    try:
        sys.excepthook(type(error), error, traceback)
    except BaseException as failure:
        failed = failure.with_traceback(user_traceback(failure.__traceback__))
    if failed is not None:  # as pythonrun.c has it
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(failed), failed, failed.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, traceback)


def die_of_sigint() -> None:
    """As Python does after an uncaught KeyboardInterrupt, so that shells see the signal."""
    import signal

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)


def main(spec_file: str, before: frozenset[str]) -> None:
    """Run the target that the spec names, in this process."""
    with open(spec_file, encoding="utf-8") as file:
        spec = json.load(file)
    for name in sys.modules.keys() - before:
        if not name.startswith("_"):
            del sys.modules[name]  # the target may have modules of these names itself
    probes = []
    for number, wanted in enumerate(spec["probes"]):
        kind = load_private(f"_paradvisor_probe_{number}", wanted["file"])
        probes.append((kind.Probe(wanted["options"]), wanted["out"]))
    for name in sys.modules.keys() - before - {"copyreg"}:  # whose table _pickle holds on to
        where = getattr(sys.modules[name], "__file__", None)
        if not name.startswith("_") and isinstance(where, str) and where.endswith(".py"):
            del sys.modules[name]  # ours: the target may have modules of these names itself
    sources = Sources(
        spec["overlay"], [probe for probe, _ in probes if hasattr(probe, "transform")]
    )
    sources.install()
    if spec["writes"] is not None:
        log_writes(spec["writes"])
    recorder = Recorder(probes)
    recorder.start()
    status, uncaught = run(spec, sources)
    if uncaught is not None:
        report_uncaught(uncaught)
        recorder.interrupted = isinstance(uncaught, KeyboardInterrupt)
    if status is not None:
        raise status


def run(spec: Any, sources: Sources) -> tuple[SystemExit | None, BaseException | None]:
    """Run the main module; how it wants to exit, and the exception that left it."""
    try:
        if spec["script"] is not None:
            run_script(spec["script"], spec["args"], sources)
        else:
            run_module(spec["module"], spec["args"])
    except SystemExit as stop:
        # Raised again later, so that the interpreter prints its message and sets the exit code.
        return stop.with_traceback(None), None
    except BaseException as error:
        return SystemExit(1), error
    return None, None


if __name__ == "__main__":
    # Run from a private copy: the target gets this module's namespace for its own.
    load_private("_paradvisor_child", __file__).main(sys.argv[1], BEFORE)
