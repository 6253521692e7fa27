"""Settings of gradient surgery."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from unisono.parts import Settings

Aggregator = Literal[
    "aligned_mtl",
    "cagrad",
    "config",
    "dualproj",
    "fairgrad",
    "graddrop",
    "gradvac",
    "imtl_g",
    "mgda",
    "pcgrad",
    "upgrad",
]


_NEEDED = {"cagrad": ("cvxpy", "clarabel")}


class SurgerySettings(Settings):
    """Gradient surgery at the tensor all heads read.

    Args:
        aggregator: how the tasks' gradients become one; "cagrad" needs the packages cvxpy and clarabel.
        c: of "cagrad": how far from the mean gradient, as a share of its length.
        alpha: of "fairgrad": 0 is the plain mean, larger is fairer to the task that gains least.
        beta: of "gradvac": how fast its wanted similarities follow the measured ones.
    """

    least_tasks: ClassVar[int] = 2
    at: ClassVar[str] = "representation"
    method: Literal["surgery"] = "surgery"
    aggregator: Aggregator = "upgrad"
    c: Annotated[float, Field(gt=0)] = 0.5
    alpha: Annotated[float, Field(ge=0)] = 1.0
    beta: Annotated[float, Field(ge=0, le=1)] = 0.5

    def packages(self) -> dict[str, tuple[str, ...]]:
        """Packages that are needed, by the key that asks for them."""
        return {"method": ("torchjd",), "aggregator": _NEEDED.get(self.aggregator, ())}
