"""Choi2017: as many numbers as excerpts and layers say; equal to what is known of the published networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from unisono.errors import ModelError, TooShort
from unisono.inputs import input_of
from unisono.inputs.choi2017 import Choi2017, freeze
from unisono.inputs.extraction import Cache, extract

pytest.importorskip("h5py", reason="needs the extra [hdf5]")

Made = Callable[..., Choi2017]
Waveform = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def made(choi_weights: Path) -> Made:
    def made(**settings: Any) -> Choi2017:
        network = settings.get("network", "keras")
        return Choi2017.model_validate({"weights": f"{network}.hdf5", **settings}).at(choi_weights)

    return made


@pytest.fixture
def song(tmp_path: Path, music: Callable[..., Waveform], write_sound: Callable[..., Path]) -> Callable[..., Track]:
    def song(seconds: float, seed: int = 0) -> Track:
        path = tmp_path / f"{seconds:g}-{seed}.wav"
        return Track(path.stem, write_sound(path, music(seconds, 12_000, seed), 12_000))

    return song


def test_160_numbers_an_excerpt_and_480_of_three(made: Made, song: Callable[..., Track]) -> None:
    assert made().read(song(8))[0]["values"].shape == (160,)
    three = made(excerpts=3, duration=7).read(song(21.5))
    assert len(three) == 1 and three[0]["values"].shape == (480,)
    alone = made(excerpts=3, duration=7, join="separate").read(song(21.5))
    assert np.allclose(np.concatenate([e["values"] for e in alone]), three[0]["values"], atol=1e-6)
    second = made(duration=7, offset=7).read(song(21.5))[0]["values"]
    assert np.allclose(second, alone[1]["values"], atol=1e-6)


def test_layers_are_chosen(made: Made, song: Callable[..., Track]) -> None:
    everything = made(duration=7).read(song(8))[0]["values"]
    some = made(duration=7, layers=(2, 5)).read(song(8))[0]["values"]
    assert np.array_equal(some, np.concatenate([everything[32:64], everything[128:]]))


def test_a_short_sound_ends_in_silence_or_is_heard_again(made: Made, song: Callable[..., Track]) -> None:
    whole = made(duration=8, short="repeat")
    assert whole._cut(np.arange(5, dtype=np.float32))[0, :12].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert made(duration=8)._cut(np.ones(5, np.float32)).sum() == 5
    part = made(duration=8, excerpts=3, join="separate")
    assert [len(part._cut(np.ones(12_000 * s, np.float32))) for s in (2, 8, 9, 16, 17, 60)] == [1, 1, 2, 2, 3, 3]
    with pytest.raises(TooShort, match=r"holds 0.50 s of sound but 1 s are needed"):
        part.read(song(0.5))


def test_a_model_keeps_which_weights_it_learned_with(
    made: Made, song: Callable[..., Track], choi_weights: Path
) -> None:
    part = made(duration=7).fit([song(8, seed) for seed in range(3)])
    assert len(part.digest) == 64
    assert part.collate(part.read(song(8))).keys() == {"values"}
    dumped = json.loads(part.model_dump_json()) | {"weights": ""}  # another machine, where they were converted
    again = input_of(dumped)
    assert np.array_equal(again.read(song(8))[0]["values"], part.read(song(8))[0]["values"])
    with pytest.raises(ModelError, match="is another file but the model has learned with"):
        input_of(dumped | {"digest": "0" * 64, "weights": str(choi_weights / "keras.hdf5")}).read(song(8))


def test_frozen_statistics_come_from_a_file(made: Made, song: Callable[..., Track], tmp_path: Path) -> None:
    plain = made(network="theano")
    tracks = [song(29, seed) for seed in range(2)]
    freeze(plain, [*tracks, Track("silent")], tmp_path / "moments.json")
    frozen = made(network="theano", statistics="frozen", moments=str(tmp_path / "moments.json"))
    assert not np.allclose(frozen.read(tracks[0])[0]["values"], plain.read(tracks[0])[0]["values"], atol=1e-3)
    again = input_of(json.loads(frozen.model_dump_json()))
    (tmp_path / "moments.json").unlink()
    assert np.array_equal(again.read(tracks[0])[0]["values"], frozen.read(tracks[0])[0]["values"])
    assert again.key() == frozen.key() != plain.key()
    with pytest.raises(ModelError, match="cannot be read as moments"):
        made(network="theano", statistics="frozen", moments=str(tmp_path / "moments.json"))


def test_workers_and_the_cache_give_the_same(made: Made, song: Callable[..., Track], tmp_path: Path) -> None:
    part, track = made(duration=7), song(8)
    for _ in range(2):
        heard = extract({"choi": part}, [track], cache=Cache(tmp_path / "kept"), workers=1)
        assert np.array_equal(heard.examples("choi", 0)[0]["values"], part.read(track)[0]["values"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": (2, 1)}, "layers must be some of"),
        ({"layers": ()}, "layers must be some of"),
        ({"network": "theano", "duration": 10}, "the theano network hears excerpts of 29 s"),
        ({"duration": 5}, "greater than or equal to 6.8"),
        ({"statistics": "batch"}, "the keras network has stored statistics"),
        ({"network": "theano", "statistics": "frozen"}, "go together"),
        ({"digest": "../../x"}, "pattern"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Choi2017.model_validate(settings)


def chirp() -> Waveform:
    """The made sound whose features are known from an independent derivation."""
    n = np.arange(348_000)
    t = n / 12_000
    glide = 0.5 * np.sin(2 * np.pi * (220 * t + (1800 / 58) * t**2))
    pulses = 0.25 * np.sin(2 * np.pi * 440 * t) * ((n // 6000) % 2)
    clicks = 0.1 * np.sin(2 * np.pi * 3000 * t) * np.exp(-(n % 12_000) / 1500)
    return (glide + pulses + clicks).astype(np.float32)


@pytest.mark.parametrize(
    ("network", "file", "known"),
    [
        ("theano", "weights_layer4_theano.hdf5", "theano_weights_batch1_batchstats_flipped"),
        ("keras", "keras2_model_best.hdf5", "keras2_model_best"),
    ],
)
def test_the_published_networks_say_what_is_known(real_data: Path, network: str, file: str, known: str) -> None:
    folder = real_data / "choi2017"
    part = Choi2017.model_validate({"network": network, "weights": str(folder / "weights" / file)})
    golden = np.array(json.loads((folder / "golden.json").read_text())[known])
    assert np.abs(part.rows(chirp())[0] - golden).max() < 1e-3


def test_real_songs_have_features_like_the_published_ones(real_data: Path) -> None:
    """Channel by channel, the mean over ten clips goes with the published mean over GTZAN's songs, layers 1 to 3."""
    weights = real_data / "choi2017" / "weights" / "weights_layer4_theano.hdf5"
    part = Choi2017(network="theano", weights=str(weights))
    clips = sorted((real_data / "fma-clips").glob("*.mp3"))
    heard = np.mean([part.read(Track(c.stem, c))[0]["values"] for c in clips], axis=0).reshape(5, 32)
    for layer in range(3):
        published = np.load(real_data / "choi2017" / "features" / f"gtzan_genre_layer_{layer}.npy").mean(axis=0)
        assert np.corrcoef(heard[layer], published)[0, 1] >= 0.99
