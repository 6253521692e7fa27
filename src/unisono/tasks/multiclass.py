"""One label out of several: softmax and cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator
from scipy.special import softmax

from unisono.parts import Settings
from unisono.tasks import NO_LABEL, NOT_LABELLED, Answer, Array, Cell, Given, Problem
from unisono.tasks._labels import (
    NamedLabels,
    cells_as_text,
    fitted_weights,
    learned_labels,
    too_rare,
    unknown_label,
)
from unisono.tasks._tree import line, members, parents_of

if TYPE_CHECKING:
    import torch


class Multiclass(NamedLabels, Settings):
    """A task whose answer is exactly one of its labels.

    Args:
        label_smoothing: share of the target spread evenly over all labels, in [0, 1).
        tree: parent -> children, as deep as you like: `{ house = ["deep house", "tech house"] }`. Where only sure tags
            are wanted, a parent is named when no child is sure.
    """

    kind: Literal["multiclass"] = "multiclass"
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    tree: dict[str, Any] = {}

    @field_validator("tree")
    @classmethod
    def _grows(cls, tree: dict[str, Any]) -> dict[str, Any]:
        parents_of(tree)
        return tree

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that holds the label."""
        return self.columns_read

    def above(self, label: str) -> tuple[str, ...]:
        """What a label is a kind of, the nearest first."""
        return line(label, parents_of(self.tree))

    def below(self, node: str) -> tuple[int, ...]:
        """Positions of the labels that are a node of the tree or a kind of it."""
        return members(node, self.labels, parents_of(self.tree))

    def facts(self) -> dict[str, Any]:
        """Nothing beside the arrays."""
        return {}

    def problems(self, cells: Sequence[Cell]) -> list[Problem]:
        """Cells that are no label, and labels too rare to be learned."""
        texts = cells_as_text(cells)
        if not self.labels:
            return [_not_none(i, t) for i, t in enumerate(texts) if t == NO_LABEL] + too_rare(texts, self)
        if self.rare == "ignore":
            return []
        known = {*self.labels, NOT_LABELLED}
        return [unknown_label(t, self.labels, i) for i, t in enumerate(texts) if t not in known]

    def fit(self, cells: Sequence[Cell], train: NDArray[np.bool_]) -> Self:
        """Learn the label names from all cells and the class weights from the training ones."""
        texts = cells_as_text(cells)
        named = self.model_copy(update={"labels": self.labels or learned_labels(texts, self)})
        targets = named.encode(cells)[train, 0]
        counts = np.bincount(targets[~np.isnan(targets)].astype(int), minlength=named.width)
        return named.model_copy(update={"label_weights": fitted_weights(counts, named)})

    def encode(self, cells: Sequence[Cell]) -> Array:
        """Cells to class numbers.

        Shape: (tracks,) -> (tracks, 1), NaN where not labelled
        """
        number = {label: float(i) for i, label in enumerate(self.labels)}
        return np.array([[number.get(t, np.nan)] for t in cells_as_text(cells)], np.float32).reshape(-1, 1)

    def reference(self, targets: Array) -> Array:
        """Class numbers to one-hot rows.

        Shape: (tracks, 1) -> (tracks, labels), NaN rows where not labelled
        """
        known = ~np.isnan(targets[:, 0])
        rows = np.full((len(targets), self.width), np.nan, np.float32)
        rows[known] = np.eye(self.width, dtype=np.float32)[targets[known, 0].astype(int)]
        return rows

    def scores(self, logits: Array) -> Array:
        """Logits to probabilities that sum to one."""
        return np.asarray(softmax(logits.astype(np.float64), axis=-1), np.float32)

    def answer(self, scores: Array) -> Answer:
        """The most probable label of one row."""
        best = int(np.argmax(scores))
        return Answer(self.name, (Given(self.labels[best], None, float(scores[best])),))

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Weighted cross-entropy of the labelled rows and their total weight (torch's weighted mean is their ratio).

        A logit that is no finite number shows in the sum, in a row without a label too: its gradient is none either.
        """
        import torch.nn.functional as functional

        named = targets[..., 0].nan_to_num(nan=-1.0).long()
        known, index = named >= 0, named.clamp_min(0)
        each = logits.float().reshape(-1, logits.shape[-1])
        terms = functional.cross_entropy(
            each, index.flatten(), reduction="none", label_smoothing=self.label_smoothing
        ).view(index.shape)
        weight = known.to(terms.dtype)
        if self.label_weights:
            weight = weight * terms.new_tensor(self.label_weights)[index]
        return (terms * weight).sum(dim=-1), weight.sum(dim=-1)

    def same_loss(self, other: Self) -> bool:
        """Whether the labels weigh the same."""
        return (self.label_weights, self.label_smoothing) == (other.label_weights, other.label_smoothing)

    def finish(self, mean: torch.Tensor) -> torch.Tensor:
        """The loss is the mean itself."""
        return mean


def _not_none(index: int, text: str) -> Problem:
    found = f'"{text}" says that no label applies but a multiclass task needs one'
    return Problem(index, found, "Leave the cell empty.")
