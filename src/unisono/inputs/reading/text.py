"""Text: what inputs that read lyrics share: the cleaning switches, and the limits of a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field

from unisono.errors import AudioError, ExperimentError
from unisono.inputs import Needs, Source
from unisono.inputs.reading.cleaning import Apostrophes, Cleaner, lemmatizer, phrase_pattern, token_pattern
from unisono.inputs.reading.keys import key_of
from unisono.inputs.reading.stop_words import stop_words


class Text(BaseModel):
    """Fields of an input that reads lyrics; time stamps of LRC lyrics are always taken out.

    Args:
        lower: write everything in lower case.
        strip_punctuation: drop signs; else each sign is a token of its own.
        strip_non_ascii: drop characters beyond ASCII (accents are taken off their letters first).
        strip_digits: drop digits.
        stop_words: drop our list of the language's function words, or the words given here.
        lemmas: dictionary forms in place of words (simplemma).
        language: of the stop words and lemmas, an ISO 639-1 code.
        drop_phrases: phrases to take out wherever they stand, such as a site's boilerplate.
        apostrophes: inside a word: `join` (don't -> dont) or `split` (l'amour -> l, amour).
        min_letters: shorter tokens are dropped.
    """

    needs: ClassVar[Needs] = "lyrics"
    costly: ClassVar[bool] = False

    lower: bool = True
    strip_punctuation: bool = True
    strip_non_ascii: bool = False
    strip_digits: bool = False
    stop_words: bool | tuple[str, ...] = False
    lemmas: bool = False
    language: str = "en"
    drop_phrases: tuple[str, ...] = ()
    apostrophes: Apostrophes = "join"
    min_letters: int = Field(1, ge=1)

    def tokens(self, lyrics: str) -> list[str]:
        """The tokens that these settings make of some lyrics."""
        return self._cleaner.tokens(lyrics)

    def why_missing(self, track: Source) -> str | None:
        """Why a track lacks this input, in words; None when it has it."""
        lyrics = track.lyrics or ""
        if not lyrics.strip():
            return "it has no lyrics"
        return None if self.tokens(lyrics) else "nothing is left of its lyrics after cleaning"

    def key(self) -> str:
        """Names the settings and the vocabulary."""
        return self._key

    def _documents(self, tracks: Iterable[Source]) -> Iterator[list[str]]:
        for track in tracks:
            try:
                lyrics = track.lyrics  # may be read from a file just now
            except AudioError:
                continue  # teaches no word; whoever reads this track's example is told why
            if tokens := self.tokens(lyrics or ""):
                yield tokens

    def _learned(self, **learned: Any) -> Self:
        """A copy that holds what was learned."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**kept, **learned})

    @cached_property
    def _key(self) -> str:
        return key_of(self)

    @cached_property
    def _cleaner(self) -> Cleaner:
        pattern = token_pattern(not self.strip_punctuation)
        cleaner = Cleaner(
            lower=self.lower,
            ascii_only=self.strip_non_ascii,
            digits=self.strip_digits,
            join=self.apostrophes == "join",
            phrases=phrase_pattern(self.drop_phrases),
            pattern=pattern,
            min_letters=self.min_letters,
            stops=frozenset(),
            lemma=lemmatizer(self.language) if self.lemmas else None,
        )
        listed = stop_words(self.language) if self.stop_words is True else self.stop_words or ()
        return cleaner._replace(stops=frozenset(cleaner.stop_forms(listed)))


class Terms(BaseModel):
    """Fields of an input that gives terms numbers.

    Args:
        min_count: training tracks that must have a term before it gets a number.
        max_vocabulary: at most so many terms, the most frequent ones.
        vocabulary: learned by `fit`: the terms, most frequent first.
    """

    min_count: int = Field(2, ge=1)
    max_vocabulary: int = Field(100_000, ge=1)
    vocabulary: tuple[str, ...] | None = None

    def _nothing_to_learn(self, kind: str) -> ExperimentError:
        return ExperimentError(
            f'input "{kind}"',
            f"no term stands in {self.min_count} or more of the training tracks' lyrics, so there is no vocabulary",
            "Check that the collection has lyrics (a column, sidecar files or tags), or lower min_count.",
        )
