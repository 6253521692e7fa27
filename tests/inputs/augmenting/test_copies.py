"""Copies stand beside the sound itself and are for training alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from unisono.errors import ExperimentError
from unisono.inputs.augmenting import copies_of, picked
from unisono.inputs.choi2017 import Choi2017
from unisono.inputs.mel import Mel
from unisono.inputs.words import Words

THREE = (-2.0, 0.0, 2.0)


@dataclass(frozen=True)
class Track:
    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def song(tmp_path: Path, music: Callable[..., NDArray[np.float32]], write_sound: Callable[..., Path]) -> Track:
    return Track("song", write_sound(tmp_path / "song.wav", music(3, 12_000), 12_000))


def test_an_excerpt_brings_its_copies(song: Track) -> None:
    plain, copied = Mel(duration=1, excerpts=2), Mel(duration=1, excerpts=2, pitch=THREE)
    for alone, example in zip(plain.read(song), copied.read(song), strict=True):
        assert example.keys() == {"mel-2", "mel", "mel+2"}
        assert np.array_equal(picked(example, ["mel"], 0)["mel"], alone["mel"])
        assert not np.allclose(example["mel-2"], example["mel+2"])
        assert picked(alone, ["mel"], 2) is not alone and np.array_equal(picked(alone, ["mel"], 2)["mel"], alone["mel"])
    assert [e.keys() for e in Mel(duration=0, pitch=THREE).read(song)] == [{"mel-2", "mel", "mel+2"}]
    assert plain.key() != copied.key()


def test_what_is_fitted_makes_no_copies(song: Track) -> None:
    for normalise in ("none", "band"):
        fitted = Mel.model_validate({"duration": 1, "pitch": THREE, "normalise": normalise}).fit([song])
        assert fitted.pitch == (0.0,)
        assert fitted.read(song)[0].keys() == {"mel"}
        assert fitted.key() == Mel.model_validate({"duration": 1, "normalise": normalise}).key()


def test_a_pre_trained_network_hears_copies(
    song: Track, choi_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    part = Choi2017(weights=str(choi_weights / "keras.hdf5"), duration=7, pitch=THREE)
    example = part.read(song)[0]
    assert example.keys() == {"values-2", "values", "values+2"}
    plain = Choi2017(weights=str(choi_weights / "keras.hdf5"), duration=7).read(song)[0]
    assert np.array_equal(example["values"], plain["values"])
    assert part.fit([song]).pitch == (0.0,)


def test_inputs_of_one_model_agree_on_the_copies() -> None:
    one, other = Mel(pitch=THREE), Mel(pitch=(0.0, 1.0))
    assert copies_of({"a": one, "b": Mel(), "c": Words()}) == THREE
    assert copies_of({"b": Mel()}) == (0.0,)
    with pytest.raises(ExperimentError, match=r"ask for different copies \(a \[-2.0, 0.0, 2.0\] and b \[0.0, 1.0\]\)"):
        copies_of({"a": one, "b": other})


@pytest.mark.parametrize("pitch", [(), (2,), (0, 0), (0, 13)])
def test_the_sound_itself_is_one_of_them(pitch: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="pitch must name the sound itself"):
        Mel(pitch=pitch)
