"""The program itself: what a person sees of a mistake, and with which status it ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from unisono.cli import _app
from unisono.errors import DiskFull, TableError, UserError
from unisono.parts import names

Capture = pytest.CaptureFixture[str]


def raising(error: BaseException) -> Callable[..., object]:
    def command() -> None:
        """Fail as told."""
        raise error

    return command


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], int]:
    """Run a command that raises the given error."""

    class Module:
        recipe: Callable[..., object]

    def run(error: BaseException) -> int:
        Module.recipe = staticmethod(raising(error))
        monkeypatch.setattr(_app, "part", lambda family, name: Module)
        return _app.run(["recipe"])

    return run


def test_the_folder_is_the_register(capsys: Capture) -> None:
    assert _app.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in names("cli"))
    assert "recipe" in names("cli")


def test_every_command_explains_itself(capsys: Capture) -> None:
    for name in names("cli"):
        assert _app.run([name, "--help"]) == 0
        assert "Examples:" in capsys.readouterr().out, f"unisono {name} --help shows no example"


def test_a_user_error_is_one_line_and_its_status(failing: Callable[..., int], capsys: Capture) -> None:
    assert failing(TableError("songs.csv:3", "row has 2 cells but needs 4", "Mend the row.")) == 2
    shown = capsys.readouterr()
    assert shown.err == "songs.csv:3: row has 2 cells but needs 4. Mend the row.\n"
    assert shown.out == ""


def test_many_problems_have_a_line_each(failing: Callable[..., int], capsys: Capture) -> None:
    problems = ['songs.csv:3:genre: "Rcok" is unknown.', 'songs.csv:4:genre: "a\nb" is unknown.']
    assert failing(TableError("songs.csv", "2 problems", "Mend them.", problems)) == 2
    assert capsys.readouterr().err.splitlines() == [
        "songs.csv: 2 problems:",
        '  songs.csv:3:genre: "Rcok" is unknown.',
        '  songs.csv:4:genre: "a b" is unknown.',
        "Mend them.",
    ]


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (DiskFull("run/x", "the disk is full (9 bytes needed, 0 free)"), 28, "run/x: the disk is full (9 bytes"),
        (OSError(errno.ENOSPC, "No space left on device", "run/x"), 28, "run/x: the disk is full."),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv"), 2, "a.csv: no such file or directory."),
        (PermissionError(errno.EACCES, "Permission denied", b"b\xff.csv"), 2, "b\\udcff.csv: permission denied."),
        (UserError("two\nlines", "bad"), 2, "two lines: bad."),
        (KeyError("genre"), 1, "unisono: unexpected error, KeyError: 'genre'. Set UNISONO_DEBUG=1"),
        (RuntimeError(), 1, "unisono: unexpected error, RuntimeError. Set UNISONO_DEBUG=1"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_every_failure_is_one_line(
    failing: Callable[..., int], capsys: Capture, error: BaseException, status: int, line: str
) -> None:
    assert failing(error) == status
    shown = capsys.readouterr().err.strip()
    assert shown.startswith(line)
    assert "\n" not in shown


def test_debug_lets_the_traceback_through(failing: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_DEBUG", "1")
    with pytest.raises(KeyError, match="genre"):
        failing(KeyError("genre"))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recip"], 'unisono recip: there is no such command or option. Did you mean "recipe"?'),
        (["xyz"], "unisono xyz: there is no such command or option. Commands: "),
        (["recipe", "--jsn"], "unisono recipe: no such option: --jsn"),
        (["recipe", "lst"], "unisono recipe: invalid value for 'action'"),
    ],
)
def test_a_wrong_call_is_one_line(capsys: Capture, arguments: list[str], line: str) -> None:
    assert _app.run(arguments) == 2
    shown = capsys.readouterr().err.strip()
    assert shown.startswith(line)
    assert "\n" not in shown


def test_help_opens_no_heavy_package() -> None:
    program = (
        "import sys; from unisono.cli._app import run; run(['--help']);"
        "print([m for m in ('torch', 'sklearn', 'matplotlib', 'polars', 'onnxruntime', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_installed_program_completes_commands() -> None:
    asked = {**os.environ, "_UNISONO_COMPLETE": "complete_bash", "COMP_WORDS": "unisono rec", "COMP_CWORD": "1"}
    program = "from unisono.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], env=asked, capture_output=True, text=True)
    assert done.stdout.split() == ["recipe"]


@pytest.mark.parametrize(("command", "studies"), [("train", False), ("study", True)])
def test_studies_are_completed_only_where_they_run(command: str, studies: bool) -> None:
    words = {"COMP_WORDS": f"unisono {command} bow-sharing", "COMP_CWORD": "2"}
    asked = {**os.environ, "_UNISONO_COMPLETE": "complete_bash", **words}
    program = "from unisono.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], env=asked, capture_output=True, text=True)
    shown = done.stdout.split()
    assert "bow-sharing" in shown
    assert ("bow-sharing-study" in shown) == studies


_STOPPED_WHILE = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)
wanted = sys.argv[1]

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from unisono.cli import main

sys.argv[1:] = ["features", "--help"]
main()
"""


@pytest.mark.parametrize("module", ["unisono.cli._app", "typer", "polars"])
def test_ctrl_c_while_it_is_loaded_is_one_line(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", _STOPPED_WHILE, module], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


def test_an_import_error_that_hides_ctrl_c_is_a_stop(failing: Callable[[BaseException], int], capsys: Capture) -> None:
    error = ImportError("numpy cannot be imported")
    error.__context__ = KeyboardInterrupt()
    assert failing(error) == 130
    assert capsys.readouterr().err.strip() == "stopped"


def test_ctrl_c_is_python_s_own_again_when_all_is_loaded() -> None:
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import unisono.cli\n"
    script += "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
