"""Year, genre and 50 tags of 8,373 songs from word counts: one model with missing labels, one a task, and usual ones.

Every song has counts of 5,000 words; 6,165 have a year, 2,149 a genre (13), 3,259 tags. Joined by track id. There is no
column of artists, so the folds are random: artists cross them, and every number is stamped so. Ridge regression (year)
and logistic regression (genre, each tag) read the same TF-IDF on the same folds. Tags: mean ROC AUC over those that at
least 25 songs have (38), pooled over folds. The networks' settings were chosen on validation rows of two folds, and the
best epoch of each fold is chosen on its own; they learn nothing from these rows, the usual models do.

    UNISONO_DATA=FOLDER python bench/msd_lyrics.py [--folds 5] [--seeds 1] [--epochs 24]

On one thread, about six minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, r2_score, roc_auc_score

from unisono.experiment import Experiment
from unisono.training.run import train

LEAST = 25  # songs a tag needs to be counted in the mean
RANDOM = "leaky: random folds, artists cross them"
TASKS = ("year", "genre", "tags")
WATCHED = {"year": "year.r2", "genre": "genre.f1_macro", "tags": "tags.roc_auc_macro"}  # which epoch is kept
MEASURES = ("year R2", "genre accuracy", "genre macro F1", "tags mean AUC")
Scores = dict[str, float]


def experiment(data: Path, tags: Sequence[str], tasks: Sequence[str], args: argparse.Namespace) -> Experiment:
    """One model of some of the tasks; the same settings for one and for all."""
    known: dict[str, Any] = {
        "year": {"kind": "regression", "scale": "deviation"},
        "genre": {"kind": "multiclass"},
        "tags": {"kind": "multilabel", "columns": list(tags)},
    }
    folder = data / "msd-lyrics"
    labels = str(folder / "labels.csv")
    joined = {"table": str(folder / "lastfm50_tags_subset.csv"), "id": "track_id"}
    balancing = {"method": "ema_norm", "shares": {"tags": 4, "year": 0.5}} if len(tasks) > 1 else {"method": "sum"}
    tables: dict[str, Any] = {
        "collection": {"table": labels, "id": "track_id", "joins": [joined]},
        "split": {"protocol": "random", "folds": args.folds, "validation": 0.1, "seed": 0, "final": False},
        "inputs": {
            "words": {
                "kind": "counts", "tables": [str(folder / "bow_csr.npz")],
                "ids": {"table": labels, "column": "track_id"}, "weighting": "tfidf", "sublinear": True, "norm": "l2",
            }
        },
        "tasks": {name: known[name] for name in tasks},
        "network": {
            "encoder": {"kind": "embedding_bag", "width": args.width, "layers": ["tanh"], "word_dropout": 0.5},
            "initial": "normal 0.01",
        },
        "balancing": balancing,
        "training": {
            "epochs": args.epochs, "batch_size": 64, "learning_rate": 0.01, "schedule": "linear", "threads": 1,
            "optimizer": "adamw", "weight_decay": 0.6, "watch": WATCHED[tasks[-1]],
        },
    }  # fmt: skip
    return Experiment.of(tables, name="msd_lyrics")


def network_scores(scores: Mapping[str, Any], counted: Sequence[str]) -> Scores:
    """Measures of the tasks that a run has."""
    tasks = scores["tasks"]
    found: Scores = {}
    if "year" in tasks:
        found["year R2"] = tasks["year"]["r2"]
    if "genre" in tasks:
        found |= {"genre accuracy": tasks["genre"]["accuracy"], "genre macro F1": tasks["genre"]["f1_macro"]}
    if "tags" in tasks:
        labels = tasks["tags"]["per_label"]
        found["tags mean AUC"] = statistics.mean(labels[tag]["roc_auc"] for tag in counted)
    return found


class Words:
    """What the usual models read: the matrix, the labels in its order, and the folds of a run."""

    def __init__(self, data: Path, run: Path, tags: Sequence[str]) -> None:
        folder = data / "msd-lyrics"
        labels = pl.read_csv(folder / "labels.csv", infer_schema_length=None)
        known = pl.read_csv(folder / "lastfm50_tags_subset.csv").with_columns(pl.col(tags).cast(pl.Float64))
        joined = labels.join(known, on="track_id", how="left", maintain_order="left")
        split = joined.select("track_id").join(
            pl.read_csv(run / "split.csv"), left_on="track_id", right_on="id", maintain_order="left"
        )
        self.counts: Any = scipy.sparse.csr_array(scipy.sparse.load_npz(folder / "bow_csr.npz"))
        self.folds = [
            {t: self._rows(joined, part.filter(pl.col("part") == t)) for t in ("train", "validation", "test")}
            for _, part in split.group_by("fold", maintain_order=True)
        ]
        self.year = joined["year"].cast(pl.Float64).to_numpy()
        self.genre = joined["genre"].fill_null("").to_numpy()
        self.tags = joined.select(tags).to_numpy()

    def _rows(self, joined: pl.DataFrame, part: pl.DataFrame) -> NDArray[np.intp]:
        return np.flatnonzero(joined["track_id"].is_in(part["track_id"].to_list()).to_numpy())

    def said(self, model: Any, answers: NDArray[Any], known: NDArray[np.bool_], chances: bool = False) -> NDArray[Any]:
        """Answers for the known rows by models of the other folds' train and validation rows."""
        found: list[tuple[NDArray[np.intp], Any]] = []
        for fold in self.folds:
            taught = np.concatenate([fold["train"], fold["validation"]])
            taught, judged = taught[known[taught]], fold["test"][known[fold["test"]]]
            weighing = TfidfTransformer(sublinear_tf=True).fit(self.counts[taught])
            fitted = model.fit(weighing.transform(self.counts[taught]), answers[taught])
            x = weighing.transform(self.counts[judged])
            found.append((judged, fitted.predict_proba(x)[:, 1] if chances else fitted.predict(x)))
        rows = np.concatenate([rows for rows, _ in found])
        values = np.concatenate([values for _, values in found])
        return np.asarray(values[np.argsort(rows)])


