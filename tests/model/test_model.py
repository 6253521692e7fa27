"""Predicting with an opened model: excerpts are averaged, and a track's answer is its own whatever stands beside it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from unisono.inputs.mel import Mel
from unisono.model.model import Model
from unisono.tasks.regression import Regression


class MeanOfFrames:
    """Stands in for a session: the mean of all numbers of each row, padding too, as a pooling network has it."""

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="energy")]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="audio.mel")]

    def run(self, names: list[str], batch: dict[str, Any]) -> list[Any]:
        return [batch["audio.mel"].mean(axis=(1, 2))[:, None]]


def model(**mel: Any) -> Model:
    session: Any = MeanOfFrames()
    return Model({"energy": Regression(name="energy", range=(0, 1))}, {"audio": Mel(n_mels=4, **mel)}, {}, session)


def track(*frames: int) -> dict[str, list[dict[str, Any]]]:
    return {"audio": [{"mel": np.tile(np.arange(n, dtype=np.float32), (4, 1))} for n in frames]}


def test_a_track_of_any_length_is_answered_as_if_it_were_alone() -> None:
    opened, short, long = model(duration=0), track(30), track(900)
    alone = opened.predict([short])["energy"]
    beside = opened.predict([short, long])["energy"]
    assert alone[0, 0] == beside[0, 0] == np.float32(14.5)


def test_excerpts_are_averaged_and_a_track_without_sound_is_undefined() -> None:
    said = model(duration=0).predict([track(3, 5), {"audio": []}])["energy"]
    assert said[0, 0] == np.float32(1.5)
    assert np.isnan(said[1])
