"""Laws that every kind of task keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from unisono.parts import names, part_class
from unisono.tasks import Cell, Task, task

CELLS: dict[str, tuple[dict[str, Any], list[Cell]]] = {
    "multiclass": ({}, ["House", None, "Soul", "House", "Funk", "Soul", "", "Funk"]),
    "multilabel": ({}, ["warmup;lounge", None, "-", "peak", "lounge", "peak;warmup", "", "peak;lounge;warmup"]),
    "regression": ({"range": (100, 400)}, [100, None, 250.0, "400", 300, 120, "", "133.5"]),
    "distribution": (
        {"columns": ["a", "b", "c"]},
        [
            (1, 0, 0),
            (None, None, None),
            (0.2, 0.3, 0.5),
            (2, 2, 4),
            ("0", "1", "3"),
            (0, 0, 9),
            ("", "", ""),
            (1, 1, 1),
        ],
    ),
}


def fitted(kind: str, **more: Any) -> tuple[Task, list[Cell]]:
    settings, cells = CELLS[kind]
    made = task(
        "mood",
        {"kind": kind, "min_tracks": 1, **settings, **more}
        if kind.startswith("multi")
        else {"kind": kind, **settings, **more},
    )
    return made.fit(cells, np.ones(len(cells), bool)), cells


@pytest.fixture(params=names("tasks"))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_kind_is_tried_here_and_has_its_metrics() -> None:
    assert set(names("tasks")) == set(CELLS) == set(names("metrics"))


def test_unlabelled_cells_are_nan_and_nothing_else_is(kind: str) -> None:
    made, cells = fitted(kind)
    empty = [all(v in (None, "") for v in (c if isinstance(c, tuple) else (c,))) for c in cells]
    assert np.isnan(made.encode(cells)).all(axis=1).tolist() == empty
    assert np.isnan(made.encode(cells)).any(axis=1).tolist() == empty


def test_decoding_an_encoded_label_gives_the_label(kind: str) -> None:
    made, cells = fitted(kind)
    rows = made.reference(made.encode(cells))
    for cell, row in zip(cells, rows, strict=True):
        if np.isnan(row).all():
            continue
        answer = made.answer(row)
        if kind == "multiclass":
            assert [g.label for g in answer.given] == [cell]
        elif kind == "multilabel":
            assert {g.label for g in answer.given} == set(str(cell).split(";")) - {"-"}
        elif kind == "regression":
            assert answer.given[0].value == pytest.approx(float(cell))  # type: ignore[arg-type]
        else:
            shares = np.array([float(v) for v in cell])  # type: ignore[union-attr]
            given = {g.label: g.value for g in answer.given}
            assert [given[c] for c in made.outputs] == pytest.approx((shares / shares.sum()).tolist())


def test_an_unlabelled_track_changes_neither_loss_nor_gradient(kind: str) -> None:
    made, cells = fitted(kind)
    targets = torch.from_numpy(made.encode(cells))
    known = ~targets.isnan().all(dim=1)
    logits = torch.randn(len(cells), made.width, generator=torch.Generator().manual_seed(1), requires_grad=True)
    loss = made.finish(torch.stack(made.loss(logits, targets)).unbind()[0] / made.loss(logits, targets)[1])
    alone = made.finish(made.loss(logits[known], targets[known])[0] / made.loss(logits[known], targets[known])[1])
    assert loss.item() == pytest.approx(alone.item(), rel=1e-6)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(gradient).all()
    assert (gradient[~known] == 0).all()
    assert (gradient[known] != 0).any(dim=1).all()


def test_the_loss_is_least_at_the_true_target(kind: str) -> None:
    made, cells = fitted(kind)
    targets = torch.from_numpy(made.encode(cells))
    truth = torch.from_numpy(made.reference(made.encode(cells)))
    if kind == "regression":
        best = targets.nan_to_num(0)
    elif kind == "multilabel":
        best = (truth.nan_to_num(0) - 0.5) * 40
    else:
        best = truth.nan_to_num(1).clamp_min(1e-9).log()

    def loss(logits: torch.Tensor) -> float:
        total, weight = made.loss(logits, targets)
        return float(made.finish(total / weight))

    for shift in range(1, len(cells)):
        assert loss(best) < loss(best.roll(shift, 0))
    if kind in ("regression", "distribution"):  # the others' least is at infinity
        generator = torch.Generator().manual_seed(2)
        for _ in range(20):
            assert loss(best) < loss(best + torch.randn(best.shape, generator=generator))


def test_a_fitted_task_survives_being_dumped(kind: str) -> None:
    made, cells = fitted(kind)
    dumped = made.model_dump(mode="json", exclude_none=True)  # type: ignore[attr-defined]
    again = part_class("tasks", kind)(**dumped)
    assert again == made
    np.testing.assert_array_equal(again.encode(cells), made.encode(cells))


def test_scores_of_logits_are_in_the_answer_space(kind: str) -> None:
    made, _ = fitted(kind)
    scores = made.scores(np.random.default_rng(0).normal(size=(5, made.width)).astype(np.float32) * 3)
    assert scores.shape == (5, made.width) and np.isfinite(scores).all()
    if kind in ("multiclass", "distribution"):
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    if kind == "multilabel":
        assert ((scores > 0) & (scores < 1)).all()


def test_all_rows_unlabelled_weigh_nothing(kind: str) -> None:
    made, cells = fitted(kind)
    targets = torch.full((3, made.encode(cells).shape[1]), float("nan"))
    total, weight = made.loss(torch.zeros(3, made.width), targets)
    assert float(total) == 0 and float(weight) == 0
