"""What can go wrong in a worker, and how it looks in the parent."""

from __future__ import annotations


class WorkerDied(RuntimeError):
    """A worker process ended without finishing its share of the work.

    Attributes:
        worker: its number in the team.
        pid: its process id.
        exit_code: its exit status, or minus the number of the signal that killed it.
    """

    def __init__(self, worker: int, pid: int, exit_code: int) -> None:
        super().__init__(worker, pid, exit_code)
        self.worker = worker
        self.pid = pid
        self.exit_code = exit_code

    def __str__(self) -> str:
        import signal  # here: it would double the time that importing the runtime takes

        if self.exit_code >= 0:
            how = f"ended with exit status {self.exit_code}"
        else:
            try:
                how = f"was killed by {signal.Signals(-self.exit_code).name}"
            except ValueError:
                how = f"was killed by signal {-self.exit_code}"
        return f"worker {self.worker} (process {self.pid}) {how} before its work was done"


class RemoteError(RuntimeError):
    """Stands for a worker's exception that cannot be pickled: its type's name and its text."""


class RemoteTraceback(Exception):
    """The cause of an exception raised again in the parent: where the worker raised it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'
