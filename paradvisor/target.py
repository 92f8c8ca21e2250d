"""What to run: a script or a module, with its arguments, in a folder, by an interpreter."""

from __future__ import annotations

import sys
import sysconfig
import warnings
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import msgspec

from paradvisor.errors import UsageError
from paradvisor.model import TargetInfo

_FOREIGN = {"site-packages", "dist-packages"}
_STDLIB = tuple({Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")})


@dataclass(frozen=True)
class Target:
    """A program to run. ``main_file`` is its main script, absolute and resolved."""

    info: TargetInfo
    main_file: Path

    @property
    def command(self) -> list[str]:
        """The command line that a user would type to run it."""
        if self.info.module is not None:
            what = ["-m", self.info.module]
        else:
            assert self.info.script is not None
            what = [self.info.script]
        return [self.info.python, *what, *self.info.args]

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.info.script or f"-m {self.info.module}"

    @property
    def roots(self) -> tuple[Path, ...]:
        """Folders, or single files, that hold the user's own code.

        That is the script's folder, and the working folder where it contains the script. A module
        that is not in the working folder (one of the standard library, say) brings its package.
        """
        cwd = Path(self.info.cwd).resolve()
        home = self.main_file.parent
        if self.info.module is None:
            return (cwd,) if home.is_relative_to(cwd) else (home,)
        if _is_own(self.main_file, cwd):
            return (cwd,)
        in_package = (home / "__init__.py").exists()
        return (cwd, home if in_package else self.main_file)


def is_users(path: Path, roots: tuple[Path, ...]) -> bool:
    """Whether a resolved path is the user's own code rather than a library's."""
    return any(_is_own(path, root) for root in roots)


def _is_own(path: Path, root: Path) -> bool:
    if not path.is_relative_to(root):
        return False
    if _FOREIGN & set(path.relative_to(root).parts):
        return False
    return not any(
        path.is_relative_to(library) and not root.is_relative_to(library) for library in _STDLIB
    )


def with_args(target: Target, args: tuple[str, ...]) -> Target:
    """The same program with other arguments."""
    return replace(target, info=msgspec.structs.replace(target.info, args=args))


def resolve(script: str | None, module: str | None, args: tuple[str, ...], cwd: Path) -> Target:
    """Find the target's main file, without importing anything of it.

    Raises:
        UsageError: there is no such script or module, or it does not parse.
    """
    info = TargetInfo(script=script, module=module, args=args, cwd=str(cwd), python=sys.executable)
    path = _script_file(script, cwd) if script is not None else _module_file(str(module), cwd)
    _check_syntax(path)
    return Target(info=info, main_file=path)


def _script_file(script: str, cwd: Path) -> Path:
    path = cwd / script
    if path.is_dir():
        raise UsageError(
            f"{script} is a folder, not a program",
            "Name the script in it, or run a package with: paradvisor profile -m PACKAGE",
        )
    if not path.exists():
        raise UsageError(f"{script}: no such file", "Check the path; it is taken from this folder.")
    if not path.is_file():
        raise UsageError(f"{script} is not a regular file", "Name a Python script.")
    return path.resolve()


def _module_file(module: str, cwd: Path) -> Path:
    spec = _find_spec(module, cwd)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = _find_spec(f"{module}.__main__", cwd)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise UsageError(
            f"no module named {module} that can be run",
            "As with python -m, the module must be importable from this folder "
            "and a package needs a __main__.",
        )
    return Path(spec.origin).resolve()


def _find_spec(module: str, cwd: Path) -> ModuleSpec | None:
    """As importlib.util.find_spec, which would import the parent packages."""
    search: list[str] | None = [str(cwd), *sys.path[1:]]
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:depth]), search)
        if spec is None:
            return None
        search = list(spec.submodule_search_locations or [])
    return spec


def _check_syntax(path: Path) -> None:
    try:
        with warnings.catch_warnings():  # the program's own run shows them
            warnings.simplefilter("ignore")
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be read: {error.strerror}", "Check its rights."
        ) from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        what = getattr(error, "msg", None) or str(error)
        raise UsageError(
            f"{path.name}{where}: {what}",
            "This is not a program that Python can run: correct it first.",
        ) from None
