"""How good answers are: arrays in, numbers out, one kind of task a file, named like the kind in `tasks`.

Contract of a kind (`metrics/<kind>.py`): `validate -> metrics -> evaluate`.

* `evaluate(reference, scores, outputs, *, train_reference=None, **facts)` gives the task's part of `scores.json`.
  `reference` and `scores` are in the task's answer space, (tracks, width); NaN in `reference` is *not labelled* and
  is left out. `facts` are what the task's `facts()` says.
* Metric names are scikit-learn's. What cannot be computed is None, and `undefined` says why, by the metric's name.
* `chance` and `majority` stand beside the scores under the same names. Chance answers with the label of a random
  training track (expected values); majority is the best constant answer that the training labels suggest.
  `train_reference` is an array, or `OutOfFold` where tracks of several folds are scored at once: the baseline of each
  track then knows the training labels of its own fold only.
* `MAIN` names the kind's headline metrics, the first one first; `SCORES` all that are one number, also those that only
  some tasks have, such as tasks of many classes.
"""

from __future__ import annotations

from typing import Any

from unisono.metrics._checks import OutOfFold
from unisono.parts import part

_LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae", "mse", "cross_entropy", "kl", "loss", "total_loss"})

_SIGNED = frozenset({"cohen_kappa", "level_cohen_kappa", "pearson", "spearman"})  # from -1 to 1


def evaluate(kind: str, reference: Any, scores: Any, outputs: tuple[str, ...], **asked: Any) -> dict[str, Any]:
    """The scores of one task by its kind's own metrics; see the module for the contract.

    Args:
        kind: a kind of task, such as "multiclass".
        reference: what is true, NaN where not labelled.
        scores: what the model says, in the same space.
        outputs: names of the columns of both.
        asked: `train_reference` for the baselines, and the task's facts.
    Shape: (tracks, width), (tracks, width)
    Raises: ExperimentError for a kind without metrics; ValueError when the arrays cannot be such a task's.
    Example:
        >>> evaluate("regression", [[1.0], [2.0]], [[1.0], [2.5]], ("",))["mae"]
        0.25
    """
    measured: dict[str, Any] = part("metrics", kind).evaluate(reference, scores, outputs, **asked)
    return measured


def main_metrics(kind: str) -> tuple[str, ...]:
    """The headline metrics of a kind of task, the first one first.

    Example:
        >>> main_metrics("regression")
        ('r2', 'mae')
    """
    named: tuple[str, ...] = part("metrics", kind).MAIN
    return named


def all_metrics(kind: str) -> tuple[str, ...]:
    """The metrics of a kind of task that are one number, also those that only some tasks of the kind have.

    Example:
        >>> all_metrics("distribution")
        ('cross_entropy', 'kl', 'cosine', 'top_1_agreement')
    """
    named: tuple[str, ...] = part("metrics", kind).SCORES
    return named


def widest_difference(metric: str) -> float | None:
    """How far two values of a metric, also one of excerpts, can lie apart; None where nothing limits them.

    Nothing limits how small R² may be, but 1 is from a constant answer to a perfect one.

    Example:
        >>> widest_difference("accuracy"), widest_difference("excerpts.spearman"), widest_difference("rmse")
        (1.0, 2.0, None)
    """
    name = metric.rpartition(".")[2]
    return None if name in _LOWER_IS_BETTER else 2.0 if name in _SIGNED else 1.0


def lower_is_better(metric: str) -> bool:
    """Whether a smaller value of a metric, also one of excerpts, is the better one, as for losses and errors.

    Example:
        >>> lower_is_better("excerpts.rmse"), lower_is_better("accuracy")
        (True, False)
    """
    return metric.rpartition(".")[2] in _LOWER_IS_BETTER


__all__ = ["OutOfFold", "all_metrics", "evaluate", "lower_is_better", "main_metrics", "widest_difference"]
