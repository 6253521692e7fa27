"""The curves of a study: scores by training size and by epoch, in one panel or, of many configurations, in several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from unisono.report.drawing import INK, SERIES, inline, panels, styled, with_room
from unisono.report.wording import spoken

Row = Mapping[str, Any]
Panels = Mapping[str, Sequence[tuple[str, Sequence[Row]]]]  # title -> lines: what each is called, and its rows
Line = tuple[
    str, int, tuple[float, int]
]  # what it is called, its number in the legend, its place in a panel, lines of the fullest
_FEW = 4  # lines whose intervals can be areas


def by_size(rows: Sequence[Row], task: str, axis: str, leaky: bool) -> Markup:
    """Scores by training size, a line a configuration, a panel for each value of the other size.

    Many configurations are parted by their first level, each panel with the baseline's line.

    Args:
        rows: of one task, metric and protocol, each with "is_baseline".
        axis: "size" or "auxiliary_size".
    """
    shown = _parted(rows, "auxiliary_size" if axis == "size" else "size")
    means, ends = [row["mean"] for row in rows], [v for row in rows for v in row["interval"] or ()]
    sizes = sorted({row[axis] for row in rows if row[axis] is not None})
    said = "tracks with a label of the task" if axis == "size" else "tracks with an auxiliary label"
    with styled():
        figure, axes = _panelled(shown, lambda at, mine, drawn: _size_line(at, mine, axis, drawn))
        for at in axes:
            _size_axis(at, sizes)
            at.set_xlabel(said)
            at.set_ylim(*_room(means, ends))
        axes[0].set_ylabel(spoken(rows[0]["metric"]))
        return inline(figure, f"{axis} {task}", f"{rows[0]['metric']} of {task} by {axis.replace('_', ' ')}", leaky)


def by_epoch(rows: Sequence[Row], task: str, leaky: bool) -> Markup:
    """Means by epoch, a line a configuration, with panels as `by_size` has them; dotted once some runs have ended.

    Args:
        rows: of one task, score and condition, each with "is_baseline"; see `tables/epochs.csv`.
    """
    shown = _parted([{**row, "panel": None} for row in rows], "panel")
    score = rows[0]["metric"]
    means = [v for row in rows for v in row["mean"] if v is not None]
    ends = [v for row in rows for key in ("low", "high") for v in row[key] if v is not None]
    with styled():
        figure, axes = _panelled(shown, _epoch_line)
        for at in axes:
            at.xaxis.set_major_locator(MaxNLocator(8, integer=True))
            at.set_xlabel("epoch")
            at.set_ylim(*_room(means, ends))
        axes[0].set_ylabel(f"{spoken(score)}, validation")
        return inline(figure, f"epoch {score} {task}", f"{score} of {task} on validation by epoch", leaky)


def _panelled(shown: Panels, draw: Callable[[Axes, Sequence[Row], Line], None]) -> tuple[Figure, list[Axes]]:
    """All panels with their lines, and one legend below of as many rows as it needs; the axes that are used."""
    labels = list(dict.fromkeys(label for panel in shown.values() for label, _ in panel))
    columns = min(3, len(shown))
    wide, high = (4.2 if len(shown) > 1 else 6.4), 3.2
    beside = max(1, int(columns * wide / (0.6 + 0.075 * max(map(len, labels)))))
    legend = 0.21 * -(-len(labels) // beside) / -(-len(shown) // columns)
    figure, axes = panels(-(-len(shown) // columns), columns, (wide, high + legend))
    most = max(map(len, shown.values()))
    for at, (title, panel) in zip(axes, shown.items(), strict=False):
        for number, (label, mine) in enumerate(panel):
            draw(at, mine, (label, labels.index(label), (number - (len(panel) - 1) / 2, most)))
        at.set_title(title)
    for at in axes[len(shown) :]:
        at.set_axis_off()
    known = {label: line for at in axes for line, label in zip(*at.get_legend_handles_labels(), strict=True)}
    figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=min(beside, len(known)))
    return figure, axes[: len(shown)]


def _parted(rows: Sequence[Row], other: str) -> dict[str, list[tuple[str, list[Row]]]]:
    """A panel for each value of a key, and of many configurations for each first level."""
    names = list(dict.fromkeys(row["configuration"] for row in rows))
    own = list(dict.fromkeys(row["configuration"] for row in rows if row["is_baseline"]))
    parted = len(names) > len(SERIES) and all(" / " in name for name in names)
    found: dict[str, list[tuple[str, list[Row]]]] = {}
    for value in list(dict.fromkeys(row[other] for row in rows)):
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(name.split(" / ")[0] if parted else "", []).append(name)
        for group, many in groups.items():
            if parted and many == own:
                continue
            said = "" if value is None else f"{other.replace('_', ' ')} {value}"
            lines = []
            for name in dict.fromkeys([*own, *many]) if parted else many:
                label = name.partition(" / ")[2] if parted and name not in own else name
                lines.append((label, [r for r in rows if r[other] == value and r["configuration"] == name]))
            found[", ".join(text for text in (group, said) if text)] = lines
    return found


def _size_line(at: Axes, rows: Sequence[Row], axis: str, drawn: Line) -> None:
    """One configuration's line; intervals are areas where there are few lines, else strokes that stand side by side."""
    known = sorted((r for r in rows if r["place"][axis] is not None), key=lambda r: r["place"][axis])
    if not known:
        return
    label, _, (beside, many) = drawn
    colour, style = _look(known[0], drawn)
    crowded = many > _FEW
    places = np.array([r["place"][axis] for r in known]) * 10 ** (0.012 * beside * crowded)
    at.plot(
        places, [r["mean"] for r in known], style, color=colour, linewidth=1.8, marker="o", markersize=3.5, label=label
    )
    if all(r["interval"] for r in known):
        low, high = zip(*(r["interval"] for r in known), strict=True)
        if crowded:
            at.vlines(places, low, high, color=colour, alpha=0.45, linewidth=1.0)
        else:
            at.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)


