"""What an iteration adds to variables, put together as its own part of each. Runs in the program.

A part is what a worker would give back. While an iteration runs values are only kept, which costs
little; what they come to is found out when it is over.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Partials:
    """The parts of one iteration after the other.

    ``ways``: for each statement that adds: the number of its variable, what that begins as, how
    the statement adds, and the types that its values must be of, all if there are none.
    """

    def __init__(self, ways: list[list[Any]]) -> None:
        self.ways = ways
        self.inexact: str | None = None
        """The type of a value of which parts would not add up to the same."""
        self.begin()

    def begin(self) -> None:
        """A new iteration."""
        self.log: list[tuple[Any, int, int]] = []

    def add(self, value: Any, statement: int, role: int) -> None:
        """A statement is about to add this: its key, which is its first value, or its last one."""
        self.log.append((value, statement, role))

    def parts(self) -> list[Any]:
        """What the iteration adds to each variable."""
        words = {number: word for number, word, _, _ in self.ways}
        found = [_FRESH.get(words[number], dict)() for number in sorted(words)]
        pending: dict[int, dict[int, Any]] = {}
        for value, statement, role in self.log:
            number, _, how, only = self.ways[statement]
            known = pending.setdefault(statement, {})
            known[role] = value
            if len(known) == 1 + _has_key(how):
                del pending[statement]
                value = known[max(known)]
                if only and type(value).__name__ not in only:
                    self.inexact = type(value).__name__
                found[number] = _with(found[number], how, known.get(0), value)
        return found


_FRESH: dict[str, Any] = {"int": int, "list": list, "set": set}


def _has_key(how: str) -> bool:
    return how.startswith(("store", "get", "item", "setdefault"))


def _with(part: Any, how: str, key: Any, value: Any) -> Any:
    """A part with a value added to it."""
    match how.split():
        case ["Add" | "extend"] if isinstance(part, list):
            part.extend(value)
        case ["Add"]:
            return part + value
        case ["Sub"]:
            return part - value
        case ["append"]:
            part.append(value)
        case ["add"]:
            part.add(value)
        case ["update"]:
            for each in value:
                part[each] = part.get(each, 0) + 1
        case ["store"]:
            part[key] = value
        case ["store" | "get", "Add"]:
            part[key] = part.get(key, 0) + value
        case ["store", "Sub"]:
            part[key] = part.get(key, 0) - value
        case ["item" | "setdefault", "append"]:
            part.setdefault(key, []).append(value)
        case ["item", "add"]:
            part.setdefault(key, set()).add(value)
    return part
