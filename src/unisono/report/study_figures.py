"""The figures of a study beside its curves: bars, confusions and differences, answers, flattery, relatedness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from unisono.report.drawing import GRID, INK, LEAK, MODEL, MUTED, SECOND, SERIES, inline, panels, styled, with_room
from unisono.report.wording import spoken

Row = Mapping[str, Any]
BLUE, RED = "#2b6cb0", "#c53030"  # a decrease, an increase: the colours of the papers' difference matrices
_READABLE = 16
_LONGEST = 96  # letters of a configuration's name beside its bar
_MEASURES = {
    "labels": ("How well the row's labels tell the column's", "{:.2f}"),
    "transfer": ("What learning beside the row's task gives the column's", "{:+.3f}"),
    "gradients": ("Mean cosine of the gradients", "{:+.2f}"),
}


def bars(rows: Sequence[Row], task: str, mark: Sequence[str], leaky: bool) -> Markup:
    """A score of every configuration with its 95 % interval, the baseline in another colour, marked ones hatched.

    Args:
        rows: of one task, metric and condition, each with "marked" and "is_baseline"; those with "colour" have it.
    """
    with styled():
        names = [_short(row["configuration"], _LONGEST) for row in rows]
        wide = max(6.6, 4.4 + 0.065 * max(map(len, names)))
        figure, (at,) = panels(1, 1, (wide, 0.9 + 0.34 * len(rows)))
        for place, row in enumerate(rows):
            colour = row.get("colour") or (SECOND if row["is_baseline"] else MODEL)
            hatch = "///" if row["marked"] else None
            at.barh(place, row["mean"], 0.66, color=to_rgba(colour, 0.85), hatch=hatch, edgecolor=GRID, linewidth=0)
            if row["interval"]:
                at.plot(row["interval"], [place, place], color=INK, linewidth=1.4)
            at.scatter(row["values"], np.full(len(row["values"]), place), s=9, color=INK, alpha=0.45, zorder=3)
        _baselines(at, rows)
        at.set_yticks(range(len(rows)), names)
        at.invert_yaxis()
        at.grid(False, axis="y")
        at.set_xlabel(spoken(rows[0]["metric"]))
        _from_where_it_matters(at, rows)
        named = f" (hatched: {', '.join(mark)})" if any(row["marked"] for row in rows) else ""
        return inline(figure, f"bars {task}", f"{rows[0]['metric']} of {task} by configuration{named}", leaky)


def matrix(values: Sequence[Sequence[float]], labels: Sequence[str], title: str, leaky: bool) -> Markup:
    """A mean confusion matrix; the darker, the larger the share of the true class."""
    counts = np.array(values)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    image = np.zeros((*counts.shape, 4))
    image[..., :] = to_rgba(MODEL)
    image[..., 3] = shares**0.8
    texts = [[f"{v:.1f}" if v else "" for v in row] for row in counts.tolist()]
    return _square(image, (labels, texts, shares > 0.55), title, leaky)


def difference(values: Sequence[Sequence[float]], labels: Sequence[str], title: str, leaky: bool) -> Markup:
    """The difference of two mean confusion matrices: red is more, blue is less."""
    found = np.array(values)
    return _square(_diverging(found), _texts(found, labels, "{:+.1f}"), title, leaky)


def scatters(rows: Sequence[Row], task: str, leaky: bool) -> Markup:
    """Answered against true numbers of each configuration, with the borders between levels.

    Args:
        rows: of one task and condition, each with "reference", "score" and "levels".
    """
    columns = min(3, len(rows))
    ends = [v for row in rows for key in ("reference", "score", "levels") for v in row[key]]
    limits = with_room(min(ends), max(ends))
    with styled():
        figure, axes = panels(-(-len(rows) // columns), columns, (3.1, 3.0))
        for at, row in zip(axes, rows, strict=False):
            levels = np.asarray(row["levels"], np.float64)
            for border in (levels[1:] + levels[:-1]) / 2:
                at.axvline(border, color=LEAK, linewidth=0.9, alpha=0.7)
                at.axhline(border, color=LEAK, linewidth=0.9, alpha=0.7)
            at.plot(limits, limits, color=MUTED, linewidth=1, linestyle="--")
            shade = float(np.clip(10 / max(len(row["score"]), 1) ** 0.5, 0.15, 0.75))
            at.scatter(row["reference"], row["score"], s=14, color=MODEL, alpha=shade, linewidths=0)
            at.grid(len(levels) < 2)
            at.set_xlim(*limits)
            at.set_ylim(*limits)
            at.set_title(_short(row["configuration"], 38), fontsize=8)
        for at in axes[len(rows) :]:
            at.set_axis_off()
        axes[0].set_xlabel("true")
        axes[0].set_ylabel("said")
        return inline(figure, f"scatter {task}", f"Answered against true numbers of {task}", leaky)


def relatedness(row: Row) -> Markup:
    """Tasks against tasks: red is agreement or gain, blue is conflict or loss."""
    found = np.array([[np.nan if v is None else v for v in line] for line in row["matrix"]])
    np.fill_diagonal(found, np.nan)  # what a task says of itself would drown the rest
    title, form = _MEASURES[row["measure"]]
    name = ", ".join(str(row[key]) for key in ("protocol", "size", "auxiliary_size") if row[key])
    return _square(_diverging(found), _texts(found, row["tasks"], form), f"{title} {name}".strip(), False)


def flattery(rows: Sequence[Row], task: str) -> Markup:
    """How much each way of parting the tracks says more than the honest one."""
    names = [f"{r['protocol']}" + (f", {r['configuration']}" if r["named"] else "") for r in rows]
    with styled():
        figure, (at,) = panels(1, 1, (6.6, 0.9 + 0.34 * len(rows)))
        values = [row["flatters"] for row in rows]
        at.barh(range(len(rows)), values, 0.66, color=[LEAK if v > 0 else MUTED for v in values])
        at.axvline(0, color=INK, linewidth=0.9)
        for place, value in enumerate(values):
            at.annotate(f"{value:+.3f}", (max(value, 0), place), (4, 0), textcoords="offset points", va="center")
        at.set_yticks(range(len(rows)), [_short(n, 34) for n in names])
        at.invert_yaxis()
        at.grid(False, axis="y")
        at.margins(x=0.16)
        at.set_xlabel(f"{spoken(rows[0]['metric'])} above that of {rows[0]['against'] or 'the experiment'}")
        return inline(figure, f"flattery {task}", f"How much other protocols flatter {task}", True)


def weights(tasks: Mapping[str, Sequence[float | None]], name: str) -> Markup:
    """Mean weights of the tasks by epoch."""
    with styled():
        figure, (at,) = panels(1, 1, (6.4, 2.7))
        for number, (task, curve) in enumerate(tasks.items()):
            known = [np.nan if v is None else v for v in curve]
            at.plot(range(1, len(known) + 1), known, color=SERIES[number % len(SERIES)], label=task, linewidth=1.8)
        at.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        at.set_xlabel("epoch")
        at.set_ylabel("weight in the loss")
        figure.legend(loc="outside right upper")
        return inline(figure, f"weights {name}", f"Mean weights of the tasks by epoch, {name}")


def _baselines(at: Axes, rows: Sequence[Row]) -> None:
    for key, style, said in (("chance", ":", "chance"), ("majority", "--", "best constant answer")):
        known = [r[key] for r in rows if r[key] is not None]
        if known:
            at.axvline(float(np.mean(known)), color=MUTED, linestyle=style, linewidth=1.2, label=said)
    if at.get_legend_handles_labels()[0]:
        at.figure.legend(*at.get_legend_handles_labels(), loc="outside lower right", ncols=2)


def _from_where_it_matters(at: Axes, rows: Sequence[Row]) -> None:
    """Bars begin at 0 unless all scores are below."""
    ends = [v for r in rows for v in (*r["values"], *(r["interval"] or ()))]
    at.set_xlim(min(0, *ends) * 1.05, max(0, *ends) * 1.06 or 1)


def _diverging(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blue, nothing, red: as opaque as the value is far from 0, so that it looks right on light and dark paper."""
    map_ = LinearSegmentedColormap.from_list("", [BLUE, BLUE, RED, RED])
    largest = float(np.nanmax(np.abs(found), initial=0)) or 1.0
    share = np.nan_to_num(found) / largest
    image = np.asarray(map_((np.sign(share) + 1) / 2))
    image[..., 3] = np.abs(share) ** 0.8
    return image