def usual_scores(words: Words, counted: Sequence[int]) -> Scores:
    """Ridge and logistic regression on the folds of a run."""
    dated, named = ~np.isnan(words.year), words.genre != ""
    year = words.said(Ridge(alpha=2.0), words.year, dated)
    genre = words.said(LogisticRegression(C=5, max_iter=500), words.genre, named)
    tagged = ~np.isnan(words.tags[:, 0])
    aucs = []
    for tag in counted:
        model = LogisticRegression(C=1, solver="liblinear", class_weight="balanced")
        said = words.said(model, words.tags[:, tag], tagged, chances=True)
        aucs.append(float(roc_auc_score(words.tags[tagged, tag], said)))
    true = words.genre[named]
    return {
        "year R2": float(r2_score(words.year[dated], year)),
        "genre accuracy": float(accuracy_score(true, genre)),
        "genre macro F1": float(f1_score(true, genre, average="macro")),
        "tags mean AUC": statistics.mean(aucs),
    }


def compare(data: Path, args: argparse.Namespace) -> dict[str, list[Scores]]:
    """Measures by model, one a seed; the folds are always the same."""
    table = pl.read_csv(data / "msd-lyrics" / "lastfm50_tags_subset.csv").drop("track_id")
    tags = table.columns
    counted = [i for i, tag in enumerate(tags) if table[tag].sum() >= LEAST]
    names = [tags[i] for i in counted]
    print(f"{len(names)} tags are counted; {RANDOM}", flush=True)
    found: dict[str, list[Scores]] = {"one model": [], "one a task": []}
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as folder:
            joint = train(experiment(data, tags, TASKS, args), Path(folder) / "joint", seed=seed)
            found["one model"].append(network_scores(joint.scores, names))
            print("one model", found["one model"][-1], joint.scores["signature"], flush=True)
            alone: Scores = {}
            for task in TASKS:
                run = train(experiment(data, tags, [task], args), Path(folder) / task, seed=seed)
                alone |= network_scores(run.scores, names)
            found["one a task"].append(alone)
            print("one a task", alone, flush=True)
            if not seed:
                found["ridge, logistic"] = [usual_scores(Words(data, joint.folder, tags), counted)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--width", type=int, default=64)
    args = parser.parse_args()
    data = os.environ.get("UNISONO_DATA")
    if not data:
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    started = time.process_time()
    found = compare(Path(data), args)
    print(f"\n{args.folds} folds, {args.seeds} seed(s); {RANDOM}\n{'':18}" + "".join(f"{m:>17}" for m in MEASURES))
    for model, rows in found.items():
        print(f"{model:18}" + "".join(f"{statistics.mean(row[m] for row in rows):17.3f}" for m in MEASURES))
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
