"""Run the doctests of one module and write down what each example gave: a target, not a test.

Run: python doctests.py MODULE, with the path of the JSON to write in ELSEWHERE_RESULTS. Line
numbers and addresses are left out, so that two versions of a module can be compared.
"""

from __future__ import annotations

import doctest
import importlib
import json
import os
import random
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

_Error = tuple[type[BaseException], BaseException, TracebackType]


class Recorder(doctest.DocTestRunner):
    """Keeps what the examples give instead of printing what fails."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.seen: list[tuple[str, str, str]] = []

    def report_start(self, *_: object) -> None:
        """Nothing is said."""

    def report_success(
        self, _: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self.seen.append((test.name, example.source, _plain(got)))

    def report_failure(
        self, _: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self.seen.append((test.name, example.source, f"(not as expected) {_plain(got)}"))

    def report_unexpected_exception(
        self, _: Any, test: doctest.DocTest, example: doctest.Example, error: _Error
    ) -> None:
        said = f"(not as expected) {error[0].__name__}: {error[1]}"
        self.seen.append((test.name, example.source, _plain(said)))


def _plain(got: str) -> str:
    """Output without what differs between two versions: tracebacks and addresses."""
    before, traceback, after = got.partition("Traceback (most recent call last)")
    if traceback:
        got = before + "".join(after.splitlines(keepends=True)[-1:])
    return re.sub(r"0x[0-9a-f]{6,}", "0x..", got)


def main() -> None:
    module = importlib.import_module(sys.argv[1])
    recorder = Recorder()
    for test in doctest.DocTestFinder().find(module):
        random.seed(0)
        recorder.run(test, out=lambda said: None)  # noqa: ARG005
    text = json.dumps(recorder.seen)
    Path(os.environ["ELSEWHERE_RESULTS"]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
