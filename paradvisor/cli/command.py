"""What all commands share: errors become one clear message and an exit code, settings are found."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from paradvisor.errors import INTERNAL, INTERRUPTED, TERMINATED, ParadvisorError, UsageError


class Terminated(BaseException):
    """SIGTERM has arrived: everything is to be cleaned up."""


def _terminate(*_: object) -> None:
    raise Terminated


class ParadvisorCommand(TyperCommand):
    """A command whose errors are for people."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; print what went wrong and what to do next."""
        signal.signal(signal.SIGTERM, _terminate)
        try:
            return super().invoke(ctx)
        except Terminated:
            complain("terminated; nothing was changed")
            raise typer.Exit(TERMINATED) from None
        except ParadvisorError as error:
            complain(str(error), error.hint)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            complain("interrupted; nothing was changed")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output has gone; say nothing more to it at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            complain(
                f"{error.filename or 'the system'}: {error.strerror}",
                "Check the disk and the rights.",
            )
            raise typer.Exit(INTERNAL) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if os.environ.get("PARADVISOR_DEBUG") or type(error).__module__.startswith("typer"):
                raise
            complain(
                f"internal error: {type(error).__name__}: {error}",
                "This is a defect of paradvisor. Set PARADVISOR_DEBUG=1 to see the traceback.",
            )
            raise typer.Exit(INTERNAL) from None

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples as they are written, not wrapped into a paragraph."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog)


class TargetCommand(ParadvisorCommand):
    """A command whose arguments end with a program and the program's own arguments.

    Whatever follows the script, or the module after ``-m``, belongs to the target, options too.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``--`` where the target's own arguments begin."""
        return list(super().parse_args(ctx, self._separated(args)))

    def _separated(self, args: list[str]) -> list[str]:
        with_value = {
            name
            for parameter in self.params
            if getattr(parameter, "opts", None) and not getattr(parameter, "is_flag", False)
            for name in (*parameter.opts, *parameter.secondary_opts)
            if name.startswith("-")
        }
        position = 0
        while position < len(args):
            word = args[position]
            if word == "--":
                return args
            if not word.startswith("-") or word == "-":
                return [*args[:position], "--", *args[position:]]
            step = 2 if word in with_value else 1
            if word == "-m" or (word.startswith("-m") and not word.startswith("--")):
                end = position + (2 if word == "-m" else 1)
                return [*args[:end], "--", *args[end:]]
            position += step
        return args


def complain(message: str, hint: str = "") -> None:
    """One message on standard error, with what to do next below it."""
    typer.echo(f"paradvisor: {message}", err=True)
    for line in hint.splitlines():
        typer.echo(f"  {line}", err=True)


def settings() -> dict[str, dict[str, Any]]:
    """Defaults of the commands' options, from ``[tool.paradvisor.COMMAND]`` in pyproject.toml."""
    try:
        here = Path.cwd()
    except OSError:  # the folder is gone; the command will say so
        return {}
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            complain(f"{file} is not valid TOML and was not used: {error}")
            return {}
        tool = table.get("tool", {})
        found = tool.get("paradvisor", {}) if isinstance(tool, dict) else None
        if not isinstance(found, dict):
            complain(f"tool.paradvisor in {file} is not a table and was not used")
            return {}
        return {
            command: {name.replace("-", "_"): value for name, value in options.items()}
            for command, options in found.items()
            if isinstance(options, dict)
        }
    return {}


def refuse_unknown(tables: dict[str, dict[str, Any]], group: Any) -> None:
    """Say which settings are none of a command's options: a slip must not pass in silence."""
    for command, table in tables.items():
        if command not in group.commands:
            known = ", ".join(sorted(group.commands))
            complain(f"[tool.paradvisor.{command}] is for no command; there are {known}")
            continue
        names = {parameter.name for parameter in group.commands[command].params}
        for name in sorted(table.keys() - names):
            import difflib  # only then: --help should not wait for it

            close = difflib.get_close_matches(name, names, 1)
            hint = f"Did you mean {close[0].replace('_', '-')}?" if close else ""
            setting = name.replace("_", "-")
            complain(f"[tool.paradvisor.{command}] has no setting {setting}; it was not used", hint)
            del table[name]


def output_format(json: bool, form: str | None, output: Path | None) -> str | None:
    """The format that the options name, checked, like the output, before any work is done.

    ``--json`` is short for ``-f json``; without either the output's extension decides.

    Raises:
        UsageError: there is no such format, or the output cannot be written.
    """
    from paradvisor import reports

    if json and form not in (None, "json"):
        raise UsageError(f"--json and -f {form} contradict each other")
    form = "json" if json else form
    if form is not None and form not in reports.FORMATS:
        choices = ", ".join(reports.FORMATS)
        raise UsageError(f"no format is called {form}", f"Choose one of: {choices}.")
    if output is None:
        return form
    if output.is_dir():
        raise UsageError(f"{output} is a folder", "Name a file in it.")
    if not output.parent.is_dir():
        raise UsageError(f"{output}: there is no such folder", "Make the folder first.")
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise UsageError(f"{output} cannot be written", "Check its rights.")
    return reports.format_of(output, form)


def default_format() -> str:
    """How standard output is served: in colours if it is a terminal."""
    return "colours" if sys.stdout is not None and sys.stdout.isatty() else "terminal"


def deliver(text: str, output: Path | None) -> None:
    """Put a report where the user wants it."""
    if output is None and sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    assert output is not None
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    typer.echo(f"paradvisor: report written to {output}", err=True)