def _epoch_line(at: Axes, rows: Sequence[Row], drawn: Line) -> None:
    """One configuration's line, with its interval where there are few lines."""
    label, _, (_, many) = drawn
    for row in rows:
        colour, style = _look(row, drawn)
        mean, low, high = (_numbers(row[key]) for key in ("mean", "low", "high"))
        epochs = np.arange(1, len(mean) + 1)
        whole = int(np.flatnonzero(np.asarray(row["runs"]) == max(row["runs"]))[-1]) + 1  # so far no run has ended
        alone = "o" if whole == 1 else ""
        at.plot(epochs[:whole], mean[:whole], style, marker=alone, color=colour, linewidth=1.6, label=label)
        at.plot(epochs[whole - 1 :], mean[whole - 1 :], ":", color=colour, linewidth=1.3)
        if many <= _FEW:
            at.fill_between(epochs[:whole], low[:whole], high[:whole], color=colour, alpha=0.12, linewidth=0)


def _look(row: Row, drawn: Line) -> tuple[str, str]:
    return (INK, "--") if row["is_baseline"] else (SERIES[drawn[1] % len(SERIES)], "-")


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else v for v in values])


def _room(means: Sequence[float], ends: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis with a little room, the same in all panels; intervals that are much wider than it are cut."""
    lowest, highest = min(means), max(means)
    beside = max(0.5 * (highest - lowest), 0.1 * abs(highest))
    low, high = max(min([lowest, *ends]), lowest - beside), min(max([highest, *ends]), highest + beside)
    if max(map(abs, means)) <= 1:
        low, high = max(low, -1.0), min(high, 1.0)
    return with_room(low, high)


def _size_axis(at: Axes, sizes: Sequence[float]) -> None:
    """A logarithmic axis that names the sizes themselves, or some of many."""
    at.set_xscale("log")
    at.xaxis.set_minor_locator(NullLocator())
    some = sizes[:: -(-len(sizes) // 6)] if sizes else []
    at.set_xticks(some, [f"{size:,g}" for size in some])
