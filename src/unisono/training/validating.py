"""Losses and scores of a network on one part of a fold, without learning from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from unisono.inputs.batching import mean_of_tracks
from unisono.metrics import all_metrics
from unisono.parts import part
from unisono.training.material import FoldMaterial
from unisono.training.rows import Rows
from unisono.training.settings import TrainingSettings
from unisono.training.step import Learner, check_finite


class Validation(NamedTuple):
    """What one part of a fold says of a network.

    Args:
        losses: task -> mean loss over the labelled rows.
        total: sum over the target tasks, None when none is labelled there.
        scores: task -> metric -> number, per track.
    """

    losses: dict[str, float]
    total: float | None
    scores: dict[str, dict[str, float]]


class Heard(NamedTuple):
    """What a network says of the rows of one part, before it is judged.

    Args:
        sums: task -> sum of its losses over the labelled rows, and their weight.
        logits: task -> arrays one below the other.
        tracks: position of each row's track, likewise.
    """

    sums: Mapping[str, Sequence[float]]
    logits: Mapping[str, Sequence[Any]]
    tracks: Sequence[Any]


def validate(learner: Learner, fold: FoldMaterial, rows: Rows, scored: bool = True) -> Validation:
    """Run the network over rows in order.

    Args:
        scored: also compute every metric, which needs scikit-learn and takes its time.
    Raises: TrainingError when a loss is not finite: the last steps have ruined the weights.
    """
    sums = {n: [0.0, 0.0] for n in fold.tasks}
    logits: dict[str, list[Any]] = {n: [] for n in fold.tasks}
    of_track: list[Any] = []
    learner.network.eval()
    with torch.inference_mode():
        for batch in rows.in_order():
            outcome = learner.forward(batch)
            of_track.append(batch.tracks)
            for name in fold.tasks:
                logits[name].append(outcome.logits[name].float().cpu().numpy())
            for name in batch.present:
                total, weight = fold.tasks[name].loss(outcome.logits[name], batch.targets[name])
                sums[name][0] += float(total)
                sums[name][1] += float(weight)
    learner.to_train()
    return judged(learner.settings, fold, Heard(sums, logits, of_track), scored)


def judged(settings: TrainingSettings, fold: FoldMaterial, heard: Heard, scored: bool = True) -> Validation:
    """Losses and scores of what a network says.

    Raises: TrainingError when a loss is not finite.
    """
    losses = {
        n: float(fold.tasks[n].finish(torch.tensor(total / weight, dtype=torch.float64)))
        for n, (total, weight) in heard.sums.items()
        if weight > 0
    }
    check_finite(losses, "validation", settings)
    targets = [losses[n] for n, t in fold.tasks.items() if t.role == "target" and n in losses]
    found = _scores(fold, heard.logits, np.concatenate(heard.tracks)) if scored and heard.tracks else {}
    scores = {n: {k: v for k, v in values.items() if isinstance(v, float)} for n, values in found.items()}
    return Validation(losses, sum(targets) if targets else None, scores)


def score_names(fold: FoldMaterial, task: str) -> tuple[str, ...]:
    """The scores that a task has, whatever its labels are: those that are undefined of no track at all."""
    one = fold.tasks[task]
    nobody = np.empty((0, one.width))
    found = part("metrics", one.kind).evaluate(nobody, nobody, one.outputs, **one.facts())
    return tuple(name for name in all_metrics(one.kind) if name in found)


def _scores(fold: FoldMaterial, logits: Mapping[str, Sequence[Any]], of_track: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    tracks, position = np.unique(of_track, return_inverse=True)
    for name, task in fold.tasks.items():
        scores = mean_of_tracks(task.scores(np.concatenate(logits[name])), position, len(tracks))
        reference = task.reference(fold.targets[name][tracks])
        found[name] = part("metrics", task.kind).evaluate(reference, scores, task.outputs, **task.facts())
    return found
