"""Scores as table lines and bars."""

from unisono.report.scoreboard import bar, headline, lines

SCORES = {
    "kind": "multiclass", "role": "target", "n": 50, "accuracy": 0.6, "log_loss": 1.1, "cohen_kappa": None,
    "confusion_matrix": None, "labels": ["a"], "chance": {"accuracy": 0.2, "log_loss": 1.4},
    "majority": {"accuracy": 0.3}, "undefined": {"cohen_kappa": "one class only"},
    "interval": {"accuracy": [0.5, 0.7]},
}  # fmt: skip


def test_a_line_a_metric_with_its_baselines():
    found = {line.metric: line for line in lines("genre", SCORES, [])}
    assert list(found) == ["accuracy", "log_loss", "cohen_kappa"]
    accuracy = found["accuracy"]
    assert (accuracy.value, accuracy.chance, accuracy.majority) == ("0.600", "0.200", "0.300")
    assert (accuracy.interval, accuracy.spread) == ("0.500 to 0.700", "")
    assert (found["log_loss"].arrow, found["log_loss"].majority, found["log_loss"].bar) == ("lower is better", "", None)
    assert (found["cohen_kappa"].value, found["cohen_kappa"].why) == ("–", "one class only")


def test_the_spread_over_folds_leaves_undefined_ones_out():
    folds = [{"tasks": {"genre": {"accuracy": v}}} for v in (0.5, 0.7, None)]
    assert lines("genre", SCORES, folds)[0].spread == "0.600 ± 0.141"


def test_bars_stay_on_their_line():
    wild = {**SCORES, "accuracy": 1.4, "chance": {"accuracy": -1.0}, "interval": {"accuracy": [-0.2, 1.7]}}
    drawn = bar(wild, "accuracy")
    assert (drawn.value, drawn.interval, drawn.chance, drawn.majority) == (100.0, (0.0, 100.0), None, 30.0)
    assert bar(SCORES, "log_loss") is None
    assert bar(SCORES, "cohen_kappa") is None


def test_the_headline():
    assert headline(SCORES)[:2] == ("accuracy", "60 %")
    assert headline({"kind": "regression", "r2": -33.5, "undefined": {}})[:2] == ("R²", "−33.5")
