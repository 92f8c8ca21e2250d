"""The orders in which shadows run the iterations of a loop, and what is kept of each iteration."""

from __future__ import annotations

import sys
from _blake2 import blake2b
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_partials: Any = sys.modules["_paradvisor_shadow_partials"]
_state: Any = sys.modules["_paradvisor_shadow_state"]

_FEW = 16


def reversed_(sample: list[int]) -> list[int]:
    """Last iteration first."""
    return sample[::-1]


def shuffled(sample: list[int], seed: int) -> list[int]:
    """A permutation by Fisher and Yates, with a generator of our own (Knuth's MMIX LCG)."""
    order, state = list(sample), seed
    for last in range(len(order) - 1, 0, -1):
        state = (6364136223846793005 * state + 1442695040888963407) % (1 << 64)
        other = (state >> 33) % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def dealt(sample: list[int]) -> tuple[list[int], list[int]]:
    """In small blocks to two workers, as a schedule would."""
    size = max(1, len(sample) // 8)
    blocks = [sample[start : start + size] for start in range(0, len(sample), size)]
    first = [index for block in blocks[::2] for index in block]
    second = [index for block in blocks[1::2] for index in block]
    return first, second


def sampled(count: int, most: int) -> list[int]:
    """At most so many iterations: a run at the beginning, then pairs from all over the loop."""
    if count <= most:
        return list(range(count))
    beginning = max(2, most // 2)
    pairs = max(1, (most - beginning) // 2)
    step = (count - beginning) / pairs
    chosen = set(range(beginning))
    for number in range(pairs):
        first = beginning + int(number * step)
        chosen.update((first, min(first + 1, count - 1)))
    return sorted(chosen)


class Record:
    """What one iteration gave to the tail, as a digest."""

    def __init__(self, is_users: Callable[[str], bool], ways: list[list[Any]]) -> None:
        self.is_users = is_users
        self.opaque = self.unordered = ""
        self.partials: Any = _partials.Partials(ways) if ways else None
        self.begin()

    def begin(self) -> None:
        """A new iteration."""
        self.seconds = 0.0  # that keeping it took
        self.whole = True
        self.noted_s = 0.0  # the last part of it
        self.parts: list[bytes] = []
        self.raised = False
        self.ids: dict[int, Any] = {}
        if self.partials is not None:
            self.partials.begin()

    def note(self, value: Any, until: float = float("inf")) -> None:
        """The iteration gave this."""
        begun = perf_counter()
        walk = _state.Walk(self.is_users, until=until)
        self.parts.append(walk.digest(value))
        self.ids.update(walk.ids)
        self.unordered = self.unordered or walk.unordered
        for name in walk.opaque.values():
            self.opaque = self.opaque or name
        self.whole = walk.complete or perf_counter() < until  # else it was cut off by time
        self.noted_s = perf_counter() - begun
        self.seconds += self.noted_s

    def failed(self, error: BaseException | None) -> None:
        """The iteration raised this."""
        self.raised = True
        kind = type(error)
        self.parts.append(f"raised {kind.__module__}.{kind.__qualname__}".encode())
        args = BaseException.args.__get__(error) if error is not None else ()  # type: ignore[attr-defined]
        self.parts.append(_state.Walk(self.is_users).digest(args))

    def digest(self) -> bytes:
        """All of it: of few parts, what the first ones give is what the digest begins with."""
        if len(self.parts) > _FEW:
            return blake2b(b"|".join(self.parts), digest_size=16).digest()
        return b"".join(blake2b(part, digest_size=8).digest() for part in self.parts)
