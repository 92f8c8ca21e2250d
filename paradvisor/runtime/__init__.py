"""OpenMP's work sharing for Python: a team runs a section, ``scheduled`` deals out its loop.

    def section():
        for y in scheduled(range(height)):
            yield y, render(y)

    for y, pixels in parallel(section):    # in the order of the serial loop
        image[y] = pixels

Standard library only; see docs/runtime.md for the semantics. Names beyond these two are loaded when
they are first used (PEP 562).
"""

from __future__ import annotations

from paradvisor.runtime.region import parallel, scheduled, team_size, worker_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paradvisor.runtime.ahead import futures
    from paradvisor.runtime.errors import RemoteError, RemoteTraceback, WorkerDied
    from paradvisor.runtime.kept import Team
    from paradvisor.runtime.reduce import reduction
    from paradvisor.runtime.shared import atomic, shared_array, shared_scalar
    from paradvisor.runtime.sync import barrier, cancel, critical, master, ordered, single
    from paradvisor.runtime.tasks import sections, taskgroup

_HOMES = {
    "ahead": ("futures",),
    "errors": ("RemoteError", "RemoteTraceback", "WorkerDied"),
    "kept": ("Team",),
    "reduce": ("reduction",),
    "shared": ("atomic", "shared_array", "shared_scalar"),
    "sync": ("barrier", "cancel", "critical", "master", "ordered", "single"),
    "tasks": ("sections", "taskgroup"),
}

__all__ = [
    "RemoteError",
    "RemoteTraceback",
    "Team",
    "WorkerDied",
    "atomic",
    "barrier",
    "cancel",
    "critical",
    "futures",
    "master",
    "ordered",
    "parallel",
    "reduction",
    "scheduled",
    "sections",
    "shared_array",
    "shared_scalar",
    "single",
    "taskgroup",
    "team_size",
    "worker_number",
]


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            module = __import__(f"{__name__}.{home}", fromlist=[name])
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
