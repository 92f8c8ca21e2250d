"""OpenMP's work sharing for Python: a team runs a section, ``scheduled`` deals out its loop.

    def section():
        for y in scheduled(range(height)):
            yield y, render(y)

    for y, pixels in parallel(section):    # in the order of the serial loop
        image[y] = pixels

Standard library only; see docs/runtime.md for the semantics.
"""

from __future__ import annotations

from paradvisor.runtime.errors import RemoteError, RemoteTraceback, WorkerDied
from paradvisor.runtime.region import parallel, scheduled, team_size, worker_number

__all__ = [
    "RemoteError",
    "RemoteTraceback",
    "WorkerDied",
    "parallel",
    "scheduled",
    "team_size",
    "worker_number",
]
