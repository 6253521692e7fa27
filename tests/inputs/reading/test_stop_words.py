"""Stop words: every list is of lower-case words, each once, and holds no words of content."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError
from unisono.inputs.reading.stop_words import LANGUAGES, stop_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_list_has_lower_case_words_once(language: str) -> None:
    words = stop_words(language)
    assert len(words) == len(set(words)) > 100
    assert all(w == w.lower().strip() for w in words)


def test_english_has_function_words_and_no_content() -> None:
    words = set(stop_words("en"))
    assert {"the", "i", "don't", "of", "because", "we've"} <= words
    assert not {"love", "night", "baby", "time", "go", "know"} & words


def test_an_unknown_language_names_the_nearest() -> None:
    with pytest.raises(ExperimentError, match="no list, we have en, de"):
        stop_words("zz")
