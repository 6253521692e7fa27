"""What reaches stdout and stderr, for a person, a pipe and a program."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from unisono.cli import _console
from unisono.cli._console import Console, one_line

Capture = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_json_alone_reaches_stdout(capsys: Capture) -> None:
    with Console(as_json=True) as console:
        print("a library talks")
        console.say("for a person")
        console.show("for a person")
        console.table(["a"], [["b"]])
        console.result({"path": Path("x"), "n": 1})
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"path": "x", "n": 1}
    assert shown.err == "a library talks\n"
    print("given back")
    assert capsys.readouterr().out == "given back\n"


def test_json_refuses_what_is_no_json(capsys: Capture) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"), Console(as_json=True) as console:
        console.result({"loss": float("nan")})
    assert capsys.readouterr().out == ""


def test_quiet_keeps_the_result_and_the_warnings(capsys: Capture) -> None:
    with Console(quiet=True) as console:
        console.say("note")
        console.table(["a"], [["b"]])
        console.show("asked for")
        console.warn("careful")
        with console.progress("reading") as advance:
            advance(1, 2)
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("asked for\n", "careful\n")


def test_a_table_in_a_pipe_is_tab_separated(capsys: Capture) -> None:
    Console().table(["path", "value"], [["a\nb\tc", 0.5], [os.fsdecode(b"\xff.mp3"), None]])
    assert capsys.readouterr().out == "path\tvalue\na\\nb\\tc\t0.500\n\\xff.mp3\t\n"


def test_a_table_on_a_terminal_is_drawn_without_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    Console().table(["label"], [["[bold]x[/bold]"], ["\x1b[2J"]], title="Tags")
    assert "[bold]x[/bold]" in screen.getvalue()
    assert "\\x1b[2J" in screen.getvalue()


def test_a_name_cannot_steer_the_terminal() -> None:
    assert one_line("a\x1b]0;owned\x07") == "a\\x1b]0;owned\\x07"
    assert one_line("Beyoncé 東京") == "Beyoncé 東京"
    assert one_line("‮gnp.mp3") == "\\u202egnp.mp3"


def test_progress_in_a_pipe_is_a_line_now_and_then(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 11.0, 12.0, 41.0])
    monkeypatch.setattr(_console.time, "monotonic", lambda: next(clock))
    with Console().progress("reading") as advance:
        for done in (1, 10, 11, 40):
            advance(done, 400)
    assert capsys.readouterr().err.splitlines() == [
        "reading: 10 of 400, about 7 min 9 s left",
        "reading: 40 of 400, about 6 min 9 s left",
    ]


def test_a_rate_is_that_since_the_last_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 20.0])
    monkeypatch.setattr(_console.time, "monotonic", lambda: next(clock))
    with Console().progress("hearing", "tracks") as advance:
        advance(300, 400)  # found in a cache
        advance(320, 400)
    assert capsys.readouterr().err.splitlines() == [
        "hearing: 300 of 400, 30.0 tracks/s, about 3 s left",
        "hearing: 320 of 400, 2.0 tracks/s, about 40 s left",
    ]


def test_a_bar_shows_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Console().progress("hearing", "tracks") as advance:
        for done in (1, 2, 3):
            advance(done, 3)
    assert "tracks/s" in screen.getvalue()


def test_progress_on_a_terminal_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Console().progress("reading [x]") as advance:
        advance(3, 4)
    assert "reading [x]" in screen.getvalue()
    assert "3/4" in screen.getvalue()


def test_a_narrow_encoding_loses_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    Console().show("Beyoncé \udcff")
    assert raw.getvalue() == b"Beyonc\\xe9 \\udcff\n"
