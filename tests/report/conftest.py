"""Made-up run folders, as training leaves them."""

import csv
import json

import numpy as np
import polars as pl
import pytest

from unisono.evaluation import Judged, Learned, Stamp, predictions, score, write_predictions
from unisono.tasks import task

EXPERIMENT = """
description = "Tags of a small collection"
[collection]
table = "library.csv"
groups = ["artist"]
[inputs.audio]
kind = "mel"
[network]
encoder = "conv2d"
sharing = "low:1"
[balancing]
method = "gradnorm"
"""


@pytest.fixture(scope="session")
def every_kind():
    return {
        "genre": task("genre", {"kind": "multiclass", "labels": ["House", "Techno", "Pop"]}),
        "energy": task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 200, 300, 400]}),
        "situation": task("situation", {"kind": "multilabel", "labels": ["peak", "closing"]}),
        "topics": task("topics", {"kind": "distribution", "columns": ["love", "sea"], "role": "auxiliary"}),
    }


@pytest.fixture
def make_run(tmp_path):
    """A run folder of the given tasks; `folds`, `leaks`, `ids`, `unlabelled` and a few files as asked."""

    def made(tasks, n=30, folds=1, leaks=(), ids=None, unlabelled=(), **files):
        folder = tmp_path / "run"
        folder.mkdir()
        ids = ids or [f"song {i}.mp3" for i in range(n)]
        reference, said = {}, {}
        for number, (name, one) in enumerate(tasks.items()):
            reference[name], said[name] = _arrays(one, n, np.random.default_rng(number))
            if name in unlabelled:
                reference[name][:] = np.nan
        fold = np.arange(n) % folds
        tables = []
        for f in range(folds):
            rows = np.flatnonzero(fold == f)
            arrays = {t: Judged(one.outputs, reference[t][rows], said[t][rows]) for t, one in tasks.items()}
            tables.append(predictions([ids[i] for i in rows], arrays, fold=f))
        table = pl.concat(tables)
        write_predictions(table, folder / "predictions.parquet")
        stamp = Stamp("random" if leaks else "grouped", tuple(leaks), "a" * 64, "b" * 64, 1)
        scores = score(table, [Learned(tasks, reference, 1.0)] * folds, stamp)
        (folder / "scores.json").write_text(json.dumps(scores, allow_nan=False))
        (folder / "experiment.toml").write_text(files.get("experiment", EXPERIMENT))
        (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _history(tasks, folds)))
        _write_csv(folder / "split.csv", ["id", "fold", "part"], [[i, f, "train"] for i in ids for f in range(folds)])
        if "failures" in files:
            _write_csv(folder / "failures.csv", ["id", "path", "reason"], files["failures"])
        if "network" in files:
            (folder / "model").mkdir()
            (folder / "model" / "model.json").write_text(json.dumps({"network": files["network"]}))
        return folder

    return made


def _arrays(one, n, generator):
    if one.kind == "multiclass":
        reference = one.reference(generator.integers(0, one.width, (n, 1)).astype(np.float32))
        return reference, one.scores((generator.normal(size=(n, one.width)) + reference).astype(np.float32))
    if one.kind == "multilabel":
        reference = (generator.random((n, one.width)) < 0.4).astype(np.float32)
        return reference, one.scores((generator.normal(size=(n, one.width)) + reference).astype(np.float32))
    if one.kind == "regression":
        reference = (generator.integers(1, 5, (n, 1)) * 100).astype(np.float32)
        return reference, (reference + generator.normal(0, 60, (n, 1))).astype(np.float32)
    reference = generator.dirichlet(np.ones(one.width), n).astype(np.float32)
    return reference, one.scores(generator.normal(size=(n, one.width)).astype(np.float32))


def _history(tasks, folds):
    for fold in range(folds):
        for epoch in (1, 2, 3):
            losses = dict.fromkeys(tasks, 1 / epoch)
            weights = {name: 1 + 0.1 * epoch * number for number, name in enumerate(tasks)}
            total = {"train": len(tasks) / epoch, "validation": len(tasks) / epoch}
            line = {"epoch": epoch, "step": epoch * 4, "train": losses, "validation": losses, "weights": weights}
            label = {"fold": fold} if folds > 1 else {}
            yield {**label, **line, "validation_scores": {}, "total": total, "best": epoch < 3}


def _write_csv(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
