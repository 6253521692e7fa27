"""Steps that look at labels: recursive elimination, mutual information, F values (scikit-learn)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.inputs import Labels
from unisono.inputs.selection.filters import Positions, Values
from unisono.inputs.selection.settings import Ranking
from unisono.parts import need

_FOLDS = 5
_ROUND = 0.05  # share of the features that elimination takes away a round


class Question(NamedTuple):
    """What features are to say something of.

    Args:
        rows: positions of the labelled tracks.
        answers: their classes or numbers.
        classes: whether the answers are classes.
    """

    rows: Positions
    answers: NDArray[Any]
    classes: bool


def ranked(values: Values, labels: Labels, ranking: Ranking) -> Positions | None:
    """What a task chooses; None where its labels do not differ.

    Shape: (tracks, features) -> (chosen,), ascending
    """
    chosen = [_steps(values[q.rows], q, ranking) for q in _questions(labels)]
    return np.unique(np.concatenate(chosen)) if chosen else None


def _questions(labels: Labels) -> Iterator[Question]:
    """One for each column of labels that differ; a class that one track alone has cannot be told from chance."""
    classes = labels.kind in ("multiclass", "multilabel")
    for column in labels.values.T:
        rows = np.flatnonzero(~np.isnan(column))
        answers = column[rows].astype(np.intp if classes else np.float64)
        if classes:
            names, counts = np.unique(answers, return_counts=True)
            often = np.isin(answers, names[counts > 1])
            rows, answers = rows[often], answers[often]
        if len(np.unique(answers)) > 1:
            yield Question(rows, answers, classes)


def _steps(values: Values, question: Question, ranking: Ranking) -> Positions:
    at = np.arange(values.shape[1])
    if ranking.rfecv:
        at = at[_eliminated(values, question)]
    if ranking.mutual_information is not None:
        at = at[_best(_information(values[:, at], question), ranking.mutual_information)]
    if ranking.anova is not None:
        at = at[_best(_f_values(values[:, at], question), ranking.anova)]
    return at


def _eliminated(values: Values, question: Question) -> Positions:
    """What recursive elimination by a ridge model's weights keeps; folds are fixed."""
    selection, linear, models = _sklearn("feature_selection"), _sklearn("linear_model"), _sklearn("model_selection")
    counts = np.unique(question.answers, return_counts=True)[1] if question.classes else [len(question.answers)]
    folds = min(_FOLDS, int(min(counts)))
    by_class = models.StratifiedKFold(folds, shuffle=True, random_state=0)
    cut = by_class if question.classes else models.KFold(folds, shuffle=True, random_state=0)
    model = linear.RidgeClassifier() if question.classes else linear.Ridge()
    deviation = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    step = max(1, int(_ROUND * values.shape[1]))
    fitted = selection.RFECV(model, step=step, cv=cut).fit(scaled, question.answers)
    return np.flatnonzero(fitted.support_)


def _information(values: Values, question: Question) -> Values:
    selection = _sklearn("feature_selection")
    measure = selection.mutual_info_classif if question.classes else selection.mutual_info_regression
    return np.asarray(measure(values, question.answers, random_state=0), np.float64)


def _f_values(values: Values, question: Question) -> Values:
    selection = _sklearn("feature_selection")
    measure = selection.f_classif if question.classes else selection.f_regression
    with np.errstate(all="ignore"):  # a feature that is constant in the labelled tracks has no F value
        found = np.asarray(measure(values, question.answers)[0], np.float64)
    return np.nan_to_num(found, nan=-1.0, posinf=np.finfo(np.float64).max)


def _best(scores: Values, keep: float) -> Positions:
    """The best ones: a number of them, or a share; of equal ones the earlier."""
    count = keep if isinstance(keep, int) else max(1, round(keep * len(scores)))
    return np.sort(np.argsort(-scores, kind="stable")[:count])


def _sklearn(part: str) -> Any:
    return need(f"sklearn.{part}", "feature selection")
