"""Sound statistics: the declared width, what each group hears, and settings that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from pydantic import ValidationError

from unisono.errors import TooShort
from unisono.inputs import Labels
from unisono.inputs.sound_statistics import Group, SoundStatistics

Waveform = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100])
def test_the_width_is_what_is_made(rate: int, music: Callable[..., Waveform]) -> None:
    heard = music(2, rate).mean(axis=1)
    whole = SoundStatistics(sample_rate=rate)
    assert whole.rows(heard).shape == (1, whole.width)
    for group in get_args(Group):
        alone = SoundStatistics(sample_rate=rate, groups=(group,))
        assert alone.rows(heard).shape == (1, alone.width), group


def test_louder_is_louder_and_nothing_else() -> None:
    noise = np.random.default_rng(0).standard_normal(44_100).astype(np.float32) * 0.01
    part = SoundStatistics(groups=("loudness", "shape", "rhythm"))
    soft, loud = part.rows(noise)[0], part.rows(10 * noise)[0]
    assert np.allclose(loud[[0, 2, 3, 4, 5]] - soft[[0, 2, 3, 4, 5]], 20, atol=0.01)
    assert np.allclose(loud[6:12], soft[6:12], atol=1e-3)


def test_beats_are_heard_in_a_file(tmp_path: Path) -> None:
    rate, wave = 22_050, np.zeros(22_050 * 12)
    rng = np.random.default_rng(0)
    for beat in np.arange(0, 12, 0.5):  # 120 a minute
        start = round(beat * rate)
        wave[start : start + 1000] = rng.standard_normal(1000) * np.linspace(0.5, 0, 1000)
    soundfile.write(tmp_path / "beats.wav", wave, rate)
    tempo = SoundStatistics(groups=("tempo",)).read(Track("b", tmp_path / "beats.wav"))[0]["values"]
    assert np.allclose(tempo, [1, 0], atol=0.3)  # 60, 120, 240: the same place on the circle
    silence = SoundStatistics().rows(np.zeros(22_050, np.float32))
    assert np.isfinite(silence).all()
    assert not silence[0, -114:].any()


def test_a_moment_is_too_short_and_no_sound_is_no_example(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.zeros(8_000), 16_000)
    with pytest.raises(TooShort, match=r"holds 0.50 s of sound but 1 s are needed"):
        SoundStatistics().read(Track("s", tmp_path / "s.wav"))
    assert SoundStatistics().read(Track("none")) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": []}, "groups must name some"),
        ({"groups": ["mfcc", "mfcc"]}, "each once"),
        ({"groups": ["mfc"]}, "mfcc"),
        ({"coefficients": 65}, "65 coefficients need as many bands but n_mels is 64"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SoundStatistics.model_validate(settings)


def test_it_keeps_the_numbers_that_training_labels_ask_for() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((40, 6)).astype(np.float32)
    loud = rows[:, 2] > 0
    tracks = [[{"values": row}] for row in rows]
    tracks[3] = []  # could not be heard
    part = SoundStatistics.model_validate({"groups": ["loudness"], "selection": {"anova": 1}})
    assert part.shapes == {"values": (None,)}
    assert part.learns_from_labels
    fitted = part.fit_heard(tracks, {"loud": Labels("multiclass", loud[:, None].astype(np.float32))})
    assert fitted.selected is not None
    assert fitted.selected.names == ("soundstatistics[2]",)
    assert fitted.shapes == {"values": (1,)}
    batch = fitted.collate([{"values": rows[0]}, None])["values"]
    known = np.delete(rows[:, 2], 3).astype(np.float64)
    assert batch.shape == (2, 1)
    assert batch[0, 0] == pytest.approx((rows[0, 2] - known.mean()) / known.std(), abs=1e-5)
    assert SoundStatistics(**fitted.model_dump()).collate([{"values": rows[0]}])["values"] == batch[:1]
    assert fitted.key() == part.key(), "what was heard is the same"


def test_the_course_of_a_sound_needs_its_ranges_of_bands() -> None:
    with pytest.raises(ValueError, match="group course needs 16 bands or more but n_mels is 8"):
        SoundStatistics(groups=("course",), n_mels=8, coefficients=8)
