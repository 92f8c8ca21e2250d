"""Progress on standard error: a bar with the time left on a terminal, a line a pass elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Passes:
    """Announces the runs of the program. ``quiet`` says nothing at all."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet or sys.stderr is None
        self.number = 0

    @contextmanager
    def __call__(self, name: str, expected_s: float | None) -> Iterator[None]:
        """Show that a run of ``expected_s`` seconds, if that is known, is going on."""
        self.number += 1
        title = f"{self.number}, {name}"
        if self.quiet:
            yield
        elif sys.stderr.isatty() and expected_s is not None:
            with _bar(title, expected_s):
                yield
        else:
            about = f" (about {expected_s:.0f} s)" if expected_s and expected_s >= 1 else ""
            print(f"paradvisor: run {title}{about}", file=sys.stderr, flush=True)
            yield


@contextmanager
def _bar(title: str, expected_s: float) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Left(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            left = (task.total or 0) - (task.elapsed or 0)
            return Text(f"about {left:.0f} s left" if left >= 1 else "nearly done")

    class Timed(Progress):
        def get_renderables(self):  # type: ignore[no-untyped-def]
            for task in self.tasks:
                task.completed = min(task.elapsed or 0, 0.99 * (task.total or 1))
            yield from super().get_renderables()

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), Left())
    with Timed(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(title, total=max(expected_s, 0.1))
        yield
