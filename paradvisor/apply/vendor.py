"""The runtime as one file beside a program, for places where paradvisor is not installed."""

from __future__ import annotations

from pathlib import Path

from paradvisor._version import __version__
from paradvisor.errors import UsageError
from paradvisor.records import write_atomically
from paradvisor.target import Target

NAME = "paradvisor_runtime"
_MARK = "# The runtime of paradvisor"
_HEAD = '''\
{mark} {version}, in one file. Standard library only.
#
# Copied by `paradvisor apply --vendor`: a program that imports it needs no installation. Its
# modules are below, each as text, and are compiled when they are first imported.

import importlib.machinery
import sys

__path__ = []


class _Modules:
    """Finds the modules of this file, and loads them."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.rpartition(".")[0] != __name__ or name.rpartition(".")[2] not in _TEXTS:
            return None
        return importlib.machinery.ModuleSpec(name, _Modules)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__name__.rpartition(".")[2]
        code = compile(_TEXTS[name], f"{{__file__}}/{{name}}.py", "exec", dont_inherit=True)
        exec(code, module.__dict__)


_TEXTS = {{}}
'''
_TAIL = """
sys.meta_path.append(_Modules)
"""


def render() -> str:
    """The text of the file."""
    folder = Path(__file__).parents[1] / "runtime"
    parts = [_HEAD.format(mark=_MARK, version=__version__)]
    for file in sorted(folder.glob("*.py")):
        if file.stem != "__init__":
            text = _renamed(file.read_text(encoding="utf-8"))
            parts.append(f"_TEXTS[{file.stem!r}] = {_quoted(text)}\n")
    top = (folder / "__init__.py").read_text(encoding="utf-8")
    _, _, top = top.partition("from __future__ import annotations\n")
    return "".join([*parts, _TAIL, _renamed(top)])


def _renamed(text: str) -> str:
    return text.replace("paradvisor.runtime", NAME)


def _quoted(text: str) -> str:
    """A text as a raw literal over many lines, where it can be one: a person may read it."""
    if "'''" not in text and not text.endswith(("'", "\\")):
        return f"r'''{text}'''"
    return repr(text)


def place(target: Target) -> Path:
    """Where the program will find it: beside its script, or in the folder that -m runs from.

    Raises:
        UsageError: another file has that name.
    """
    folder = target.main_file.parent if target.info.module is None else Path(target.info.cwd)
    file = folder / f"{NAME}.py"
    if file.exists() and not file.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise UsageError(f"{file} is another file of that name", "Rename it, and try again.")
    return file


class Copy:
    """The file, there for as long as the body runs, and afterwards only if it is to be kept."""

    def __init__(self, target: Target) -> None:
        self.file = place(target)
        self.before = self.file.read_bytes() if self.file.exists() else None
        self.kept = False

    def keep(self) -> None:
        """A program that imports it stays."""
        self.kept = True

    def __enter__(self) -> Copy:
        write_atomically(self.file, render().encode())
        return self

    def __exit__(self, *_: object) -> None:
        if self.kept:
            return
        if self.before is None:
            self.file.unlink(missing_ok=True)
        else:
            write_atomically(self.file, self.before)
