"""joblib: loky's processes or threads. loky keeps its processes unless it is told not to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from benchmarks.runtime.contestants import Mapped


@contextmanager
def team(kind: str, workers: int, chunk: int | None) -> Iterator[Mapped]:
    backend = "threading" if kind == "threads" else "loky"
    with Parallel(workers, backend=backend, batch_size=chunk or "auto") as jobs:
        yield lambda function, items: jobs(delayed(function)(item) for item in items)
    if backend == "loky":
        get_reusable_executor().shutdown(wait=True)
