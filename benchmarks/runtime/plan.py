"""What is to be measured: cells of tables, each by one contestant in a process of its own."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any

WORKERS = 2
"""The size of the teams that compute; the targets are for two cores."""


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    rounds: int
    quick: bool
    peers: tuple[str, ...]
    """Keys of the peers that are installed and asked for."""
    rate: int
    """Steps of pure Python that this machine does in a second."""
    cores: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Cell:
    """One contestant at one workload: measured once a round, by a fresh process."""

    table: str
    workload: str
    contestant: str
    """A key of ``contestants.ALL``, or a name that only the table knows, such as "bare"."""
    label: str
    kind: str = "fork"
    chunk: int | None = None
    more: dict[str, Any] = field(default_factory=dict)
    limit_s: float = 60.0

    @property
    def name(self) -> tuple[str, str]:
        """What tells this cell from the others of its table."""
        return self.workload, self.label

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
