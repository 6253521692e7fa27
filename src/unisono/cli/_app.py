"""The `unisono` program: finds a command in the folder, runs it, and turns what was raised into a line and a status."""

from __future__ import annotations

import ast
import errno
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from unisono.cli._loading import STOPPED, hides_a_stop, stoppable
from unisono.errors import DiskFull, UserError, nearest
from unisono.parts import names, part

FAMILY = "cli"


class Commands(TyperGroup):
    """The folder as a group of commands: listed by reading the files, imported only when one is asked for."""

    opened: Any = None

    def list_commands(self, ctx: Any) -> list[str]:
        return list(names(FAMILY))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in that carries the command's one line of help; enough to list and to complete it."""
        return TyperCommand(cmd_name, help=_summary(cmd_name)) if cmd_name in names(FAMILY) else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name = args[0]
        if name not in names(FAMILY):
            if ctx.resilient_parsing:
                return None, None, args[1:]
            advice = nearest(name, names(FAMILY)) or f"Commands: {', '.join(names(FAMILY))}."
            raise UserError(f"unisono {name}", "there is no such command or option", advice)
        self.opened = _open(name)
        return name, self.opened, args[1:]


app = typer.Typer(
    name="unisono",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="unisono COMMAND --help explains a command and shows examples.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unisono {importlib.metadata.version('unisono')}")
        raise typer.Exit


@app.callback()
def _unisono(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Learn a music collection's own tags with one model, and tag the rest of it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the command's exit status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 done, 1 a mistake of ours, 2 bad input, 3 done with skips, 28 disk full, 130 stopped with Ctrl-C.
    `UNISONO_DEBUG=1` lets every exception through with its traceback.
    """
    group: Any = typer.main.get_command(app)
    if os.environ.get("UNISONO_DEBUG"):
        return _status(group, group.main(arguments, prog_name="unisono", standalone_mode=False))
    try:
        return _status(group, group.main(arguments, prog_name="unisono", standalone_mode=False))
    except UserError as error:
        return _say("\n".join(" ".join(line.splitlines()) for line in error.lines()), error.status)
    except typer.TyperException as error:
        return _say_line(_usage(error), error.exit_code) if error.format_message() else error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _status(group, STOPPED)
    except OSError as error:
        return _say_line(*_system(error))
    except Exception as error:
        if hides_a_stop(error):
            return _status(group, STOPPED)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _say_line(f"unisono: unexpected error, {what}. Set UNISONO_DEBUG=1 to see where it happened.", 1)


def _open(name: str) -> Any:
    """The real command: its module imported, its function's parameters read."""
    with stoppable():
        command = getattr(part(FAMILY, name), name)
    single = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
    single.command(name, context_settings={"help_option_names": ["-h", "--help"]})(command)
    return typer.main.get_command(single)


def _summary(name: str) -> str:
    """First line of a command's module, read without importing it."""
    found = importlib.util.find_spec(f"unisono.{FAMILY}.{name}")
    if found is None or found.origin is None:
        return ""
    text = ast.get_docstring(ast.parse(Path(found.origin).read_bytes())) or ""
    return text.partition("\n")[0]


def _status(group: Commands, returned: object) -> int:
    status = returned if isinstance(returned, int) else 0
    if status == STOPPED:
        resumes = any("--resume" in option.opts for option in getattr(group.opened, "params", ()))
        _say("stopped; run again with --resume" if resumes else "stopped", STOPPED)
    return status


def _say_line(text: str, status: int) -> int:
    """Say what must be one line, whatever is in it."""
    return _say(" ".join(text.splitlines()), status)


def _say(text: str, status: int) -> int:
    safe = text.encode("utf-8", "backslashreplace").decode()
    sys.stderr.write(safe.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(errors="replace") + "\n")
    return status


def _usage(error: typer.TyperException) -> str:
    where = getattr(getattr(error, "ctx", None), "command_path", "unisono")
    found = error.format_message().rstrip(".")
    return f'{where}: {found[:1].lower()}{found[1:]}. Try "{where} --help".'


def _system(error: OSError) -> tuple[str, int]:
    """What the operating system refused, in the words of a user's error."""
    where = os.fsdecode(error.filename) if error.filename is not None else "unisono"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return str(DiskFull(where, "the disk is full", "Free some room and run it again.")), DiskFull.status
    return str(UserError(where, (error.strerror or str(error)).lower())), UserError.status
