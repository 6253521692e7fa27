"""Descriptors: a tone stands in its pitch class, and the slip of the published code is there by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from unisono.errors import TooShort
from unisono.inputs.descriptors import Descriptors

pytest.importorskip("librosa", reason="needs the extra [descriptors]")


@dataclass(frozen=True)
class Track:
    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


def tone(folder: Path, hertz: float, seconds: float = 2.0) -> Track:
    path = folder / f"{hertz:g}-{seconds:g}.wav"
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(22_050 * seconds)) / 22_050)
    soundfile.write(path, wave, 22_050)
    return Track("t", path)


@pytest.mark.parametrize(("hertz", "pitch"), [(440.0, 9), (523.25, 0), (659.26, 4)])
def test_a_tone_stands_in_its_pitch_class(tmp_path: Path, hertz: float, pitch: int) -> None:
    frames = Descriptors(descriptor="chroma").read(tone(tmp_path, hertz))[0]["frames"]
    assert frames.shape == (12, 87)
    assert frames.mean(axis=1).argmax() == pitch


def test_on_its_side_there_is_a_frame_for_each_bin_as_published(tmp_path: Path) -> None:
    track = tone(tmp_path, 440)
    assert Descriptors(descriptor="chroma", transposed=True).read(track)[0]["frames"].shape == (12, 513)
    assert Descriptors(descriptor="contrast").read(track)[0]["frames"].shape == (7, 87)


def test_silence_has_descriptors_and_no_warning(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.zeros(22_050), 22_050)
    for name in ("mfcc", "chroma", "contrast"):
        part = Descriptors.model_validate({"descriptor": name})
        assert np.isfinite(part.read(Track("s", tmp_path / "s.wav"))[0]["frames"]).all()


def test_a_moment_is_too_short(tmp_path: Path) -> None:
    with pytest.raises(TooShort, match=r"holds 0.10 s of sound but 1 s are needed"):
        Descriptors().read(tone(tmp_path, 440, 0.1))
