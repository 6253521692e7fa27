"""Settings of the geometric mean of losses."""

from __future__ import annotations

from typing import Literal

from unisono.parts import Settings


class GeometricSettings(Settings):
    """The geometric mean of the losses, times their number."""

    method: Literal["geometric"] = "geometric"
