"""Cleaning: lyrics become tokens by the steps of system 000 (docs/systems), each a switch."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from typing import Literal, NamedTuple

from unisono.errors import ExperimentError, nearest
from unisono.inputs.reading.stamps import without_stamps
from unisono.parts import need

Apostrophes = Literal["join", "split"]

_TYPED = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."}
)
_LEMMA_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "ru", "pl", "tr", "el", "hi")
_DIGITS = re.compile(r"\d+")
_INNER_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


class Cleaner(NamedTuple):
    """The steps of one input, ready to run.

    Args:
        phrases: matches what is to be dropped, None for nothing.
        pattern: matches one token.
        stops: tokens to drop.
    """

    lower: bool
    ascii_only: bool
    digits: bool
    join: bool
    phrases: re.Pattern[str] | None
    pattern: re.Pattern[str]
    min_letters: int
    stops: frozenset[str]
    lemma: Callable[[str], str] | None

    def tokens(self, lyrics: str) -> list[str]:
        """The tokens of some lyrics, in order."""
        found = self.pattern.findall(self.plain(lyrics))
        if self.min_letters > 1:
            found = [t for t in found if len(t) >= self.min_letters]
        if self.stops:
            found = [t for t in found if t not in self.stops]
        return found if self.lemma is None else [self.lemma(t) for t in found]

    def plain(self, lyrics: str) -> str:
        """The text before it is cut into tokens."""
        text = unicodedata.normalize("NFC", without_stamps(lyrics)).translate(_TYPED)
        if self.phrases is not None:
            text = self.phrases.sub(" ", text)
        if self.ascii_only:
            text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
        if self.lower:
            text = text.lower()
        if self.digits:
            text = _DIGITS.sub(" ", text)
        return _INNER_APOSTROPHE.sub("", text) if self.join else text

    def stop_forms(self, words: Iterable[str]) -> set[str]:
        """What these stop words look like after the same steps.

        A word that is cut in two ("don't" where apostrophes split) is dropped piece by piece; accents that are taken
        off the lyrics are taken off the list as well.
        """
        return {token for word in words for token in self.pattern.findall(self._replace(phrases=None).plain(word))}


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Matches any of the phrases as whole words, in any case, whatever stands between their words but letters."""
    words = [[re.escape(w) for w in re.findall(r"\w+", unicodedata.normalize("NFC", p))] for p in phrases]
    ways = [r"\W+".join(w) for w in sorted(words, key=len, reverse=True) if w]
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)", re.IGNORECASE) if ways else None


@cache
def token_pattern(punctuation: bool) -> re.Pattern[str]:
    """Matches a word (letters, digits and their marks); with `punctuation` also a single other sign.

    Python's own \\w lacks the vowel signs of Indic scripts, so words would fall apart at them: they are added here.
    """
    marks = _ranges(c for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
    word = rf"(?:[^\W_]|[{marks}])+"
    return re.compile(rf"{word}|[^\w\s]|_" if punctuation else word)


def lemmatizer(language: str) -> Callable[[str], str]:
    """The function that gives a word's dictionary form (simplemma), in lower case.

    Raises: ExperimentError when simplemma does not know the language.
    """
    simplemma = need("simplemma", "lemmas")
    try:
        simplemma.lemmatize("a", lang=language)
    except ValueError as error:
        advice = nearest(language, _LEMMA_LANGUAGES) or "Give an ISO 639-1 code, such as en, de or fr."
        raise ExperimentError(f'lemmas of language "{language}"', "unknown to simplemma", advice) from error
    return partial(_lemma, language)


@lru_cache(maxsize=200_000)
def _lemma(language: str, word: str) -> str:
    return sys.intern(str(need("simplemma", "lemmas").lemmatize(word, lang=language)).lower())


def _ranges(codes: Iterable[int]) -> str:
    """A regular expression's character class of code points, as ranges."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\u{low:04x}-\\u{high:04x}" for low, high in spans)
