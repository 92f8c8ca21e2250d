"""Serves an overlay in Python processes that a program or a command starts.

Those are not run by the harness. A `sitecustomize` module that comes first on their path puts the
overlay into their import system, and into `runpy`, by which multiprocessing's spawned children run
the main module again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from paradvisor.instruments import child

_VARIABLE = "_PARADVISOR_OVERLAY"
_SITE = """\
import os, sys

def _paradvisor_install():
    here = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    before = set(sys.modules)
    import importlib.util, json, runpy

    with open(os.environ["_PARADVISOR_OVERLAY"], encoding="utf-8") as file:
        spec = json.load(file)
    if spec["child"] not in sys.orig_argv:  # else the harness serves it itself
        found = importlib.util.spec_from_file_location("_paradvisor_child", spec["child"])
        child = importlib.util.module_from_spec(found)
        sys.modules["_paradvisor_child"] = child
        found.loader.exec_module(child)
        child.serve(spec["overlay"])
    for name in set(sys.modules) - before - {"runpy"}:
        if not name.startswith("_"):
            del sys.modules[name]  # the program may have modules of these names itself

def _paradvisor_next():
    ours = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = ours  # as the import statement that runs this expects

_paradvisor_install()
_paradvisor_next()
"""


def environment(scratch: Path, overlay: Mapping[str, bytes]) -> dict[str, str]:
    """Variables under which Python processes see the overlay.

    They are there with an empty one too: a program must find the same before and after.
    """
    folder = scratch / "site"
    folder.mkdir()
    places = {}
    for number, (file, content) in enumerate(overlay.items()):
        place = folder / f"content {number}.py"
        place.write_bytes(content)
        places[file] = str(place)
    (folder / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
    spec = folder / "overlay.json"
    spec.write_text(json.dumps({"child": child.__file__, "overlay": places}), encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(folder), *([before] if before else [])])
    return {"PYTHONPATH": path, _VARIABLE: str(spec)}
