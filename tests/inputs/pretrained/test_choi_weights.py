"""Weights from HDF5: both forms become one, and what is not one of the two is refused by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ModelError
from unisono.inputs.pretrained.choi_weights import read_weights

h5py = pytest.importorskip("h5py", reason="needs the extra [hdf5]")


def test_both_forms_become_one(choi_weights: Path) -> None:
    for kind in ("keras", "theano"):
        read = read_weights(choi_weights / f"{kind}.hdf5")
        assert read.kind == kind
        assert [b.kernel.shape for b in read.blocks] == [(32, 1, 3, 3)] + 4 * [(32, 32, 3, 3)]
        assert all((b.mean is None) == (kind == "theano") for b in read.blocks)


def test_kernels_that_theano_convolves_with_are_turned_round(choi_weights: Path) -> None:
    with h5py.File(choi_weights / "theano.hdf5") as file:
        held = file["ConvBNEluDr/convolution2d_3_W"][()]
    made = read_weights(choi_weights / "theano.hdf5").blocks[2].kernel
    assert np.array_equal(made[:, :, 0, 1], held[:, :, 2, 1])
    assert np.array_equal(made[:, :, 0, 0], held[:, :, 2, 2])


def test_keras_kernels_keep_their_direction(choi_weights: Path) -> None:
    with h5py.File(choi_weights / "keras.hdf5") as file:
        held = file["model_weights/conv2d_3/conv2d_3/kernel:0"][()]
    made = read_weights(choi_weights / "keras.hdf5").blocks[2].kernel
    assert np.array_equal(made[5, 7], held[:, :, 7, 5])


def test_other_files_are_refused(choi_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "text.hdf5").write_text("no weights")
    with pytest.raises(ModelError, match=r"text.hdf5: cannot be read as HDF5"):
        read_weights(tmp_path / "text.hdf5")
    with pytest.raises(ModelError, match="does not exist"):
        read_weights(tmp_path / "nothing.hdf5")
    with h5py.File(tmp_path / "empty.hdf5", "w"):
        pass
    with pytest.raises(ModelError, match='has no "ConvBNEluDr" but both published networks'):
        read_weights(tmp_path / "empty.hdf5")


def changed(weights: Path, folder: Path, name: str, value: object) -> Path:
    path = Path(shutil.copy(weights / "theano.hdf5", folder / "changed.hdf5"))
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = value
    return path


def test_wrong_arrays_are_refused(choi_weights: Path, tmp_path: Path) -> None:
    name = "ConvBNEluDr/convolution2d_2_b"
    with pytest.raises(ModelError, match=r'"ConvBNEluDr/convolution2d_2_b" is no array of the shape \(32,\)'):
        read_weights(changed(choi_weights, tmp_path, name, np.zeros(31)))
    with pytest.raises(ModelError, match="numbers that are not finite"):
        read_weights(changed(choi_weights, tmp_path, name, np.full(32, np.nan)))


def test_no_other_file_is_opened(choi_weights: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "elsewhere.hdf5", "w") as file:
        file["secret"] = np.zeros(32, np.float32)
    link = h5py.ExternalLink("elsewhere.hdf5", "secret")
    with pytest.raises(ModelError, match=r'has no "ConvBNEluDr/convolution2d_2_b"'):
        read_weights(changed(choi_weights, tmp_path, "ConvBNEluDr/convolution2d_2_b", link))
    path = Path(shutil.copy(choi_weights / "theano.hdf5", tmp_path / "outside.hdf5"))
    (tmp_path / "raw").write_bytes(bytes(128))
    with h5py.File(path, "r+") as file:
        del file["ConvBNEluDr/convolution2d_2_b"]
        external = [(str(tmp_path / "raw"), 0, 128)]
        file.create_dataset("ConvBNEluDr/convolution2d_2_b", (32,), np.float32, external=external)
    with pytest.raises(ModelError, match="in the file itself"):
        read_weights(path)
