"""What an exported model says of a fold's tracks, and its loss on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from unisono.evaluation import Judged, predictions
from unisono.inputs.batching import mean_of_tracks
from unisono.model import Model
from unisono.tasks import Array
from unisono.training.material import FoldMaterial

Homes = Mapping[str, Sequence[str]]  # task -> the collections that hold its labels


class Said(NamedTuple):
    """What a model says of one part of a fold.

    Args:
        tracks: predictions of its tracks.
        excerpts: of their excerpts; empty where no track has several.
        total_loss: sum of the target tasks' mean losses over labelled excerpts, as validation has it in the history;
            None where none of them is labelled.
    """

    tracks: pl.DataFrame
    excerpts: pl.DataFrame
    total_loss: float | None


def predicted(model: Model, ready: FoldMaterial, part: str, homes: Homes, number: int) -> Said:
    """Each task's answers for the tracks of its own collections.

    Args:
        number: of the fold.
    """
    tables, pieces = [], []
    sums = {name: np.zeros(2) for name in ready.tasks}
    for home, name in enumerate(ready.collections):
        where = ready.parts[part][ready.homes[ready.parts[part]] == home]
        mine = [task for task, own in homes.items() if name in own]
        at, logits = model.logits_of([ready.judged(int(i)) for i in where] if mine else [])
        rows = {n: ready.tasks[n].scores(logits[n]) for n in mine}
        for n in mine:
            sums[n] += _losses(ready, n, logits[n], where[at])
        scores = {n: mean_of_tracks(rows[n], at, len(where)) for n in mine}
        tables.append(_table(ready, where, scores, (part, number)))
        pieces.append(_table(ready, where[at], {n: rows[n] for n in mine if len(at) > len(where)}, (part, number)))
    return Said(pl.concat(tables), pl.concat(pieces), _total(ready, sums))


def _losses(ready: FoldMaterial, name: str, logits: Array, tracks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sum of a task's losses over rows, and their weight."""
    targets = torch.from_numpy(ready.targets[name][tracks])
    with torch.inference_mode():
        total, weight = ready.tasks[name].loss(torch.from_numpy(logits), targets)
    return np.array([float(total), float(weight)])


def _total(ready: FoldMaterial, sums: Mapping[str, NDArray[np.float64]]) -> float | None:
    losses = [
        float(task.finish(torch.tensor(sums[name][0] / sums[name][1], dtype=torch.float64)))
        for name, task in ready.tasks.items()
        if task.role == "target" and sums[name][1] > 0
    ]
    return sum(losses) if losses else None


def _table(
    ready: FoldMaterial, where: NDArray[np.intp], scores: Mapping[str, Array], stand: tuple[str, int]
) -> pl.DataFrame:
    """Predictions of tracks by position, which may stand several times."""
    said = {}
    for name, found in scores.items():
        task = ready.tasks[name]
        said[name] = Judged(task.outputs, task.reference(ready.targets[name][where]), found)
    return predictions([ready.names[i] for i in where], said, split=stand[0], fold=stand[1])
