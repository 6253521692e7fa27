"""What a run does when learning goes wrong between two steps, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.errors import ExperimentError, LabelError, TrainingError
from unisono.experiment import Experiment
from unisono.training.run import Watching, train

Make = Callable[..., Experiment]


@pytest.mark.parametrize("rate", [1e12, 1e30])
def test_weights_that_diverge_in_the_last_step_are_a_users_error(experiment: Make, tmp_path: Path, rate: float) -> None:
    """The loss of the only step is still finite; validation is the first to see what it did to the weights."""
    made = experiment(training={"epochs": 1, "learning_rate": rate, "optimizer": "sgd", "batch_size": 200})
    with pytest.raises(TrainingError, match=r"epoch 1, validation: the loss is .*must be finite.*lower it"):
        train(made, tmp_path / "run", seed=0)


def test_the_last_good_checkpoint_is_named(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"learning_rate": 1e30, "optimizer": "sgd", "checkpoint_every": 1})
    with pytest.raises(TrainingError, match=r"lower it.*The last good checkpoint, .*state.bin, is of epoch 1, step 1"):
        train(made, tmp_path / "run", seed=0)
    assert (tmp_path / "run" / "checkpoint" / "state.bin").is_file()


def test_a_watched_score_of_another_kind_of_task(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 1, "watch": "genre.f1_marco"})
    with pytest.raises(ExperimentError, match=r'"genre.f1_marco" names no score of genre.*Did you mean "f1_macro"'):
        train(made, tmp_path / "run", seed=0)


def test_times_of_a_resumed_run_begin_with_those_of_the_first(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 4})

    class Stop(Exception):
        pass

    def stop(line: dict[str, object]) -> None:
        if line["epoch"] == 3:
            raise Stop

    with pytest.raises(Stop):
        train(made, tmp_path / "run", watching=Watching(line=stop))
    train(made, tmp_path / "run", resume=True)
    lines = [json.loads(text) for text in (tmp_path / "run" / "timings.jsonl").read_text().splitlines()]
    assert [line["line"] for line in lines] == [1, 2, 3, 4]


def test_a_folder_in_which_nothing_was_learned_is_free_again(experiment: Make, tmp_path: Path) -> None:
    """A first try often fails at a typo: the second one needs neither another folder nor --resume."""
    with pytest.raises(LabelError, match="of the 50 tracks needed"):
        train(experiment(tasks={"genre": {"kind": "multiclass", "min_tracks": 50}}), tmp_path / "run")
    train(experiment(training={"epochs": 1}), tmp_path / "run")
    with pytest.raises(ExperimentError, match="holds a run already"):
        train(experiment(training={"epochs": 1}), tmp_path / "run")


@pytest.mark.parametrize("device", ["banana", "gpu"])
def test_a_device_that_is_none(experiment: Make, device: str) -> None:
    with pytest.raises(ExperimentError, match=rf"training.device: '{device}'"):
        experiment(training={"device": device})


def test_a_device_that_is_not_there(experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ExperimentError, match=r'"cuda" is asked for but torch finds no such device'):
        train(experiment(training={"device": "cuda"}), tmp_path / "run")
