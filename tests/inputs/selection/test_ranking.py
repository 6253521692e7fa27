"""Steps by labels: each finds the features that the labels were made from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unisono.inputs import Labels
from unisono.inputs.selection.ranking import ranked
from unisono.inputs.selection.settings import Ranking

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(240, 12))
CLASSES = np.digitize(VALUES[:, 3] + VALUES[:, 7], [-0.7, 0.7])[:, None].astype(np.float32)
NUMBERS = (2 * VALUES[:, [5]] - VALUES[:, [9]]).astype(np.float32)
MARKS = (VALUES[:, [2, 8]] > 0).astype(np.float32)


def chosen(kind: str, targets: Any, **steps: Any) -> list[int] | None:
    found = ranked(VALUES, Labels(kind, targets), Ranking(**steps))
    return None if found is None else found.tolist()


@pytest.mark.parametrize("step", ["mutual_information", "anova"])
def test_the_best_are_those_the_labels_were_made_from(step: str) -> None:
    assert chosen("multiclass", CLASSES, **{step: 2}) == [3, 7]
    assert chosen("regression", NUMBERS, **{step: 2}) == [5, 9]
    assert chosen("multilabel", MARKS, **{step: 1}) == [2, 8]  # one for each label


def test_elimination_keeps_them_and_drops_most_others() -> None:
    for kind, targets, needed in (("multiclass", CLASSES, {3, 7}), ("regression", NUMBERS, {5, 9})):
        kept = chosen(kind, targets, rfecv=True)
        assert kept is not None
        assert needed <= set(kept)
        assert len(kept) <= 8


def test_a_share_is_of_what_the_step_is_offered() -> None:
    kept = chosen("regression", NUMBERS, mutual_information=0.5, anova=0.5)
    assert kept is not None
    assert len(kept) == 3
    assert {5, 9} <= set(kept)


def test_unlabelled_tracks_have_no_say() -> None:
    targets = CLASSES.copy()
    targets[120:] = np.nan
    changed = VALUES.copy()
    changed[120:] = 1e6
    ranking = Ranking(mutual_information=3)
    one, other = (ranked(v, Labels("multiclass", targets), ranking) for v in (VALUES, changed))
    assert one is not None
    assert other is not None
    assert one.tolist() == other.tolist()


def test_labels_that_do_not_differ_choose_nothing() -> None:
    assert chosen("multiclass", np.ones((240, 1), np.float32), anova=2) is None
    alone = np.zeros((240, 1), np.float32)
    alone[0] = 1  # one track of the other class is none
    assert chosen("multiclass", alone, rfecv=True) is None
    assert chosen("multilabel", np.stack([MARKS[:, 0], np.zeros(240)], axis=1), anova=1) == [2]


def test_a_class_of_two_tracks_is_cut_into_two_folds() -> None:
    rare = CLASSES.copy()
    rare[:2] = 9
    assert chosen("multiclass", rare, rfecv=True) is not None
