"""Big results, many results and slow consumers: memory and descriptors stay bounded."""

from __future__ import annotations

import array
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from paradvisor.runtime import parallel, scheduled

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork and /proc")

Script = Callable[..., "subprocess.CompletedProcess[str]"]

BIG = 1 << 20


def big_values() -> dict[str, tuple[Callable[[int], Any], Callable[[Any], Any]]]:
    return {
        "bytes": (lambda i: bytes([i]) * BIG, bytes),
        "bytearray": (lambda i: bytearray([i]) * BIG, bytes),
        "memoryview": (lambda i: memoryview(bytes([i]) * BIG), bytes),
        "strided memoryview": (lambda i: memoryview(bytes([i, 0]) * BIG)[::2], bytes),
        "array": (lambda i: array.array("B", bytes([i]) * BIG), bytes),
        "text": (lambda i: chr(65 + i) * BIG, lambda s: bytes(ord(c) - 65 for c in s[::BIG]) * BIG),
        "nested": (lambda i: {"a": [bytearray([i]) * BIG]}, lambda d: bytes(d["a"][0])),
    }


@pytest.mark.parametrize("kind", big_values())
def test_big_values_come_whole(kind: str, nothing_left: None) -> None:
    make, as_bytes = big_values()[kind]

    def section() -> Iterator[Any]:
        for i in scheduled(range(12)):
            yield make(i)

    for i, value in enumerate(parallel(section, workers=2, strategy="fork")):
        assert type(value) is type(make(i))
        assert as_bytes(value) == bytes([i]) * BIG


def test_arrays_of_every_layout() -> None:
    numpy = pytest.importorskip("numpy")

    def make(i: int) -> Any:
        return [
            numpy.full((700, 300), i, dtype="i4"),
            numpy.asfortranarray(numpy.arange(300_000.0).reshape(600, 500) + i),
            numpy.arange(600_000.0)[::2] * i,
            numpy.zeros((0, 5)),
            numpy.array("scalar"),
            numpy.array([None, {"a": i}], dtype=object),
        ]

    def section() -> Iterator[Any]:
        for i in scheduled(range(6)):
            yield make(i)

    for i, arrays in enumerate(parallel(section, workers=2, strategy="fork")):
        for got, expected in zip(arrays, make(i), strict=True):
            assert (got == expected).all()
            assert (got.dtype, got.flags.f_contiguous) == (
                expected.dtype, expected.flags.f_contiguous)
        arrays[0][:] = -1  # writable, and the program's own


def test_what_is_done_to_a_result_in_a_later_worker_stays_there() -> None:
    numpy = pytest.importorskip("numpy")

    def produce() -> Iterator[Any]:
        for _ in scheduled(range(1)):
            yield numpy.zeros(BIG)

    [result] = parallel(produce, workers=1, strategy="fork")

    def spoil() -> Iterator[float]:
        for _ in scheduled(range(2)):
            result[:] = 7
            yield float(result.sum())

    assert list(parallel(spoil, workers=2, strategy="fork")) == [7.0 * BIG, 7.0 * BIG]
    assert result.sum() == 0


def test_more_big_results_than_descriptors(script: Script) -> None:
    ran = script("""
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(200)):
                yield memoryview(bytes([i]) * 300_000)

        kept = list(parallel(section, workers=4))
        print(all(bytes(view) == bytes([i]) * 300_000 for i, view in enumerate(kept)))
        open("/dev/null").close()

        def crowd():
            for i in scheduled(range(100)):
                yield i * i

        print(list(parallel(crowd, workers=40)) == [i * i for i in range(100)])
    """)
    assert ran.stdout == "True\nTrue\n", ran.stderr


def test_a_small_dev_shm_is_no_limit(script: Script) -> None:
    used = "len(__import__('os').listdir('/dev/shm'))"
    ran = script(f"""
        import os
        before = os.statvfs("/dev/shm").f_bavail, {used}
        from paradvisor import parallel, scheduled

        def section():
            for i in scheduled(range(8)):
                yield bytes(30_000_000)

        least = before[0]
        for value in parallel(section, workers=2):
            least = min(least, os.statvfs("/dev/shm").f_bavail)
        blocks = (before[0] - least) * os.statvfs("/dev/shm").f_bsize
        print(blocks < 1_000_000, {used} == before[1])
    """)
    assert ran.stdout == "True True\n", ran.stderr


@pytest.mark.parametrize("strategy", ["threads", "fork"])
def test_a_slow_consumer_stalls_the_workers(strategy: str) -> None:
    made: Any = __import__("paradvisor.runtime", fromlist=["atomic"]).atomic()

    def section() -> Iterator[bytearray]:
        for _ in scheduled(range(100_000), "dynamic", 1):
            made.add()
            yield bytearray(BIG)

    results = parallel(section, workers=2, strategy=strategy)
    next(results)
    last, quiet = -1, 0
    end = time.monotonic() + 20
    while quiet < 5 and time.monotonic() < end:  # until nothing more is made
        time.sleep(0.05)
        quiet = quiet + 1 if made.value == last else 0
        last = made.value
    results.close()
    assert quiet == 5, "it never stalls"
    assert last <= 600, "MiB lie around"


def test_early_results_are_bounded_while_the_first_one_takes_long() -> None:
    made: Any = __import__("paradvisor.runtime", fromlist=["atomic"]).atomic()
    go = os.pipe()

    def section() -> Iterator[bytes]:
        for i in scheduled(range(5_000), "dynamic", 1):
            if i == 0:
                os.read(go[0], 1)
            made.add()
            yield bytes(BIG)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = parallel(section, workers=2, strategy="fork")

    import threading

    def release() -> None:
        last = -1
        while made.value != last or last < 10:
            last = made.value
            time.sleep(0.3)
        os.write(go[1], b"x")

    thread = threading.Thread(target=release, name="paradvisor-test-release")
    thread.start()
    next(results)
    results.close()
    thread.join()
    for fd in go:
        os.close(fd)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert made.value < 1000
    assert after - before < 700 * 1024


@pytest.mark.slow
def test_small_results_of_later_chunks_stop_no_thread() -> None:
    workers, each = 16, 100
    begun = [0] * workers
    when_first_ended: list[int] = []

    def section():
        for number in scheduled(range(workers * each), schedule="static"):
            worker, turn = divmod(number, each)
            begun[worker] = turn + 1
            time.sleep(0.021)  # longer than results wait to be sent off together
            if number == each - 1:
                when_first_ended.extend(begun)
            yield number

    found = list(parallel(section, strategy="threads", workers=workers))
    assert found == list(range(workers * each))
    assert min(when_first_ended) > 0.85 * each, when_first_ended
