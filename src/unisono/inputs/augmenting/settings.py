"""What may be changed in training tracks, and what an input must offer for it."""

from __future__ import annotations

from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from pydantic import Field, model_validator

from unisono.inputs import Example
from unisono.parts import Settings


class Augmentation(Settings):
    """The table `[training.augmentation]`; nothing of it touches validation, calibration and test tracks.

    Args:
        copies: of inputs with several pitches: "all" learns every copy as a row of its own, with its track's labels,
            "one" a copy that is drawn anew each time.
        time_shift: seconds at most by which an excerpt is turned round: what leaves one end comes in at the other.
        gain_db: decibels at most by which it becomes louder or softer.
        noise_db: white noise is added, so far above the sound's mean level, drawn between two numbers.
        mask_bands: how many stretches of bands are hidden (SpecAugment), and how many bands each has at most.
        mask_frames: likewise stretches of frames.
        mixup: alpha of mixup's beta distribution: rows and the losses of their labels are mixed in pairs; 0: not.
    """

    copies: Literal["all", "one"] = "all"
    time_shift: float = Field(default=0.0, ge=0)
    gain_db: float = Field(default=0.0, ge=0, le=60)
    noise_db: tuple[float, float] | None = None
    mask_bands: tuple[int, int] = (0, 0)
    mask_frames: tuple[int, int] = (0, 0)
    mixup: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if min(*self.mask_bands, *self.mask_frames) < 0:
            raise ValueError("mask_bands and mask_frames are a number of stretches and their greatest width")
        if self.noise_db is not None and not self.noise_db[0] <= self.noise_db[1] <= 20:
            raise ValueError("noise_db runs from the lower to the higher number, 20 at most")
        return self

    @property
    def changes(self) -> bool:
        """Whether single examples are changed."""
        masks = 0 not in self.mask_bands or 0 not in self.mask_frames
        return bool(self.time_shift or self.gain_db or self.noise_db is not None or masks)


@runtime_checkable
class Augments(Protocol):
    """An input whose examples can be changed as if the sound had been."""

    def unfit_for(self, how: Augmentation) -> str:
        """Why its examples cannot be changed so, in words; "" when they can."""
        ...

    def augmented(self, example: Example, how: Augmentation, rng: np.random.Generator) -> Example:
        """An example changed by what is drawn."""
        ...
