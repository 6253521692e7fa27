"""Text form: scaled by the training tracks, and an error where none has lyrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.inputs.reading.form import MEASURES
from unisono.inputs.text_form import TextForm


@dataclass(frozen=True)
class Song:
    lyrics: str | None
    id: str = "song"
    audio: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)


SONGS = [Song("night falls on the town"), Song("la la la love la la la"), Song("Rain, rain! Go away; the river rises")]


def test_training_tracks_have_mean_0_and_deviation_1() -> None:
    fitted = TextForm().fit([*SONGS, Song(None)])
    rows = np.stack([fitted.read(song)[0]["values"] for song in SONGS])
    assert rows.mean(0) == pytest.approx(np.zeros(len(MEASURES)), abs=1e-6)
    varies = rows.std(0) > 1e-3
    assert rows.std(0)[varies] == pytest.approx(1, abs=1e-5)
    assert varies.sum() > 15


def test_what_is_cleaned_away_does_not_count() -> None:
    fitted = TextForm(drop_phrases=("lyric commercial",)).fit(SONGS)
    one, other = (fitted.read(Song(t))[0]["values"] for t in ("Love, lyric commercial LOVE", "love love"))
    assert np.array_equal(one, other)


def test_no_lyrics_at_all_is_an_error() -> None:
    with pytest.raises(ExperimentError, match="no training track has lyrics"):
        TextForm().fit([Song(None), Song(" ?! ")])


def test_reading_before_fitting_is_an_error() -> None:
    with pytest.raises(ValueError, match="call fit first"):
        TextForm().read(SONGS[0])


def test_limits_of_a_vocabulary_are_no_settings_of_it() -> None:
    with pytest.raises(ValueError, match="min_count"):
        TextForm(min_count=3)  # type: ignore[call-arg]
