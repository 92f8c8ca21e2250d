"""What the tasks of an asyncio event loop await, while its thread only waits for events."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_syscalls: Any = sys.modules["_paradvisor_sampler_syscalls"]
_MOST_TASKS = 64  # of an event loop that are looked at
_AWAITED = {
    "asyncio.tasks.sleep": ("io", "sleep"),
    "asyncio.locks.": ("lock", "a lock"),
    "asyncio.queues.": ("lock", "a queue"),
    "asyncio.subprocess.": ("child", "a child process"),
    "asyncio.base_subprocess.": ("child", "a child process"),
    "asyncio.tasks._wait": ("", ""),
    "asyncio.tasks.wait": ("", ""),
    "asyncio.taskgroups.": ("", ""),
}
"""The library's function that a task awaits -> what that is; nothing: other tasks."""


class Task:
    """A task of an event loop: its frames, innermost first, and what it awaits."""

    def __init__(self, task: Any) -> None:
        found = []
        at = task.get_coro()
        while at is not None:
            frame, inner = None, None
            for kind in ("cr", "gi", "ag"):
                frame = frame or getattr(at, f"{kind}_frame", None)
                inner = inner or getattr(
                    at, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None
                )
            if frame is not None:
                found.append(frame)
            at = inner
        self.frames = found[::-1]
        self.kind, self.detail = self._awaits(getattr(task, "_fut_waiter", None))

    def _awaits(self, future: Any) -> tuple[str, str]:
        """By the library's function that awaits; ("", "") for a task that awaits other tasks."""
        callbacks = getattr(future, "_callbacks", None) or ()
        if any(
            "_call_check_cancel" in getattr(entry[0], "__qualname__", "") for entry in callbacks
        ):
            return "lock", "another thread"  # of an executor: see _chain_future in asyncio.futures
        if hasattr(future, "_children") or hasattr(future, "get_coro"):
            return "", ""
        for frame in self.frames:
            module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
            for start, awaited in _AWAITED.items():
                if f"{module}.{name}".startswith(start):
                    return awaited
            if not module.startswith("asyncio"):
                break
            if name.startswith("StreamReader.") and _of_child(frame.f_locals.get("self")):
                return "child", "a child process"
        return "io", "a socket"


def _of_child(reader: Any) -> bool:
    """Whether a stream comes from a process that was started here."""
    return "Pipe" in type(getattr(reader, "_transport", None)).__name__ and _syscalls.has_children()


def waiting_loop(frame: FrameType) -> Any:
    """The event loop that is looking for what is ready, if the innermost frame is of that."""
    back = frame.f_back
    if back is None or frame.f_code.co_name != "select":
        return None
    return back.f_locals.get("self") if back.f_code.co_name == "_run_once" else None


def tasks_of(loop: Any) -> list[Task]:
    """Tasks that await something else than other tasks; not all of very many."""
    asyncio = sys.modules.get("asyncio")
    try:
        tasks = [Task(task) for task in list(asyncio.all_tasks(loop))[:_MOST_TASKS]]  # type: ignore[union-attr]
    except Exception:  # a loop or task of another make
        return []
    return [task for task in tasks if task.kind]
