"""Mel: shapes, excerpts, refusals, normalisation; the laws that every input keeps are in tests/contracts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pydantic import ValidationError

from unisono.errors import AudioError, TooShort
from unisono.inputs import input_of
from unisono.inputs.mel import Mel

RATE = 22_050


@dataclass(frozen=True)
class Sounding:
    """A track as an input sees it."""

    audio: Path | None
    id: str = "a"
    lyrics: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture
def song(tmp_path: Path, music: Callable) -> Callable[[float], Sounding]:
    def made(seconds: float, rate: int = RATE) -> Sounding:
        path = tmp_path / f"{seconds}-{rate}.wav"
        soundfile.write(path, music(seconds, rate), rate)
        return Sounding(path)

    return made


def test_declared_shape_is_made_shape(song: Callable):
    for settings in (
        {},
        {"frames": 100},
        {"centred": False},
        {"sample_rate": 12_000},
        {"cut": "spectrum", "frames": 60},
    ):
        mel = Mel(duration=5.0, **settings)
        for seconds in (2.0, 7.0):
            (example,) = mel.read(song(seconds))
            assert example["mel"].shape == mel.shapes["mel"]
            assert example["mel"].dtype == np.float32


def test_the_front_end_is_librosas_from_file_to_decibels(song: Callable):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference of the whole front end")
    track = song(4.0)
    (example,) = Mel(duration=4.0, scale="db", reference="max", n_mels=64).read(track)
    waveform = soundfile.read(track.audio, dtype="float32")[0].mean(axis=1)
    power = librosa.feature.melspectrogram(
        y=waveform, sr=RATE, n_fft=2048, hop_length=1024, n_mels=64, pad_mode="constant"
    )
    np.testing.assert_allclose(example["mel"], librosa.power_to_db(power, ref=np.max), atol=1e-3)


def test_shorter_files_end_in_silence(song: Callable):
    (example,) = Mel(duration=10.0).read(song(4.0))
    after = int(4.0 * RATE / 1024) + 3
    assert example["mel"][:, : after - 6].max() > 0.1
    np.testing.assert_array_equal(example["mel"][:, after:], 0)


def test_too_short_is_refused_and_the_bound_can_be_moved(song: Callable):
    with pytest.raises(TooShort, match=r"0.5-22050.wav: holds 0.50 s of sound but 1 s are needed. Leave it out"):
        Mel().read(song(0.5))
    with pytest.raises(TooShort, match=r"holds 0.00 s of sound after its first 30 s"):
        Mel(offset=30.0).read(song(2.0))
    assert len(Mel(min_duration=0.3).read(song(0.5))) == 1


def test_one_sample_is_too_short(tmp_path: Path):
    soundfile.write(tmp_path / "click.wav", np.ones(1, np.float32), RATE)
    with pytest.raises(TooShort):
        Mel().read(Sounding(tmp_path / "click.wav"))


def test_silence_gives_finite_numbers(tmp_path: Path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(3 * RATE, np.float32), RATE)
    for settings in ({}, {"scale": "db", "reference": "max"}, {"normalise": "track"}, {"scale": "none"}):
        (example,) = Mel(duration=3.0, **settings).read(Sounding(tmp_path / "silence.wav"))
        assert np.isfinite(example["mel"]).all()


def test_a_track_without_sound_has_no_examples():
    assert Mel().read(Sounding(None)) == []


def test_excerpts_are_their_own_sounds(song: Callable):
    track = song(9.0)
    three = Mel(duration=3.0, excerpts=3).read(track)
    for i, example in enumerate(three):
        (alone,) = Mel(duration=3.0, offset=3.0 * i).read(track)
        np.testing.assert_allclose(example["mel"], alone["mel"], atol=1e-5)


@pytest.mark.parametrize(("seconds", "held"), [(1.5, 1), (3.9, 1), (4.1, 2), (9.0, 3), (60.0, 3)])
def test_excerpts_that_hold_too_little_are_left_out(seconds: float, held: int, song: Callable):
    assert len(Mel(duration=3.0, excerpts=3, sample_rate=8_000, n_mels=32).read(song(seconds, 8_000))) == held


def test_one_spectrum_can_be_cut_into_frames(song: Callable):
    """System 001: seven pieces of 322 frames that overlap by half, cut from one spectrum of 30 s."""
    seconds = 512 / RATE
    mel = Mel(
        n_fft=1024, hop_length=512, n_mels=128, power=1, scale="db", excerpts=7, cut="spectrum",
        duration=322 * seconds, hop=161 * seconds, frames=322,
    )  # fmt: skip
    track = song(30.0)
    pieces = [example["mel"] for example in mel.read(track)]
    assert [piece.shape for piece in pieces] == [(128, 322)] * 7
    for first, second in pairwise(pieces):
        np.testing.assert_array_equal(first[:, 161:], second[:, :161])
    (whole,) = Mel(n_fft=1024, hop_length=512, n_mels=128, power=1, scale="db", duration=30.0).read(track)
    np.testing.assert_allclose(
        np.concatenate([pieces[0], pieces[2][:, :200]], axis=1), whole["mel"][:, :522], atol=1e-3
    )


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        # 002: 3 s at 16 kHz, the last of 188 frames dropped
        ({"sample_rate": 16_000, "n_fft": 512, "hop_length": 256, "duration": 3.0, "frames": 187, "excerpts": 40},
         (96, 187)),
        # 003, first experiment: 87 s at 22.05 kHz
        ({"n_fft": 2048, "hop_length": 1024, "n_mels": 48, "duration": 87.0, "scale": "db"}, (48, 1874)),
        # the front end of Choi et al.: three times 29 s at 12 kHz
        ({"sample_rate": 12_000, "n_fft": 512, "hop_length": 256, "duration": 29.0, "excerpts": 3, "fmax": 6_000.0,
          "scale": "db", "reference": "max"}, (96, 1360)),
    ],
)  # fmt: skip
def test_the_published_front_ends_have_the_published_shapes(settings: dict[str, Any], shape: tuple[int, int]):
    assert Mel(**settings).shapes == {"mel": shape}


def test_the_whole_track_is_read_in_blocks(song: Callable):
    track = song(6.0)
    (whole,) = Mel(duration=0).read(track)
    (part,) = Mel(duration=6.0).read(track)
    assert Mel(duration=0).shapes == {"mel": (96, None)}
    np.testing.assert_allclose(whole["mel"], part["mel"], atol=1e-5)


def test_lengths_that_vary_are_padded_with_the_quietest(song: Callable):
    mel = Mel(duration=0, scale="db")
    long, short = mel.read(song(3.0))[0], mel.read(song(2.0))[0]
    batch = mel.collate([long, short, None])["mel"]
    frames = short["mel"].shape[1]
    assert batch.shape == (3, *long["mel"].shape)
    np.testing.assert_array_equal(batch[1, :, frames:], short["mel"].min())
    np.testing.assert_array_equal(batch[2], 0)


def test_damage_is_an_error_that_salvage_can_do_without(song: Callable):
    track = song(4.0)
    track.audio.write_bytes(track.audio.read_bytes()[: track.audio.stat().st_size // 2])
    with pytest.raises(AudioError, match=r'holds 2.0 of 4.0 s that its header promises.* on_bad = "use"'):
        Mel().read(track)
    examples, damage = Mel().salvage(track)
    assert len(examples) == 1
    assert "2.0 of 4.0 s" in damage


def test_bands_are_normalised_by_the_training_tracks(song: Callable):
    tracks = [song(2.0), song(3.0), Sounding(Path("missing.wav"))]
    mel = Mel(duration=2.0, normalise="band")
    with pytest.raises(ValueError, match="call fit first"):
        mel.collate(mel.read(tracks[0]))
    fitted = mel.fit(tracks)
    batch = fitted.collate([fitted.read(t)[0] for t in tracks[:2]])["mel"]
    np.testing.assert_allclose(batch.mean(axis=(0, 2)), 0, atol=1e-3)
    np.testing.assert_allclose(batch.std(axis=(0, 2)), 1, atol=1e-2)
    assert fitted.key() == mel.key(), "what is cached must not depend on the fold"
    again = input_of(json.loads(json.dumps(fitted.model_dump(mode="json"))))
    np.testing.assert_array_equal(again.collate(fitted.read(tracks[0]))["mel"][0], batch[0])


def test_the_key_names_what_decides_the_numbers():
    keys = {Mel(**s).key() for s in ({}, {"n_mels": 64}, {"scale": "db"}, {"normalise": "track"}, {"duration": 10.0})}
    assert len(keys) == 5
    assert Mel(normalise="band").key() == Mel(max_seconds=60.0).key() == Mel().key()


def test_half_precision_is_close_and_half_the_size(song: Callable):
    track = song(3.0)
    full, half = (Mel(scale="db", duration=3.0, precision=p).read(track)[0]["mel"] for p in ("float32", "float16"))
    assert half.nbytes * 2 == full.nbytes
    assert np.abs(half.astype(np.float32) - full).max() < 0.05


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fmax": 20_000.0}, "not above half the sample rate"),
        ({"n_mels": 1024}, "leaves .* bands without any frequency"),
        ({"duration": 0, "excerpts": 2}, "set a duration"),
        ({"duration": 0.01, "centred": False}, "gives 0 frames but 1 are needed"),
        ({"duration": 2.0, "frames": 500}, "gives 44 frames but 500 are needed"),
        ({"duration": 3600.0, "excerpts": 10}, "max_seconds is 14,400"),
        ({"scale": "none", "precision": "float16"}, "cannot hold"),
        ({"hop_size": 512}, "Extra inputs"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        Mel(**settings)
