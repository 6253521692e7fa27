"""Tracks on a plane: a figure, a page and a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from unisono.files import commit_bytes
from unisono.report.drawing import MUTED, SERIES, inline, panels, styled

_TEMPLATES = Path(__file__).parent / "templates"
_NAMED = 16  # labels with a colour and shape of their own; rarer ones are grey
_SHAPES = "os^D"


class Point(NamedTuple):
    """One track of the map."""

    track: str
    part: str
    label: str
    x: float
    y: float


def write_map(points: Sequence[Point], title: str, path: Path) -> Path:
    """Write `path` as a page, and the points beside it as CSV.

    Args:
        title: what is shown, in words.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Point._fields)
    writer.writerows(points)
    commit_bytes(path.with_suffix(".csv"), text.getvalue().encode("utf-8", "replace"))
    style = (_TEMPLATES / "run.css").read_text("utf-8")
    page = Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{0}</title><style>{1}</style></head><body>'
        '<header class="top"><p class="kicker">unisono map</p><h1>{0}</h1></header><main><figure>{2}<figcaption>'
        "One dot a track; filled ones taught, open ones did not.</figcaption></figure></main></body></html>\n"
    ).format(title, Markup(style), drawn(points, title))
    commit_bytes(path, page.encode("utf-8", "replace"))
    return path


def drawn(points: Sequence[Point], title: str) -> Markup:
    """The map: colour and shape are the label, filled is train."""
    counts = Counter(p.label for p in points if p.label)
    named = [label for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]]
    with styled():
        figure, (at,) = panels(1, 1, (8.0, 6.4))
        for number, label in [(-1, ""), *enumerate(named)]:
            mine = [p for p in points if (p.label in named) == (number >= 0) and (number < 0 or p.label == label)]
            if not mine:
                continue
            colour = SERIES[number % len(SERIES)] if number >= 0 else MUTED
            shape = _SHAPES[number // len(SERIES) % len(_SHAPES)] if number >= 0 else "."
            for taught in (True, False):
                some = [p for p in mine if (p.part == "train") == taught]
                face = colour if taught else "none"
                _scatter(
                    at, some, (colour, face, shape), label if taught or all(p.part != "train" for p in mine) else None
                )
        at.set_xticks([])
        at.set_yticks([])
        at.grid(False)
        figure.legend(loc="outside right upper")
        return inline(figure, "map", title)


def _scatter(at: Axes, points: Sequence[Point], look: tuple[str, str, str], label: str | None) -> None:
    colour, face, shape = look
    at.scatter(
        np.array([p.x for p in points]), np.array([p.y for p in points]), s=20, marker=shape, facecolors=face,
        edgecolors=colour, linewidths=0.9, alpha=0.8, rasterized=len(points) > 2000,
        label=None if label is None else label or "no label, or a rare one",
    )  # fmt: skip
