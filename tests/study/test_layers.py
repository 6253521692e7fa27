"""Maps of a layer: the network is the one that was trained, and neighbours stay neighbours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.study.layers import layer_map, on_a_plane
from unisono.study.plan import Study
from unisono.training.run import train


@pytest.fixture(scope="module")
def run(made_once: Callable[..., Study], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers") / "run"
    study = made_once(experiment={"training": {"epochs": 15, "batch_size": 16, "learning_rate": 0.05, "threads": 1}})
    train(study.configurations["alone"].experiment, folder, 1)
    return folder


def test_the_representation_tells_what_was_learned(run: Path) -> None:
    made = layer_map(run, method="pca")
    assert (made.layer, made.task, made.width) == ("representation", "genre", 8)
    assert len(made.tracks) == 96 and set(made.parts) >= {"train", "validation", "test"}
    rock = np.array([label == "rock" for label in made.labels])
    blues = np.array([label == "blues" for label in made.labels])
    first = made.points[:, 0]
    gap = abs(first[rock].mean() - first[blues].mean())
    assert gap > first[rock].std() + first[blues].std()


def test_any_layer_by_name(run: Path) -> None:
    with pytest.raises(ExperimentError, match=r'layer "heads.head": is none of this network'):
        layer_map(run, "heads.head")
    head = layer_map(run, "heads.heads.for_genre", method="pca")
    assert head.width == 2, "two genres"
    with pytest.raises(ExperimentError, match='"mood" is no task of the model'):
        layer_map(run, task="mood")


def test_neighbours_stay_neighbours() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, (20, 9)), rng.normal(30, 1, (20, 9))]).astype(np.float32)
    for method in ("tsne", "pca"):
        points = on_a_plane(values, method, 0)
        far = np.linalg.norm(points[:20].mean(axis=0) - points[20:].mean(axis=0))
        assert far > 2 * points[:20].std()
        assert np.array_equal(points, on_a_plane(values, method, 0))
