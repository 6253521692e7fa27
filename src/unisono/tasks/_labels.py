"""Label names from cells: what the kinds with named labels share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from unisono.errors import ExperimentError, nearest
from unisono.tasks import NO_LABEL, NOT_LABELLED, Cell, Problem, Role, Value
from unisono.tasks.fields import FieldSettings

Weighting = Literal["none", "balanced", "effective"] | dict[str, Annotated[float, Field(ge=0)]]


class TaskSettings(BaseModel):
    """Settings of a kind of task whose labels have no names; `Settings` stands beside it in a kind's bases.

    Args:
        name: the task's name, also its column unless `column` or `columns` say otherwise.
        role: "auxiliary" for a task that only helps: it is neither tagged nor looked at by early stopping.
        write: where the answers go in the tags of sound files; default: as the profile of the writing says.
    """

    name: str
    role: Role = "target"
    column: str | None = None
    write: FieldSettings | None = None

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that hold this task's labels."""
        return (self.column or self.name,)


class NamedLabels(BaseModel):
    """Settings of the kinds whose labels have names.

    Args:
        name: as in `TaskSettings`; likewise `role`, `column` and `write`.
        labels: the names, in the order of the outputs; learned from the collection (sorted) when left out.
        rare: what to do with a label of fewer than `min_tracks` tracks: an error before training, or "ignore" it
            (tracks of an ignored class count as not labelled).
        class_weights: "balanced" (n / (classes * count), scikit-learn's), "effective" (effective number of samples,
            Cui et al. 2019, beta 0.999), or a table label -> weight.
        label_weights: the fitted weights, one a label; empty for none.
    """

    name: str
    role: Role = "target"
    column: str | None = None
    write: FieldSettings | None = None
    labels: tuple[str, ...] = ()
    rare: Literal["error", "ignore"] = "error"
    min_tracks: int = Field(default=3, ge=1)
    class_weights: Weighting = "none"
    label_weights: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> NamedLabels:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels of task {self.name} repeat a name")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that hold this task's labels."""
        return (self.column or self.name,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The label names, one an output."""
        return self.labels

    @property
    def width(self) -> int:
        """Number of outputs."""
        return len(self.labels)


def text_of(value: Value) -> str:
    """A cell as a label name: stripped text; a whole number loses its ".0"; None is not labelled.

    Example:
        >>> text_of(3.0), text_of(" House "), text_of(None)
        ('3', 'House', '')
    """
    if value is None:
        return NOT_LABELLED
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def unknown_label(text: str, labels: Sequence[str], index: int) -> Problem:
    """The problem of a cell whose text is none of the labels."""
    shown = ", ".join(labels[:12]) + (f" and {len(labels) - 12} more" if len(labels) > 12 else "")
    return Problem(index, f'"{text}" is not one of {shown}', nearest(text, labels))


def learned_labels(texts: Iterable[str], settings: NamedLabels) -> tuple[str, ...]:
    """Sorted names of the labels that occur often enough (all of them under `rare = "error"`)."""
    counts = Counter(t for t in texts if t not in (NOT_LABELLED, NO_LABEL))
    least = settings.min_tracks if settings.rare == "ignore" else 1
    return tuple(sorted(label for label, n in counts.items() if n >= least))


def too_rare(texts: Sequence[str], settings: NamedLabels) -> list[Problem]:
    """A problem for each label with fewer tracks than `min_tracks`, at its first cell."""
    if settings.rare == "ignore":
        return []
    counts = Counter(t for t in texts if t not in (NOT_LABELLED, NO_LABEL))
    advice = f'Label more such tracks, merge it with another label, or set tasks.{settings.name}.rare = "ignore".'
    often = [label for label, n in counts.items() if n >= settings.min_tracks]
    return [
        Problem(
            texts.index(label),
            f'label "{label}" has {n} of the {settings.min_tracks} tracks needed',
            f"{nearest(label, often)} {advice}".strip(),
        )
        for label, n in sorted(counts.items())
        if n < settings.min_tracks
    ]


def fitted_weights(counts: NDArray[Any], settings: NamedLabels) -> tuple[float, ...]:
    """Weight of each label from its number of training tracks; a label without any weighs 0."""
    given = settings.class_weights
    if given == "none":
        return ()
    if isinstance(given, dict):
        for label in given:
            if label not in settings.labels:
                where = f"tasks.{settings.name}.class_weights"
                raise ExperimentError(where, f'"{label}" is no label', nearest(label, settings.labels))
        return tuple(float(given.get(label, 1.0)) for label in settings.labels)
    if given == "balanced":
        raw = np.where(counts > 0, counts.sum() / (len(counts) * np.maximum(counts, 1)), 0.0)
    else:
        raw = np.where(counts > 0, (1 - 0.999) / (1 - 0.999 ** np.maximum(counts, 1)), 0.0)
        raw = raw * (counts > 0).sum() / raw.sum()
    return tuple(float(w) for w in raw)


def cells_as_text(cells: Sequence[Cell]) -> list[str]:
    """Each cell of a one-column task as stripped text."""
    return [text_of(cell[0] if isinstance(cell, tuple) else cell) for cell in cells]


def number_of(value: Value) -> float | None:
    """A cell as a number: None when empty, NaN when it is no number.

    Example:
        >>> number_of("3.5"), number_of(""), number_of("120,5")
        (3.5, None, nan)
    """
    if value is None or value == NOT_LABELLED:
        return None
    try:
        return float(value)
    except ValueError:
        return float("nan")
