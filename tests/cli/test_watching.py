"""What is shown while a run goes on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from unisono.cli._console import Console
from unisono.cli._watching import Watcher, epoch_line

LINE: dict[str, Any] = {
    "epoch": 2,
    "total": {"train": 0.5, "validation": None},
    "train": {"genre": 0.5, "year": None},
    "validation": {},
    "best": False,
}


def asked(folds: int | None, final: bool) -> Any:
    split, training = SimpleNamespace(folds=folds, final=final), SimpleNamespace(epochs=10)
    return SimpleNamespace(split=split, training=training, stages=())


@pytest.mark.parametrize(
    ("folds", "final", "fold", "expected"),
    [
        (None, True, None, (2, 10)),
        (3, False, 1, (12, 30)),
        (3, True, 1, (12, 40)),
        (3, True, "final", (32, 40)),
    ],
)
def test_the_bar_runs_over_all_folds(folds: int | None, final: bool, fold: object, expected: tuple[int, int]) -> None:
    seen: list[tuple[int, int]] = []
    watcher = Watcher(Console(quiet=True), lambda done, of: seen.append((done, of)), asked(folds, final))
    watcher.line(LINE if fold is None else LINE | {"fold": fold})
    watcher.progress("hearing", 3, 4)
    assert seen == [expected, (3, 4)]


def test_the_bar_runs_over_all_stages() -> None:
    stages = (SimpleNamespace(name="first", training={"epochs": 5}), SimpleNamespace(name="then", training={}))
    experiment = asked(3, True)
    experiment.stages = stages
    seen: list[tuple[int, int]] = []
    watcher = Watcher(Console(quiet=True), lambda done, of: seen.append((done, of)), experiment)
    watcher.line(LINE | {"fold": 1, "stage": "then"})
    assert seen == [(15 + 5 + 2, 4 * 15)]
    assert epoch_line(LINE | {"fold": 1, "stage": "then"}).startswith("fold 1  stage then  epoch   2")


def test_a_line_without_validation() -> None:
    assert epoch_line(LINE) == "epoch   2  loss 0.5000 (genre 0.5000)"
    assert epoch_line(LINE | {"fold": 1, "best": True}) == "fold 1  epoch   2  loss 0.5000 (genre 0.5000)  best"
