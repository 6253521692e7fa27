"""A number: mean squared error, or its root, of a target scaled from its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from unisono.parts import Settings
from unisono.tasks import NO_LABEL, Answer, Array, Cell, Given, Problem
from unisono.tasks._labels import TaskSettings, number_of

if TYPE_CHECKING:
    import torch

_TINY = 1e-8  # keeps the gradient of a root finite at zero error


class Regression(TaskSettings, Settings):
    """A task whose answer is a number in the user's own unit.

    Args:
        range: lowest and highest number; the target is scaled from it to [0, 1]. The training labels' own lowest and
            highest when left out.
        scale: "range", or "deviation": the target is scaled to mean 0 and deviation 1 of the training labels instead,
            so that numbers that lie close together count as much as other tasks' (the range is still checked).
        levels: the numbers that users give, for level accuracy (a prediction counts as the nearest of them).
        target_loss: "mse", or "rmse": the root of the batch's mean squared error (system 000 of docs/systems).
        clip: keep answers inside the range.
        mean: learned by `fit` for scale = "deviation".
        deviation: likewise.
    """

    kind: Literal["regression"] = "regression"
    range: tuple[float, float] | None = None
    levels: tuple[float, ...] = ()
    target_loss: Literal["mse", "rmse"] = Field(default="mse", alias="loss")
    clip: bool = False
    scale: Literal["range", "deviation"] = "range"
    mean: float | None = None
    deviation: float | None = None

    @field_validator("range")
    @classmethod
    def _rises(cls, range: tuple[float, float] | None) -> tuple[float, float] | None:
        if range is not None and not range[0] < range[1]:
            raise ValueError(f"the range runs from {range[0]:g} to {range[1]:g} but needs the lowest number first")
        return range

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that holds the number."""
        return self.columns_read

    @property
    def outputs(self) -> tuple[str, ...]:
        """One output without a name."""
        return ("",)

    @property
    def width(self) -> int:
        """One output."""
        return 1

    def facts(self) -> dict[str, Any]:
        """The levels that a prediction is rounded to for level accuracy."""
        return {"levels": self.levels}

    def problems(self, cells: Sequence[Cell]) -> list[Problem]:
        """Cells that are no finite number or lie outside the given range."""
        return [p for i, cell in enumerate(cells) if (p := self._problem(i, cell)) is not None]

    def fit(self, cells: Sequence[Cell], train: NDArray[np.bool_]) -> Self:
        """Learn the range from the training labels, unless it is given; mean and deviation where they are asked for."""
        known = [n for cell, use in zip(cells, train, strict=True) if use and (n := _number(cell)) is not None] or [0.0]
        low, high = self.range or (min(known), max(known))
        learned: dict[str, Any] = {"range": (low, high if high > low else low + 1.0)}
        if self.scale == "deviation":
            learned |= {"mean": float(np.mean(known)), "deviation": float(np.std(known)) or 1.0}
        return self.model_copy(update=learned)

    def encode(self, cells: Sequence[Cell]) -> Array:
        """Numbers to targets, scaled from the range to [0, 1] or to mean 0 and deviation 1.

        Shape: (tracks,) -> (tracks, 1), NaN where not labelled
        """
        zero, unit = self._scale()
        numbers = [np.nan if (n := _number(cell)) is None else n for cell in cells]
        return np.asarray((np.array(numbers, np.float64) - zero) / unit, np.float32).reshape(-1, 1)

    def reference(self, targets: Array) -> Array:
        """Targets back to the user's unit."""
        zero, unit = self._scale()
        return np.asarray(targets.astype(np.float64) * unit + zero, np.float32)

    def scores(self, logits: Array) -> Array:
        """Outputs to the user's unit."""
        numbers = self.reference(logits)
        return np.clip(numbers, *self._limits()).astype(np.float32) if self.clip else numbers

    def answer(self, scores: Array) -> Answer:
        """The number."""
        return Answer(self.name, (Given("", float(scores[0]), None),))

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of squared errors of the labelled rows, and their number."""
        known = ~targets.isnan()
        error = (logits.float() - targets).where(known, logits.new_zeros((), dtype=targets.dtype))
        return error.square().sum(dim=(-2, -1)), known.to(targets.dtype).sum(dim=(-2, -1))

    def same_loss(self, other: Self) -> bool:
        """Whether both are means or roots; how targets were scaled is no part of the loss."""
        return self.target_loss == other.target_loss

    def finish(self, mean: torch.Tensor) -> torch.Tensor:
        """The mean squared error, or its root."""
        return (mean + _TINY).sqrt() if self.target_loss == "rmse" else mean

    def _scale(self) -> tuple[float, float]:
        """The number that is a target of 0, and how much a target of 1 is above it."""
        if self.scale == "range":
            low, high = self._limits()
            return low, high - low
        if self.mean is None or self.deviation is None:
            raise ValueError(f"task {self.name} is not fitted: it has no mean and deviation yet")
        return self.mean, self.deviation

    def _limits(self) -> tuple[float, float]:
        if self.range is None:
            raise ValueError(f"task {self.name} is not fitted: it has no range yet")
        return self.range

    def _problem(self, index: int, cell: Cell) -> Problem | None:
        number = _number(cell)
        shown = cell[0] if isinstance(cell, tuple) else cell
        if number is None:
            return None
        if not np.isfinite(number):
            comma = isinstance(shown, str) and shown.replace(",", "", 1).replace(".", "", 1).strip("-").isdigit()
            advice = "Write decimals with a point." if comma else ""
            return Problem(index, f'"{shown}" is not a number', advice or _no_label_advice(shown))
        if self.range is not None and not self.range[0] <= number <= self.range[1]:
            low, high = self.range
            found = f"{number:g} is outside the range {low:g} to {high:g}"
            return Problem(index, found, "Correct it or widen the range.")
        return None


def _number(cell: Cell) -> float | None:
    return number_of(cell[0] if isinstance(cell, tuple) else cell)


def _no_label_advice(shown: object) -> str:
    return "Leave the cell empty when there is no number." if shown == NO_LABEL else ""
