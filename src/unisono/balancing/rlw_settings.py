"""Settings of random loss weighting."""

from __future__ import annotations

from typing import Literal

from unisono.parts import Settings


class RlwSettings(Settings):
    """Random loss weighting.

    Args:
        draw: "normal" (softmax of standard normal numbers) or "dirichlet" (uniform over all shares).
    """

    method: Literal["rlw"] = "rlw"
    draw: Literal["normal", "dirichlet"] = "normal"
