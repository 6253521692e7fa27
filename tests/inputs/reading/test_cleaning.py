"""Cleaning: each step of system 000 is a switch and does one thing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unisono.errors import ExperimentError
from unisono.inputs.reading.cleaning import phrase_pattern
from unisono.inputs.reading.text import Text


def tokens(lyrics: str, **settings: Any) -> list[str]:
    return Text(**settings).tokens(lyrics)


def test_the_default_keeps_words_and_numbers_in_lower_case() -> None:
    assert tokens("Hold me, NOW! (24 hours)") == ["hold", "me", "now", "24", "hours"]


def test_case_is_kept_when_asked() -> None:
    assert tokens("Hold Me", lower=False) == ["Hold", "Me"]


def test_signs_are_tokens_when_they_are_not_stripped() -> None:
    assert tokens("Now! why?!", strip_punctuation=False) == ["now", "!", "why", "?", "!"]


def test_punctuation_separates_words_but_an_apostrophe_joins_them() -> None:
    assert tokens("night-time don't snake_case") == ["night", "time", "dont", "snake", "case"]


def test_a_typed_apostrophe_is_the_same_as_a_printed_one() -> None:
    assert tokens("don’t") == tokens("don't") == tokens("don`t") == ["dont"]


def test_apostrophes_split_when_asked() -> None:
    assert tokens("l'amour", apostrophes="split") == ["l", "amour"]


def test_non_ascii_loses_accents_first_then_what_is_left() -> None:
    assert tokens("Café Ωmega 夜", strip_non_ascii=True) == ["cafe", "mega"]
    assert tokens("Café Ωmega 夜") == ["café", "ωmega", "夜"]


def test_digits_are_dropped_wherever_they_stand() -> None:
    assert tokens("route 66 b4 you", strip_digits=True) == ["route", "b", "you"]


def test_composed_and_decomposed_letters_are_one_word() -> None:
    assert tokens("cafe\u0301") == tokens("caf\u00e9") == ["caf\u00e9"]


def test_vowel_signs_hold_a_hindi_word_together() -> None:
    assert tokens("हिन्दी गीत") == ["हिन्दी", "गीत"]


def test_stop_words_are_dropped_before_lemmas() -> None:
    settings = {"stop_words": True, "lemmas": True}
    assert tokens("I was running through the cities", **settings) == ["run", "city"]


def test_stop_words_with_apostrophes_are_found_either_way() -> None:
    assert tokens("I don't love", stop_words=True) == ["love"]
    assert tokens("I don't love", stop_words=True, apostrophes="split") == ["love"]


def test_stop_words_lose_accents_with_the_lyrics() -> None:
    assert tokens("où été chanson", stop_words=True, language="fr", strip_non_ascii=True) == ["chanson"]


def test_own_stop_words_take_the_place_of_the_list() -> None:
    assert tokens("la la the song", stop_words=["LA"]) == ["the", "song"]


def test_lemmas_follow_the_language() -> None:
    assert tokens("Häuser", lemmas=True, language="de") == ["haus"]
    assert tokens("mice loved", lemmas=True) == ["mouse", "love"]


def test_phrases_go_in_any_case_across_lines_and_signs_but_not_inside_words() -> None:
    found = tokens("Love\nLyric, Commercial! lyrics commercials", drop_phrases=["lyric commercial"])
    assert found == ["love", "lyrics", "commercials"]


def test_the_longer_of_two_phrases_wins() -> None:
    assert tokens("not for commercial use", drop_phrases=["not for", "not for commercial"]) == ["use"]


def test_phrases_without_words_drop_nothing() -> None:
    assert phrase_pattern(["", " - "]) is None


def test_time_stamps_never_become_tokens() -> None:
    assert tokens("[ar:Somebody]\n[00:12.30]Hold <00:12.80>me\n[01:02:03] now") == ["hold", "me", "now"]


def test_short_tokens_are_dropped_when_asked() -> None:
    assert tokens("i am a rock", min_letters=2) == ["am", "rock"]


def test_an_unknown_language_is_an_error_with_advice() -> None:
    with pytest.raises(ExperimentError, match=r'stop words of language "xx": no list, we have en, .*Give your own'):
        tokens("a", stop_words=True, language="xx")
    with pytest.raises(ExperimentError, match=r'lemmas of language "xx": unknown to simplemma.*ISO 639-1'):
        tokens("a", lemmas=True, language="xx")


@settings(deadline=None)
@given(st.text())
def test_any_text_gives_clean_tokens(lyrics: str) -> None:
    found = tokens(lyrics, strip_non_ascii=True, strip_digits=True, stop_words=True)
    assert all(t and t.isascii() and t.isalpha() and t == t.lower() for t in found)
    assert not {"the", "i", "dont"} & set(found)


@settings(deadline=None)
@given(st.text())
@example("𝕊")  # a sign that becomes a capital letter only when it is made ASCII
def test_cleaning_clean_tokens_changes_nothing(lyrics: str) -> None:
    once = tokens(lyrics, strip_non_ascii=True)
    assert tokens(" ".join(once), strip_non_ascii=True) == once
