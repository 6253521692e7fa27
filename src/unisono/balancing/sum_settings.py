"""Settings of the plain sum."""

from __future__ import annotations

from typing import Literal

from unisono.parts import Settings


class SumSettings(Settings):
    """Every task counts once."""

    method: Literal["sum"] = "sum"
