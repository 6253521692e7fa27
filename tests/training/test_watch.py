"""Early stopping on values that get worse, are undefined for some epochs, or do not exist."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError
from unisono.training.watch import Watch, check_metric, watched


def seen(watch: Watch, values: list[float | None]) -> list[bool]:
    return [watch.see(epoch, value) for epoch, value in enumerate(values, 1)]


def test_an_undefined_epoch_does_not_replace_the_best_one() -> None:
    watch = Watch("energy.pearson", patience=2)
    assert seen(watch, [0.5, None, 0.4]) == [True, False, False]
    assert (watch.best, watch.best_epoch) == (0.5, 1)
    assert watch.done(3)


def test_without_any_value_the_last_epoch_is_kept_and_nothing_stops() -> None:
    watch = Watch("energy.r2", patience=1)
    assert seen(watch, [None, None]) == [True, True]
    assert not watch.done(2)
    assert watch.see(3, -4.0)


def test_the_smaller_loss_and_the_larger_score_are_better() -> None:
    assert seen(Watch("total", 0), [2.0, 1.0, 1.5]) == [True, True, False]
    assert seen(Watch("genre.log_loss", 0), [2.0, 1.0]) == [True, True]
    assert seen(Watch("genre.f1_macro", 0), [0.2, 0.1]) == [True, False]


def test_a_score_that_the_task_does_not_have_names_the_nearest() -> None:
    known = {"genre": ("accuracy", "f1_macro")}
    with pytest.raises(ExperimentError, match=r'"genre.acuracy" names no score of genre.*Did you mean "accuracy"'):
        check_metric("genre.acuracy", known)
    check_metric("genre.f1_macro", known)
    check_metric("total", known)
    check_metric("mood.f1_macro", known)  # no validation rows: nothing is known of it
    assert watched("genre.f1_macro", 1.0, {"genre": {}}) is None
