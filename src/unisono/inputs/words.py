"""Words: lyrics as a sequence of token numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, Self

import numpy as np
from pydantic import Field

from unisono.inputs import Batch, Example, Source
from unisono.inputs.reading.text import Terms, Text
from unisono.inputs.reading.vocabulary import chosen, counted
from unisono.parts import Settings

UNKNOWN = 1  # 0 is padding
RESERVED = 2


class Words(Terms, Text, Settings):
    """Token numbers of a track's lyrics: 0 is padding, 1 a word that no training track has often enough.

    Args:
        max_tokens: longer lyrics are cut after so many tokens.
        min_tokens: a batch is padded to at least so many; at least the widest kernel of the encoder.
    """

    kind: Literal["words"] = "words"
    max_tokens: int = Field(200, ge=1)
    min_tokens: int = Field(8, ge=1)
    max_vocabulary: int = Field(20_000, ge=1)

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One array of any length."""
        return {"ids": (None,)}

    @property
    def vocabulary_size(self) -> int:
        """Rows an embedding needs, reserved numbers included."""
        return RESERVED + len(self._numbers)

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the vocabulary from the training tracks; tokens that are cut off are not counted.

        Raises: ExperimentError when their lyrics give no vocabulary.
        """
        counts = counted(tokens[: self.max_tokens] for tokens in self._documents(tracks))
        terms = chosen(counts, self.min_count, self.max_vocabulary)
        if not terms:
            raise self._nothing_to_learn(self.kind)
        return self._learned(vocabulary=terms)

    def read(self, track: Source) -> list[Example]:
        """One example, or none when nothing is left of the lyrics after cleaning.

        Shape: {"ids": int32 (tokens,)}
        """
        numbers = self._numbers
        tokens = self.tokens(track.lyrics or "")[: self.max_tokens]
        ids = np.array([numbers.get(t, UNKNOWN) for t in tokens], dtype=np.int32)
        return [{"ids": ids}] if tokens else []

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Pad to the longest.

        Shape: {"ids": int32 (examples, max(longest, min_tokens))}
        """
        longest = max((len(e["ids"]) for e in examples if e is not None), default=0)
        ids = np.zeros((len(examples), max(longest, self.min_tokens)), dtype=np.int32)
        for row, example in zip(ids, examples, strict=True):
            if example is not None:
                row[: len(example["ids"])] = example["ids"]
        return {"ids": ids}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        if self.vocabulary is None:
            raise ValueError('the input "words" is not fitted: call fit first')
        return {term: number for number, term in enumerate(self.vocabulary, RESERVED)}
