"""Text form: how lyrics are made, whatever they are about: length, richness of words, repetition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Self

import numpy as np

from unisono.errors import ExperimentError
from unisono.inputs import Batch, Example, Source
from unisono.inputs.reading.dense import collate_dense
from unisono.inputs.reading.form import MEASURES, form_of
from unisono.inputs.reading.scaling import Scaler, fit_scaler
from unisono.inputs.reading.text import Text
from unisono.parts import Settings


class TextForm(Text, Settings):
    """Numbers that a bag of words cannot hold, scaled by the training tracks; `reading.form.MEASURES` names them.

    Args:
        scaler: learned by `fit`: mean and deviation of each number.
    """

    kind: Literal["text_form"] = "text_form"
    scaler: Scaler | None = None

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One number a measure."""
        return {"values": (len(MEASURES),)}

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the scale of each number from the training tracks that have lyrics.

        Raises: ExperimentError when none has.
        """
        rows = np.array([form_of(tokens) for tokens in self._documents(tracks)], np.float64)
        if not len(rows):
            raise ExperimentError(
                f'input "{self.kind}"',
                "no training track has lyrics, so there is nothing to learn",
                "Check that the collection has lyrics (a column, sidecar files or tags).",
            )
        return self._learned(scaler=fit_scaler("standard", lambda: [rows]))

    def read(self, track: Source) -> list[Example]:
        """One example, or none when nothing is left of the lyrics after cleaning.

        Shape: {"values": float32 (measures,)}
        """
        if self.scaler is None:
            raise ValueError('the input "text_form" is not fitted: call fit first')
        tokens = self.tokens(track.lyrics or "")
        if not tokens:
            return []
        return [{"values": self.scaler.apply(np.array(form_of(tokens))).astype(np.float32)}]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Rows one below the other; a missing example becomes zeros.

        Shape: {"values": float32 (examples, measures)}
        """
        return collate_dense(examples, len(MEASURES))
