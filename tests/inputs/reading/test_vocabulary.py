"""Vocabulary: terms that are frequent enough get numbers, in an order that is always the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from unisono.inputs.reading.vocabulary import character_ngrams, chosen, counted, word_ngrams

DOCUMENTS = [["a", "b", "b"], ["b", "c"], [], ["a", "c", "d"]]


def test_tracks_and_occurrences_are_counted_apart() -> None:
    counts = counted(DOCUMENTS)
    assert counts.tracks == 4
    assert counts.having == {"a": 2, "b": 2, "c": 2, "d": 1}
    assert counts.total == {"a": 2, "b": 3, "c": 2, "d": 1}


def test_the_most_frequent_come_first_and_equals_by_alphabet() -> None:
    counts = counted(DOCUMENTS)
    assert chosen(counts, 1, 10) == ("b", "a", "c", "d")
    assert chosen(counts, 2, 10) == ("b", "a", "c")
    assert chosen(counts, 1, 2) == ("b", "a")


@given(st.permutations(DOCUMENTS))
def test_the_order_of_tracks_does_not_matter(documents: list[list[str]]) -> None:
    assert chosen(counted(documents), 1, 3) == ("b", "a", "c")


def test_word_ngrams() -> None:
    assert word_ngrams(["x", "y", "z"], 2, 3) == ["x y", "y z", "x y z"]
    assert word_ngrams(["x"], 2, 3) == []


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=6), max_size=6), st.integers(1, 4), st.integers(0, 3))
def test_character_ngrams_are_those_of_scikit_learn(tokens: list[str], low: int, more: int) -> None:
    analyzer = CountVectorizer(analyzer="char_wb", ngram_range=(low, low + more)).build_analyzer()
    assert sorted(character_ngrams(tokens, low, low + more)) == sorted(analyzer(" ".join(tokens)))
