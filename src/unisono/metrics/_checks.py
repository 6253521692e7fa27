"""What every kind of metric shares: checked arrays, and scores that may be undefined for a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NO_TRACK = "no labelled track"
NO_TRAINING = "no training labels were given to derive it from"


@dataclass(frozen=True)
class Undefined:
    """A score that does not exist, and why."""

    why: str


Score = float | Undefined
Metric = Callable[[Floats, Floats], Score]


def checked(reference: ArrayLike, scores: ArrayLike, outputs: Sequence[str]) -> tuple[Floats, Floats]:
    """Both arrays as float64 of one shape, (tracks, outputs).

    Raises: ValueError that names the likely cause.
    """
    truth, said = np.asarray(reference, np.float64), np.asarray(scores, np.float64)
    if truth.shape != said.shape:
        raise ValueError(f"reference is {truth.shape} but scores are {said.shape}: they must be the same tracks")
    if truth.ndim != 2 or truth.shape[1] != len(outputs):
        raise ValueError(
            f"reference is {truth.shape} but must be (tracks, {len(outputs)}), one column an output: "
            "are these class numbers or targets instead of the task's reference()?"
        )
    if not np.isfinite(said).all():
        raise ValueError(f"{int((~np.isfinite(said)).sum())} scores are NaN or infinite: has the training diverged?")
    if np.isinf(truth).any():
        raise ValueError("reference holds infinite values: only numbers, or NaN for not labelled, are possible")
    return truth, said


def known_rows(truth: Floats, *beside: Floats) -> tuple[Floats, ...]:
    """The rows that are labelled, of `truth` and of the arrays beside it.

    Raises: ValueError when a row is labelled in part, which is only possible for several labels at once.
    """
    missing = np.isnan(truth)
    partly = missing.any(axis=1) & ~missing.all(axis=1)
    if partly.any():
        raise ValueError(f"{int(partly.sum())} rows of the reference are labelled in part: is this a multilabel task?")
    known = ~missing.any(axis=1)
    return (truth[known], *(array[known] for array in beside))


@dataclass(frozen=True)
class OutOfFold:
    """Training references of several folds, so that each track's baseline has learned from its own fold alone.

    Args:
        parts: of each fold the training tracks' references.
        fold: number of each scored track's fold.
    """

    parts: Sequence[ArrayLike]
    fold: NDArray[np.integer]


class Training(NamedTuple):
    """What baselines learn from, fold by fold.

    Args:
        parts: of each fold the training rows, in float64.
        fold: number of each labelled track's fold.
    """

    parts: list[Floats]
    fold: NDArray[np.intp]

    def spread(self, learned: Callable[[Floats], ArrayLike]) -> Floats:
        """What each track's own fold has learned, track by track.

        Shape: learned: (training rows, width) -> (k,) or a number; -> (tracks, k) or (tracks,)
        """
        return np.stack([np.asarray(learned(part), np.float64) for part in self.parts])[self.fold]


def training(
    train_reference: ArrayLike | OutOfFold | None, reference: ArrayLike, outputs: Sequence[str], *, partly: bool = False
) -> Training | None:
    """The training tracks' references, or None where there is none to learn a baseline from.

    Args:
        reference: of the tracks that are scored; those without any label are left out.
        partly: whether rows may be labelled in part.
    """
    if train_reference is None:
        return None
    rows = np.asarray(reference, np.float64)
    if not isinstance(train_reference, OutOfFold):
        train_reference = OutOfFold([train_reference], np.zeros(len(rows), np.intp))
    parts = [checked(p, np.zeros_like(np.asarray(p, np.float64)), outputs)[0] for p in train_reference.parts]
    if not all(len(part) and not np.isnan(part).all() for part in parts):
        return None
    fold = np.asarray(train_reference.fold, np.intp)
    if partly:
        return Training(parts, fold)
    return Training([known_rows(part)[0] for part in parts], fold[~np.isnan(rows).any(axis=1)])


def check_shares(rows: Floats, name: str) -> None:
    """Raise ValueError unless every row holds shares that sum to one."""
    if len(rows) and (rows.min() < -1e-6 or np.abs(rows.sum(axis=1) - 1).max() > 1e-3):
        raise ValueError(
            f"rows of {name} are not shares that sum to 1: are these logits instead of the task's scores()?"
        )


def measure(metrics: Mapping[str, Metric], truth: Floats, said: Floats) -> dict[str, Score]:
    """Every metric of the labelled rows; all undefined when there is no row."""
    if not len(truth):
        return dict.fromkeys(metrics, Undefined(NO_TRACK))
    return {name: metric(truth, said) for name, metric in metrics.items()}


def mean_of_defined(scores: Sequence[Score], why: str) -> Score:
    """The mean of the scores that exist, or undefined because of `why`."""
    known = [s for s in scores if not isinstance(s, Undefined)]
    return float(np.mean(known)) if known else Undefined(why)


def settle(found: Mapping[str, Any], undefined: dict[str, str], prefix: str = "") -> dict[str, Any]:
    """Plain values for JSON: an undefined score becomes None and its reason goes to `undefined` under its path."""
    plain: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, Undefined):
            undefined[prefix + name] = value.why
            plain[name] = None
        elif isinstance(value, Mapping):
            plain[name] = settle(value, undefined, f"{prefix}{name}.")
        else:
            plain[name] = value
    return plain


def finished(kind: str, count: int, found: Mapping[str, Any]) -> dict[str, Any]:
    """A task's part of `scores.json`, with the reasons of all that is undefined at its end."""
    undefined: dict[str, str] = {}
    plain = settle(found, undefined)
    return {"kind": kind, "n": count, **plain, "undefined": undefined}


def no_baseline(count: int) -> dict[str, Any]:
    """What stands in place of the baselines where there is no labelled track, or no training label to learn from."""
    why = Undefined(NO_TRAINING if count else NO_TRACK)
    return {"chance": why, "majority": why}
