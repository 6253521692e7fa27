"""The convolutional encoder: layout, shortest sound, defaults."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from unisono.errors import ExperimentError, TooShort


def test_every_convolution_runs_channels_last(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel(16, 40)}
    network = kit.network(inputs, kit.tasks("genre"), encoder="conv2d")
    seen = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda _, __, out: seen.append(out))
    network(kit.batch(inputs))
    assert len(seen) == 4
    assert all(out.is_contiguous(memory_format=torch.channels_last) and not out.is_contiguous() for out in seen)


def test_the_shortest_sound_is_told(kit: SimpleNamespace) -> None:
    network = kit.network({"audio": kit.mel(16)}, kit.tasks("genre"))
    assert network.describe()["inputs"]["audio"]["least_frames"] == 16
    network.eval()({"audio.mel": torch.zeros(1, 16, 16)})
    with pytest.raises(TooShort, match=r"15 frames but the layers need at least 16. Use longer tracks"):
        network({"audio.mel": torch.zeros(1, 16, 15)})


def test_a_known_duration_that_is_too_short_is_told_before_training(kit: SimpleNamespace) -> None:
    with pytest.raises(TooShort, match=r"block 4, layer 4.*needs at least 2 frames but 1 are left"):
        kit.network({"audio": kit.mel(16, 15)}, kit.tasks("genre"))


def test_too_few_bands(kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match="needs at least 2 bands but 1 are left here"):
        kit.network({"audio": kit.mel(8)}, kit.tasks("genre"))
