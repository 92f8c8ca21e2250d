"""Who is measured. Each module has ``team(kind, workers, chunk)``, a context of a map function.

``with team("fork", 2, None) as mapped: for value in mapped(function, items): ...`` gives values in
the order of the items. What a contestant can keep between two maps it keeps within the ``with``.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

Mapped = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
Team = Callable[[str, int, int | None], AbstractContextManager[Mapped]]


@dataclass(frozen=True)
class Contestant:
    """One way of running a loop in parallel."""

    module: str
    """Of this package."""
    imports: str
    """The statement that a program needs."""
    labels: dict[str, str]
    """How it is called in the tables, by what it can run on: "fork" or "threads"."""
    needs: str | None = None
    """The module that must be installed."""
    closures: bool = True
    """Whether forked workers take a function that captures local state."""
    keeps: bool = True
    """Whether a team can be kept from one loop to the next."""
    chunks: bool = True
    """Whether the items dealt at a time can be chosen."""


ALL = {
    "paradvisor": Contestant(
        "ours",
        "from paradvisor import parallel, scheduled",
        {"fork": "paradvisor fork", "threads": "paradvisor threads"},
        chunks=False,
    ),
    "pool.map": Contestant(
        "pools", "import multiprocessing.pool", {"fork": "Pool.map"}, closures=False
    ),
    "pool.imap": Contestant(
        "pools", "import multiprocessing.pool", {"fork": "Pool.imap"}, closures=False
    ),
    "processpool": Contestant(
        "executors",
        "import concurrent.futures.process",
        {"fork": "ProcessPoolExecutor"},
        closures=False,
    ),
    "threadpool": Contestant(
        "executors",
        "import concurrent.futures.thread",
        {"threads": "ThreadPoolExecutor"},
        chunks=False,
    ),
    "joblib": Contestant(
        "joblib_jobs",
        "import joblib",
        {"fork": "joblib loky", "threads": "joblib threading"},
        "joblib",
    ),
    "mpire": Contestant(
        "mpire_pool", "import mpire", {"fork": "mpire", "threads": "mpire threading"}, "mpire"
    ),
    "pymp": Contestant("pymp_region", "import pymp", {"fork": "pymp"}, "pymp", keeps=False),
    "omp4py": Contestant(
        "omp4py_region", "import omp4py", {"threads": "omp4py"}, "omp4py", keeps=False
    ),
    "lucen": Contestant(
        "lucen_loops",
        "import lucen",
        {"fork": "lucen", "threads": "lucen threads"},
        "lucen",
        closures=False,
    ),
}
OURS = "paradvisor"
PEERS = tuple(key for key in ALL if key != OURS)


def installed(key: str) -> bool:
    needs = ALL[key].needs
    return needs is None or importlib.util.find_spec(needs) is not None


def of_kind(kind: str, keys: Iterable[str]) -> list[str]:
    """The contestants that run on forks, or on threads; ours first."""
    return [key for key in (OURS, *keys) if kind in ALL[key].labels]


def module_of(key: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{ALL[key].module}")


def team(key: str, kind: str, workers: int, chunk: int | None) -> AbstractContextManager[Mapped]:
    """A team of a contestant, ready for a map; see the head of this package."""
    module = module_of(key)
    make: Team = module.TEAMS[key] if hasattr(module, "TEAMS") else module.team
    return make(kind, workers, chunk)
