"""The family as a whole: every kind of task has metrics that keep the contract; golden values of a named reference."""

import json
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.metrics import evaluate, lower_is_better, main_metrics
from unisono.parts import names

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "metrics.json").read_text("utf-8"))


def test_every_kind_of_task_has_metrics():
    assert names("metrics") == names("tasks")


@pytest.mark.parametrize("kind", names("metrics"))
def test_unlabelled_only_gives_null_with_a_reason_everywhere(kind):
    outputs = ("",) if kind == "regression" else ("a", "b", "c")
    width = len(outputs)
    found = evaluate(kind, np.full((4, width), np.nan), np.full((4, width), 1 / width), outputs)
    assert found["kind"] == kind
    for metric in main_metrics(kind):
        assert found[metric] is None
        assert found["undefined"][metric]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_values(case):
    facts = case.get("facts", {})
    found = evaluate(case["kind"], _floats(case["reference"]), case["scores"], tuple(case["outputs"]), **facts)
    for path, value in case["expected"].items():
        assert _at(found, path) == pytest.approx(value, abs=1e-9), path


def test_unknown_kind():
    with pytest.raises(ExperimentError, match=r'metrics "multiclas": unknown.*Did you mean "multiclass"'):
        evaluate("multiclas", [[1]], [[1]], ("a",))


def test_direction_of_metrics():
    assert all(map(lower_is_better, ("log_loss", "rmse", "mae", "mse", "kl", "cross_entropy", "total_loss")))
    assert not any(map(lower_is_better, ("accuracy", "f1_macro", "r2", "roc_auc_macro", "cosine", "pearson")))


def _floats(rows):
    return [[np.nan if v is None else v for v in row] for row in rows]


def _at(found, path):
    for name in path.split("/"):
        found = found[name]
    return found
