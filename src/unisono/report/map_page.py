"""Tracks on a plane: a figure with a panel for each model, as a page or an image, and a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from unisono.files import commit_bytes
from unisono.report.drawing import MUTED, SERIES, inline, panels, styled

IMAGES = (".svg", ".png")  # what is written without a page around it
_TEMPLATES = Path(__file__).parent / "templates"
_NAMED = 16  # labels with a colour and shape of their own; rarer ones are grey
_COLUMNS = 3
_SHAPES = "os^D"
_SAID = "One dot a track; filled ones taught, open ones did not."


class Point(NamedTuple):
    """One track of the map."""

    track: str
    part: str
    label: str
    x: float
    y: float


def write_map(maps: Mapping[str, Sequence[Point]], title: str, path: Path) -> Path:
    """Write `path` as a page, or as an image if it ends so, and the points beside it as CSV.

    Args:
        maps: a panel's title -> its points; in the table of several the title is a column.
        title: what is shown, in words.
    """
    commit_bytes(path.with_suffix(".csv"), _table(maps).encode("utf-8", "replace"))
    if path.suffix.lower() in IMAGES:
        commit_bytes(path, _image(maps, path.suffix.lower().removeprefix(".")))
        return path
    style = (_TEMPLATES / "run.css").read_text("utf-8")
    page = Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{0}</title><style>{1}</style></head><body>'
        '<header class="top"><p class="kicker">unisono map</p><h1>{0}</h1></header><main><figure>{2}<figcaption>'
        "{3}</figcaption></figure></main></body></html>\n"
    ).format(title, Markup(style), drawn(maps, title), _SAID)
    commit_bytes(path, page.encode("utf-8", "replace"))
    return path


def drawn(maps: Mapping[str, Sequence[Point]], title: str) -> Markup:
    """The maps as inline SVG."""
    with styled():
        return inline(_figure(maps), "map", title)


def _image(maps: Mapping[str, Sequence[Point]], form: str) -> bytes:
    stream = io.BytesIO()
    with styled():
        told = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        _figure(maps).savefig(stream, format=form, dpi=130, facecolor="white", metadata=told)
    return stream.getvalue()


def _table(maps: Mapping[str, Sequence[Point]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    several = len(maps) > 1
    writer.writerow((*(["configuration"] if several else []), *Point._fields))
    for name, points in maps.items():
        writer.writerows((*([name] if several else []), *point) for point in points)
    return text.getvalue()


def _figure(maps: Mapping[str, Sequence[Point]]) -> Figure:
    """A panel for each map: colour and shape are the label, filled is train."""
    counts = Counter(p.label for points in maps.values() for p in points if p.label)
    named = [label for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]]
    columns = min(_COLUMNS, len(maps))
    figure, axes = panels(-(-len(maps) // columns), columns, (8.0, 6.4) if columns == 1 else (4.4, 3.9))
    for at, (name, points) in zip(axes, maps.items(), strict=False):
        _panel(at, points, named)
        at.set_title(name if len(maps) > 1 else "")
    for at in axes[len(maps) :]:
        at.set_axis_off()
    shown = {label: handle for at in axes for handle, label in zip(*at.get_legend_handles_labels(), strict=True)}
    figure.legend(list(shown.values()), list(shown), loc="outside right upper")
    return figure


def _panel(at: Axes, points: Sequence[Point], named: Sequence[str]) -> None:
    for number, label in [(-1, ""), *enumerate(named)]:
        mine = [p for p in points if (p.label in named) == (number >= 0) and (number < 0 or p.label == label)]
        if not mine:
            continue
        colour = SERIES[number % len(SERIES)] if number >= 0 else MUTED
        shape = _SHAPES[number // len(SERIES) % len(_SHAPES)] if number >= 0 else "."
        for taught in (True, False):
            some = [p for p in mine if (p.part == "train") == taught]
            face = colour if taught else "none"
            told = label if taught or all(p.part != "train" for p in mine) else None
            _scatter(at, some, (colour, face, shape), told)
    at.set_xticks([])
    at.set_yticks([])
    at.grid(False)


def _scatter(at: Axes, points: Sequence[Point], look: tuple[str, str, str], label: str | None) -> None:
    colour, face, shape = look
    at.scatter(
        np.array([p.x for p in points]), np.array([p.y for p in points]), s=20, marker=shape, facecolors=face,
        edgecolors=colour, linewidths=0.9, alpha=0.8, rasterized=len(points) > 2000,
        label=None if label is None else label or "no label, or a rare one",
    )  # fmt: skip
