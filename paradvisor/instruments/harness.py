"""Runs of the target inside the harness (child.py), with probes or an overlay of its sources."""

from __future__ import annotations

import json
import os
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from paradvisor.instruments import (
    baseline,
    child,
    functions,
    lines,
    process,
    site,
    trial,
    waits,
)
from paradvisor.model import Run
from paradvisor.target import Target

PROBES = {"waits": waits, "functions": functions, "lines": lines, "trials": trial}
"""Every instrument that runs inside the target. A new one is a module and a line here."""


@dataclass
class Harness:
    """Starts the target in child.py, with the same input and limits every time."""

    target: Target
    folder: Path
    """Where specs and raw records go; the caller removes it."""
    stdin: process.Stdin
    timeout_s: float | None
    modules: dict[str, str] = field(default_factory=dict)
    """Files imported in some run, and under which names."""

    def probe(self, name: str, **options: Any) -> tuple[Run, Any]:
        """Run the target under one probe.

        Returns:
            The run, and what the probe saw: None where it left no record.
        """
        run = self.run_with({name: options})
        return run, self.seen(name)

    def run_with(self, probes: Mapping[str, Mapping[str, Any]], **how: Any) -> Run:
        """Run the target once under some probes that do not disturb each other.

        ``probes``: name -> options; ``how`` goes to `baseline.run_once`.
        """
        wanted = []
        for name, options in probes.items():
            self._record_of(name).unlink(missing_ok=True)
            file, out = str(PROBES[name].__file__), str(self._record_of(name))
            wanted.append({"file": file, "options": {**options, **self.ownership()}, "out": out})
        return self._run(wanted, {}, **how)

    def seen(self, name: str) -> Any:
        """What a probe recorded in the last run with it; None where it left no record."""
        if not self._record_of(name).exists():
            return None
        record = json.loads(self._record_of(name).read_text(encoding="utf-8"))
        self.modules.update(
            (os.path.realpath(file), name) for file, name in record["modules"].items()
        )
        return PROBES[name].parse(record["data"])

    def _record_of(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def of(self, target: Target) -> Harness:
        """The same for another target, such as one with other arguments."""
        return self if target == self.target else replace(self, target=target)

    def command(self, command: list[str], overlay: Mapping[str, bytes]) -> process.Finished:
        """Run a command of the user's in whose Python processes some files are replaced."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            env = {**os.environ, **site.environment(Path(scratch), overlay)}
            return process.run(
                command,
                cwd=self.target.info.cwd,
                stdin=process.Stdin(self.stdin.spool),
                timeout_s=None,
                env=env,
            )

    def overlaid(
        self,
        overlay: Mapping[str, bytes],
        *,
        log_writes: bool,
        settings: Mapping[str, str] | None = None,
        normalise: process.Normalise | None = None,
    ) -> Run:
        """Run the target with some of its files replaced, for this run only.

        ``settings`` are variables added to its environment; ``normalise`` takes out of its output
        and its files what may differ.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            places = {}
            for number, (file, content) in enumerate(overlay.items()):
                place = Path(scratch, f"{number}.py")
                place.write_bytes(content)
                places[file] = str(place)
            log = Path(scratch, "writes") if log_writes else None
            env = {**os.environ, **site.environment(Path(scratch), overlay), **(settings or {})}
            return self._run([], places, writes=log, env=env, normalise=normalise)

    def ownership(self) -> dict[str, list[str]]:
        """What a probe needs to tell the user's files from libraries."""
        return {
            "roots": [str(root) for root in self.target.roots],
            "libraries": sorted(
                {str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib")}
            ),
        }

    def _run(
        self,
        probes: list[dict[str, Any]],
        overlay: dict[str, str],
        *,
        timeout_s: float | None = None,
        writes: Path | None = None,
        **how: Any,
    ) -> Run:
        info = self.target.info
        spec = {
            "script": info.script,
            "module": info.module,
            "args": info.args,
            "probes": probes,
            "overlay": overlay,
            "writes": None if writes is None else str(writes),
        }
        file = self.folder / "spec.json"
        file.write_text(json.dumps(spec), encoding="utf-8")
        command = [info.python, child.__file__, str(file)]
        limit_s = timeout_s if timeout_s is not None else self.timeout_s
        return baseline.run_once(self.target, command, self.stdin, limit_s, writes=writes, **how)
