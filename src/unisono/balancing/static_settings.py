"""Settings of fixed weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from unisono.parts import Settings


class StaticSettings(Settings):
    """Weights that never change.

    Args:
        weights: by task; a task without one counts once, or what `label_ratio` says.
        label_ratio: a task, the target: every task counts the target's classes over its own (68 / 17 = 4).
        known_share: every task counts, times what `label_ratio` says, the training tracks with its label over those
            of the task that has most: one that few tracks have does not move the shared layers as much as they all.
    """

    method: Literal["static"] = "static"
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    label_ratio: str | None = None
    known_share: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.weights and self.label_ratio is None and not self.known_share:
            known = 'weights = {task = number}, label_ratio = "task" or known_share = true'
            raise ValueError(f'static needs {known}; "sum" is without weights')
        return self

    def named(self) -> dict[str, tuple[str, ...]]:
        """Where it names tasks, and which."""
        target = () if self.label_ratio is None else (self.label_ratio,)
        return {"weights": tuple(self.weights), "label_ratio": target}

    def refused(self, kinds: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Key -> what does not go with it, and what to do: a regression has no number of classes."""
        weighted = kinds if self.label_ratio is None else self.weights
        odd = [t for t, kind in kinds.items() if kind == "regression" and (t == self.label_ratio or t not in weighted)]
        if not odd:
            return {}
        advice = f"Give it a weight: weights = {{ {odd[0]} = 1.0 }}."
        if odd[0] == self.label_ratio:
            advice = "Choose another target."
        return {"label_ratio": (f"{odd[0]} is a regression but a ratio needs classes", advice)}
