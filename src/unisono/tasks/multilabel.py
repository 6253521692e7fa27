"""Any number of labels at once: a sigmoid and a binary cross-entropy each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from unisono.parts import Settings
from unisono.tasks import NO_LABEL, NOT_LABELLED, Answer, Array, Cell, Given, Problem
from unisono.tasks._labels import (
    NamedLabels,
    cells_as_text,
    fitted_weights,
    learned_labels,
    number_of,
    text_of,
    too_rare,
    unknown_label,
)

if TYPE_CHECKING:
    import torch


class Multilabel(NamedLabels, Settings):
    """A task whose answer is a set of its labels, possibly empty (`-` in a table).

    Args:
        separator: stands between the labels of a cell.
        given_columns: `columns` in an experiment: one 0/1 column a label instead of one column, also where there is one
            only; a missing cell leaves that label alone unlabelled.
        class_weights: "balanced" weighs a label's positives by negatives / positives.
        thresholds: probability from which a label is given, one a label; 0.5 when left out.
    """

    kind: Literal["multilabel"] = "multilabel"
    separator: str = Field(default=";", min_length=1)
    given_columns: tuple[str, ...] = Field(default=(), alias="columns")
    thresholds: tuple[float, ...] = ()

    def model_post_init(self, context: object, /) -> None:
        """`columns` names the labels unless `labels` does.

        Models and runs of earlier versions say `columns` of one column of texts, too; a separator stands beside it.
        """
        of_texts = "separator" in self.model_fields_set and len(self.labels) != 1
        if self.given_columns == self.columns_read and of_texts:
            object.__setattr__(self, "given_columns", ())
        if self.by_column and not self.labels:
            object.__setattr__(self, "labels", self.given_columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold the labels: one a label, or one for all."""
        return self.given_columns or self.columns_read

    @property
    def by_column(self) -> bool:
        """True when every label has a column of its own."""
        return bool(self.given_columns)

    def facts(self) -> dict[str, Any]:
        """The thresholds from which labels are given."""
        return {"thresholds": self.thresholds or (0.5,) * self.width}

    def problems(self, cells: Sequence[Cell]) -> list[Problem]:
        """Cells that hold something else than labels (or 0 and 1), and labels too rare to be learned."""
        if self.by_column:
            return [p for i, cell in enumerate(cells) for p in self._odd_numbers(i, cell)]
        sets = [self._names(t) for t in cells_as_text(cells)]
        if not self.labels:
            flat = [(i, name) for i, names in enumerate(sets) for name in names]
            rare = too_rare([name for _, name in flat], self)
            return [replace(p, index=flat[p.index][0]) for p in rare]
        known = set(self.labels)
        return [
            unknown_label(name, self.labels, i)
            for i, names in enumerate(sets)
            for name in names
            if name not in known and self.rare == "error"
        ]

    def fit(self, cells: Sequence[Cell], train: NDArray[np.bool_]) -> Self:
        """Learn the label names from all cells and the label weights from the training ones."""
        names = self.labels or learned_labels((n for t in cells_as_text(cells) for n in self._names(t)), self)
        named = self.model_copy(update={"labels": names})
        targets = named.encode(cells)[train]
        positives = np.nansum(targets, axis=0)
        if self.class_weights == "balanced":
            negatives = (~np.isnan(targets)).sum(axis=0) - positives
            ratios = np.maximum(negatives, 1) / np.maximum(positives, 1)
            return named.model_copy(update={"label_weights": tuple(ratios.tolist())})
        return named.model_copy(update={"label_weights": fitted_weights(positives, named)})

    def encode(self, cells: Sequence[Cell]) -> Array:
        """Cells to 0 and 1.

        Shape: (tracks,) -> (tracks, labels), NaN where not labelled
        """
        if self.by_column:
            rows = [[_none_is_nan(number_of(v)) for v in _as_tuple(cell)] for cell in cells]
            return np.array(rows, np.float32).reshape(-1, self.width)
        targets = np.zeros((len(cells), self.width), np.float32)
        number = {label: i for i, label in enumerate(self.labels)}
        for row, text in zip(targets, cells_as_text(cells), strict=True):
            if text == NOT_LABELLED:
                row[:] = np.nan
            else:
                row[[number[n] for n in self._names(text) if n in number]] = 1
        return targets

    def reference(self, targets: Array) -> Array:
        """The targets are the answer already."""
        return targets

    def scores(self, logits: Array) -> Array:
        """Logits to one probability a label."""
        return np.asarray(expit(logits.astype(np.float64)), np.float32)

    def answer(self, scores: Array) -> Answer:
        """The labels whose probability reaches their threshold, most probable first."""
        thresholds = self.facts()["thresholds"]
        chosen = sorted((i for i in range(self.width) if scores[i] >= thresholds[i]), key=lambda i: -scores[i])
        return Answer(self.name, tuple(Given(self.labels[i], None, float(scores[i])) for i in chosen))

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Binary cross-entropy of the known cells and their total weight; the mean is over tracks and labels."""
        import torch.nn.functional as functional

        known = ~targets.isnan()
        truth = targets.where(known, targets.new_zeros(()))
        positive = targets.new_tensor(self.label_weights) if self.label_weights else None
        terms = functional.binary_cross_entropy_with_logits(
            logits.float(), truth, pos_weight=positive, reduction="none"
        )
        weight = known.to(terms.dtype)
        return (terms * weight).sum(dim=(-2, -1)), weight.sum(dim=(-2, -1))

    def same_loss(self, other: Self) -> bool:
        """Whether the labels weigh the same."""
        return self.label_weights == other.label_weights

    def finish(self, mean: torch.Tensor) -> torch.Tensor:
        """The loss is the mean itself."""
        return mean

    def _names(self, text: str) -> list[str]:
        return [n for n in (part.strip() for part in text.split(self.separator)) if n not in (NOT_LABELLED, NO_LABEL)]

    def _odd_numbers(self, index: int, cell: Cell) -> list[Problem]:
        advice = "Write 1, 0, or leave the cell empty when nobody has said."
        return [
            Problem(index, f'column "{column}" holds "{text_of(value)}" but 0 or 1 is needed', advice)
            for column, value in zip(self.columns, _as_tuple(cell), strict=True)
            if number_of(value) not in (None, 0.0, 1.0)
        ]


def _as_tuple(cell: Cell) -> tuple[Any, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _none_is_nan(number: float | None) -> float:
    return float("nan") if number is None else number
