"""Profile a Python program, find what would make it faster in parallel, change it, prove it.

The public names are loaded on first use (PEP 562), so that ``from paradvisor import parallel,
scheduled`` in a rewritten program costs only the runtime, which is standard library alone.
"""

from __future__ import annotations

from paradvisor._version import __version__

TYPE_CHECKING = False  # typing takes longer to import than all of the runtime
if TYPE_CHECKING:
    from paradvisor.runtime import (
        RemoteError,
        RemoteTraceback,
        Team,
        WorkerDied,
        atomic,
        barrier,
        cancel,
        critical,
        futures,
        master,
        ordered,
        parallel,
        reduction,
        scheduled,
        sections,
        shared_array,
        shared_scalar,
        single,
        taskgroup,
        team_size,
        worker_number,
    )

__all__ = [
    "RemoteError",
    "RemoteTraceback",
    "Team",
    "WorkerDied",
    "__version__",
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
    if name in __all__:
        from paradvisor import runtime

        return getattr(runtime, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
