"""The figures of a run: learning curves, task weights, confusion, scatter and reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unisono.evaluation import Judged
from unisono.report.drawing import GRID, INK, LEAK, MODEL, MUTED, PAPER, SECOND, SERIES, inline, panels, styled
from unisono.report.folder import History

_READABLE, _NAMED = 16, 64  # classes up to which counts, and names, fit into a confusion matrix
_MANY_POINTS = 3000
_PANELS = 23  # learning curves shown beside the total


def learning_curves(history: History, tasks: Sequence[str]) -> Markup | None:
    """Training and validation loss of every task by epoch, the kept epoch marked; a thin line a fold."""
    folds = _by_fold(history)
    names = [name for name in tasks if any(name in line["train"] for line in history)]
    if not names:
        return None
    shown = ["total", *names[:_PANELS]] if len(names) > 1 else names
    columns = min(3, len(shown))
    with styled():
        figure, axes = panels(-(-len(shown) // columns), columns, (3.7, 2.5))
        for at, name in zip(axes, shown, strict=False):
            for lines in folds:
                _curve(at, lines, name, 1.8 if len(folds) == 1 else 0.8)
            at.set_title(name)
            at.margins(x=0.02)
            at.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        for at in axes[len(shown) :]:
            at.set_axis_off()
        axes[0].plot([], [], color=SECOND, label="training")
        axes[0].plot([], [], color=MODEL, label="validation")
        axes[0].plot([], [], color=MUTED, linestyle=":", label="kept epoch")
        axes[0].legend()
        axes[0].set_ylabel("loss")
        axes[0].set_xlabel("epoch")
        return inline(figure, "learning", "Training and validation loss of every task by epoch")


def weights_over_time(history: History, tasks: Sequence[str]) -> Markup | None:
    """The balancer's task weights by epoch; None where they never move."""
    first = [line for line in history if line.get("weights") and line.get("fold") == history[0].get("fold")]
    values = {name: [line["weights"].get(name, np.nan) for line in first] for name in tasks}
    known = {name: v for name, v in values.items() if not np.isnan(v).all()}
    if not first or all(np.nanmax(v) - np.nanmin(v) < 1e-9 for v in known.values()):
        return None
    with styled():
        figure, (at,) = panels(1, 1, (7.2, 2.8))
        epochs = [line["epoch"] for line in first]
        for number, (name, value) in enumerate(known.items()):
            at.plot(epochs, value, color=SERIES[number % len(SERIES)], label=name, linewidth=1.8)
        at.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        at.set_xlabel("epoch")
        at.set_ylabel("weight in the loss")
        if len(known) <= 12:
            figure.legend(loc="outside right upper")
        return inline(figure, "weights", "Weights of the tasks by epoch")


