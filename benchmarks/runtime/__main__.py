"""The command line: which tables, how many rounds, which peers."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from importlib import metadata

import benchmarks.runtime
from benchmarks.runtime import conduct, contestants, work
from benchmarks.runtime.contestants import ALL, PEERS
from benchmarks.runtime.figures import Outcome, Verdict
from benchmarks.runtime.plan import Cell, Settings

TABLES = ("imports", "regions", "dispatch", "balance", "waiting", "results", "captured")
SCALING = "scaling"
NEED_NUMPY = ("results", "captured")
INSTALL = "pip install -r benchmarks/runtime/peers.txt"
PACKAGES = ("joblib", "mpire", "pymp-pypi", "omp4py", "lucen", "numpy")


def main() -> int:
    options = _options()
    chosen = options.only or [*TABLES, *([SCALING] if options.scaling else [])]
    present = tuple(key for key in options.peers if contestants.installed(key))
    settings = Settings(options.rounds, options.quick, present, work.rate())
    _introduce(settings, [key for key in options.peers if key not in present])
    verdicts: list[Verdict] = []
    for name in chosen:
        if name in NEED_NUMPY and importlib.util.find_spec("numpy") is None:
            verdicts.append(Verdict(False, f"SHORT: {name}: needs NumPy ({INSTALL})"))
            continue
        table = importlib.import_module(f"benchmarks.runtime.tables.{name}")
        cells = table.cells(settings)
        outcomes = conduct.rounds(cells, settings.rounds)
        verdicts += table.judge(cells, outcomes)
        verdicts += _failures(cells, outcomes)
        sys.stdout.flush()
    print("\ntargets")
    for verdict in verdicts:
        print(f"  {verdict.text}")
    return 0 if all(verdict.met for verdict in verdicts) else 1


def _failures(cells: list[Cell], outcomes: dict[tuple[str, str], Outcome]) -> list[Verdict]:
    """A measurement of ours that failed is a target missed, whatever other rounds brought."""
    return [
        Verdict(False, f"FAILED: {cell.table}, {cell.workload}, {cell.label}: {failure}")
        for cell in cells
        for failure in outcomes[cell.name].failures
        if cell.contestant == contestants.OURS
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.runtime", description=benchmarks.runtime.__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--only", action="append", choices=(*TABLES, SCALING), metavar="TABLE", help="only this one"
    )
    parser.add_argument("--rounds", type=int, help="processes for each figure (7; 2 if quick)")
    parser.add_argument("--peers", help=f"some of {','.join(PEERS)}; none for none")
    parser.add_argument("--quick", action="store_true", help="less work: for trying, not quoting")
    parser.add_argument("--scaling", action="store_true", help="efficiency at 1 to 16 workers too")
    options = parser.parse_args()
    options.rounds = max(1, options.rounds or (2 if options.quick else 7))
    wanted = PEERS if options.peers is None else tuple(filter(None, options.peers.split(",")))
    options.peers = () if wanted == ("none",) else wanted
    if unknown := set(options.peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return options


def _introduce(settings: Settings, missing: list[str]) -> None:
    load = os.getloadavg()[0]
    print(f"CPython {sys.version.split()[0]}, {settings.cores} usable cores, load {load:.1f}")
    print(f"{settings.rounds} rounds, each contestant in turn, in a fresh process")
    versions: list[str] = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    print(", ".join(versions))
    if missing:
        names = ", ".join(ALL[key].module.split("_")[0] for key in missing)
        print(f"not installed, so not measured: {names}. All peers: {INSTALL}")


if __name__ == "__main__":
    sys.exit(main())
