"""Verdicts of made-up results whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.evaluation import corrected_t
from unisono.study.cells import Place
from unisono.study.comparing import Condition, Records, check_metrics, comparisons, scores
from unisono.study.plan import Study
from unisono.study.sentences import flattery, sentence

Made = Callable[..., Records]
MakesResult = Callable[..., dict[str, Any]]
EVERY = Condition("", None, None)


def around(mean: float, seed: int = 0, runs: int = 10, deviation: float = 0.01) -> list[float]:
    return list(np.random.default_rng(seed).normal(mean, deviation, runs))


@pytest.mark.parametrize(
    ("mean", "verdict", "said"),
    [
        (0.7, "helps", '"with year" helps against "alone": f1_macro 0.7'),
        (0.5, "hurts", '"with year" hurts against "alone"'),
        (0.601, "no evidence", 'no evidence that "with year" differs from "alone"'),
    ],
)
def test_a_known_difference_is_told(records: Made, mean: float, verdict: str, said: str) -> None:
    (row,) = comparisons(records({"alone": around(0.6), "with year": around(mean, 1)}))
    assert row["verdict"] == verdict
    assert said in sentence(row)
    assert ("would have seen a difference of" in sentence(row)) == (verdict == "no evidence")


def test_pairs_that_differ_alike_are_no_evidence_and_hide_no_zero(records: Made) -> None:
    for ours, said in (
        ([1.0] * 3, "(+0.000 in each of 3 pairs, p 1.00)"),
        ([0.9, 1.0, 0.8], "(+0.100 in each of 3 pairs, p"),
    ):
        (row,) = comparisons(records({"alone": [one - float(said[3:7]) for one in ours], "with year": ours}))
        assert (row["verdict"], row["interval"], row["detectable"]) == ("no evidence", None, None)
        assert said in sentence(row) and sentence(row).endswith("What this study could have seen is not known.")


def test_overlapping_tracks_widen_the_error(records: Made) -> None:
    pairs = {"alone": around(0.6), "with year": around(0.611, 1)}
    plain, careful = (comparisons(records(pairs, share=share))[0] for share in (0.0, 1.0))
    assert plain["p"] < careful["p"]
    assert plain["detectable"] < careful["detectable"]


@pytest.mark.parametrize(("metric", "blind"), [("f1_macro", True), ("cohen_kappa", False), ("log_loss", False)])
def test_what_no_score_can_differ_by_could_not_be_seen(
    made_study: Callable[..., Study], records: Made, metric: str, blind: bool
) -> None:
    def of(values: list[float]) -> list[dict[str, Any]]:
        return [{"genre": {"kind": "multiclass", "role": "target", metric: v}} for v in values]

    study = made_study(study={"metrics": {"genre": metric}})
    pairs = {"alone": of([0.2, 0.9, 0.5]), "with year": of([0.5, 0.5, 0.6])}
    found = [
        (Place(name, "", seed), {"tasks": one, "folds": [], "share": 0.25, "judged": str(seed)})
        for name, many in pairs.items()
        for seed, one in enumerate(many)
    ]
    (row,) = comparisons(Records.of(study, found))
    assert (row["verdict"], row["blind"], row["detectable"] is None) == ("no evidence", blind, blind)
    assert sentence(row).endswith("This study could not have seen any difference.") == blind


def test_one_run_says_nothing(records: Made) -> None:
    (row,) = comparisons(records({"alone": [0.6], "with year": [0.9]}))
    assert row["verdict"] == "unknown" and row["p"] is None


def test_runs_of_other_tracks_are_no_pairs(made_study: Callable[..., Study], result: MakesResult) -> None:
    study = made_study()
    found = [
        (Place(n, "", s), result(0.5 + s / 10, judged=f"{n}{s}" if s else "same"))
        for n in study.configurations
        for s in range(3)
    ]
    (row,) = comparisons(Records.of(study, found))
    assert (row["runs"], row["unpaired"]) == (1, 4)


def test_a_helper_that_is_not_scored_is_not_compared(made_study: Callable[..., Study], result: MakesResult) -> None:
    helper = {"tasks": {"genre": {"kind": "multiclass", "role": "auxiliary"}}}
    study = made_study(factors={"tasks": {"alone": {"tasks": ["genre"]}, "with year": helper}})
    found = [(Place("alone", "", s), result(0.5 + s / 10, judged=f"{s}")) for s in range(3)]
    left = [(Place("with year", "", s), result(0.0, judged=f"{s}", tasks={})) for s in range(3)]
    assert comparisons(Records.of(study, found + left)) == []
    scored = [(place, {**one, "tasks": found[0][1]["tasks"]}) for place, one in left]
    assert [row["runs"] for row in comparisons(Records.of(study, found + scored))] == [3]


def test_more_comparisons_ask_for_more(made_study: Callable[..., Study], records: Made) -> None:
    levels = {"alone": {"tasks": ["genre"]}} | {f"r{n}": {"training": {"epochs": n + 1}} for n in range(6)}
    study = made_study(factors={"x": levels})
    given = {"alone": around(0.6)} | {f"r{n}": around(0.6, n + 1) for n in range(6)}
    rows = comparisons(records(given, study))
    assert len(rows) == 6
    assert all(row["p_holm"] >= row["p"] for row in rows)
    alone = comparisons(records({"alone": given["alone"], "r0": given["r0"]}, study))[0]
    assert rows[0]["detectable"] > alone["detectable"]


def test_chosen_looks_at_validation_alone(made_study: Callable[..., Study], result: MakesResult) -> None:
    study = made_study(study={"chosen": {"best": ["alone", "with year"]}})
    found = []
    for seed in range(4):
        found.append((Place("alone", "", seed), result(0.9, validation=2.0)))  # better on test, worse on validation
        found.append((Place("with year", "", seed), result(0.5, validation=1.0)))
    values = Records.of(study, found).values(EVERY, "best", "genre", "f1_macro")
    assert [v.value for v in values] == [0.5] * 4


def test_an_unknown_score_is_told(made_study: Callable[..., Study], result: MakesResult) -> None:
    study = made_study(study={"metrics": {"genre": "top_3_accuracy"}})  # of tasks of four classes or more
    with pytest.raises(ExperimentError, match=r'metrics\.genre: "top_3_accuracy" is no score of.*f1_macro'):
        check_metrics(study, result(0.5)["tasks"])
    check_metrics(made_study(study={"metrics": {"genre": "accuracy"}}), result(0.5)["tasks"])
    with pytest.raises(ExperimentError, match=r'also\.genre: "excerpts.accuracy" is no score of.*accuracy'):
        check_metrics(made_study(study={"also": {"genre": ["excerpts.accuracy"]}}), result(0.5)["tasks"])
    with pytest.raises(ExperimentError, match=r"study\.also\.gerne: is no task.*genre"):
        made_study(study={"also": {"gerne": ["accuracy"]}})


def test_scores_of_excerpts_stand_in_the_tables(records: Made, made_study: Callable[..., Study]) -> None:
    task = {"kind": "multiclass", "role": "target", "f1_macro": 0.5, "excerpts.f1_macro": 0.4}
    study = made_study(study={"also": {"genre": ["excerpts.f1_macro"]}})
    rows = scores(records({"alone": [0.5, 0.5]}, study, tasks={"genre": task}))
    assert {r["metric"]: r["mean"] for r in rows} == {"f1_macro": 0.5, "excerpts.f1_macro": 0.4}


def test_folds_are_runs(made_study: Callable[..., Study], result: MakesResult) -> None:
    study = made_study()
    folds: list[Any] = [{"genre": {"f1_macro": v}} for v in (0.4, 0.6)]
    found = [(Place(n, "", s), result(0.5, folds=folds)) for n in study.configurations for s in range(2)]
    rows = [r for r in scores(Records.of(study, found)) if r["configuration"] == "alone" and r["metric"] == "f1_macro"]
    assert rows[0]["values"] == [0.4, 0.6, 0.4, 0.6]


def test_what_a_leak_flatters(made_study: Callable[..., Study], result: MakesResult) -> None:
    study = made_study()
    found = [(Place("alone", p, s), result(v)) for p, v in (("grouped", 0.5), ("random", 0.8)) for s in range(2)]
    (row,) = flattery(Records.of(study, found))
    assert (row["protocol"], row["against"]) == ("random", "grouped")
    assert row["flatters"] == pytest.approx(0.3)


def test_shuffled_labels_are_no_evidence_where_the_plain_test_finds_some() -> None:
    """100 studies of labels that mean nothing: ten overlapping splits each, two learners that look at other columns."""
    found = {"corrected": 0, "plain": 0}
    for number in range(100):
        rng = np.random.default_rng(number)
        columns, labels = rng.normal(size=(120, 10)), rng.integers(0, 2, 120)
        runs = [_accuracies(columns, labels, rng.permutation(120)) for _ in range(10)]
        ours, theirs = zip(*runs, strict=True)
        found["corrected"] += corrected_t(np.subtract(ours, theirs), 24 / 96)[1] < 0.05
        found["plain"] += corrected_t(np.subtract(ours, theirs), 0.0)[1] < 0.05
    assert found["corrected"] <= 12
    assert found["plain"] >= 20, "the plain paired t test is fooled, so this test can fail"


def _accuracies(columns: Any, labels: Any, order: Any) -> list[float]:
    """Of nearest class means, from the first and from the last five columns, on the same split."""
    train, test = order[:96], order[96:]
    found = []
    for mine in (columns[:, :5], columns[:, 5:]):
        means = np.stack([mine[train][labels[train] == label].mean(axis=0) for label in (0, 1)])
        said = ((mine[test][:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        found.append(float((said == labels[test]).mean()))
    return found
