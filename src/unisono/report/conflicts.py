"""Figures of how much the tasks' gradients agree: a matrix of pairs, and each pair over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unisono.report.drawing import INK, MODEL, MUTED, SECOND, SERIES, inline, panels, styled
from unisono.report.folder import History

Matrix = NDArray[np.float64]
_READABLE = 16  # tasks up to which numbers fit into the cells
_PAIRS = 10  # pairs that can be told apart as lines
_MEASURES = {"cosine": "cosine", "magnitude": "magnitude similarity"}


def conflict_matrix(history: History, tasks: Sequence[str]) -> Markup | None:
    """Mean cosine and magnitude similarity of each pair of tasks; None where gradients were never compared."""
    found = {measure: _mean(history, tasks, measure) for measure in _MEASURES}
    known = [i for i in range(len(tasks)) if not np.isnan(found["cosine"][i]).all()]
    if len(known) < 2:
        return None
    names = [tasks[i] for i in known]
    side = min(6.0, max(2.9, 1.5 + 0.45 * len(names)))
    with styled():
        figure, axes = panels(1, 2, (side + 0.6, side))
        for at, (measure, title) in zip(axes, _MEASURES.items(), strict=True):
            _draw(at, found[measure][np.ix_(known, known)], names)
            at.set_title(title)
        return inline(figure, "conflicts", "Cosine and magnitude similarity of the gradients of each pair of tasks")


def conflicts_over_time(history: History, tasks: Sequence[str]) -> Markup | None:
    """Mean cosine of each pair by epoch; None with one epoch, or too many pairs to tell apart."""
    lines = _first_fold(history)
    pairs = [pair for pair in combinations(range(len(tasks)), 2) if not np.isnan(_mean(lines, tasks, "cosine")[pair])]
    epochs = [line["epoch"] for line in lines if _records(line)]
    if not pairs or len(pairs) > _PAIRS or len(epochs) < 2:
        return None
    means = [_mean([line], tasks, "cosine") for line in lines if _records(line)]
    with styled():
        figure, (at,) = panels(1, 1, (7.2, 2.8))
        at.axhline(0, color=MUTED, linewidth=1, linestyle="--")
        for number, pair in enumerate(pairs):
            style = "-" if number < len(SERIES) else "--"
            label = f"{tasks[pair[0]]}, {tasks[pair[1]]}"
            colour = SERIES[number % len(SERIES)]
            at.plot(epochs, [mean[pair] for mean in means], style, color=colour, label=label, linewidth=1.6)
        at.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        at.set_xlabel("epoch")
        at.set_ylabel("mean cosine")
        figure.legend(loc="outside right upper")
        return inline(figure, "conflicts over time", "Mean cosine of the gradients of each pair of tasks by epoch")


def _first_fold(history: History) -> History:
    return [line for line in history if line.get("fold") == history[0].get("fold")]


def _records(line: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.get("diagnostics", {}).get("conflicts", [])
    return found


def _cells(history: History, tasks: Sequence[str], measure: str) -> Iterator[tuple[int, int, float]]:
    place = {task: i for i, task in enumerate(tasks)}
    for line in history:
        for record in _records(line):
            at = [place.get(task) for task in record["tasks"]]
            for row, values in zip(at, record[measure], strict=True):
                for column, value in zip(at, values, strict=True):
                    if row is not None and column is not None and value is not None:
                        yield row, column, float(value)


def _mean(history: History, tasks: Sequence[str], measure: str) -> Matrix:
    """Of all records that hold both tasks; NaN for a task with itself, and where there is none."""
    sums, counts = np.zeros((len(tasks), len(tasks))), np.zeros((len(tasks), len(tasks)))
    for row, column, value in _cells(history, tasks, measure):
        if row != column:
            sums[row, column] += value
            counts[row, column] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _draw(at: Axes, values: Matrix, names: Sequence[str]) -> None:
    at.imshow(_tinted(values), interpolation="none", aspect="equal")
    at.grid(False)
    size = 9.0 if len(names) <= _READABLE else 6.0
    short = [name if len(name) <= 18 else f"{name[:17]}…" for name in names]
    at.set_xticks(range(len(names)), short, rotation=90 if len(names) > 4 else 0, fontsize=size)
    at.set_yticks(range(len(names)), short, fontsize=size)
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value) and len(names) <= _READABLE:
            colour = "#ffffff" if abs(value) > 0.6 else INK
            at.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=8.5)


def _tinted(values: Matrix) -> Matrix:
    """Blue above zero, orange below, the more opaque the further; clear where nothing is known."""
    image = np.zeros((*values.shape, 4))
    image[..., :3] = np.where((values < 0)[..., None], to_rgb(SECOND), to_rgb(MODEL))
    image[..., 3] = np.nan_to_num(np.abs(values)) ** 0.8
    return image


__all__ = ["conflict_matrix", "conflicts_over_time"]
