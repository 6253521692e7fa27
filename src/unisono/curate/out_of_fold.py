"""What models say of tracks that they have not learned from: every track is in the test part of one fold."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from unisono.collection import SplitSettings
from unisono.errors import ExperimentError
from unisono.evaluation import read_predictions
from unisono.experiment import Experiment
from unisono.training.corpus import Corpus, gather
from unisono.training.run import Watching, train

FOLDS = 5


@dataclass(frozen=True)
class Checked:
    """A collection with the predictions of models that have not learned from the track that they judge.

    Args:
        corpus: the tracks with their labels.
        table: predictions of the test parts.
        kinds: task -> its kind, auxiliary tasks too.
        run: the folder of the run.
    """

    corpus: Corpus
    table: pl.DataFrame
    kinds: dict[str, str]
    run: Path


def out_of_fold(
    experiment: Experiment, run: Path, seed: int = 0, watching: Watching | None = None, finished: bool = False
) -> Checked:
    """Train with folds, or read what a finished run with folds has said.

    Args:
        experiment: with folds or without; five are taken where there are none.
        run: where to train; what was begun there goes on.
        finished: only read the run, whose experiment this is.
    Raises: ExperimentError for a finished run without folds; UserError for all that training says.
    """
    asked = experiment if finished else with_folds(experiment)
    if not finished:
        train(asked, run, seed, resume=(run / "experiment.toml").is_file(), watching=watching)
    scores = json.loads((run / "scores.json").read_text("utf-8"))
    if "folds" not in scores:
        found = "was trained without folds but every track has to be judged by a model that has not learned from it"
        raise ExperimentError(str(run), found, "Name the experiment in its place: it is trained with five folds.")
    table = read_predictions(run / "predictions.parquet").filter(pl.col("split") == "test")
    kinds = {name: str(task["kind"]) for name, task in scores["tasks"].items()}
    return Checked(gather(asked, seed), table, kinds, run)


def with_folds(experiment: Experiment) -> Experiment:
    """The experiment with folds, and without a last model that nobody asks for here."""
    where = experiment.name
    splits = {n: _folded(experiment.split_of(n), f"{where}:collections.{n}.split") for n in experiment.splits}
    return replace(experiment, split=_folded(experiment.split, f"{where}:split"), splits=splits)


def _folded(split: SplitSettings, where: str) -> SplitSettings:
    if split.protocol == "file":
        advice = "Take file or column out of [split], or name a run that was trained with folds."
        raise ExperimentError(where, "is from a file but an audit draws folds of its own", advice)
    return split.model_copy(update={"folds": split.folds or FOLDS, "calibration": 0.0, "final": False})
