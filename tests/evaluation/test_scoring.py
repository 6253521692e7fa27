"""All of scores.json: its structure, pooling of folds, leaks and the signature."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from unisono.evaluation import Judged, Learned, Stamp, predictions, score, signature
from unisono.metrics import evaluate
from unisono.tasks import task

STAMP = Stamp("grouped", (), "a1b2c3d4e5f6a7b8", "0f1e2d3c4b5a6978", 7)
N = 60
TASKS = {
    "genre": task("genre", {"kind": "multiclass", "labels": ["rock", "jazz", "pop"]}),
    "situation": task("situation", {"kind": "multilabel", "labels": ["peak", "closing"]}),
    "energy": task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 200, 300, 400]}),
    "topics": task("topics", {"kind": "distribution", "columns": ["love", "war", "sea"], "role": "auxiliary"}),
}
TRACKS = [f"{i}.mp3" for i in range(N)]


def arrays(seed=0):
    generator = np.random.default_rng(seed)
    reference = {
        "genre": np.eye(3)[generator.integers(0, 3, N)],
        "situation": (generator.random((N, 2)) < 0.4) * 1.0,
        "energy": generator.integers(1, 5, (N, 1)) * 100.0,
        "topics": generator.dirichlet(np.ones(3), N),
    }
    reference["genre"][:4] = np.nan
    scores = {
        "genre": generator.dirichlet(np.ones(3), N),
        "situation": generator.random((N, 2)),
        "energy": reference["energy"] + generator.normal(0, 50, (N, 1)),
        "topics": generator.dirichlet(np.ones(3), N),
    }
    single = {name: array.astype(np.float32) for name, array in reference.items()}
    return single, {name: array.astype(np.float32) for name, array in scores.items()}


REFERENCE, SCORES = arrays()


def table(rows=slice(None), fold=0):
    said = {name: Judged(t.outputs, REFERENCE[name][rows], SCORES[name][rows]) for name, t in TASKS.items()}
    return predictions(TRACKS[rows], said, fold=fold)


def learned(loss=None):
    return Learned(TASKS, REFERENCE, loss)


def test_the_structure_of_scores_json():
    found = score(table(), [learned(1.25)], STAMP)
    assert list(found) == ["signature", "protocol", "leaks", "split", "tasks", "total_loss"]
    assert (found["protocol"], found["leaks"], found["split"], found["total_loss"]) == ("grouped", [], "test", 1.25)
    genre = found["tasks"]["genre"]
    assert (genre["kind"], genre["role"], genre["n"]) == ("multiclass", "target", N - 4)
    assert {"accuracy", "f1_macro", "per_class", "chance", "majority", "interval", "calibration"} <= set(genre)
    assert found["tasks"]["topics"]["role"] == "auxiliary"
    assert "calibration" not in found["tasks"]["energy"]
    json.dumps(found, allow_nan=False)


def test_values_are_those_of_the_metrics():
    found = score(table(), [learned()], STAMP)["tasks"]
    for name, one in TASKS.items():
        direct = evaluate(
            one.kind, REFERENCE[name], SCORES[name], one.outputs, train_reference=REFERENCE[name], **one.facts()
        )
        assert direct.items() <= found[name].items()


def test_folds_are_pooled_on_top_and_listed():
    half = N // 2
    folded = pl.concat([table(slice(0, half)), table(slice(half, None), fold=1)])
    found = score(folded, [learned(1.0), learned(3.0)], STAMP)
    whole = score(table(), [learned()], STAMP)
    assert found["tasks"]["energy"]["r2"] == whole["tasks"]["energy"]["r2"]
    assert found["total_loss"] == 2.0
    assert [one["fold"] for one in found["folds"]] == [0, 1]
    assert found["folds"][1]["total_loss"] == 3.0
    second = evaluate("regression", REFERENCE["energy"][half:], SCORES["energy"][half:], ("",))
    assert found["folds"][1]["tasks"]["energy"]["r2"] == second["r2"]
    assert found["folds"][0]["n"] == half
    assert "folds:2" in found["signature"]


def test_pooled_baselines_have_seen_only_their_own_folds_training_tracks():
    low, high = ({**REFERENCE, "energy": np.full((10, 1), v, np.float32)} for v in (100, 400))
    folded = pl.concat([table(slice(0, 30)), table(slice(30, None), fold=1)])
    found = score(folded, [Learned(TASKS, low), Learned(TASKS, high)], STAMP)
    constant = np.repeat([[100.0], [400.0]], 30, axis=0)
    expected = evaluate("regression", REFERENCE["energy"], constant, ("",))
    pooled = found["tasks"]["energy"]["majority"]
    assert (pooled["mse"], pooled["r2"]) == (pytest.approx(expected["mse"]), pytest.approx(expected["r2"]))
    folds = [fold["tasks"]["energy"]["majority"]["mae"] for fold in found["folds"]]
    assert pooled["mae"] == pytest.approx(np.mean(folds))


@pytest.mark.parametrize("name", list(TASKS))
def test_folds_with_the_same_training_tracks_have_the_baselines_of_one(name):
    folded = pl.concat([table(slice(0, 30)), table(slice(30, None), fold=1)])
    two = score(folded, [learned(), learned()], STAMP)["tasks"][name]
    one = score(table(), [learned()], STAMP)["tasks"][name]
    assert two["chance"] == pytest.approx(one["chance"], nan_ok=True)
    assert two["majority"] == pytest.approx(one["majority"], nan_ok=True)


def test_a_loss_that_one_fold_does_not_know_is_not_averaged():
    folded = pl.concat([table(slice(0, 30)), table(slice(30, None), fold=1)])
    assert score(folded, [learned(1.0), learned()], STAMP)["total_loss"] is None


def test_leaks_are_listed_and_stamped():
    leaky = replace(STAMP, protocol="random", leaks=("12 artists stand on both sides",))
    found = score(table(), [learned()], leaky)
    assert found["leaks"] == ["12 artists stand on both sides"]
    assert "|protocol:random|" in found["signature"]
    assert "|leaky:yes|" in found["signature"]


@pytest.mark.parametrize("change", [{"data": "ffffffff"}, {"split": "ffffffff"}, {"seed": 8}, {"protocol": "random"}])
def test_the_signature_changes_with_what_it_names(change):
    assert signature(STAMP, 1, 60) != signature(replace(STAMP, **change), 1, 60)
    assert signature(STAMP, 1, 60) != signature(STAMP, 5, 60) != signature(STAMP, 5, 61)


def test_known_groups_are_resampled_whole():
    groups = {track: i // 10 for i, track in enumerate(TRACKS)}
    by_group = score(table(), [learned()], STAMP, groups)["tasks"]["energy"]["interval"]
    by_track = score(table(), [learned()], STAMP)["tasks"]["energy"]["interval"]
    assert (by_group["resampled"], by_track["resampled"]) == ("groups", "tracks")
    assert by_group["r2"] != by_track["r2"]


def test_several_splits_in_one_table_are_refused():
    mixed = pl.concat([table(), table().with_columns(split=pl.lit("validation"))])
    with pytest.raises(ValueError, match="predictions of test, validation in one table"):
        score(mixed, [learned()], STAMP)


def test_folds_must_agree():
    other = {**TASKS, "energy": TASKS["energy"].model_copy(update={"levels": (1.0, 2.0)})}
    with pytest.raises(ValueError, match="energy: folds differ"):
        score(table(), [learned(), Learned(other, REFERENCE)], STAMP)
    with pytest.raises(ValueError, match=r"predictions of folds \[1\] but 1 were learned"):
        score(table(fold=1), [learned()], STAMP)
    renamed = {**TASKS, "genre": TASKS["genre"].model_copy(update={"labels": ("a", "b", "c")})}
    with pytest.raises(ValueError, match=r"genre: predictions of .*'rock'.* but the task's outputs are"):
        score(table(), [Learned(renamed, REFERENCE)], STAMP)
