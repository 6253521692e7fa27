"""What each kind of task says of bad cells, and its options against hand-made numbers and torch's own losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as functional

from unisono.errors import ExperimentError
from unisono.tasks import task
from unisono.tasks.distribution import Distribution
from unisono.tasks.multiclass import Multiclass
from unisono.tasks.multilabel import Multilabel
from unisono.tasks.regression import Regression

ALL = np.ones(6, bool)


def test_a_task_without_or_of_unknown_kind_is_an_error() -> None:
    with pytest.raises(ExperimentError, match="has no kind"):
        task("genre", {})
    with pytest.raises(ExperimentError, match='Did you mean "multiclass"'):
        task("genre", {"kind": "multiclas"})


def test_a_label_that_is_not_listed_names_the_nearest() -> None:
    genre = Multiclass(name="genre", labels=("blues", "jazz", "rock"))
    (problem,) = genre.problems(["rock", "Rcok", "", None])
    assert problem.index == 1
    assert problem.found == '"Rcok" is not one of blues, jazz, rock'
    assert problem.advice == 'Did you mean "rock"?'


def test_rare_labels_are_a_problem_or_ignored() -> None:
    cells = ["a", "a", "a", "b", None, "a"]
    (problem,) = Multiclass(name="g").problems(cells)
    assert problem.index == 3 and 'label "b" has 1 of the 3 tracks needed' in problem.found
    (typo,) = Multiclass(name="g").problems(["rock", "rock", "rock", "Rcok"])
    assert typo.advice.startswith('Did you mean "rock"? Label more')
    ignoring = Multiclass(name="g", rare="ignore").fit(cells, ALL)
    assert ignoring.labels == ("a",) and not ignoring.problems(cells)
    assert np.isnan(ignoring.encode(["b"])).all()


def test_no_label_applies_is_not_for_multiclass() -> None:
    assert "no label applies" in Multiclass(name="g", min_tracks=1).problems(["-"])[0].found


def test_class_weights_are_those_of_the_training_rows() -> None:
    cells = ["a", "a", "a", "b", "b", "b"]
    train = np.array([1, 1, 1, 1, 0, 0], bool)
    made = Multiclass(name="g", class_weights="balanced").fit(cells, train)
    assert made.label_weights == pytest.approx((4 / (2 * 3), 4 / (2 * 1)))
    by_name = Multiclass(name="g", class_weights={"b": 5}).fit(cells, train)
    assert by_name.label_weights == (1, 5)
    effective = Multiclass(name="g", class_weights="effective").fit(cells, train)
    assert sum(effective.label_weights) == pytest.approx(2)
    assert effective.label_weights[1] / effective.label_weights[0] == pytest.approx((1 - 0.999**3) / (1 - 0.999**1))


def test_weighted_smoothed_cross_entropy_is_torchs() -> None:
    made = Multiclass(name="g", labels=("a", "b", "c"), label_weights=(1, 2, 3))
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    total, weight = made.loss(logits, torch.tensor([[0.0], [1], [2], [1]]))
    expected = functional.cross_entropy(logits, torch.tensor([0, 1, 2, 1]), weight=torch.tensor([1.0, 2, 3]))
    torch.testing.assert_close(total / weight, expected)
    smooth = Multiclass(name="g", labels=("a", "b", "c"), label_smoothing=0.1)
    total, weight = smooth.loss(logits, torch.tensor([[0.0], [1], [2], [1]]))
    expected = functional.cross_entropy(logits, torch.tensor([0, 1, 2, 1]), label_smoothing=0.1)
    torch.testing.assert_close(total / weight, expected)


@pytest.mark.parametrize("shape", [(5,), (2, 5)])
def test_cross_entropy_is_as_written_with_weights_smoothing_and_rows_without_labels(shape: tuple[int, ...]) -> None:
    """Each row counts what its label weighs, the part of it that is spread over all labels too."""
    made = Multiclass(name="g", labels=("a", "b", "c"), label_weights=(1.5, 2, 3), label_smoothing=0.2)
    logits = torch.randn(*shape, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = torch.tensor([0.0, torch.nan, 2, 1, torch.nan]).expand(shape)
    logs, each = functional.log_softmax(logits, dim=-1), torch.tensor([1.5, 0, 3, 2, 0], dtype=torch.float64)
    named = torch.stack([logs[..., i, c] for i, c in enumerate((0, 0, 2, 1, 0))], dim=-1)
    expected = -((0.8 * named + 0.2 * logs.mean(dim=-1)) * each).sum(dim=-1)
    total, weight = made.loss(logits, targets[..., None])
    torch.testing.assert_close(total.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(weight.double(), torch.full(shape[:-1], 6.5, dtype=torch.float64))


@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_a_logit_that_is_no_number_shows_in_the_loss_without_a_label_too(odd: float) -> None:
    """Its gradient is no number, and whoever looks at the loss alone would update with it."""
    made = Multiclass(name="g", labels=("a", "b"))
    logits = torch.tensor([[1.0, 2.0], [odd, 1.0]], requires_grad=True)
    total, _ = made.loss(logits, torch.tensor([[0.0], [torch.nan]]))
    assert not torch.isfinite(total)


def test_one_column_of_0_and_1_is_one_label_also_under_the_task_s_own_name() -> None:
    made = Multilabel(name="pop", columns=("pop",))
    assert (made.columns, made.labels, made.by_column) == (("pop",), ("pop",), True)
    assert made.encode(["1", "0", ""])[:, 0].tolist()[:2] == [1, 0]
    assert made.problems(["rock"])[0].found == 'column "pop" holds "rock" but 0 or 1 is needed'
    again = Multilabel(**made.model_dump(exclude={"kind"}))
    assert again == made and again.by_column
    texts = Multilabel(name="pop")
    assert (texts.columns, texts.labels, texts.by_column) == (("pop",), (), False)
    assert not Multilabel(**texts.model_dump(exclude={"kind"})).by_column
    assert not Multilabel(name="mood", columns=("mood",), separator=";", labels=("a", "b")).by_column, "as once written"


def test_multilabel_columns_may_miss_single_labels() -> None:
    made = Multilabel(name="tags", columns=("rock", "pop"))
    assert made.labels == ("rock", "pop")
    targets = made.encode([(1, 0), ("", 1), (None, None)])
    np.testing.assert_array_equal(targets, np.array([[1, 0], [np.nan, 1], [np.nan, np.nan]], np.float32))
    assert [p.index for p in made.problems([(1, 0), (2, 1), ("yes", "")])] == [1, 2]
    logits = torch.zeros(3, 2, requires_grad=True)
    total, weight = made.loss(logits, torch.from_numpy(targets))
    assert float(weight) == 3 and total.item() == pytest.approx(3 * np.log(2))


def test_balanced_multilabel_weighs_positives_by_negatives_over_positives() -> None:
    cells = ["a", "b", "b", "a;b", "b", "-"]
    made = Multilabel(name="t", min_tracks=1, class_weights="balanced").fit(cells, ALL)
    assert made.label_weights == pytest.approx((4 / 2, 2 / 4))


def test_multilabel_answers_by_threshold_most_probable_first() -> None:
    made = Multilabel(name="t", labels=("a", "b", "c"), thresholds=(0.9, 0.1, 0.5))
    answer = made.answer(np.array([0.8, 0.2, 0.6], np.float32))
    assert [g.label for g in answer.given] == ["c", "b"]


def test_regression_names_decimal_commas_and_out_of_range() -> None:
    made = Regression(name="energy", range=(100, 400))
    comma, far = made.problems(["120,5", "500", "100", None])
    assert comma.index == 0 and comma.advice == "Write decimals with a point."
    assert far.found == "500 is outside the range 100 to 400"
    assert made.problems(["nan", "inf"])[1].found == '"inf" is not a number'


def test_regression_scaled_by_the_deviation_of_training_rows() -> None:
    cells = [100, 200, 300, None, 400]
    made = Regression(name="e", range=(0, 1000), scale="deviation").fit(cells, np.array([1, 1, 1, 1, 0], bool))
    targets = made.encode(cells)
    assert abs(np.nanmean(targets[:3])) < 1e-6 and abs(np.nanstd(targets[:3]) - 1) < 1e-6
    np.testing.assert_allclose(made.reference(targets)[:, 0], [100, 200, 300, np.nan, 400], rtol=1e-6)
    assert made.scores(np.float32([[50.0]]))[0, 0] > 1000
    assert made.model_copy(update={"clip": True}).scores(np.float32([[50.0], [-50.0]]))[:, 0].tolist() == [1000, 0]
    again = Regression(**made.model_dump(exclude={"target_loss"}))
    assert np.array_equal(again.encode(cells), targets, equal_nan=True)


def test_regression_scaled_by_the_deviation_wants_to_be_fitted() -> None:
    with pytest.raises(ValueError, match="e is not fitted: it has no mean and deviation yet"):
        Regression(name="e", scale="deviation", range=(0, 1)).encode([0.5])


def test_regression_learns_its_range_from_training_rows_only() -> None:
    made = Regression(name="e").fit([1, 2, 3, 100], np.array([1, 1, 1, 0], bool))
    assert made.range == (1, 3)
    np.testing.assert_allclose(made.encode([1, 2, 5])[:, 0], [0, 0.5, 2])


def test_rmse_is_the_root_of_the_batch_mean() -> None:
    made = Regression(name="e", range=(0, 1), loss="rmse")
    total, weight = made.loss(torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [3.0]]))
    assert float(made.finish(total / weight)) == pytest.approx(np.sqrt((1 + 4) / 2))
    zero = torch.zeros(2, 1, requires_grad=True)
    total, weight = made.loss(zero, torch.zeros(2, 1))
    made.finish(total / weight).backward()
    assert torch.isfinite(zero.grad).all()  # type: ignore[arg-type]


def test_clipping_keeps_answers_in_the_range() -> None:
    made = Regression(name="e", range=(100, 400), clip=True)
    assert made.scores(np.array([[-1.0], [2.0]], np.float32)).tolist() == [[100], [400]]


def test_kl_is_cross_entropy_less_the_targets_entropy() -> None:
    shares = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    plain = Distribution(name="d", columns=("a", "b", "c")).loss(logits, shares)[0]
    kl = Distribution(name="d", columns=("a", "b", "c"), loss="kl").loss(logits, shares)[0]
    entropy = -(shares * shares.clamp_min(1e-12).log()).sum()
    assert float(plain - kl) == pytest.approx(float(entropy), abs=1e-6)


def test_distribution_refuses_holes_negatives_and_zeros() -> None:
    made = Distribution(name="d", columns=("a", "b"))
    found = {p.index: p.found for p in made.problems([(1, None), (-1, 2), (0, 0), (None, None), (1, 1), ("x", 1)])}
    assert set(found) == {0, 1, 2, 5}
    assert "some shares are missing" in found[0] and "all shares are zero" in found[2]


def test_the_weight_of_many_rows_is_exact_in_bf16() -> None:
    """bf16 has 8 bits: a sum of 257 ones would be 256."""
    made = Multiclass(name="g", labels=("a", "b"))
    total, weight = made.loss(torch.zeros(257, 2, dtype=torch.bfloat16), torch.zeros(257, 1))
    assert weight.item() == 257
    assert (total / weight).item() == pytest.approx(np.log(2))


def test_positive_weights_are_not_rounded_in_bf16() -> None:
    made = Multilabel(name="m", labels=("a",), label_weights=(2.003,))
    total, _ = made.loss(torch.zeros(1, 1, dtype=torch.bfloat16), torch.ones(1, 1))
    assert total.item() == pytest.approx(2.003 * np.log(2), rel=1e-6)


def test_a_label_that_every_training_track_has_still_teaches() -> None:
    made = Multilabel(name="m", class_weights="balanced").fit(["a;b", "a", "a;b", "a"], np.ones(4, bool))
    assert made.label_weights == pytest.approx((1 / 4, 1))


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Multilabel, {"separator": ""}, "at least 1 character"),
        (Regression, {"range": (4, 1)}, "lowest number first"),
        (Regression, {"range": (4, 4)}, "lowest number first"),
        (Multiclass, {"class_weights": {"a": -3}}, "greater than or equal to 0"),
    ],
)
def test_settings_that_cannot_be(kind: type, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(name="t", **settings)


def test_a_class_weight_of_no_label_names_the_nearest() -> None:
    with pytest.raises(ExperimentError, match=r'tasks.g.class_weights: "rokc" is no label.*Did you mean "rock"'):
        Multiclass(name="g", class_weights={"rokc": 3}).fit(["rock", "jazz"], np.ones(2, bool))
