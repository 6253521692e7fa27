"""The converted networks give what plain torch makes of the same arrays; they are made once and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.errors import ModelError
from unisono.inputs.hearing import BankShape
from unisono.inputs.hearing.mel_scale import filters
from unisono.inputs.pretrained import choi_network
from unisono.inputs.pretrained.choi_front_end import heard
from unisono.inputs.pretrained.choi_graph import POOLS, Statistics
from unisono.inputs.pretrained.choi_network import ChoiNetwork, estimated, fitting, found
from unisono.inputs.pretrained.choi_weights import Kind

h5py = pytest.importorskip("h5py", reason="needs the extra [hdf5]")
torch = pytest.importorskip("torch", reason="the independent computation is torch's")
functional = torch.nn.functional

FRAMES = 1360
Pictures = NDArray[np.float32]


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    rng = np.random.default_rng(2)
    return (rng.standard_normal((3, 96, FRAMES)) * 3 + np.linspace(-3, 3, 96)[:, None]).astype(np.float32)


def by_torch(weights: Path, kind: Kind, pictures: Pictures, together: bool) -> Pictures:
    """The features, from the authors' file by torch's own layers, in the order of the published code."""
    flow, features = torch.from_numpy(pictures)[:, None], []
    with h5py.File(weights / f"{kind}.hdf5") as file:
        for i, pool in enumerate(POOLS, start=1):
            if kind == "theano":
                kernel, bias = (torch.from_numpy(file[f"ConvBNEluDr/convolution2d_{i}_{n}"][()]) for n in "Wb")
                kernel = torch.flip(kernel, (2, 3))
                norm = [
                    torch.from_numpy(file[f"ConvBNEluDr/batchnormalization_{i}_{n}"][()]) for n in ("gamma", "beta")
                ]
            else:
                at = f"model_weights/{{0}}_{i}/{{0}}_{i}/"
                kernel = torch.from_numpy(file[at.format("conv2d") + "kernel:0"][()]).permute(3, 2, 0, 1)
                bias = torch.from_numpy(file[at.format("conv2d") + "bias:0"][()])
                names = ("gamma", "beta", "moving_mean", "moving_variance")
                norm = [torch.from_numpy(file[at.format("batch_normalization") + f"{n}:0"][()]) for n in names]
            flow = functional.conv2d(flow, kernel, bias, padding=1)
            if kind == "keras":
                flow = functional.batch_norm(flow, norm[2], norm[3], norm[0], norm[1], False, eps=1e-3)
            elif together:
                flow = functional.batch_norm(flow, None, None, *norm, True, eps=1e-3)
            else:
                flow = torch.cat([functional.batch_norm(f[None], None, None, *norm, True, eps=1e-3) for f in flow])
            flow = functional.elu(flow)
            before, flow = flow, functional.max_pool2d(flow, pool)
            features.append((before if kind == "keras" else flow).mean((2, 3)))
    return np.asarray(torch.cat(features, 1))


@pytest.mark.parametrize(("kind", "statistics"), [("keras", "stored"), ("theano", "instance"), ("theano", "batch")])
def test_features_are_those_of_plain_torch(
    choi_weights: Path, pictures: Pictures, kind: Kind, statistics: Statistics
) -> None:
    digest = found(kind, str(choi_weights / f"{kind}.hdf5"))
    made = ChoiNetwork(kind, digest, statistics).features(list(pictures))
    assert made.shape == (3, 160)
    assert np.abs(made - by_torch(choi_weights, kind, pictures, statistics == "batch")).max() < 1e-4


def test_statistics_frozen_on_a_batch_are_the_batch_s(choi_weights: Path, pictures: Pictures) -> None:
    digest = found("theano", str(choi_weights / "theano.hdf5"))
    moments = estimated(digest, list(pictures))
    frozen = ChoiNetwork("theano", digest, "frozen", moments)
    together = ChoiNetwork("theano", digest, "batch").features(list(pictures))
    assert np.abs(frozen.features(list(pictures)) - together).max() < 1e-4
    alone = frozen.features([pictures[1]])  # and no row sees another
    assert np.abs(alone - together[1]).max() < 1e-4
    assert np.abs(ChoiNetwork("theano", digest, "batch").features([pictures[1]]) - together[1]).max() > 1e-3


def test_moments_belong_to_weights(choi_weights: Path, pictures: Pictures) -> None:
    digest = found("theano", str(choi_weights / "theano.hdf5"))
    moments = estimated(digest, [pictures[0]])
    assert fitting(moments, digest) is moments
    with pytest.raises(ModelError, match="belong to the weights"):
        fitting(moments, "0" * 64)
    with pytest.raises(ModelError, match="5 rows of 32 numbers"):
        fitting(moments.model_copy(update={"mean": moments.mean[:4]}), digest)
    with pytest.raises(ValueError, match="frozen statistics are missing"):
        ChoiNetwork("theano", digest, "frozen").features([pictures[0]])


def test_converted_once(choi_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = str(choi_weights / "keras.hdf5")
    digest = found("keras", weights)
    monkeypatch.setattr(choi_network, "read_weights", None)  # the HDF5 is not read again
    assert found("keras", weights) == digest
    assert found("keras", "", digest) == digest
    assert found("keras", "is/not/here.hdf5", digest) == digest


def test_a_damaged_conversion_is_made_anew(choi_weights: Path, own_cache: Path, pictures: Pictures) -> None:
    weights = str(choi_weights / "keras.hdf5")
    network = ChoiNetwork("keras", found("keras", weights), "stored")
    path = next((own_cache / "networks").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="was damaged and is removed"):
        network.features([pictures[0]])
    found("keras", weights)
    assert network.features([pictures[0]]).shape == (1, 160)


def test_wrong_or_missing_weights_are_named(choi_weights: Path) -> None:
    with pytest.raises(ModelError, match=r"choi2017-keras are not on this machine.*unisono fetch choi2017-keras"):
        found("keras", "")
    with pytest.raises(ModelError, match='is the theano network but network = "keras"'):
        found("keras", str(choi_weights / "theano.hdf5"))
    with pytest.raises(ModelError, match="is another file but the model has learned with"):
        found("keras", str(choi_weights / "keras.hdf5"), "0" * 64)
    with pytest.raises(ModelError, match="does not exist"):
        found("keras", "is/not/here.hdf5")


@pytest.mark.parametrize("samples", [348_000, 84_000, 81_920])
def test_pictures_have_a_frame_each_256_samples(samples: int) -> None:
    sound = np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    for kind in ("keras", "theano"):
        assert heard(sound, kind).shape == (96, -(-samples // 256))  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "before"), [("theano", 256), ("keras", 208)])
def test_frames_are_those_of_the_published_layers(kind: Kind, before: int) -> None:
    """Frame by frame: Theano turns the window round, TensorFlow pads what is needed and no more."""
    sound = np.random.default_rng(1).standard_normal(348_000) * np.linspace(0.01, 1, 348_000)
    padded = np.concatenate([np.zeros(before), sound, np.zeros(512)])
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    window = window[::-1] if kind == "theano" else window
    power = [np.abs(np.fft.rfft(padded[256 * t : 256 * t + 512] * window)) ** 2 for t in range(1360)]
    levels = 10 * np.log10(np.maximum(filters(BankShape(12_000, 512, 96, 0.0, 6_000.0)) @ np.array(power).T, 1e-10))
    levels = np.maximum(levels - levels.max(), -80)
    expected = levels if kind == "theano" else (levels - levels.mean()) / levels.std()
    assert np.abs(heard(sound.astype(np.float32), kind) - expected).max() < 1e-2


def test_the_loudest_is_0_db_or_the_mean_0() -> None:
    sound = np.random.default_rng(0).standard_normal(348_000).astype(np.float32)
    levels = heard(0.01 * sound, "theano")
    assert levels.max() == 0 and levels.min() >= -80
    scaled = heard(0.01 * sound, "keras")
    assert abs(scaled.mean()) < 1e-4 and abs(scaled.std() - 1) < 1e-4
    assert not heard(np.zeros(348_000, np.float32), "keras").any()
