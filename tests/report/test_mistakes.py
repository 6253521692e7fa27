"""The worst mistakes by name, and confusions."""

import numpy as np

from unisono.evaluation import Judged
from unisono.report.mistakes import confusions, worst

NAN = np.nan


def said(outputs, reference, scores):
    tracks = tuple(f"{i}.mp3" for i in range(len(reference)))
    return Judged(outputs, np.array(reference, np.float32), np.array(scores, np.float32), tracks)


def test_multiclass_surest_wrong_answer_first():
    one = said(
        ("rock", "jazz"),
        [[1, 0], [1, 0], [0, 1], [NAN, NAN]],
        [[0.9, 0.1], [0.3, 0.7], [0.95, 0.05], [0.99, 0.01]],
    )
    found = worst("multiclass", one)
    assert [(m.track, m.said, m.true, m.how) for m in found] == [
        ("2.mp3", "rock", "jazz", "95 % sure"),
        ("1.mp3", "jazz", "rock", "70 % sure"),
    ]


def test_multilabel_names_the_label_that_is_wrong():
    found = worst("multilabel", said(("peak", "closing"), [[1, 0], [NAN, 1]], [[0.1, 0.8], [0.9, 0.6]]))
    assert [(m.track, m.said, m.true) for m in found] == [
        ("0.mp3", "not peak", "peak"),
        ("0.mp3", "closing", "not closing"),
    ]


def test_regression_and_distribution():
    found = worst("regression", said(("",), [[100], [200], [NAN]], [[150], [210], [900]]))
    assert [(m.track, m.said, m.how) for m in found] == [
        ("0.mp3", "150.0", "off by 50.0"),
        ("1.mp3", "210.0", "off by 10.0"),
    ]
    (shares,) = worst("distribution", said(("a", "b"), [[0.9, 0.1], [0.5, 0.5]], [[0.2, 0.8], [0.5, 0.5]]))
    assert (shares.said, shares.true) == ("b 80 %", "a 90 %")


def test_no_mistake_no_row_and_never_more_than_asked():
    assert worst("multiclass", said(("a", "b"), [[1, 0]], [[0.9, 0.1]])) == []
    many = said(("",), np.zeros((30, 1)), np.ones((30, 1)))
    assert len(worst("regression", many)) == 10


def test_confusions_by_frequency():
    matrix = {"confusion_matrix": [[5, 3, 0], [1, 2, 0], [0, 4, 1]], "labels": ["a", "b", "c"]}
    assert confusions(matrix) == [("c", "b", 4, 5), ("a", "b", 3, 8), ("b", "a", 1, 3)]
    assert confusions({"confusion_matrix": None}) == []
