"""Settings of dynamic weight averaging."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from unisono.parts import Settings


class DwaSettings(Settings):
    """Dynamic weight averaging.

    Args:
        temperature: larger makes the weights more alike.
    """

    method: Literal["dwa"] = "dwa"
    temperature: Annotated[float, Field(gt=0)] = 2.0