def confusion(name: str, matrix: Sequence[Sequence[int]], labels: Sequence[str], leaky: bool) -> Markup:
    """Counts by true and answered class; the darker, the larger the share of the true class."""
    counts = np.array(matrix)
    size = len(labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(7.0, max(2.6, 1.6 + 0.42 * size))
    with styled():
        figure, (at,) = panels(1, 1, (side + 0.6, side))
        at.imshow(_tinted(shares), interpolation="none", aspect="equal")
        at.grid(False)
        if size <= _READABLE:
            _write_counts(at, counts, shares)
        _name_classes(at, labels)
        at.set_xlabel("said")
        at.set_ylabel("true")
        return inline(figure, f"confusion {name}", f"Confusion matrix of {name}", leaky)


def scatter(name: str, one: Judged, levels: Sequence[float], leaky: bool) -> Markup:
    """Answered against true numbers, with the borders between levels."""
    known = ~np.isnan(one.reference[:, 0])
    true, said = one.reference[known, 0], one.scores[known, 0]
    with styled():
        figure, (at,) = panels(1, 1, (4.4, 4.2))
        ends = _range(np.concatenate([true, said, levels]))
        for border in (np.asarray(levels[1:]) + np.asarray(levels[:-1])) / 2 if len(levels) > 1 else ():
            at.axvline(border, color=GRID, linewidth=1.4, zorder=0)
            at.axhline(border, color=GRID, linewidth=1.4, zorder=0)
        at.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--")
        alpha = float(np.clip(10 / max(len(true), 1) ** 0.5, 0.15, 0.75))
        at.scatter(
            true + _jitter(len(true), levels),
            said,
            s=22,
            color=MODEL,
            alpha=alpha,
            linewidths=0,
            rasterized=len(true) > _MANY_POINTS,
        )
        at.grid(len(levels) < 2)
        at.set_xlim(_range(np.concatenate([true, levels]), 0.12))
        at.set_ylim(ends)
        if len(levels) > 1:
            at.set_xticks(list(levels))
            at.set_yticks(list(levels))
        at.set_xlabel("true")
        at.set_ylabel("said")
        return inline(figure, f"scatter {name}", f"Answered against true numbers of {name}", leaky)


def reliability(name: str, curve: Mapping[str, Any], leaky: bool) -> Markup | None:
    """Share that is right against stated confidence; larger dots are more answers."""
    bins = curve["bins"]
    if not bins:
        return None
    sizes = np.array([one["n"] for one in bins], float)
    with styled():
        figure, (at,) = panels(1, 1, (3.4, 3.2))
        at.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        sure, right = [one["confidence"] for one in bins], [one["frequency"] for one in bins]
        at.plot(sure, right, color=MODEL, linewidth=1.4)
        at.scatter(sure, right, s=18 + 160 * sizes / sizes.max(), color=MODEL, alpha=0.85, edgecolors=PAPER, zorder=3)
        at.set_xlim(-0.04, 1.04)
        at.set_ylim(-0.04, 1.04)
        at.set_xlabel("stated confidence")
        at.set_ylabel("share that is so")
        return inline(figure, f"reliability {name}", f"Reliability of the confidence for {name}", leaky)


def _by_fold(history: History) -> list[History]:
    folds: dict[Any, History] = {}
    for line in history:
        folds.setdefault(line.get("fold", 0), []).append(line)
    return list(folds.values())


def _curve(at: Axes, lines: History, name: str, width: float) -> None:
    epochs = [line["epoch"] for line in lines]
    at.plot(epochs, _losses(lines, name, "train"), color=SECOND, linewidth=width)
    at.plot(epochs, _losses(lines, name, "validation"), color=MODEL, linewidth=width)
    best = [line["epoch"] for line in lines if line.get("best")]
    if best:
        at.axvline(best[-1], color=MUTED, linewidth=max(0.8, width - 0.6), linestyle=":")
    if len(epochs) == 1:
        at.scatter(epochs, _losses(lines, name, "validation"), color=MODEL, s=14)


def _losses(lines: History, name: str, part: str) -> list[float]:
    found = [line["total"].get(part) if name == "total" else line[part].get(name) for line in lines]
    return [np.nan if loss is None else float(loss) for loss in found]


def _tinted(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The model's colour, the more opaque the larger the share: looks right on light and dark paper."""
    image = np.empty((*shares.shape, 4))
    image[..., :3] = to_rgb(MODEL)
    image[..., 3] = shares**0.8
    return image


def _write_counts(at: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "#ffffff" if shares[row, column] > 0.55 else INK
            at.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=8.5)


def _range(values: NDArray[Any], pad: float = 0.04) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = pad * (high - low or abs(high) or 1)
    return low - room, high + room


def _jitter(count: int, levels: Sequence[float]) -> NDArray[np.float64]:
    """Spreads tracks of one level sideways, so that they do not hide each other; the same every time."""
    if len(levels) < 2:
        return np.zeros(count)
    return np.random.default_rng(0).uniform(-0.16, 0.16, count) * float(np.diff(levels).min())


def _name_classes(at: Axes, labels: Sequence[str]) -> None:
    if len(labels) > _NAMED:
        at.set_xticks([])
        at.set_yticks([])
        return
    short = [label if len(label) <= 18 else f"{label[:17]}…" for label in labels]
    size = 9 if len(labels) <= _READABLE else 6
    at.set_xticks(range(len(labels)), short, rotation=90 if len(labels) > 4 else 0, fontsize=size)
    at.set_yticks(range(len(labels)), short, fontsize=size)


__all__ = ["LEAK", "confusion", "learning_curves", "reliability", "scatter", "weights_over_time"]
