"""Example tracks as the network gets them: heat maps over time, and the same excerpt before and after it is altered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from unisono.inputs import Input
from unisono.inputs.descriptors import Descriptors
from unisono.inputs.hearing.mel_scale import BankShape, band_centres
from unisono.inputs.mel import Mel
from unisono.report.drawing import inline, styled

_MAP = "magma"
_MOST_FRAMES = 4000  # of a picture; a whole track may have more
_APART = 0.09  # of the height, from one tick to the next
_HZ = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
Picture = NDArray[np.float32]  # (bands, frames)


@dataclass(frozen=True)
class Canvas:
    """How the arrays of an input are drawn.

    Args:
        array: which of its arrays.
        frame: seconds from one frame to the next.
        start: seconds of the track before the first frame.
        ticks: (band, what is written there).
        rows: what the bands are.
        unit: of the numbers.
    """

    array: str
    frame: float
    start: float
    ticks: tuple[tuple[float, str], ...]
    rows: str
    unit: str


@dataclass(frozen=True)
class Panel:
    """One picture of a figure."""

    title: str
    picture: Picture
    start: float


def canvas_of(part: Input) -> Canvas | None:
    """How an input's arrays are drawn; None where they are no pictures over time."""
    if isinstance(part, Mel):
        rows, frame = f"Hz ({part.n_mels} bands)", part.hop_length / part.sample_rate
        return Canvas("mel", frame, part.offset, _hertz(part), rows, unit_of(part))
    if isinstance(part, Descriptors):
        number = int(part.shapes["frames"][0] or 0)
        ticks = tuple((float(at), str(at + 1)) for at in range(0, number, -(-number // 12)))
        return Canvas("frames", part.hop_length / part.sample_rate, 0.0, ticks, part.descriptor, part.descriptor)
    return None


def unit_of(mel: Mel) -> str:
    """The unit of a mel spectrum's numbers.

    Example:
        >>> unit_of(Mel(scale="db")), unit_of(Mel(normalise="band")), unit_of(Mel())
        ('dB', 'deviations from the mean of the band', 'log10(1 + 10,000 × power)')
    """
    if mel.normalise != "none":
        return f"deviations from the mean of the {'band' if mel.normalise == 'band' else 'excerpt'}"
    sound = "power" if mel.power == 2 else "magnitude"
    if mel.scale == "log10":
        return f"log10(1 + {mel.gain:,g} × {sound})"
    return sound if mel.scale == "none" else "dB below the loudest" if mel.reference == "max" else "dB"


def _hertz(mel: Mel) -> tuple[tuple[float, str], ...]:
    fmax = mel.sample_rate / 2 if mel.fmax is None else mel.fmax
    shape = BankShape(mel.sample_rate, mel.n_fft, mel.n_mels, mel.fmin, fmax, mel.mel_scale, mel.norm)
    centres = band_centres(shape)
    ticks: list[tuple[float, str]] = []
    for hz in reversed([hz for hz in _HZ if centres[0] <= hz <= centres[-1]]):
        place = float(np.interp(hz, centres, np.arange(len(centres))))
        if not ticks or ticks[-1][0] - place > _APART * len(centres):
            ticks.append((place, f"{hz:,}"))
    return tuple(ticks)


def below_each_other(panels: Sequence[Panel], canvas: Canvas, name: str, told: str) -> Markup:
    """Whole excerpts, one a row, on one scale of colours."""
    return _figure(panels, canvas, (len(panels), 1), (9.8, 2.1), (name, told))


def side_by_side(panels: Sequence[Panel], canvas: Canvas, name: str, told: str) -> Markup:
    """The same stretch of sound more than once, on one scale of colours."""
    columns = min(len(panels), 3)
    return _figure(panels, canvas, (-(-len(panels) // columns), columns), (9.8 / columns, 2.5), (name, told))


def shown_frames(picture: Picture) -> Picture:
    """As much of a picture as is drawn."""
    return picture[:, :_MOST_FRAMES]


def _figure(
    panels: Sequence[Panel], canvas: Canvas, grid: tuple[int, int], size: tuple[float, float], said: tuple[str, str]
) -> Markup:
    rows, columns = grid
    low, high = _range(panel.picture for panel in panels)
    with styled():
        figure = Figure(figsize=(columns * size[0], rows * size[1]), layout="constrained")
        axes = list(figure.subplots(rows, columns, squeeze=False, sharey=True).ravel())
        for at, panel in zip(axes, panels, strict=False):
            image = _draw(at, panel, canvas, (low, high))
        for at in axes[len(panels) :]:
            at.set_axis_off()
        axes[0].set_ylabel(canvas.rows)
        bar = figure.colorbar(image, ax=axes, extend="both", aspect=18 * rows, pad=0.012, fraction=0.05)
        bar.set_label(fill(canvas.unit, 26 * rows))
        bar.outline.set_visible(False)
        for at in axes[-columns:]:
            at.set_xlabel("seconds")
        return inline(figure, said[0], said[1])


def _draw(at: Axes, panel: Panel, canvas: Canvas, ends: tuple[float, float]) -> AxesImage:
    bands, frames = panel.picture.shape
    extent = (panel.start, panel.start + frames * canvas.frame, -0.5, bands - 0.5)
    image = at.imshow(
        panel.picture, cmap=_MAP, vmin=ends[0], vmax=ends[1], origin="lower", aspect="auto", interpolation="none",
        extent=extent,
    )  # fmt: skip
    at.grid(False)
    at.set_yticks([place for place, _ in canvas.ticks], [text for _, text in canvas.ticks])
    at.set_title(panel.title if len(panel.title) <= 90 else f"{panel.title[:89]}…", fontsize=9.5)
    return image


def _range(pictures: Iterable[Picture]) -> tuple[float, float]:
    """Ends of the colours: what all but the very quietest and loudest numbers lie between."""
    values = np.concatenate([picture.ravel() for picture in pictures])
    low, high = np.quantile(values, [0.005, 0.998])
    return float(low), float(high if high > low else low + 1)
