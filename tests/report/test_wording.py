"""Scores in plain words."""

import pytest

from unisono.report.wording import number, percent, spoken, verdict


def regression(r2, low, **more):
    found = {"kind": "regression", "n": 90, "r2": r2, "mae": 31.0, "undefined": {}, "interval": {"r2": [low, 0.9]}}
    return {**found, "majority": {"r2": 0.0, "mae": 60.0}, **more}


def test_a_good_regression():
    said = verdict(regression(0.62, 0.5))
    assert (
        said.text == "Explains 62 % of the variation; always the training mean explains nothing; "
        "off by 31.0 on average (always the training median: 60.0)."
    )
    assert said.level == "good"


def test_luck_and_failure_are_said():
    assert verdict(regression(0.1, -0.2)).level == "doubtful"
    assert verdict(regression(0.1, -0.2)).text.endswith("With so few tracks this may still be luck.")
    worse = verdict(regression(-0.4, -0.9))
    assert worse.level == "none"
    assert worse.text.startswith("Explains nothing of the variation (R² −0.400), off by")
    assert worse.text.endswith("That is not better than one constant answer.")


def test_the_other_kinds():
    base = {"n": 1200, "undefined": {}, "interval": None}
    genre = {**base, "kind": "multiclass", "accuracy": 0.6}
    assert verdict(genre).text == "Right for 60 % of 1,200 tracks."
    assert verdict(genre).level == "unknown"
    both = {**genre, "majority": {"accuracy": 0.25}, "chance": {"accuracy": 0.2}}
    assert (
        verdict(both).text
        == "Right for 60 % of 1,200 tracks; always the most frequent training class 25 %, chance 20 %."
    )
    situation = {**base, "kind": "multilabel", "roc_auc_macro": 0.84, "chance": {"roc_auc_macro": 0.5}}
    assert "in 84 % of all pairs; chance 50 %." in verdict(situation).text
    topics = {**base, "kind": "distribution", "top_1_agreement": 0.4, "majority": {"top_1_agreement": 0.2}}
    assert verdict(topics).text == "Finds the largest share of 40 % of 1,200 tracks; always the mean shares 20 %."


def test_what_cannot_be_judged():
    said = verdict(regression(None, 0, undefined={"r2": "the reference is constant"}))
    assert (said.text, said.level) == ("Cannot be judged: the reference is constant.", "unknown")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (3, "3"), (1200, "1,200"), (0.5, "0.500"), (-0.25, "−0.250"), (99.95, "100.0")]
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "0.4 %"), (0.0996, "10 %"), (1, "100 %"), (-0.3, "−30 %")]
)
def test_shares(share, text):
    assert percent(share) == text


def test_metric_names_depend_on_the_kind():
    assert spoken("accuracy", "multiclass") == "accuracy"
    assert spoken("accuracy", "multilabel") == "all labels of a track right"
    assert spoken("some_new_metric") == "some new metric"
