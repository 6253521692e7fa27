"""Figures as inline SVG: what they hold, and when there is none."""

import re

import numpy as np

from unisono.evaluation import Judged
from unisono.report.figures import confusion, learning_curves, reliability, scatter, weights_over_time


def line(epoch, loss=1.0, weight=1.0, **more):
    return {
        "epoch": epoch, "train": {"a": loss, "b": loss}, "validation": {"a": loss, "b": None},
        "weights": {"a": weight, "b": 2 - weight}, "total": {"train": 2 * loss, "validation": loss},
        "best": epoch == 1, **more,
    }  # fmt: skip


def test_a_panel_a_task_and_one_for_the_total():
    svg = learning_curves([line(1), line(2, 0.5)], ["a", "b"])
    assert all(f">{title}</text>" in svg for title in ("total", "a", "b"))
    assert learning_curves([], ["a"]) is None
    assert learning_curves([line(1)], ["never trained"]) is None


def test_weights_are_drawn_only_when_they_move():
    assert weights_over_time([line(1), line(2)], ["a", "b"]) is None
    assert weights_over_time([], ["a"]) is None
    assert "weight in the loss" in weights_over_time([line(1), line(2, weight=1.5)], ["a", "b"])
    folds = [line(1, fold=0), line(2, weight=1.5, fold=0), line(1, weight=0.2, fold=1)]
    assert "weight in the loss" in weights_over_time(folds, ["a", "b"])


def test_counts_are_written_while_they_fit():
    svg = confusion("genre", [[1234, 0], [7, 9]], ["House", "Techno"], False)
    assert ">1,234</text>" in svg
    assert ">0</text>" not in svg
    large = confusion("artist", np.eye(40, dtype=int) * 5, [f"artist {i}" for i in range(40)], False)
    assert ">5</text>" not in large
    assert ">artist 39</text>" in large
    assert ">artist 3</text>" not in confusion("x", np.eye(80, dtype=int), [f"artist {i}" for i in range(80)], False)


def test_the_scatter_holds_only_labelled_tracks():
    one = Judged(("",), np.array([[1.0], [2.0], [np.nan]], np.float32), np.array([[1.5], [2.0], [9.0]], np.float32))
    svg = scatter("energy", one, (1.0, 2.0), False)
    assert svg.count("<use") >= 2
    assert ">9" not in svg  # the unlabelled track does not stretch the axes


def test_no_confidence_no_figure():
    assert reliability("genre", {"bins": [], "ece": None}, False) is None
    assert "stated confidence" in reliability("genre", {"bins": [{"confidence": 0.5, "frequency": 0.4, "n": 3}]}, False)


def test_colours_follow_the_page_and_ids_do_not_collide():
    one, two = (confusion(name, [[1, 2], [3, 4]], ["a", "b"], False) for name in ("first", "second"))
    assert "var(--ink)" in one
    assert not re.search(r"#1b2431", one)
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert not ids[0] & ids[1]


def test_a_tag_is_never_taken_for_a_colour():
    assert "#1b2431</text>" in confusion("x", [[1, 2], [3, 4]], ["#1b2431", "b"], False)


def test_dollar_signs_are_no_formula():
    svg = confusion("x", [[1, 2], [3, 4]], ["$\\frac{$", "cash $ & $ money"], False)
    assert ">$\\frac{$</text>" in svg
    assert ">cash $ &amp; $ money</text>" in svg
