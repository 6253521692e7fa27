"""Sure or silent: what is kept, what is withheld, and what is said when a model has no thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.errors import UserError
from unisono.model.sureness import PRECISIONS, Limits, answered, limits_of
from unisono.tasks import task

GENRE = task("genre", {"kind": "multiclass", "labels": ["deep", "tech", "dub"], "tree": {"house": ["deep", "tech"]}})
MOODS = task("moods", {"kind": "multilabel", "labels": ["calm", "dark"]})
STEPS = [0.4] * len(PRECISIONS)


def test_child_then_parent_then_silence() -> None:
    scores = np.array([0.5, 0.4, 0.1], np.float32)
    told = [
        answered(GENRE, scores, scores, Limits({"deep": deep}, {"house": house})).given
        for deep, house in ((0.4, None), (0.6, 0.8), (None, 0.95))
    ]
    assert [[g.label for g in given] for given in told] == [["deep"], ["house"], []]
    assert told[1][0].confidence == pytest.approx(0.9)
    assert answered(GENRE, scores, scores, Limits({}, {})).unsure
    assert not answered(GENRE, scores, scores).unsure


def test_labels_are_kept_one_by_one_and_confidence_is_the_calibrated_one() -> None:
    scores, sure = np.array([0.9, 0.8], np.float32), np.array([0.6, 0.7], np.float32)
    answer = answered(MOODS, scores, sure, Limits({"calm": 0.65, "dark": 0.65}, {}))
    assert [(g.label, round(g.confidence or 0, 2)) for g in answer.given] == [("dark", 0.7)]
    assert [g.label for g in answered(MOODS, scores, sure).given] == ["dark", "calm"]
    silent = answered(MOODS, scores * 0, sure, Limits({"calm": 0.0, "dark": 0.0}, {}))
    assert silent.unsure, "that no label applies is an answer too, and nobody vouches for it"


def test_thresholds_of_the_next_higher_precision() -> None:
    steps = [float(p) for p in PRECISIONS]
    facts = {"tasks": {"genre": {"labels": {"deep": steps, "dub": None}, "parents": {}}}}
    assert limits_of(facts, 0.9)["genre"].labels == {"deep": 0.9, "dub": None}
    assert limits_of(facts, 0.901)["genre"].labels["deep"] == 0.91


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UserError, match=r"--min-precision 0.3: lies outside 0.5 to 0.99"):
        limits_of({"tasks": {}}, 0.3)
    with pytest.raises(UserError, match=r"the model has no thresholds.*calibration = 0.1 or folds = 5"):
        limits_of({}, 0.9)
    assert limits_of({"tasks": {"genre": {"labels": {"a": STEPS}, "parents": {}}}}, 0.5)["genre"].labels == {"a": 0.4}


def test_trees_that_are_none() -> None:
    for tree, told in (({"a": ["b"], "c": ["b"]}, "stands below"), ({"a": ["b"], "b": ["a"]}, "ring"), ({"a": 3}, "3")):
        with pytest.raises(ValueError, match=told):
            task("g", {"kind": "multiclass", "tree": tree})
