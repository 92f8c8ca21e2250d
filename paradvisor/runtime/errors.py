"""What can go wrong in a worker, and how it looks in the parent."""

from __future__ import annotations


class WorkerDied(RuntimeError):
    """A worker process ended without finishing its share of the work.

    Attributes:
        worker: its number in the team.
        pid: its process id.
        exit_code: its exit status, or minus the number of the signal that killed it; None where the
            program reaps all its children itself, so that nobody can know.
        iterations: (first, end) of the chunk that it was at work on; None if it was in none.
    """

    def __init__(
        self,
        worker: int,
        pid: int,
        exit_code: int | None,
        iterations: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(worker, pid, exit_code, iterations)
        self.worker = worker
        self.pid = pid
        self.exit_code = exit_code
        self.iterations = iterations

    def __str__(self) -> str:
        lost = "before its work was done"
        if self.iterations is not None:
            first, end = self.iterations
            which = f"iteration {first}" if end == first + 1 else f"iterations {first} to {end - 1}"
            lost = f"with {which} unfinished"
        return f"worker {self.worker} (process {self.pid}) {self._how()} {lost}"

    def _how(self) -> str:
        import signal  # here: it would double the time that importing the runtime takes

        if self.exit_code is None:
            return "ended"
        if self.exit_code >= 0:
            return f"ended with exit status {self.exit_code}"
        try:
            return f"was killed by {signal.Signals(-self.exit_code).name}"
        except ValueError:
            return f"was killed by signal {-self.exit_code}"


class RemoteError(RuntimeError):
    """Stands for a worker's exception that cannot be pickled: its type's name and its text."""


class RemoteTraceback(Exception):
    """The cause of an exception raised again in the parent: where the worker raised it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'
