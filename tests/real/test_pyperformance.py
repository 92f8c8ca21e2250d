"""Programs that others wrote: the functions that their sources say are hot are found to be."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest

from paradvisor.reports import json as json_report

pytestmark = pytest.mark.slow


def _folder() -> Path | None:
    spec = importlib.util.find_spec("pyperformance")
    if spec is None or spec.origin is None or importlib.util.find_spec("pyperf") is None:
        return None
    return Path(spec.origin).parent / "data-files" / "benchmarks"


BENCHMARKS = _folder()

needs_pyperformance = pytest.mark.skipif(
    BENCHMARKS is None, reason="pyperformance or pyperf is not installed"
)

#: What a person would name, from reading the source of each benchmark (pyperformance 1.14).
EXPECTED = {
    # The pairs of bodies, in one function.
    "nbody": {"advance"},
    # One function is all there is.
    "fannkuch": {"fannkuch"},
    # n*n calls of eval_A from the two products.
    "spectral_norm": {"eval_A", "part_A_times_u", "part_At_times_u"},
    # Integers of thousands of digits are multiplied and divided.
    "pidigits": {"extract", "compose"},
    # All permutations are made, each is tested.
    "nqueens": {"permutations", "n_queens"},
    # A recursive search.
    "meteor_contest": {"solve"},
    # Each point evaluates splines, which combine vectors: that makes a new vector each time.
    "chaos": {"__call__", "linear_combination", "__init__", "GetIndex", "transform_point"},
    # A method for each of the three passes over the points. The first pass makes them: that is
    # the time of benchmark itself, which cProfile puts first, and of __init__.
    "float": {"benchmark", "__init__", "normalize", "maximize"},
    # Each ray is tested against each object, by vectors.
    "raytrace": {"intersectionTime", "dot", "__sub__", "mustBeVector", "__init__", "scale"},
    # The scheduler and the tasks that it runs.
    "richards": {"schedule", "runTask", "fn", "findtcb", "isTaskHoldingOrWaiting", "qpkt"},
    # Playouts: is a move useful, which stones are connected.
    "go": {"useful", "useful_fast", "find", "move", "remove"},
    # Constraint propagation over the cells.
    "hexiom": {"constraint_pass", "find_moves", "remove", "remove_all", "filter_tiles",
               "next_cell_min_choice", "already_done"},
}


#: How many times each is to run, for about a second; 8 where nothing is said.
VALUES = {"hexiom": 120, "richards": 20, "chaos": 15, "float": 12}


def profile(paradvisor, *words: str | Path, **options: object) -> tuple[dict, bytes]:  # type: ignore[no-untyped-def]
    """A profile that went well: the report, and what the program printed."""
    run = paradvisor("profile", "--json", "-q", "--trial-budget", "1", *words, **options)
    assert run.returncode == 0, run.stderr.decode()
    report = json.loads(run.stdout)
    jsonschema.Draft202012Validator(json_report.schema()).validate(report)
    # That the two instruments disagree is said, and no defect.
    assert [note for note in report["notes"] if "by cProfile" not in note] == []
    assert b"paradvisor:" not in run.stderr
    return report, run.stderr


def names(report: dict) -> list[str]:
    """The hot functions, without their classes."""
    return [spot["location"]["function"].split(".")[-1] for spot in report["hotspots"]]


@needs_pyperformance
@pytest.mark.parametrize("name", EXPECTED)
def test_benchmark(paradvisor, name: str) -> None:
    assert BENCHMARKS is not None
    script = BENCHMARKS / f"bm_{name}" / "run_benchmark.py"
    # A worker of pyperf's measures in its own process; --debug-single-value would start one.
    values = str(VALUES.get(name, 8))
    report, output = profile(paradvisor, script, "--worker", "-l1", "-w0", "-n", values)
    assert f"{name}:".replace("_", "").encode() in output.replace(b"_", b"")
    found = names(report)
    assert found[0] in EXPECTED[name], found
    assert report["bound"] == "compute"
    assert report["hotspots"][0]["location"]["file"] == str(script)
    assert sum(spot["share"] for spot in report["hotspots"]) <= 1.05
    # None of them can be shared out as it is, or it must at least not be a danger to do so.
    for advice in report["advice"]:
        if advice["loop"] is not None:
            loop = next(loop for loop in report["loops"] if loop["id"] == advice["loop"])
            assert loop["verdict"] == "safe"


def test_json_tool(paradvisor) -> None:
    rows = [{"number": n, "text": f"row {n}", "values": [n, n / 2, None, True]}
            for n in range(250_000)]
    file = paradvisor.folder / "data.json"
    file.write_text(json.dumps(rows))
    assert file.stat().st_size > 17_000_000
    report, output = profile(paradvisor, "-m", "json.tool", "--compact", "data.json", "out.json")
    assert output == b""
    assert json.loads((paradvisor.folder / "out.json").read_text()) == rows
    assert report["bound"] == "compute"
    assert report["hotspots"]
    # The module is run out of the package json, which counts as the program's own with it.
    files = [Path(spot["location"]["file"]).parent.name for spot in report["hotspots"]]
    assert files[0] == "json"
    assert set(names(report)[:3]) & {"main", "loads", "load", "dump", "_iterencode",
                                     "_iterencode_list", "_iterencode_dict"}


def test_compileall(paradvisor) -> None:
    body = "\n".join(f"    x = x * {n} + [i for i in range(x % 7)][0:{n}].count({n})"
                     for n in range(60))
    for package in range(6):
        for module in range(12):
            paradvisor.write(
                f"tree/p{package}/m{module}.py",
                "\n\n".join(f"def f{n}(x):\n{body}\n    return x" for n in range(6)) + "\n",
            )
    report, output = profile(paradvisor, "-m", "compileall", "-f", "-q", "tree")
    assert output == b""
    assert len(list((paradvisor.folder / "tree").rglob("*.pyc"))) == 72
    assert report["baseline"]["differences"] == []
    assert report["bound"] == "compute"
    assert names(report)[0] in ("compile_file", "compile_dir")


def test_pytest(paradvisor, monkeypatch) -> None:
    # Importing the plugins that happen to be installed takes longer than the tests.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    paradvisor.write("test_small.py", """
        import pytest


        def slow(n):
            total = 0
            for i in range(n):
                total += i * i % 7
            return total


        @pytest.mark.parametrize("n", range(8))
        def test_slow(n):
            assert slow(500_000 + n) > 0


        def test_quick():
            assert 1 + 1 == 2
    """)
    report, output = profile(paradvisor, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                             "test_small.py")
    assert b"9 passed" in output
    spot = report["hotspots"][names(report).index("slow")]  # importing pytest may take longer
    assert spot["location"]["file"] == "test_small.py"
    assert spot["kind"] == "python"
    assert spot["calls"] in (8, None)  # where importing pytest took all that counting may take
