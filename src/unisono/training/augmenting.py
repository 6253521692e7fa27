"""Training rows as they are learned: a copy of each excerpt, changed by what is drawn, and mixed in pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.errors import ExperimentError
from unisono.inputs import Batch, Example, Input
from unisono.inputs.augmenting import Augmentation, Augments, picked
from unisono.inputs.batching import TrackExamples

_WHERE = "training.augmentation"


class Mixed(NamedTuple):
    """How the rows of a batch are mixed.

    Args:
        partner: position of each row's other half.
        share: of the row itself, between 0.5 and 1.
    """

    partner: NDArray[np.intp]
    share: float


class Augmenter:
    """Changes the training rows of one fold.

    Args:
        inputs: the fold's fitted inputs.
        how: what is changed.
        copies: semitones of each copy.
    Raises: ExperimentError when an input cannot be changed so.
    """

    def __init__(self, inputs: Mapping[str, Input], how: Augmentation, copies: Sequence[float] = (0.0,)) -> None:
        self._inputs, self.how, self.copies = inputs, how, tuple(copies)
        able = {name: part for name, part in inputs.items() if isinstance(part, Augments)}
        if how.changes and not able:
            found = f"changes sound but no input is a mel spectrum ({', '.join(inputs)})"
            raise ExperimentError(_WHERE, found, 'Leave it out, or hear with kind = "mel".')
        for name, part in able.items():
            if how.changes and (why := part.unfit_for(how)):
                raise ExperimentError(_WHERE, f"the input {name} is unfit: {why}", "Change one of the two.")

    @property
    def needed(self) -> bool:
        """Whether rows are learned otherwise than they are."""
        return self.how.changes or self.how.mixup > 0 or len(self.copies) > 1

    @property
    def rows_of_one(self) -> int:
        """Rows that one excerpt is learned as in an epoch."""
        return len(self.copies) if self.how.copies == "all" else 1

    def excerpt(self, track: TrackExamples, at: int, copy: int, rng: np.random.Generator) -> TrackExamples:
        """One excerpt of a track as it is learned now.

        Args:
            at: which excerpt.
            copy: which copy; drawn here where one copy a time is learned.
        """
        number = copy if self.how.copies == "all" else int(rng.integers(len(self.copies)))
        semitones = self.copies[number]
        made: dict[str, Sequence[Example]] = {}
        for name, part in self._inputs.items():
            excerpts = track.get(name, ())
            if not excerpts:
                made[name] = ()
                continue
            example = picked(excerpts[min(at, len(excerpts) - 1)], part.shapes, semitones)
            if self.how.changes and isinstance(part, Augments):
                example = part.augmented(example, self.how, rng)
            made[name] = [example]
        return made

    def mixed(self, batch: Batch, rng: np.random.Generator) -> tuple[Batch, Mixed | None]:
        """A batch whose rows are mixed in pairs (mixup, Zhang et al., 2018), and how; None where they are not.

        Raises: ExperimentError when an input gives something that cannot be mixed, such as the numbers of words.
        """
        if not self.how.mixup:
            return batch, None
        rows = len(next(iter(batch.values())))
        drawn = float(rng.beta(self.how.mixup, self.how.mixup))
        mixture = Mixed(rng.permutation(rows), max(drawn, 1 - drawn))
        return {name: _mixed(name, values, mixture) for name, values in batch.items()}, mixture


def _mixed(name: str, values: NDArray[Any], mixture: Mixed) -> NDArray[Any]:
    if values.dtype.kind != "f":
        found = f"mixup needs inputs of numbers but {name} holds places in a vocabulary"
        raise ExperimentError(_WHERE, found, "Leave mixup out.")
    other = values[mixture.partner]
    if name.endswith(".present"):
        return np.asarray(np.maximum(values, other))
    return np.asarray(np.float32(mixture.share) * values + np.float32(1 - mixture.share) * other)
