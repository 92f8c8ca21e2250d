"""A region leaves no trace but its results: output, processes, descriptors, files, exits."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paradvisor import parallel, scheduled

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks around in /proc")

everywhere = pytest.mark.parametrize("strategy", ["serial", "threads", "fork"])
in_teams = pytest.mark.parametrize("strategy", ["threads", "fork"])

Script = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[str]"]


# --- output ------------------------------------------------------------------------------------

CHATTY = """
    import contextlib, io, sys
    from paradvisor import parallel, scheduled

    strategy = sys.argv[1]

    def section():
        for i in scheduled(range(40), "dynamic", 3):
            print("begin", i, "é€😀")
            print("warn", i, file=sys.stderr)
            yield i
            sys.stdout.write("between ")
            print(i, end="|", flush=True)
            if i % 2:
                yield -i
            print("end", i)
        for i in scheduled(iter(range(10)), "dynamic"):
            print("second", i)
            yield i

    def quiet():
        for i in scheduled(range(20)):
            print("no result", i)

    print("before")
    for value in parallel(section, workers=3, strategy=strategy):
        print("got", value)
    parallel(quiet, workers=3, strategy=strategy)
    caught = io.StringIO()
    with contextlib.redirect_stdout(caught):
        for value in parallel(section, workers=3, strategy=strategy):
            print("got", value)
        parallel(quiet, workers=3, strategy=strategy)
    print("caught", caught.getvalue())
    print("after")
"""


@in_teams
@pytest.mark.parametrize("target", ["pipe", "file"])
def test_output_is_that_of_the_serial_program(
    script: Script, tmp_path: Path, strategy: str, target: str
) -> None:
    serial = script(CHATTY, "serial")
    assert "got 39" in serial.stdout
    if target == "pipe":
        done = script(CHATTY, strategy)
        out, err = done.stdout, done.stderr
    else:
        with (tmp_path / "out").open("w") as o, (tmp_path / "err").open("w") as e:
            script(CHATTY, strategy, stdout=o, stderr=e)
        out = (tmp_path / "out").read_text(encoding="utf-8")
        err = (tmp_path / "err").read_text(encoding="utf-8")
    assert out == serial.stdout
    assert err == serial.stderr


@everywhere
def test_output_under_redirection_in_process(strategy: str) -> None:
    def section() -> Iterator[int]:
        for i in scheduled(range(20), "dynamic"):
            print("work", i)
            yield i

    caught = io.StringIO()
    with contextlib.redirect_stdout(caught):
        for i in parallel(section, workers=3, strategy=strategy):
            print("got", i)
    assert caught.getvalue() == "".join(f"work {i}\ngot {i}\n" for i in range(20))


@everywhere
def test_output_before_an_exception_is_shown_and_none_of_later_iterations(
    script: Script, strategy: str
) -> None:
    done = script(
        """
        import sys
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(30), "dynamic"):
                print("work", i)
                if i == 12:
                    raise ValueError(i)

        try:
            parallel(section, workers=3, strategy=sys.argv[1])
        except ValueError as error:
            print("failed", error)
        """,
        strategy,
    )
    assert done.stdout.splitlines() == [*(f"work {i}" for i in range(13)), "failed 12"]


@everywhere
def test_bytes_written_to_stdout(script: Script, strategy: str) -> None:
    done = script(
        """
        import sys
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(5), "static"):
                sys.stdout.buffer.write(b"%d\\n" % i)
                sys.stdout.flush()

        parallel(section, workers=1, strategy=sys.argv[1])
        """,
        strategy,
    )
    assert done.stdout == "0\n1\n2\n3\n4\n"


@everywhere
def test_text_that_the_terminal_cannot_show(script: Script, strategy: str) -> None:
    """stderr escapes what its encoding lacks; a worker's does, too."""
    done = script(
        """
        import sys
        sys.stderr.reconfigure(encoding="ascii", errors="backslashreplace")
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(3)):
                print("caf\u00e9", i, file=sys.stderr)

        parallel(section, workers=2, strategy=sys.argv[1])
        """,
        strategy,
    )
    assert done.stderr.splitlines() == [f"caf\\xe9 {i}" for i in range(3)]


