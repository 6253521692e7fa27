"""Bag of words: which terms lyrics have and how much each counts, without their order; sparse, never dense."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from unisono.inputs import Batch, Example, Source
from unisono.inputs.reading.sparse import collate_sparse
from unisono.inputs.reading.text import Terms, Text
from unisono.inputs.reading.vocabulary import character_ngrams, chosen, counted, word_ngrams
from unisono.inputs.reading.weighting import Norm, Weighting, inverse_frequencies, weigh
from unisono.parts import Settings

RESERVED = 1  # 0 is padding; a term without a number is left out
_CHARACTERS = "\t"  # before a run of characters, which may spell a word; no token holds a tab


class BagOfWords(Terms, Text, Settings):
    """Numbers and weights of the terms of a track's lyrics; the number 0 is padding.

    `weighting = "tfidf"` gives the numbers of scikit-learn's TfidfVectorizer (with `min_letters = 2`, its tokens).

    Args:
        weighting: `counts`, `binary`, `log` (ln(1 + count)) or `tfidf`.
        norm: `l2` makes the squares of a track's weights sum to 1.
        sublinear: 1 + ln(count) in place of the count; for `tfidf`.
        ngrams: runs of words, from and to so many; empty for none.
        characters: runs of characters inside words, from and to so many; empty for none.
        idf: learned by `fit`: inverse frequency of each term; for `tfidf`.
    """

    kind: Literal["bag_of_words"] = "bag_of_words"
    weighting: Weighting = "tfidf"
    norm: Norm = "l2"
    sublinear: bool = False
    ngrams: tuple[int, ...] = (1, 2)
    characters: tuple[int, ...] = ()
    max_vocabulary: int = Field(100_000, ge=1)
    idf: tuple[float, ...] | None = None

    @field_validator("ngrams", "characters")
    @classmethod
    def _from_to(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value and not (len(value) == 2 and 1 <= value[0] <= value[1]):
            raise ValueError("must be [from, to] with 1 <= from <= to, or []")
        return value

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Two arrays of one length."""
        return {"ids": (None,), "weights": (None,)}

    @property
    def vocabulary_size(self) -> int:
        """Rows an embedding needs, the padding included."""
        return RESERVED + len(self._numbers)

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the vocabulary, and for `tfidf` how rare each term is, from the training tracks.

        Raises: ExperimentError when their lyrics give no vocabulary.
        """
        counts = counted(self._terms(tokens) for tokens in self._documents(tracks))
        terms = chosen(counts, self.min_count, self.max_vocabulary)
        if not terms:
            raise self._nothing_to_learn(self.kind)
        rare = inverse_frequencies((counts.having[t] for t in terms), counts.tracks)
        return self._learned(vocabulary=terms, idf=rare if self.weighting == "tfidf" else None)

    def read(self, track: Source) -> list[Example]:
        """One example (without terms if none is known), or none when nothing is left of the lyrics after cleaning.

        Shape: {"ids": int32 (terms,), "weights": float32 (terms,)}, ids ascending
        """
        tokens = self.tokens(track.lyrics or "")
        if not tokens:
            return []
        numbers = self._numbers
        known = [numbers[t] for t in self._terms(tokens) if t in numbers]
        ids, counts = np.unique(np.array(known, dtype=np.int32), return_counts=True)
        idf = None if self._idf is None else self._idf[ids - RESERVED]
        weights = weigh(counts.astype(np.float64), self.weighting, self.norm, self.sublinear, idf)
        return [{"ids": ids, "weights": weights}]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Pad to the longest with number 0 and weight 0.

        Shape: {"ids": int32 (examples, longest), "weights": float32 (examples, longest)}, longest at least 1
        """
        return collate_sparse(examples)

    def _terms(self, tokens: Sequence[str]) -> list[str]:
        words = word_ngrams(tokens, *self.ngrams) if self.ngrams else []
        runs = character_ngrams(tokens, *self.characters) if self.characters else []
        return words + [_CHARACTERS + run for run in runs]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        if self.vocabulary is None:
            raise ValueError('the input "bag_of_words" is not fitted: call fit first')
        return {term: number for number, term in enumerate(self.vocabulary, RESERVED)}

    @cached_property
    def _idf(self) -> NDArray[np.float64] | None:
        return None if self.idf is None else np.array(self.idf, dtype=np.float64)
