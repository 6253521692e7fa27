"""Steps of an epoch: every row once by default, else units in their proportions, always the same for seed and epoch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from unisono.errors import ExperimentError
from unisono.training.sampling import Sampler, Unit, sampling_sentence, units_of
from unisono.training.sampling_settings import SamplingSettings, check_sampling

SIZES = {"big": 90, "small": 10}


def sampler(size: int = 4, task: bool = False, **settings: Any) -> Sampler:
    starts = np.cumsum([0, *SIZES.values()])
    units = [Unit(n, np.arange(a, a + k), i if task else None)
             for i, ((n, k), a) in enumerate(zip(SIZES.items(), starts[:-1], strict=True))]  # fmt: skip
    return Sampler(units, SamplingSettings(**settings), size, seed=3)


def counted(made: Sampler, epochs: int = 40) -> float:
    """Share of the rows that are of the big unit."""
    drawn = np.concatenate([d.rows for e in range(epochs) for d in made.epoch(e)])
    return float((drawn < SIZES["big"]).mean())


def test_all_labels_shows_every_row_once_in_the_order_of_seed_and_epoch() -> None:
    made = Sampler([Unit("", np.arange(10))], SamplingSettings(), 4, seed=7)
    rows = [d.rows.tolist() for d in made.epoch(2)]
    assert [i for step in rows for i in step] == np.random.default_rng([7, 2]).permutation(10).tolist()
    assert [len(r) for r in rows] == [4, 4, 2] and len(made) == 3
    assert rows != [d.rows.tolist() for d in made.epoch(3)]


def test_a_last_batch_of_one_row_is_left_out() -> None:
    made = Sampler([Unit("", np.arange(9))], SamplingSettings(), 4, seed=7)
    assert [len(d.rows) for d in made.epoch(0)] == [4, 4] and len(made) == 2
    assert len(Sampler([Unit("", np.arange(1))], SamplingSettings(), 4, seed=7)) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "alternate"},
        {"method": "alternate", "order": "random"},
        {"method": "size_proportional", "by": "collection"},
        {"method": "temperature", "mixed": True},
        {"method": "ratios", "ratios": {"big": 1, "small": 2}},
    ],
)
def test_an_epoch_that_goes_on_is_the_rest_of_the_same(settings: dict[str, Any]) -> None:
    made = sampler(**settings)
    whole = [d.rows.tolist() for d in made.epoch(1)]
    assert [d.rows.tolist() for d in sampler(**settings).epoch(1, skip=5)] == whole[5:]
    assert len(whole) == len(made)


@pytest.mark.parametrize(
    ("settings", "share"),
    [
        ({"method": "alternate", "order": "random"}, 0.5),
        ({"method": "size_proportional"}, 0.9),
        ({"method": "temperature", "temperature": 2.0}, 3 / 4),
        ({"method": "temperature", "temperature": 1e9}, 1 / 2),
        ({"method": "ratios", "ratios": {"big": 1, "small": 3}}, 1 / 4),
        ({"method": "temperature", "temperature": 2.0, "mixed": True}, 3 / 4),
    ],
)
def test_units_are_drawn_in_their_proportions(settings: dict[str, Any], share: float) -> None:
    made = sampler(**settings)
    assert made.shares[0] == pytest.approx(share)
    assert counted(made) == pytest.approx(share, abs=0.05)


def test_alternating_round_robin_gives_each_task_every_other_step_of_its_own_rows() -> None:
    draws = list(sampler(method="alternate", task=True).epoch(0))
    of = [set((d.rows >= SIZES["big"]).tolist()) for d in draws]
    assert of == [{False}, {True}] * (len(draws) // 2)
    only = [set(d.only.tolist()) for d in draws if d.only is not None]
    assert only == [{0}, {1}] * (len(draws) // 2)


def test_a_small_unit_begins_again_in_another_order() -> None:
    rows = np.concatenate([d.rows for d in sampler(size=5, method="alternate").epoch(0) if d.rows[0] >= 90])
    passes = rows[: len(rows) // 10 * 10].reshape(-1, 10)
    assert len(passes) > 1 and all(Counter(p.tolist()) == Counter(range(90, 100)) for p in passes)
    assert passes[0].tolist() != passes[1].tolist()


def test_mixed_steps_hold_rows_of_all_units_each_with_its_own_task() -> None:
    draws = list(sampler(size=20, method="ratios", ratios={"big": 1, "small": 1}, mixed=True, task=True).epoch(0))
    for draw in draws:
        assert draw.only is not None
        assert set(draw.only.tolist()) == {0, 1}
        assert ((draw.rows >= 90) == (draw.only == 1)).all()


def test_steps_can_be_set_and_an_epoch_is_told() -> None:
    made = sampler(method="size_proportional", steps=7)
    assert len(made) == len(list(made.epoch(0))) == 7
    told = sampling_sentence(made.describe())
    assert told == "An epoch is 7 steps of 4 rows (size_proportional): big 90% of 90 rows, small 10% of 10 rows."


def test_units_are_the_tasks_of_one_collection_and_else_the_collections() -> None:
    labelled = {"a": np.array([True, True, False]), "b": np.array([False, True, True])}
    settings = SamplingSettings(method="temperature")
    one = units_of(labelled, np.zeros(3, np.intp), ["songs"], settings)
    assert [(u.name, u.rows.tolist(), u.task) for u in one] == [("a", [0, 1], 0), ("b", [1, 2], 1)]
    two = units_of(labelled, np.array([0, 0, 1]), ["", "emo"], settings)
    assert [(u.name, u.rows.tolist(), u.task) for u in two] == [("collection", [0, 1], None), ("emo", [2], None)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "ratios"}, "go together"),
        ({"ratios": {"a": 1}}, "go together"),
        ({"method": "alternate", "mixed": True}, "no proportions"),
        ({"by": "task"}, "has no units"),
        ({"method": "temperature", "temperature": 0}, "greater than 0"),
    ],
)
def test_what_contradicts_itself(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SamplingSettings(**settings)


@pytest.mark.parametrize(
    ("ratios", "message"),
    [
        ({"gtzam": 1, "emo": 1}, r'sampling\.ratios: "gtzam" is no collection here.*Did you mean "gtzan"'),
        ({"gtzan": 1}, "leaves out emo"),
    ],
)
def test_ratios_name_every_unit(ratios: dict[str, float], message: str) -> None:
    settings = SamplingSettings(method="ratios", ratios=ratios)
    with pytest.raises(ExperimentError, match=message):
        check_sampling(settings, {"genre": ("gtzan",), "arousal": ("emo",)}, "sampling")
