"""What a study shows while it goes on: a live table of configurations on a terminal, a line a cell elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from rich.console import Console as RichConsole
from rich.live import Live
from rich.table import Table

from unisono.cli._console import Console, one_line
from unisono.metrics import main_metrics

_PAUSE = 20.0  # seconds between two lines about cells that run


@dataclass
class _Row:
    """One configuration: its cells by name, what each runs at now, and the scores of those that are done."""

    cells: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    running: dict[str, tuple[int, int]] = field(default_factory=dict)  # epoch, and how many there may be
    scores: dict[str, list[float]] = field(default_factory=dict)


class StudyTable:
    """Shows a study's cells.

    Args:
        console: where lines go.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: dict[str, _Row] = {}
        self._live: Live | None = None
        self._said_at = time.monotonic()

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """The table is drawn while the block runs, where a person sees it."""
        if self._console.quiet or not sys.stderr.isatty():
            yield
            return
        with Live(self.drawn(), console=RichConsole(stderr=True), refresh_per_second=4) as self._live:
            yield
        self._live = None

    def planned(self, cells: Sequence[Any], done: frozenset[str]) -> None:
        """All cells are known, and which of them were done before."""
        self._rows = {}
        for cell in cells:
            row = self._rows.setdefault(_title(cell), _Row())
            row.cells.add(cell.name)
            if cell.name in done:
                row.done.add(cell.name)
        before = f", {len(done)} done before" if done else ""
        self._tell(f"{len(cells)} cells{before}")
        self._draw()

    def event(self, event: Any) -> None:
        """Something became of a cell."""
        cell, row = event.job, self._rows[_title(event.job)]
        if event.what in ("started", "told"):
            row.running[cell.name] = event.value or (0, 0)
            self._tell_now(cell, row)
        elif event.what == "learned":
            row.running.pop(cell.name, None)
        else:
            row.running.pop(cell.name, None)
            (row.done if event.what == "done" else row.failed).add(cell.name)
        if event.what == "done":
            for task, scores in event.value["tasks"].items():
                value = scores.get(main_metrics(scores["kind"])[0])
                if value is not None and scores["role"] == "target":
                    row.scores.setdefault(task, []).append(value)
            self._tell(f"done    {_said(cell)}  {_scores(event.value)}")
        elif event.what == "failed":
            self._tell(f"failed  {_said(cell)}: {event.value}")
        self._draw()

    def drawn(self) -> Table:
        """The table as it stands."""
        table = Table("configuration", "done", "failed", "now", "mean so far", header_style="bold")
        for name, row in self._rows.items():
            now = ", ".join(_many(_epoch(*at), count) for at, count in Counter(row.running.values()).items())
            means = "  ".join(f"{task} {fmean(values):.3f}" for task, values in row.scores.items())
            failed = str(len(row.failed)) if row.failed else ""
            table.add_row(one_line(name), f"{len(row.done)} of {len(row.cells)}", failed, now, one_line(means))
        return table

    def _tell_now(self, cell: Any, row: _Row) -> None:
        """Now and then a line, where no table is drawn, so that a long cell is seen to go on."""
        if self._live is None and time.monotonic() - self._said_at > _PAUSE and row.running[cell.name][0]:
            self._tell(f"now     {_said(cell)}  {_epoch(*row.running[cell.name])}")
            self._said_at = time.monotonic()

    def _tell(self, line: str) -> None:
        if self._live is None:
            self._console.say(line)

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(self.drawn())


def _epoch(number: int, of: int) -> str:
    return "begins" if not number else f"epoch {number} of {of}" if of else f"epoch {number}"


def _many(said: str, count: int) -> str:
    return said if count == 1 else f"{count} at {said}"


def _title(cell: Any) -> str:
    return " | ".join(filter(None, (cell.place.configuration, cell.place.protocol, "pilot" if cell.pilot else "")))


def _said(cell: Any) -> str:
    sizes = ((" size", cell.place.size), (" auxiliary size", cell.place.auxiliary_size))
    return f"{_title(cell)}  seed {cell.place.seed}" + "".join(f"{n} {v}" for n, v in sizes if v is not None)


def _scores(result: Any) -> str:
    parts = []
    for task, scores in result["tasks"].items():
        metric = main_metrics(scores["kind"])[0]
        if scores.get(metric) is not None and scores["role"] == "target":
            parts.append(f"{task} {metric} {scores[metric]:.3f}")
    return "  ".join(parts)
