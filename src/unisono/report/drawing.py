"""From a matplotlib figure to an inline SVG that follows the page's colours, light or dark."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1b2431", "#667386", "#e3e7ed", "#fefefe"
MODEL, SECOND, WARN, LEAK = "#3558d4", "#d9822b", "#b7791f", "#c81e3c"
SERIES = ("#3558d4", "#d9822b", "#128a6e", "#b0409a", "#6b7a90", "#8a6d1f", "#2b9bc7", "#c2453f")
_VARIABLE = {
    INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)", PAPER: "var(--paper)",
    MODEL: "var(--model)", SECOND: "var(--second)", LEAK: "var(--leak)",
}  # fmt: skip
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a tag may hold dollar signs
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": 9,
}


@contextmanager
def styled() -> Iterator[None]:
    """Figures made inside look like the page. Letters that matplotlib's font lacks are drawn by the browser."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def panels(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """A figure with a grid of axes, each of the given size in inches."""
    figure = Figure(figsize=(columns * size[0], rows * size[1]), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


def with_room(low: float, high: float) -> tuple[float, float]:
    """Ends of an axis, a little beyond those of what is drawn."""
    room = 0.06 * (high - low or 1)
    return low - room, high + room


def inline(figure: Figure, name: str, described: str, leaky: bool = False) -> Markup:
    """The figure as an `<svg>` element; the same figure gives the same bytes.

    Args:
        figure: made inside `styled`.
        name: unique in the page: keeps the ids of several figures apart.
        described: what it shows, for those who cannot see it.
        leaky: stamp it.
    """
    if leaky:
        figure.text(0.995, 0.995, "LEAKY", color=LEAK, ha="right", va="top", fontsize=9, fontweight="bold")
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<[a-z][^<>]*>", lambda found: _coloured(found[0]), text)
    label = Markup.escape(described)
    width = figure.get_figwidth() * 72
    opening = f'<svg role="img" aria-label="{label}" style="width:{width:.0f}pt"'
    return Markup(text.replace("<svg", opening, 1))  # matplotlib has escaped all texts


def _coloured(element: str) -> str:
    """A tag, never a text, with the page's colour variables, and without ids that other figures have too."""
    element = re.sub(r' id="[\w.]+_\d+"', "", element)
    for colour, variable in _VARIABLE.items():
        element = element.replace(colour, variable)
    return element
