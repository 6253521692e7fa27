"""Bag of words: the numbers of scikit-learn's vectorizers, sparse."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from unisono.errors import ExperimentError
from unisono.inputs.bag_of_words import BagOfWords


@dataclass(frozen=True)
class Song:
    lyrics: str | None
    id: str = "song"
    audio: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)


def songs(count: int, words: int = 300, length: int = 40, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    names = ["".join(rng.choice(list("abcdefgh"), rng.integers(1, 7))) for _ in range(words)]
    chance = 1 / np.arange(1, words + 1)
    drawn = rng.choice(names, (count, length), p=chance / chance.sum())
    return [" ".join(row[: rng.integers(1, length)]) for row in drawn]


TEXTS = songs(120)
NEW = [*songs(30, seed=1), "unheard words alone", TEXTS[0] + " unheard"]


def dense(fitted: BagOfWords, text: str, names: list[str]) -> np.ndarray[Any, Any]:
    """One song's weights in the order of a rival's columns."""
    column = {name: i for i, name in enumerate(names)}
    row = np.zeros(len(names))
    for example in fitted.read(Song(text)):
        terms = [(fitted.vocabulary or ())[i - 1].removeprefix("\t") for i in example["ids"]]
        row[[column[t] for t in terms]] = example["weights"]
    return row


@pytest.mark.parametrize(
    ("settings", "rival"),
    [
        ({"ngrams": [1, 2]}, TfidfVectorizer(ngram_range=(1, 2), min_df=2)),
        ({"ngrams": [1, 1], "sublinear": True}, TfidfVectorizer(sublinear_tf=True, min_df=2)),
        ({"ngrams": [2, 3], "norm": "none"}, TfidfVectorizer(ngram_range=(2, 3), norm=None, min_df=2)),
        ({"ngrams": [1, 2], "weighting": "counts", "norm": "none"}, CountVectorizer(ngram_range=(1, 2), min_df=2)),
        ({"ngrams": [1, 1], "weighting": "binary", "norm": "none"}, CountVectorizer(binary=True, min_df=2)),
        (
            {"ngrams": [], "characters": [2, 4], "min_letters": 1},
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2),
        ),
    ],
)
def test_the_numbers_are_those_of_scikit_learn(settings: dict[str, Any], rival: Any) -> None:
    fitted = BagOfWords(**{"min_letters": 2, **settings}).fit(map(Song, TEXTS))
    rival.fit(TEXTS)
    names = rival.get_feature_names_out().tolist()
    assert sorted(t.removeprefix("\t") for t in fitted.vocabulary or ()) == sorted(names)
    expected = rival.transform(NEW).toarray()
    for text, row in zip(NEW, expected, strict=True):
        np.testing.assert_allclose(dense(fitted, text, names), row, atol=1e-6)


def test_log_weights_are_ln_of_one_more() -> None:
    fitted = BagOfWords(weighting="log", norm="none", ngrams=[1, 1], min_count=1).fit([Song("la la la"), Song("na")])
    assert fitted.read(Song("la la na"))[0]["weights"].tolist() == pytest.approx([np.log(3), np.log(2)])


def test_words_and_runs_of_characters_that_spell_alike_are_two_terms() -> None:
    fitted = BagOfWords(ngrams=[1, 1], characters=[2, 2], min_count=1).fit([Song("me meme")])
    assert sorted(fitted.vocabulary or ()) == ["\t m", "\te ", "\tem", "\tme", "me", "meme"]


def test_lyrics_without_a_known_term_are_there_but_empty() -> None:
    fitted = BagOfWords(min_count=1).fit([Song("night rain")])
    (example,) = fitted.read(Song("something else"))
    assert example["ids"].shape == example["weights"].shape == (0,)
    assert fitted.collate([example])["ids"].tolist() == [[0]]
    assert fitted.read(Song("...")) == fitted.read(Song(None)) == []


def test_a_batch_is_padded_with_number_and_weight_zero() -> None:
    fitted = BagOfWords(min_count=1, ngrams=[1, 1], weighting="counts", norm="none").fit([Song("a b b")])
    batch = fitted.collate([fitted.read(Song(t))[0] for t in ("b", "a b a")] + [None])
    assert batch["ids"].tolist() == [[1, 0], [1, 2], [0, 0]]
    assert batch["weights"].tolist() == [[1, 0], [1, 2], [0, 0]]
    assert fitted.vocabulary_size == 3


def test_the_vocabulary_is_bounded_and_keeps_the_most_frequent() -> None:
    fitted = BagOfWords(min_count=1, ngrams=[1, 1], max_vocabulary=1).fit([Song("a b b")])
    assert fitted.vocabulary == ("b",)


def test_no_vocabulary_is_an_error() -> None:
    with pytest.raises(ExperimentError, match=r'input "bag_of_words": no term stands in 2 or more'):
        BagOfWords().fit([Song("a"), Song(None)])


@pytest.mark.parametrize("wrong", [[2, 1], [0, 2], [1], [1, 2, 3]])
def test_impossible_ngrams_are_refused(wrong: list[int]) -> None:
    with pytest.raises(ValidationError, match="1 <= from <= to"):
        BagOfWords(ngrams=wrong)


def test_an_unfitted_input_does_not_read() -> None:
    with pytest.raises(ValueError, match="call fit first"):
        BagOfWords().read(Song("night"))


def test_idf_survives_json_to_the_last_bit() -> None:
    fitted = BagOfWords().fit(map(Song, TEXTS))
    again = BagOfWords(**json.loads(fitted.model_dump_json()))
    assert again.idf == fitted.idf


def test_what_is_looked_up_is_made_once() -> None:
    """A dictionary or an array of the whole vocabulary that is made for each song would cost 1,000 times the song."""
    fitted = BagOfWords().fit(map(Song, TEXTS))
    assert fitted._numbers is fitted._numbers
    assert fitted._idf is fitted._idf
    assert fitted._cleaner is fitted._cleaner
