"""Augmentation touches training rows alone; copies stay with their song; mixup is a law of every kind of task."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from unisono.errors import ExperimentError
from unisono.experiment import Experiment, dump_toml
from unisono.inputs.augmenting import Augmentation
from unisono.tasks import task
from unisono.training.augmenting import Augmenter
from unisono.training.material import FoldMaterial, fold_material, prepare
from unisono.training.rows import Batch, Rows
from unisono.training.sampling import Draw
from unisono.training.settings import TrainingSettings
from unisono.training.stages import FoldRun, train_stages
from unisono.training.step import Learner

EVERYTHING = {
    "time_shift": 0.5, "gain_db": 6.0, "noise_db": [-40.0, -20.0], "mask_bands": [1, 4], "mask_frames": [1, 4],
    "mixup": 0.3,
}  # fmt: skip
CPU = torch.device("cpu")


def experiment(table: Path, augmentation: dict[str, Any], pitch: tuple[float, ...] = (-2, 0, 2)) -> Experiment:
    mel = {"kind": "mel", "sample_rate": 8000, "n_fft": 512, "hop_length": 512, "n_mels": 16, "duration": 2.0}
    tables: dict[str, Any] = {
        "collection": {"table": table.name, "audio": "path", "groups": ["artist"]},
        "split": {"seed": 0, "test": 0.25, "validation": 0.25},
        "inputs": {"audio": {**mel, "pitch": list(pitch)}},
        "tasks": {"genre": {"kind": "multiclass"}, "energy": {"kind": "regression", "range": [100, 400]}},
        "network": {"encoder": "conv2d", "blocks": [{"layers": ["conv 4 3x3 same", "relu", "maxpool 4x4", "flatten"]}]},
        "training": {"epochs": 2, "batch_size": 8, "threads": 1, "augmentation": augmentation},
    }
    return Experiment.of(tables, table.parent)


@pytest.fixture(scope="module")
def fold(small_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> FoldMaterial:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISONO_CACHE", str(tmp_path_factory.mktemp("cache")))
        material = prepare(experiment(small_collection, {}), 0, workers=1)
        ready = fold_material(material, material.corpus.split.folds[0])
        list(ready.tracks)  # read while the cache is known
    return ready


def batch(rows: Rows, luck: tuple[int, ...] = (1, 2)) -> Batch:
    return rows.batch(Draw(np.arange(6)), luck)


def test_every_copy_is_a_row_with_its_song_s_labels(fold: FoldMaterial) -> None:
    plain, copied = Rows(fold, "train", 8, CPU), Rows(fold, "train", 8, CPU, Augmentation())
    assert copied.tracks.tolist() == np.repeat(plain.tracks, 3).tolist()
    learned = batch(copied)
    example = fold.tracks[int(copied.tracks[0])]["audio"][0]
    for row, name in enumerate(("mel-2", "mel", "mel+2")):
        assert np.array_equal(learned.inputs["audio.mel"][row], example[name])
    for target in learned.targets.values():
        assert torch.equal(target[0].nan_to_num(), target[2].nan_to_num())
    judged = {int(i) for part in ("validation", "test") for i in fold.parts[part]}
    assert not judged & set(copied.tracks.tolist())


def test_copies_of_judged_tracks_teach_only_on_purpose(fold: FoldMaterial) -> None:
    plain, leaky = (Rows(replace(fold, crossing=on), "train", 8, CPU, Augmentation()) for on in (False, True))
    judged = set(fold.parts["test"].tolist())
    assert judged and not judged & set(plain.tracks.tolist())
    more = leaky.tracks[len(plain.tracks) :]
    assert set(more.tolist()) == judged
    assert 0 not in {fold.copies[c] for c in leaky._copies[len(plain.tracks) :]}, "never the sound itself"


def test_one_copy_a_time_is_drawn_anew(fold: FoldMaterial) -> None:
    rows = Rows(fold, "train", 8, CPU, Augmentation(copies="one"))
    assert rows.tracks.tolist() == Rows(fold, "train", 8, CPU).tracks.tolist()
    one, same, other = (batch(rows, luck).inputs["audio.mel"] for luck in ((1, 2), (1, 2), (1, 3)))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_rows_that_judge_are_as_they_were_heard(fold: FoldMaterial) -> None:
    rows = Rows(fold, "validation", 8, CPU)
    for position, track in enumerate(rows.tracks[:3]):
        heard = next(iter(rows.in_order())).inputs["audio.mel"][position]
        assert np.array_equal(heard, fold.tracks[int(track)]["audio"][0]["mel"])


def test_changes_depend_on_luck_alone(fold: FoldMaterial) -> None:
    rows = Rows(fold, "train", 8, CPU, Augmentation.model_validate(EVERYTHING))
    one, same, other = batch(rows), batch(rows), batch(rows, (1, 3))
    assert torch.equal(one.inputs["audio.mel"], same.inputs["audio.mel"]) and one.share == same.share
    assert not torch.equal(one.inputs["audio.mel"], other.inputs["audio.mel"])
    assert torch.isfinite(one.inputs["audio.mel"]).all()


KINDS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "multiclass": ({"labels": ["a", "b", "c"]}, ["a", "b", "c", None]),
    "multilabel": ({"labels": ["a", "b"]}, ["a", "a;b", "-", None]),
    "regression": ({"range": [0, 1]}, ["0.1", "0.5", "0.9", None]),
    "distribution": ({"columns": ["x", "y"]}, [("0.3", "0.7"), ("1", "0"), ("0.5", "0.5"), (None, None)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_mixup_mixes_the_losses_of_both_labels(kind: str) -> None:
    settings, cells = KINDS[kind]
    one = task("t", {"kind": kind, **settings}).fit(cells, np.ones(4, np.bool_))
    target = torch.from_numpy(one.encode(cells))
    partner = np.array([2, 0, 1, 3])  # the unlabelled row is mixed with itself
    logits = {"t": torch.randn(4, one.width, generator=torch.Generator().manual_seed(0), requires_grad=True)}
    unused: Any = None
    learner = Learner(unused, {"t": one}, unused, unused, TrainingSettings())

    def loss(partners: np.ndarray[Any, Any] | None, share: float) -> float:
        mixed = None if partners is None else {"t": target[torch.from_numpy(partners)]}
        seen = Batch({}, {"t": target}, ("t",), np.arange(4), mixed, share)
        outcome: Any = type("Outcome", (), {"logits": logits})
        return float(learner.losses(outcome, seen)["t"].detach())

    alone, swapped = loss(None, 1.0), loss(partner, 0.0)
    assert loss(partner, 1.0) == pytest.approx(alone)
    assert loss(partner, 0.75) == pytest.approx(0.75 * alone + 0.25 * swapped, rel=1e-5)
    assert swapped != pytest.approx(alone, rel=1e-3)


def test_mixup_mixes_the_rows(fold: FoldMaterial) -> None:
    augmenter = Augmenter(fold.inputs, Augmentation(mixup=0.5))
    values = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    present = np.array([1, 1, 0, 0, 1], np.float32)
    made, mixture = augmenter.mixed({"a.values": values, "a.present": present}, np.random.default_rng(1))
    assert mixture is not None and 0.5 <= mixture.share <= 1
    expected = mixture.share * values + (1 - mixture.share) * values[mixture.partner]
    assert np.allclose(made["a.values"], expected, atol=1e-6)
    assert made["a.present"].tolist() == np.maximum(present, present[mixture.partner]).tolist()
    with pytest.raises(ExperimentError, match="holds places in a vocabulary"):
        augmenter.mixed({"words.ids": np.zeros((2, 3), np.int32)}, np.random.default_rng(0))


def test_what_cannot_be_changed_is_said_before_training(fold: FoldMaterial, small_collection: Path) -> None:
    with pytest.raises(ExperimentError, match="no input is a mel spectrum"):
        Augmenter({}, Augmentation(time_shift=1))
    unfit = {"audio": fold.inputs["audio"].model_copy(update={"normalise": "track"})}  # type: ignore[attr-defined]
    with pytest.raises(ExperimentError, match=r"training\.augmentation: the input audio is unfit"):
        Augmenter(unfit, Augmentation(gain_db=1))


def test_everything_together_is_learned_and_what_is_learned_makes_no_copies(
    small_collection: Path, fold: FoldMaterial, tmp_path: Path
) -> None:
    asked = experiment(small_collection, EVERYTHING)
    train_stages(asked, fold, {}, FoldRun(tmp_path, 1))
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert lines[0]["step"] >= 3 * len(fold.rows("train")) // 8  # copies are rows
    assert all(np.isfinite(loss) for line in lines for loss in line["train"].values())
    assert fold.inputs["audio"].pitch == (0.0,)  # type: ignore[attr-defined]
    (tmp_path / "experiment.toml").write_text(dump_toml(asked.tables()))
    again = Experiment.load(tmp_path / "experiment.toml")
    assert again.training.augmentation == asked.training.augmentation
