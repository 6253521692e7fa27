"""Coverage against precision: as tag by tag, on a test part and over folds."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import softmax

from unisono.evaluation import Judged, predictions
from unisono.evaluation.sureness import confidence_facts, sureness, sureness_of_folds
from unisono.model.sureness import answered, calibrated, interval, limits_of
from unisono.tasks import task

NAMES = list("abcd")
TASKS = {
    "genre": task("genre", {"kind": "multiclass", "labels": NAMES, "tree": {"ab": ["a", "b"], "cd": ["c", "d"]}}),
    "energy": task("energy", {"kind": "regression", "range": [0, 1]}),
}


def table(rows: int, seed: int, **said: object) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    truth = np.eye(4, dtype=np.float32)[rng.integers(0, 4, rows)]
    pair = truth[:, [0, 0, 2, 2]] + truth[:, [1, 1, 3, 3]]
    scores = softmax(3 * (1.3 * truth + pair + rng.normal(0, 0.8, (rows, 4))), axis=1).astype(np.float32)
    number = rng.random((rows, 1)).astype(np.float32)
    judged = {
        "genre": Judged(tuple(NAMES), truth, scores),
        "energy": Judged(("",), number, number + rng.normal(0, 0.1, (rows, 1)).astype(np.float32)),
    }
    return predictions([f"{seed}-{i}" for i in range(rows)], judged, **said)


def test_coverage_is_what_tagging_gives() -> None:
    part, held = table(900, 0, split="calibration"), table(500, 1)
    facts = confidence_facts(part, TASKS)
    found = sureness(held, TASKS, facts)["genre"]["coverage"]
    limits = limits_of(facts["thresholds"], 0.9)["genre"]
    scores = held.filter(pl.col("task") == "genre")["score"].to_numpy().reshape(-1, 4)
    sure = calibrated(scores, facts["calibration"]["genre"])
    given = sum(len(answered(TASKS["genre"], a, b, limits).given) for a, b in zip(scores, sure, strict=True))
    at = next(one for one in found if one["precision"] == 0.9)
    assert (at["given"], at["of"]) == (given, 500)
    assert at["reached"] > 0.88
    coverages = [one["coverage"] for one in found]
    assert coverages[-1] < coverages[0], "who asks for more hears less"
    assert sureness(held, TASKS, facts)["genre"]["reliability"]["ece"] < 0.06


def test_intervals_are_judged_on_the_test_part() -> None:
    facts = confidence_facts(table(900, 0, split="calibration"), TASKS)
    intervals = sureness(table(500, 1), TASKS, facts)["energy"]["intervals"]
    assert [round(one["inside"], 1) for one in intervals if one["level"] in (0.5, 0.9)] == [0.5, 0.9]


def test_coverage_of_numbers_is_what_tagging_gives() -> None:
    part, held = table(900, 0, split="calibration"), table(500, 1)
    facts = confidence_facts(part, TASKS)
    row = next(r for r in sureness(held, TASKS, facts)["energy"]["coverage"] if r["precision"] == 0.9)
    limits = limits_of(facts["thresholds"], 0.9)["energy"]
    assert row["half_width"] == limits.half_width
    rows = held.filter(pl.col("task") == "energy")
    ends = [interval(score, limits.half_width, (0.0, 1.0)) for score in rows["score"]]
    holds = [e[0] <= t <= e[1] for e, t in zip(ends, rows["reference"], strict=True) if e is not None]
    assert (row["given"], row["right"], row["of"]) == (len(holds), sum(holds), 500)
    levels = {"energy": task("energy", {"kind": "regression", "range": [0, 1], "levels": [0, 1]})}
    facts = confidence_facts(part, levels)
    found = sureness(held, levels, facts)["energy"]
    row = next(r for r in found["coverage"] if r["precision"] == 0.9)
    assert 100 < row["given"] < 500 == row["of"]
    assert row["reached"] > 0.88
    assert "half_width" not in row
    assert found["reliability"]["ece"] < 0.06


def test_each_fold_is_judged_by_the_others() -> None:
    folds = pl.concat([table(300, seed, fold=seed) for seed in range(3)])
    found = sureness_of_folds(folds, TASKS)["genre"]["coverage"]
    assert found[0]["of"] == 900
    wrong = folds.with_columns(
        pl.when((pl.col("fold") == 0) & (pl.col("task") == "genre")).then(1 - pl.col("reference"))
        .otherwise(pl.col("reference")).alias("reference")
    )  # fmt: skip
    spoilt = sureness_of_folds(wrong, TASKS)["genre"]["coverage"]
    assert spoilt[-3]["reached"] is None or spoilt[-3]["reached"] < 0.9, "a fold of wrong labels cannot hide"


def test_without_thresholds_there_is_no_coverage() -> None:
    facts = confidence_facts(table(300, 0, split="validation"), TASKS, thresholds=False)
    assert facts["thresholds"] == {}
    assert sureness(table(300, 1), TASKS, facts)["genre"]["coverage"] == []
