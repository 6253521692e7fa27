"""Settings of uncertainty weighting."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from unisono.parts import Settings


class UncertaintySettings(Settings):
    """Homoscedastic uncertainty.

    Args:
        learning_rate: of the log variances' own Adam.
        start: log variance at the beginning; 0 counts a classification once and a regression half.
    """

    method: Literal["uncertainty"] = "uncertainty"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    start: float = 0.0
