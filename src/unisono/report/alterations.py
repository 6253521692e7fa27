"""One excerpt before and after each kind of augmentation that an experiment declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from unisono.inputs import Example
from unisono.inputs.augmenting import Augmentation, picked
from unisono.inputs.augmenting.copies import PLAIN
from unisono.inputs.mel import Mel
from unisono.report.spectrograms import Canvas, Panel, Picture, shown_frames, side_by_side

_SEEDS = range(8)
_STRETCH = 8.0  # seconds that are shown of an excerpt whose details count
_DRAWN = "Drawn with seed {}: of the seeds 0 to 7 the one that changes it most."
Figure = tuple[Markup, str]  # a figure, and what is said below it


@dataclass(frozen=True)
class Heard:
    """An excerpt that was heard.

    Args:
        title: of its track.
        example: as the input reads it, with its copies.
        start: seconds of the track before it.
    """

    title: str
    example: Example
    start: float


@dataclass(frozen=True)
class Studio:
    """What alters excerpts of one input.

    Args:
        plain: the input as the experiment has it.
        fitted: the same, fitted: what makes a batch of an example.
        canvas: how its arrays are drawn.
        how: what training changes.
    """

    plain: Mel
    fitted: Mel
    canvas: Canvas
    how: Augmentation

    def seen(self, example: Example) -> Picture:
        """An example as the network gets it."""
        return np.asarray(self.fitted.collate([example])[self.canvas.array][0])


def altered(studio: Studio, heard: Sequence[Heard]) -> list[Figure]:
    """A figure for each kind of augmentation, the first excerpt before and after it."""
    first, how = heard[0], studio.how
    figures = [_pitch(studio, first)] if studio.plain.pitch != PLAIN else []
    for name, (alone, told) in _kinds(how).items():
        if why := studio.plain.unfit_for(alone):
            figures.append((Markup(""), f"{told} This input cannot: {why}."))
            continue
        after, seed = _drawn(studio, first, alone)
        short = name in ("gain_db", "noise_db")
        panels = _stretch(studio.canvas, [("as it is", studio.seen(first.example)), (name, after)], first, short)
        figures.append((side_by_side(panels, studio.canvas, f"altered {name}", told), f"{told} {_DRAWN.format(seed)}"))
    if how.mixup and len(heard) > 1:
        figures.append(_mixed(studio, first, heard[1]))
    return figures


def _kinds(how: Augmentation) -> Mapping[str, tuple[Augmentation, str]]:
    """Setting -> an augmentation that does nothing else, and what it does in words."""
    bands, frames, noise = how.mask_bands, how.mask_frames, how.noise_db or (0.0, 0.0)
    told: dict[str, tuple[bool, dict[str, Any], str]] = {
        "time_shift": (
            how.time_shift > 0, {"time_shift": how.time_shift},
            f"Turned round by up to {how.time_shift:g} s (time_shift): what leaves one end comes in at the other.",
        ),
        "gain_db": (
            how.gain_db > 0, {"gain_db": how.gain_db},
            f"Louder or softer by up to {how.gain_db:g} dB (gain_db).",
        ),
        "noise_db": (
            how.noise_db is not None, {"noise_db": how.noise_db},
            f"White noise of {noise[0]:g} to {noise[1]:g} dB against the sound's mean level (noise_db).",
        ),
        "mask_bands": (
            0 not in bands, {"mask_bands": bands},
            f"Bands hidden: {bands[0]} stretches of at most {bands[1]} (mask_bands).",
        ),
        "mask_frames": (
            0 not in frames, {"mask_frames": frames},
            f"Frames hidden: {frames[0]} stretches of at most {frames[1]} (mask_frames).",
        ),
    }  # fmt: skip
    return {name: (Augmentation(**alone), text) for name, (asked, alone, text) in told.items() if asked}


def _drawn(studio: Studio, heard: Heard, how: Augmentation) -> tuple[Picture, int]:
    """The excerpt altered, and the seed that does it most."""
    plain = picked(heard.example, studio.fitted.shapes, 0)
    before = studio.seen(plain)
    made = [studio.seen(studio.fitted.augmented(plain, how, np.random.default_rng(seed))) for seed in _SEEDS]
    seed = int(np.argmax([np.abs(after - before).mean() for after in made]))
    return made[seed], seed


def _pitch(studio: Studio, heard: Heard) -> Figure:
    steps = sorted(studio.plain.pitch)
    copies = {semitones: picked(heard.example, studio.fitted.shapes, semitones) for semitones in steps}
    pictures = [(f"{s:+g} semitones" if s else "as it is", studio.seen(copy)) for s, copy in copies.items()]
    panels = _stretch(studio.canvas, pictures, heard, True)
    named = " and ".join(f"{s:+g}" for s in steps if s)
    each = "as each of these" if studio.how.copies == "all" else "as one of these, drawn anew each time"
    told = f"Pitch shifted by {named} semitones (pitch): a training track is learned {each}, other tracks as they are."
    return side_by_side(panels, studio.canvas, "altered pitch", told), f"{told} Nothing is drawn at random."


def _mixed(studio: Studio, one: Heard, other: Heard) -> Figure:
    """Mixup as training does it, of these two excerpts, with a share that seed 0 draws."""
    drawn = float(np.random.default_rng(0).beta(studio.how.mixup, studio.how.mixup))
    share = max(drawn, 1 - drawn)
    mine, his = (studio.seen(picked(h.example, studio.fitted.shapes, 0)) for h in (one, other))
    frames = min(mine.shape[1], his.shape[1])
    mixture = np.asarray(share * mine[:, :frames] + (1 - share) * his[:, :frames], np.float32)
    panels = [Panel("as it is", shown_frames(mine), one.start), Panel("mixup", shown_frames(mixture), one.start)]
    told = (
        f"Mixed with another row and its labels (mixup, alpha {studio.how.mixup:g}): {share:.0%} of this and "
        f"{1 - share:.0%} of {other.title}."
    )
    return side_by_side(panels, studio.canvas, "altered mixup", told), f"{told} Drawn with seed 0."


def _stretch(canvas: Canvas, pictures: Sequence[tuple[str, Picture]], heard: Heard, short: bool) -> list[Panel]:
    """Panels of the most eventful seconds, where details count, or of the whole excerpt."""
    frames = min(picture.shape[1] for _, picture in pictures)
    wanted = min(frames, round(_STRETCH / canvas.frame)) if short else frames
    busy = np.cumsum(np.append(0.0, pictures[0][1][:, :frames].std(axis=0)))
    first = int(np.argmax(busy[wanted:] - busy[: len(busy) - wanted]))
    start = heard.start + first * canvas.frame
    return [Panel(title, shown_frames(picture[:, first : first + wanted]), start) for title, picture in pictures]