def _texts(found: NDArray[np.float64], labels: Sequence[str], form: str) -> tuple[Sequence[str], Any, Any]:
    largest = float(np.nanmax(np.abs(found), initial=0)) or 1.0
    texts = [
        ["" if np.isnan(v) or (not v and "+" in form) else form.format(v).replace("-", "−") for v in row]
        for row in found
    ]
    return labels, texts, np.abs(np.nan_to_num(found)) / largest > 0.6


def _square(image: NDArray[np.float64], said: tuple[Sequence[str], Any, Any], title: str, leaky: bool) -> Markup:
    """A square of cells with names on both sides and a number in each, white where the cell is dark."""
    labels, texts, dark = said
    side = min(7.0, max(2.6, 1.4 + 0.5 * len(labels)))
    with styled():
        figure, (at,) = panels(1, 1, (side + 0.7, side))
        at.imshow(image, interpolation="none", aspect="equal")
        at.grid(False)
        size = 8.5 if len(labels) <= _READABLE else 5
        for row, line in enumerate(texts if len(labels) <= 2 * _READABLE else ()):
            for column, text in enumerate(line):
                colour = "#ffffff" if dark[row][column] else INK
                at.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
        names = [_short(one, 16) for one in labels]
        at.set_xticks(range(len(names)), names, rotation=90 if len(names) > 4 else 0, fontsize=size)
        at.set_yticks(range(len(names)), names, fontsize=size)
        return inline(figure, title, title, leaky)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
