"""Settings of GradNorm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from unisono.parts import Settings


class GradnormSettings(Settings):
    """Gradient normalisation.

    Args:
        alpha: how strongly slower tasks are favoured; 0 makes all gradient norms equal.
        learning_rate: of the weights' own Adam.
        at: where gradients are compared: "weights" (of the last block all tasks share: the paper's, exact),
            "representation" (the tensor all heads read: almost free, norms up to 12 % off), or a block's dotted name.
        l0: the loss a task is measured against: of its "first" step, of its first step in each "epoch", "log_classes"
            (chance level of a cross-entropy), or "ema" (moving average of the losses that start the epochs).
        l0_decay: how much of the moving average is kept at an epoch's start.
        update_every: steps from one update of the weights to the next.
    """

    least_tasks: ClassVar[int] = 2
    method: Literal["gradnorm"] = "gradnorm"
    alpha: Annotated[float, Field(ge=0)] = 0.5
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    at: str = "weights"
    l0: Literal["first", "epoch", "log_classes", "ema"] = "first"
    l0_decay: Annotated[float, Field(ge=0, lt=1)] = 0.9
    update_every: Annotated[int, Field(ge=1)] = 1

    def refused(self, kinds: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
        """Key -> what does not go with it, and what to do: a regression has no number of classes."""
        odd = [task for task, kind in kinds.items() if kind == "regression"]
        if not odd or self.l0 != "log_classes":
            return {}
        return {"l0": (f'"log_classes" needs classes but {odd[0]} is a regression', 'Use "first" or "ema".')}
