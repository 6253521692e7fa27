"""The figures of a data page: bars of labels before, after and by part, histograms of numbers and of lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from unisono.report.data_labels import Tally
from unisono.report.drawing import INK, MODEL, MUTED, PAPER, SECOND, SERIES, WARN, inline, styled

COLOURS = {"train": MODEL, "validation": SECOND, "calibration": SERIES[3], "test": SERIES[2], "dropped": MUTED}
BARS = 40  # labels that are drawn; the table has all
_LETTER = 0.016  # of a panel's width
_PALE = 0.45  # of what stands behind
_WIDE, _LONGEST = 10.2, 30  # inches; letters of a label
_LENGTHS = 60  # bins
_THOUSANDS = StrMethodFormatter("{x:,.0f}")
_ALL, _USED = "all rows", "used"


def label_figure(name: str, tally: Tally) -> Markup | None:
    """A task's labels: bars, or a histogram where there are many different numbers; None where nothing is labelled."""
    if not any(tally.after) and not any(tally.before or ()):
        return None
    with styled():
        figure = _histogram(name, tally) if tally.edges else _bars(tally)
        return inline(figure, f"labels {name}", f"Tracks by label of {name}")


def length_figure(name: str, lengths: Sequence[int], unit: str, cut: int | None) -> Markup:
    """How long texts are, and where an input cuts them."""
    longest = max(float(np.quantile(lengths, 0.995)) * 1.05, cut or 0, 10)
    width = -(-longest // _LENGTHS)
    edges = np.arange(0, longest + width, width)  # every bin holds equally many whole numbers
    with styled():
        figure, at = _panels(1, 2.6)
        at[0].hist(np.minimum(lengths, longest), bins=edges.tolist(), color=MODEL)
        if cut is not None:
            at[0].axvline(cut, color=WARN, linewidth=1.6)
            at[0].annotate(
                f"cut after {cut:,}", (cut, 1), xycoords=("data", "axes fraction"), xytext=(-5, -3),
                textcoords="offset points", ha="right", va="top", color=INK, fontsize=9,
            )  # fmt: skip
        at[0].set_xlabel(unit)
        at[0].set_ylabel("tracks")
        at[0].set_xlim(0, float(edges[-1]))
        at[0].yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        at[0].grid(axis="x", visible=False)
        return inline(figure, f"lengths {name}", f"Tracks by number of {unit}")


def _panels(columns: int, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(_WIDE if columns > 1 else 0.66 * _WIDE, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, sharey=columns > 1)
    return figure, list(axes.ravel())


def _bars(tally: Tally) -> Figure:
    """A label a row; left what there is and what is used of it, right where that lies in the split."""
    shown = slice(0, BARS)
    labels = [label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…" for label in tally.labels[shown]]
    rows = np.arange(len(labels), dtype=float)
    each = 0.42 if tally.before is not None else 0.3
    figure, axes = _panels(2 if tally.parts else 1, 0.95 + max(each * len(labels), 0.6))
    _before_and_after(axes[0], rows, tally)
    for at in axes:
        at.set_xlim(axes[0].get_xlim())
    if tally.parts:
        _stacked(axes[1], rows, {part: values[shown] for part, values in tally.parts.items()})
    axes[0].set_yticks(rows, labels)
    axes[0].set_ylim(len(labels) - 0.4, -0.6)
    for at in axes:
        at.grid(axis="y", visible=False)
        at.set_xlabel("mean share" if tally.kind == "distribution" else "tracks")
        at.xaxis.set_major_locator(MaxNLocator(5, integer=tally.kind != "distribution"))
        if tally.kind != "distribution":
            at.xaxis.set_major_formatter(_THOUSANDS)
    return figure


def _before_and_after(at: Axes, rows: np.ndarray[tuple[int], np.dtype[np.float64]], tally: Tally) -> None:
    series = [(tally.after, MODEL, _USED)]
    if tally.before is not None:
        series = [(tally.before, MUTED, _ALL), *series]
    height = 0.76 / len(series)
    top = max(max(values[:BARS], default=0) for values, _, _ in series)
    for number, (values, colour, label) in enumerate(series):
        places = rows + (number - (len(series) - 1) / 2) * height
        drawn = np.array(values[:BARS], float)
        at.barh(places, drawn, height * 0.94, color=colour, label=label, alpha=_PALE if colour == MUTED else 1)
        for place, value in zip(places, drawn.tolist(), strict=True):
            written = f"{value:.3f}" if tally.kind == "distribution" else f"{value:,.0f}"
            quiet = colour == MUTED or not value
            at.text(value + 0.012 * top, place, written, va="center", fontsize=8, color=MUTED if quiet else INK)
    at.set_xlim(0, 1.13 * (top or 1))
    if tally.before is not None:
        _legend(at)


def _stacked(at: Axes, rows: np.ndarray[tuple[int], np.dtype[np.float64]], parts: Mapping[str, Sequence[int]]) -> None:
    left = np.zeros(len(rows))
    letter = _LETTER * at.get_xlim()[1]
    for part, values in parts.items():
        drawn = np.array(values, float)
        at.barh(rows, drawn, 0.72, left=left, color=COLOURS[part], label=part, edgecolor=PAPER, linewidth=0.6)
        for row, start, value in zip(rows, left, drawn.tolist(), strict=True):
            written = f"{value:,.0f}"
            if value > len(written) * letter:
                at.text(start + value / 2, row, written, ha="center", va="center", fontsize=8, color="#ffffff")
        left += drawn
    _legend(at)


def _histogram(name: str, tally: Tally) -> Figure:
    """Numbers in bins; left what there is and what is used of it, right where that lies in the split."""
    edges = np.array(tally.edges)
    widths, middles = np.diff(edges), (edges[:-1] + edges[1:]) / 2
    figure, axes = _panels(2 if tally.parts else 1, 2.8)
    if tally.before is not None:
        axes[0].bar(middles, tally.before, widths, color=MUTED, alpha=_PALE, label=_ALL)
    axes[0].bar(middles, tally.after, widths * 0.86, color=MODEL, label=_USED)
    if tally.before is not None:
        _legend(axes[0])
    low = np.zeros(len(middles))
    for part, values in tally.parts.items():
        axes[1].bar(middles, values, widths * 0.86, bottom=low, color=COLOURS[part], label=part)
        low += np.array(values, float)
    if tally.parts:
        _legend(axes[1])
        axes[1].tick_params(labelleft=True)
    for at in axes:
        at.grid(axis="x", visible=False)
        at.set_xlabel(name)
        at.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        at.yaxis.set_major_formatter(_THOUSANDS)
    axes[0].set_ylabel("tracks")
    return figure


def _legend(at: Axes) -> None:
    """Above the panel, in one line, where no bar can be."""
    at.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, borderaxespad=0.2, handlelength=1.2, columnspacing=1.2
    )
