"""What a command shows: lines and tables on stdout, progress on stderr, or one JSON document and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TextIO

from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)  # fmt: skip
from rich.table import Table
from rich.text import Text

Advance = Callable[[int, int], None]  # (done, all)
_FEW = 5
EVERY = 10.0  # seconds between two plain progress lines


class Console:
    """The screen of one command.

    Used as a context, it owns stdout with `as_json`: whatever a library prints goes to stderr, and `result` alone is
    written to the real stdout.

    Args:
        as_json: machine readable; lines and tables are not shown.
        quiet: no lines, tables and progress; warnings and errors stay.
    """

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json, self.quiet = as_json, quiet
        self._stdout: TextIO = sys.stdout
        self._redirected = contextlib.ExitStack()
        self._live: RichConsole | None = None  # while a bar is drawn, lines must go above it

    def __enter__(self) -> Self:
        if self.as_json:
            self._redirected.enter_context(contextlib.redirect_stdout(sys.stderr))
        return self

    def __exit__(self, *raised: object) -> None:
        self._redirected.close()

    @property
    def on_terminal(self) -> bool:
        """Whether a person sees what is shown."""
        return self._stdout.isatty()

    def say(self, line: str = "") -> None:
        """One line for the person."""
        if self._live is not None and not self.as_json:
            self._live.print(one_line(line), markup=False, highlight=False, soft_wrap=True)
        elif not (self.as_json or self.quiet):
            _write(self._stdout, one_line(line))

    def aside(self, line: str) -> None:
        """One line for the person beside the very thing that was asked for: on stderr where that goes into a pipe."""
        if self.on_terminal:
            self.say(line)
        elif not (self.as_json or self.quiet):
            _write(sys.stderr, one_line(line))

    def show(self, text: str) -> None:
        """The very thing that was asked for: shown even when quiet, not with `as_json`."""
        if not self.as_json:
            _write(self._stdout, text)

    def warn(self, line: str) -> None:
        """One line on stderr, shown even when quiet."""
        _write(sys.stderr, one_line(line))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
        """A table: drawn on a terminal, tab-separated lines elsewhere."""
        if self.as_json or self.quiet:
            return
        if not self.on_terminal:
            for row in (columns, *rows):
                _write(self._stdout, "\t".join(one_line(cell) for cell in row))
            return
        drawn = Table(*columns, title=title or None, title_justify="left", header_style="bold")
        for row in rows:
            drawn.add_row(*(one_line(cell) for cell in row))
        RichConsole(file=self._stdout, markup=False, highlight=False).print(drawn, markup=False)

    def result(self, value: Mapping[str, Any]) -> None:
        """The command's result, as the only thing on stdout with `as_json`."""
        if self.as_json:
            self._stdout.write(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False, default=_plain) + "\n")
            self._stdout.flush()

    @contextlib.contextmanager
    def progress(self, label: str, unit: str = "") -> Iterator[Advance]:
        """A bar with the time left on a terminal, a line every ten seconds elsewhere, nothing when quiet.

        Args:
            unit: what is counted, such as "tracks"; then their number a second is shown, too.
        """
        if self.quiet:
            yield lambda done, of: None
        elif sys.stderr.isatty():
            with _bar(unit) as bar:
                task = bar.add_task(one_line(label), total=None)
                self._live = bar.console
                try:
                    yield lambda done, of: bar.update(task, completed=done, total=of)
                finally:
                    self._live = None
        else:
            yield _lines(label, unit)


def one_line(cell: object) -> str:
    """A cell's text without anything that could break the line or steer the terminal.

    Example:
        >>> one_line("two\\nlines"), one_line(0.25), one_line(None)
        ('two\\\\nlines', '0.250', '')
    """
    if cell is None:
        return ""
    text = f"{cell:.3f}" if isinstance(cell, float) else os.fspath(cell) if isinstance(cell, os.PathLike) else str(cell)
    shown = str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


class _Rate(ProgressColumn):
    """How many of a unit a second, over the last half minute."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f} {self._unit}/s", style="progress.data.speed")


def _bar(unit: str) -> Progress:
    rate = [_Rate(unit)] if unit else []
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        *rate,
        TimeRemainingColumn(),
        console=RichConsole(stderr=True),
        transient=True,
    )


def _lines(label: str, unit: str) -> Advance:
    began = last = time.monotonic()
    before = 0

    def advance(done: int, of: int) -> None:
        nonlocal last, before
        now = time.monotonic()
        if now - last < EVERY or not done:
            return
        # what came fast out of a cache tells nothing of the rest: a unit's rate is that since the last line
        each = (now - last) / max(done - before, 1) if unit else (now - began) / done
        last, before = now, done
        left = each * max(of - done, 0)
        known = done >= min(_FEW, of)  # the first ones also paid for the start
        rate = f", {1 / each:.1f} {unit}/s" if unit else ""
        _write(sys.stderr, f"{label}: {done} of {of}{rate}" + (f", about {_span(left)} left" if known else ""))

    return advance


def _span(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _write(stream: TextIO, line: str) -> None:
    safe = line.encode("utf-8", "backslashreplace").decode("utf-8")
    stream.write(safe.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8") + "\n")
    stream.flush()


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form")
