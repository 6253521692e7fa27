"""The family as a whole: every kind of task has metrics that keep the contract; golden values of a named reference."""

import json
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.metrics import OutOfFold, all_metrics, evaluate, lower_is_better, main_metrics
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


@pytest.mark.parametrize("kind", names("metrics"))
def test_every_score_is_named(kind):
    facts = {"levels": (1.0, 2.0)} if kind == "regression" else {}
    outputs = ("",) if kind == "regression" else tuple("abcdef")
    rows = np.array([[1.0], [2.0], [2.5]]) if kind == "regression" else np.eye(6)
    said = rows + 0.1 if kind == "regression" else rows * 0.4 + 0.1
    found = evaluate(kind, rows, said, outputs, train_reference=rows, **facts)
    assert {name for name, value in found.items() if isinstance(value, float)} == set(all_metrics(kind))
    assert set(main_metrics(kind)) <= set(all_metrics(kind))


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


@pytest.mark.parametrize(
    ("kind", "width", "metric"),
    [
        ("multiclass", 3, "accuracy"),
        ("multiclass", 3, "log_loss"),
        ("multilabel", 3, "accuracy"),
        ("multilabel", 3, "log_loss"),
        ("regression", 1, "mae"),
        ("regression", 1, "mse"),
        ("distribution", 3, "cross_entropy"),
        ("distribution", 3, "top_1_agreement"),
    ],
)
def test_baselines_of_folds_know_their_own_folds_labels_only(kind: str, width: int, metric: str) -> None:
    rng = np.random.default_rng(3)
    made = {
        "multiclass": lambda n, shift: np.eye(3)[rng.choice(3, n, p=[0.6 - shift, 0.3, 0.1 + shift])],
        "multilabel": lambda n, shift: (rng.random((n, 3)) < 0.2 + shift) * 1.0,
        "regression": lambda n, shift: rng.normal(10 * shift, 1, (n, 1)),
        "distribution": lambda n, shift: rng.dirichlet([1, 1 + 5 * shift, 1], n),
    }[kind]
    truth, said = made(50, 0.2), np.full((50, width), 1 / width)
    parts, fold = [made(40, 0.0), made(60, 0.4)], np.repeat([0, 1], [20, 30])
    names = tuple("abc"[:width]) if width > 1 else ("",)
    pooled = evaluate(kind, truth, said, names, train_reference=OutOfFold(parts, fold))
    alone = [evaluate(kind, truth[fold == f], said[fold == f], names, train_reference=parts[f]) for f in (0, 1)]
    for who in ("chance", "majority"):
        expected = (20 * alone[0][who][metric] + 30 * alone[1][who][metric]) / 50
        assert pooled[who][metric] == pytest.approx(expected)
