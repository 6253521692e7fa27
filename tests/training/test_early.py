"""What cannot work is said before anything is read or learned; early stopping that sees nothing, at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from unisono.errors import ExperimentError, MissingExtra, UserError
from unisono.experiment import Experiment
from unisono.training.loop import Loop
from unisono.training.run import train

Make = Callable[..., Experiment]


@pytest.mark.parametrize(
    ("tables", "error", "message"),
    [
        ({"training": {"watch": "genre.chance"}}, ExperimentError, r"experiment:training\.watch: .*no score of genre"),
        (
            {"training": {"watch": "genre.f1"}},
            ExperimentError,
            r'"genre\.f1" names no score .*f1_macro, .*top_3_accuracy',
        ),
        (
            {"balancing": {"method": "surgery", "aggregator": "cagrad"}},
            MissingExtra,
            r'experiment:balancing\.aggregator: the package "cvxpy" is not installed',
        ),
    ],
)
def test_what_is_known_to_be_wrong_is_said_before_anything_is_read(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Any, error: type, message: str
) -> None:
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    made = experiment(**tables)
    (tmp_path / "songs.csv").unlink()
    with pytest.raises(error, match=message):
        train(made, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"balancing": {"method": "gradnorm", "at": "branches.for_lyrics.sharing.block7"}},
            r'experiment:balancing\.at: no trained weights are named ".*block7"\. Did you mean "branches\.for_l',
        ),
        (
            {"training": {"diagnostics_every": 1, "diagnostics_at": "heads.nothing"}},
            r'experiment:training\.diagnostics_at: no trained weights are named "heads.nothing"',
        ),
        (
            {"training": {"watch": "year.level_accuracy"}},
            r'experiment:training\.watch: "year\.level_accuracy" names no sc',
        ),
    ],
)
def test_what_a_built_network_lacks_is_said_before_its_first_step(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Any, message: str
) -> None:
    monkeypatch.delattr(Loop, "run")
    with pytest.raises(ExperimentError, match=message):
        train(experiment(**tables), tmp_path / "run")
    assert not (tmp_path / "run" / "experiment.toml").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"columns": ["year", "zz"]},
            r'experiment:inputs\.lyrics\.columns: "zz" matches none of the 6 columns\. The columns are "id", ',
        ),
        (
            {"columns": ["genre"]},
            r'(?s)experiment:inputs\.lyrics\.columns: \d+ problems, .*:\n  track "t\d+", column "genre": ',
        ),
    ],
)
def test_columns_that_cannot_be_read_are_said_with_the_input(
    experiment: Make, tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    made = experiment(network={"encoder": "mlp", "blocks": [{"layers": ["linear 4"]}]})
    made = Experiment.of({**made.tables(), "inputs": {"lyrics": {"kind": "columns", **asked}}})
    with pytest.raises(UserError, match=message):
        train(made, tmp_path / "run")


def test_patience_without_validation_tracks_is_said(experiment: Make, tmp_path: Path) -> None:
    tables = {"split": {"validation": 0, "folds": 2, "final": False}, "training": {"epochs": 1, "patience": 3}}
    found = [w for w in train(experiment(**tables), tmp_path / "run").warnings if "validation" in w]
    assert found == ["There are no validation tracks: the last epoch is kept, and patience = 3 does nothing."]


def test_a_watched_score_that_is_undefined_is_said_once(experiment: Make, tmp_path: Path) -> None:
    made = experiment(
        collection={"table": "songs.csv", "id": "id", "lyrics": "lyrics", "groups": []},
        split={"protocol": "file", "column": "part"},
        training={"epochs": 2, "watch": "genre.roc_auc_macro", "patience": 2},
    )
    parts = pl.Series("part", ["train"] * 60 + ["validation"] * 12 + ["test"] * 18)
    frame = pl.read_csv(tmp_path / "songs.csv", infer_schema=False).with_columns(parts)
    chooses = pl.col("part") == "validation"
    frame.with_columns(genre=pl.when(chooses).then(pl.lit("rock")).otherwise("genre")).write_csv(tmp_path / "songs.csv")
    found = [w for w in train(made, tmp_path / "run").warnings if "watched" in w]
    assert len(found) == 1 and found[0].startswith(
        "genre.roc_auc_macro, which is watched, is undefined in validation: "
    )
    assert found[0].endswith("while it is, the last epoch is kept and patience does nothing.")