@everywhere
@pytest.mark.parametrize("redirected", [False, True])
def test_what_was_printed_before_a_region_is_printed_once(
    script: Script, strategy: str, redirected: bool
) -> None:
    done = script(
        """
        import contextlib, io, sys
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(4), "dynamic"):
                yield i

        file = open("kept", "w")
        file.write("header\\n")
        print("before", end=" ")  # stays in the buffer: stdout is no terminal here
        print("before", end=" ", file=sys.stderr)
        away = io.StringIO() if sys.argv[2] else sys.stdout
        with contextlib.redirect_stdout(away):
            for _ in parallel(section, workers=3, strategy=sys.argv[1]):
                pass
        print("after")
        file.write("footer\\n")
        file.close()
        print(open("kept").read(), end="")
        """,
        strategy, "redirected" if redirected else "",
    )
    assert done.stdout == "before after\nheader\nfooter\n"
    assert done.stderr == "before "


@everywhere
def test_streams_are_put_back(strategy: str, nothing_left: None) -> None:
    def section() -> Iterator[int]:
        yield from scheduled(range(10**6), chunk=1)

    streams = sys.stdout, sys.stderr
    for how in ("first", "last"):
        one = parallel(section, workers=2, strategy=strategy)
        two = parallel(section, workers=2, strategy=strategy)
        assert (next(one), next(two)) == (0, 0)
        for results in (one, two) if how == "first" else (two, one):
            results.close()
        assert (sys.stdout, sys.stderr) == streams


# --- exits -------------------------------------------------------------------------------------

EXITS = """
    import atexit, os, signal, sys, tempfile, weakref
    from contextlib import contextmanager
    from paradvisor import WorkerDied, parallel, scheduled

    strategy, end = sys.argv[1:]

    def note(word):
        with open("log", "a") as log:
            log.write(f"{word} {'parent' if os.getpid() == parent else 'worker'}\\n")

    class Thing:
        pass

    @contextmanager
    def managed():
        try:
            yield
        finally:
            note("with")

    def section():
        for i in scheduled(range(20), "dynamic"):
            if i == 7:
                if end == "raise":
                    raise ValueError(i)
                if end == "exit":
                    sys.exit(i)
                if end == "die" and strategy == "fork":
                    os.kill(os.getpid(), signal.SIGKILL)
            yield i

    parent = os.getpid()
    atexit.register(note, "atexit")
    thing = Thing()
    weakref.finalize(thing, note, "finalize")
    scratch = tempfile.TemporaryDirectory()
    try:
        with managed():
            for value in parallel(section, workers=3, strategy=strategy):
                assert os.path.isdir(scratch.name)
    except (ValueError, SystemExit, WorkerDied):
        pass
    finally:
        note("finally")
    assert os.path.isdir(scratch.name)
"""


@everywhere
@pytest.mark.parametrize("end", ["normal", "raise", "exit", "die"])
def test_exits_of_the_program_run_once_and_in_the_parent(
    script: Script, tmp_path: Path, strategy: str, end: str
) -> None:
    done = script(EXITS, strategy, end)
    assert (done.returncode, done.stderr) == (0, "")
    log = (tmp_path / "log").read_text().splitlines()
    assert log[:2] == ["with parent", "finally parent"]
    assert sorted(log[2:]) == ["atexit parent", "finalize parent"]


# --- processes, descriptors, files -------------------------------------------------------------


@everywhere
def test_many_regions_leave_nothing(strategy: str, nothing_left: None) -> None:
    def section() -> Iterator[int]:
        yield from scheduled(range(4), "dynamic")

    shared = set(Path("/dev/shm").iterdir())
    for _ in range(20):
        assert list(parallel(section, workers=3, strategy=strategy)) == [0, 1, 2, 3]
        broken_off = parallel(section, workers=3, strategy=strategy)
        assert next(broken_off) == 0
        del broken_off
    # Fewer than one a region: other programs may have put some there meanwhile.
    assert len(set(Path("/dev/shm").iterdir()) - shared) < 20


def test_with_blocks_leave_nothing(nothing_left: None) -> None:
    for _ in range(5):
        with parallel(workers=3):
            for _ in scheduled(range(5)):
                pass
        with contextlib.suppress(ValueError), parallel(workers=3):
            raise ValueError


@everywhere
def test_without_a_scheduled_loop_nothing_is_left(strategy: str, nothing_left: None) -> None:
    parallel(lambda: None, workers=3, strategy=strategy)


