"""Settings of fixed shares of the gradient norm."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from unisono.parts import Settings


class EmaNormSettings(Settings):
    """Fixed shares of the gradient norm.

    Args:
        shares: by task, of any sum; a task without one has the share 1.
        decay: of the moving averages of the norms.
        at: where gradients are measured: "representation" (the tensor all heads read), "weights" (of the last block
            all tasks share), or a block's dotted name.
    """

    method: Literal["ema_norm"] = "ema_norm"
    shares: dict[str, Annotated[float, Field(gt=0)]] = {}
    decay: Annotated[float, Field(ge=0, lt=1)] = 0.999
    at: str = "representation"

    def named(self) -> dict[str, tuple[str, ...]]:
        """Where it names tasks, and which."""
        return {"shares": tuple(self.shares)}
