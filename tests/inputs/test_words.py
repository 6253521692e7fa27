"""Words: token numbers, the vocabulary fitted on the training tracks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from unisono.errors import AudioError, ExperimentError
from unisono.inputs.words import UNKNOWN, Words


@dataclass(frozen=True)
class Song:
    lyrics: str | None
    id: str = "song"
    audio: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)


TRAIN = [Song("night night city"), Song("night rain"), Song("rain city night"), Song(None), Song("")]


def test_the_most_frequent_word_gets_the_first_number_after_padding_and_unknown() -> None:
    fitted = Words(min_count=1).fit(TRAIN)
    assert fitted.vocabulary == ("night", "city", "rain")
    assert fitted.vocabulary_size == 5
    assert fitted.read(Song("Rain, night!"))[0]["ids"].tolist() == [4, 2]


def test_words_of_too_few_tracks_and_new_words_are_unknown() -> None:
    fitted = Words(min_count=3).fit(TRAIN)
    assert fitted.vocabulary == ("night",)
    assert fitted.read(Song("night moves in the city"))[0]["ids"].tolist() == [2, *[UNKNOWN] * 4]


def test_the_vocabulary_is_bounded() -> None:
    assert Words(min_count=1, max_vocabulary=2).fit(TRAIN).vocabulary == ("night", "city")


def test_long_lyrics_are_cut_and_what_is_cut_teaches_nothing() -> None:
    fitted = Words(min_count=1, max_tokens=2).fit(TRAIN)
    assert fitted.vocabulary == ("night", "rain", "city")
    assert fitted.read(Song("city " * 9))[0]["ids"].shape == (2,)


def test_a_batch_is_as_long_as_its_longest_but_not_below_the_least() -> None:
    fitted = Words(min_count=1, min_tokens=4).fit(TRAIN)
    short, long = fitted.read(Song("night rain"))[0], fitted.read(Song("night " * 6))[0]
    assert fitted.collate([short])["ids"].tolist() == [[2, 4, 0, 0]]
    batch = fitted.collate([short, None, long])["ids"]
    assert batch.shape == (3, 6)
    assert batch.dtype == np.int32
    assert batch[0, 2:].tolist() == [0, 0, 0, 0]
    assert fitted.collate([])["ids"].shape == (0, 4)


def test_it_says_why_a_track_lacks_lyrics() -> None:
    fitted = Words(min_count=1, stop_words=True).fit(TRAIN)
    assert fitted.why_missing(Song(None)) == "it has no lyrics"
    assert fitted.why_missing(Song("\n ")) == "it has no lyrics"
    assert fitted.why_missing(Song("I am the ...")) == "nothing is left of its lyrics after cleaning"
    assert fitted.read(Song("I am the ...")) == []
    assert fitted.why_missing(Song("night")) is None


def test_lyrics_that_cannot_be_read_teach_nothing_and_are_told_when_read() -> None:
    class Damaged(Song):
        def __init__(self) -> None:
            super().__init__("")
            del self.__dict__["lyrics"]

        def __getattr__(self, name: str) -> Any:
            raise AudioError("song.mp3", "its tags cannot be read")

    fitted = Words(min_count=1).fit([*TRAIN, Damaged()])
    assert fitted.vocabulary == ("night", "city", "rain")
    with pytest.raises(AudioError, match="tags cannot be read"):
        fitted.read(Damaged())


def test_no_lyrics_at_all_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ExperimentError, match=r'input "words": no term stands in 2 or more .* lower min_count'):
        Words().fit([Song("once"), Song(None)])


def test_an_unfitted_input_does_not_read() -> None:
    with pytest.raises(ValueError, match="call fit first"):
        Words().read(Song("night"))


def test_keys_tell_settings_and_vocabularies_apart() -> None:
    made = [Words(), Words(lemmas=True), Words(min_count=1).fit(TRAIN), Words(min_count=1).fit(TRAIN[:1])]
    assert len({words.key() for words in made}) == 4
    assert made[2].key() == Words(min_count=1).fit(TRAIN).key()


@pytest.mark.parametrize("wrong", [{"max_tokens": 0}, {"min_count": 0}, {"min_tokens": 0}, {"apostrophes": "drop"}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Words(**wrong)