@everywhere
@pytest.mark.parametrize("stream", ["", "stream"])
def test_a_program_ends_though_results_were_never_read(
    script: Script, strategy: str, stream: str
) -> None:
    """The ``script`` fixture checks that it ends, and that no process outlives it."""
    done = script(
        """
        import itertools, sys
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(itertools.count() if sys.argv[2] else range(10**7), "dynamic"):
                yield i

        results = parallel(section, workers=2, strategy=sys.argv[1])
        print(next(results), next(results))
        """,
        strategy, stream,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 1\n", "")


@everywhere
def test_a_program_that_fails_while_it_reads_ends(script: Script, strategy: str) -> None:
    done = script(
        """
        import sys
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(10**7), "dynamic"):
                yield i

        def main():
            results = parallel(section, workers=2, strategy=sys.argv[1])
            for i in results:
                if i == 3:
                    raise LookupError("enough")

        main()
        """,
        strategy,
    )
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.endswith("LookupError: enough\n")


WAITING = """
    import itertools, os, signal, sys
    from paradvisor import parallel, scheduled

    strategy, kind = sys.argv[1:]

    def section():
        for i in scheduled(range(3) if kind == "busy" else itertools.count(), "static"):
            if kind == "busy":
                os.write(1, b"%d\\n" % os.getpid())
                while True:
                    pass
            if kind == "asleep" and i < 3:
                os.write(1, b"%d\\n" % os.getpid())
                while strategy == "fork":
                    signal.pause()
            yield i

    for i in parallel(section, workers=3, strategy=strategy):
        if i == 1000:
            os.write(1, b"reading\\n")
"""


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        ("serial", "reading"), ("threads", "reading"),
        ("fork", "reading"), ("fork", "busy"), ("fork", "asleep"),
    ],
)
def test_ctrl_c_ends_everything(start: Start, strategy: str, kind: str) -> None:
    program = start(WAITING, strategy, kind)
    assert program.stdout is not None
    for _ in range(1 if kind == "reading" else 3):
        program.stdout.readline()
    os.killpg(program.pid, signal.SIGINT)
    _, err = program.communicate(timeout=30)
    assert program.returncode == -signal.SIGINT
    assert err.count("KeyboardInterrupt") == 1, "workers are silent"
    assert err.strip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize("kind", ["reading", "busy", "asleep"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_a_parent_that_is_killed(
    start: Start, kind: str, how: signal.Signals
) -> None:
    """The ``start`` fixture waits for the workers' end; /proc tells."""
    program = start(WAITING, "fork", kind)
    assert program.stdout is not None
    for _ in range(1 if kind == "reading" else 3):
        program.stdout.readline()
    program.send_signal(how)
    assert program.wait(30) == -how


def test_a_program_that_ignores_ctrl_c_is_not_disturbed(script: Script) -> None:
    """As in the background of a shell script, or under nohup."""
    done = script(
        """
        import os, signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(6), "dynamic"):
                if i == 2:
                    os.killpg(0, signal.SIGINT)
                yield i

        print(list(parallel(section, workers=2, strategy="fork")))
        """
    )
    assert (done.stdout, done.stderr) == ("[0, 1, 2, 3, 4, 5]\n", "")


def test_a_program_that_handles_ctrl_c_itself_finishes_its_work(script: Script) -> None:
    done = script(
        """
        import os, signal
        interrupts = []
        signal.signal(signal.SIGINT, lambda *_: interrupts.append(1))
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(6), "dynamic"):
                if i == 2:
                    os.killpg(0, signal.SIGINT)
                yield i

        print(list(parallel(section, workers=2, strategy="fork")), len(interrupts))
        """
    )
    assert (done.stdout, done.stderr) == ("[0, 1, 2, 3, 4, 5] 1\n", "")


def test_workers_are_not_held_up_by_a_region_that_is_still_open(nothing_left: None) -> None:
    """Teams forked while others work inherit descriptors of theirs."""

    def section() -> Iterator[int]:
        yield from scheduled(range(10**6), "dynamic")

    several = [parallel(section, workers=2, strategy="fork") for _ in range(3)]
    assert [next(results) for results in several] == [0, 0, 0]
    for results in several:
        results.close()
