"""Soft targets: shares that sum to one, by cross-entropy or Kullback-Leibler divergence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.special import softmax

from unisono.parts import Settings
from unisono.tasks import Answer, Array, Cell, Given, Problem, Value
from unisono.tasks._labels import TaskSettings, number_of
from unisono.tasks.computed import ArtistGroups

if TYPE_CHECKING:
    import torch


class Distribution(TaskSettings, Settings):
    """A task whose answer is a share for each component, as topics of an artist (system 001 of docs/systems).

    Args:
        columns: one column of shares (or counts) a component; empty for a computed target.
        target: how targets are computed that stand in no column, see `computed.ArtistGroups`.
        labels: the components' names; the columns' or the computed target's when left out.
        target_loss: "cross_entropy", or "kl": cross-entropy less the target's entropy, whose floor is zero
            (the same gradients, but a fair loss for methods that compare losses, such as GradNorm).
    """

    kind: Literal["distribution"] = "distribution"
    columns: tuple[str, ...] = ()
    target: ArtistGroups | None = None
    labels: tuple[str, ...] = ()
    target_loss: Literal["cross_entropy", "kl"] = Field(default="cross_entropy", alias="loss")

    @model_validator(mode="after")
    def _one_width(self) -> Self:
        if bool(self.columns) == (self.target is not None):
            raise ValueError("a distribution needs either columns or a computed target")
        components = self.columns if self.target is None else self.target.outputs
        if self.labels and len(self.labels) != len(components):
            raise ValueError(f"there are {len(self.labels)} labels but {len(components)} components")
        return self

    @property
    def outputs(self) -> tuple[str, ...]:
        """The components' names."""
        return self.labels or self.columns or (() if self.target is None else self.target.outputs)

    @property
    def width(self) -> int:
        """Number of components."""
        return len(self.outputs)

    def facts(self) -> dict[str, Any]:
        """Nothing beside the arrays."""
        return {}

    def problems(self, cells: Sequence[Cell]) -> list[Problem]:
        """Rows with a share that is missing, negative or no number, or with nothing but zeros."""
        return [Problem(i, found) for i, cell in enumerate(cells) if (found := _found(cell))]

    def fit(self, cells: Sequence[Cell], train: NDArray[np.bool_]) -> Self:
        """Nothing to learn: the components are the columns."""
        return self

    def encode(self, cells: Sequence[Cell]) -> Array:
        """Shares or counts to shares that sum to one.

        Shape: (tracks,) -> (tracks, components), NaN rows where not labelled
        """
        rows = [[np.nan if (n := number_of(v)) is None else n for v in _values(cell)] for cell in cells]
        raw = np.array(rows, np.float64).reshape(-1, self.width)
        return np.asarray(raw / raw.sum(axis=1, keepdims=True), np.float32)

    def reference(self, targets: Array) -> Array:
        """The targets are the answer already."""
        return targets

    def scores(self, logits: Array) -> Array:
        """Logits to shares that sum to one."""
        return np.asarray(softmax(logits.astype(np.float64), axis=-1), np.float32)

    def answer(self, scores: Array) -> Answer:
        """Every component with its share, largest first."""
        order = np.argsort(-scores, kind="stable")
        return Answer(self.name, tuple(Given(self.outputs[i], float(scores[i]), None) for i in order))

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Soft cross-entropy (or divergence) of the labelled rows, and their number."""
        import torch
        import torch.nn.functional as functional

        known = ~targets.isnan().any(dim=-1)
        truth = targets.where(known[..., None], targets.new_zeros(()))
        terms = -(truth * functional.log_softmax(logits.float(), dim=-1)).sum(dim=-1)
        if self.target_loss == "kl":
            terms = terms + torch.special.xlogy(truth, truth).sum(dim=-1)
        weight = known.to(terms.dtype)
        return (terms * weight).sum(dim=-1), weight.sum(dim=-1)

    def same_loss(self, other: Self) -> bool:
        """Whether both are cross-entropies or divergences."""
        return self.target_loss == other.target_loss

    def finish(self, mean: torch.Tensor) -> torch.Tensor:
        """The loss is the mean itself."""
        return mean


def _values(cell: Cell) -> tuple[Value, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _found(cell: Cell) -> str:
    numbers = [number_of(v) for v in _values(cell)]
    if all(n is None for n in numbers):
        return ""
    if any(n is None for n in numbers):
        return "some shares are missing but all or none are needed"
    known = np.array(numbers, np.float64)
    if not np.isfinite(known).all() or (known < 0).any():
        return f"{', '.join(str(v) for v in _values(cell)[:6])} holds something else than numbers of zero or more"
    return "" if known.sum() > 0 else "all shares are zero but they must sum to more"
