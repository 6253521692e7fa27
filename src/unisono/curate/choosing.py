"""Which tracks would teach most: uncertain ones that differ from each other, by the gradients they would cause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.tasks import Task

Floats = NDArray[np.float64]


def gradients(
    tasks: Mapping[str, Task], scores: Mapping[str, NDArray[np.floating]], known: Mapping[str, NDArray[np.bool_]]
) -> Floats:
    """How the last layers' outputs would be pushed if each answer were right: large where the model is unsure.

    The gradient of a label's loss at its logit is probability less truth; the answer stands for the truth. A task
    counts as much as every other on average; where a track is labelled already, it has nothing to teach.

    Args:
        scores: probabilities by task, calibrated or not; numbers of a regression say nothing of how sure they are, so
            that its unlabelled tracks are told apart by what they sound like only.
        known: task -> whether a track is labelled.
    Shape: (tracks, width) each -> (tracks, sum of widths)
    """
    parts = []
    for name, task in tasks.items():
        part = _pushes(task, np.asarray(scores[name], np.float64))
        part[known[name]] = 0
        size = np.sqrt((part**2).sum(axis=1))
        parts.append(part / max(float(size[size > 0].mean()) if (size > 0).any() else 1.0, 1e-12))
    return np.concatenate(parts, axis=1)


def chosen(pushes: Floats, representation: NDArray[np.floating], number: int, seed: int = 0) -> NDArray[np.int64]:
    """Tracks that are uncertain and unlike each other, in the order in which they were drawn.

    BADGE (Ash et al., 2020): k-means++ over gradients of the last layer, each the outer product of a push and a
    representation; distances are computed without making it.

    Args:
        pushes: of `gradients`.
        representation: what the heads read of each track.
        number: how many, at most as many as can teach anything.
    Shape: (tracks, outputs), (tracks, d) -> (number,)
    """
    heads = _standard(np.asarray(representation, np.float64))
    sizes = (pushes**2).sum(axis=1) * (heads**2).sum(axis=1)
    able = int((sizes > 0).sum())
    rng = np.random.default_rng(seed)
    picked: list[int] = []
    nearest = sizes.copy()  # squared distance to the closest picked one; before the first, to nothing at all
    while len(picked) < min(number, able):
        total = nearest.sum()
        if total <= 1e-12 * max(float(sizes.max()), 1e-300):  # what is left repeats what is picked
            left = np.setdiff1d(np.flatnonzero(sizes > 0), picked)
            picked += left[np.argsort(-sizes[left], kind="stable")][: min(number, able) - len(picked)].tolist()
            break
        best = int(sizes.argmax()) if not picked else int(rng.choice(len(nearest), p=nearest / total))
        picked.append(best)
        alike = (pushes @ pushes[best]) * (heads @ heads[best])
        away = np.maximum(sizes + sizes[best] - 2 * alike, 0)
        away[picked] = 0
        nearest = np.minimum(nearest, away) if len(picked) > 1 else away * (sizes > 0)
    return np.array(picked, np.int64)


def _pushes(task: Task, scores: Floats) -> Floats:
    if task.kind == "regression":
        return np.ones((len(scores), 1))
    if task.kind == "multilabel":
        return np.asarray(scores - (scores >= 0.5))
    said = np.zeros_like(scores)
    said[np.arange(len(scores)), scores.argmax(axis=1)] = 1
    return scores - said


def _standard(representation: Floats) -> Floats:
    """Each track's representation with length 1 and a constant, so that a small one can be uncertain, too."""
    size = np.sqrt((representation**2).sum(axis=1, keepdims=True))
    unit = representation / np.maximum(size, 1e-12)
    return np.concatenate([unit, np.ones((len(unit), 1))], axis=1)
