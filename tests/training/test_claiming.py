"""Going on with a run: what may differ between two tries, and what is said of what may not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from unisono.errors import ExperimentError, TrainingError
from unisono.experiment import Experiment, dump_toml
from unisono.training.run import Run, Watching, train

Make = Callable[..., Experiment]


class Stop(Exception):
    """Pulls the plug."""


def stopped(experiment: Experiment, folder: Path) -> None:
    def stop(line: dict[str, object]) -> None:
        raise Stop

    with pytest.raises(Stop):
        train(experiment, folder, seed=5, watching=Watching(line=stop))


def weights(run: Run) -> bytes:
    return (run.model / "weights.safetensors").read_bytes()


def test_another_machine_goes_on_with_the_threads_of_the_first(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = experiment(training={"threads": 0, "epochs": 2})
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)
    whole = train(made, tmp_path / "whole", seed=5)
    stopped(made, tmp_path / "run")
    monkeypatch.setattr("torch.get_num_threads", lambda: 7)
    assert weights(train(made, tmp_path / "run", seed=5, resume=True)) == weights(whole)
    with pytest.raises(ExperimentError, match=r"is a run with training\.threads = 1, not 2"):
        train(experiment(training={"threads": 2, "epochs": 2}), tmp_path / "run", seed=5, resume=True)


def test_a_folder_that_moved_goes_on(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 2})
    whole = train(made, tmp_path / "whole", seed=5)
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    shutil.copy(tmp_path / "songs.csv", before)
    tables = {k: v for k, v in made.tables().items() if k != "base"}
    (before / "mine.toml").write_text(dump_toml(tables))
    stopped(Experiment.load(before / "mine.toml"), before / "run")
    before.rename(after)
    again = train(Experiment.load(after / "mine.toml"), after / "run", seed=5, resume=True)
    assert weights(again) == weights(whole)


def test_what_differs_is_said(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 2})
    stopped(made, tmp_path / "run")
    with pytest.raises(ExperimentError, match=r"run: is a run with seed 5, not 6, so it cannot be resumed"):
        train(made, tmp_path / "run", seed=6, resume=True)
    other = experiment(training={"epochs": 2, "batch_size": 8}, balancing={"method": "gradnorm"})
    match = r"balancing\.method = 'sum', not 'gradnorm', .*balancing\.\w+ = unset, not .* and \d more, so it cannot"
    with pytest.raises(ExperimentError, match=match):
        train(other, tmp_path / "run", seed=5, resume=True)


def test_labels_that_changed_since_are_seen(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 2})
    stopped(made, tmp_path / "run")
    frame = pl.read_csv(tmp_path / "songs.csv", infer_schema=False)
    lyrics = pl.Series(["other words", *frame["lyrics"][1:]])
    frame.with_columns(lyrics=lyrics).write_csv(tmp_path / "songs.csv")
    with pytest.raises(TrainingError, match=r"songs.csv holds other cells than when the run began\. Restore the table"):
        train(made, tmp_path / "run", seed=5, resume=True)


def test_an_experiment_file_that_was_damaged(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 2, "threads": 0})
    stopped(made, tmp_path / "run")
    (tmp_path / "run" / "experiment.toml").write_text("= 3")
    with pytest.raises(ExperimentError, match=r"experiment.toml: is not valid TOML"):
        train(made, tmp_path / "run", seed=5, resume=True)
