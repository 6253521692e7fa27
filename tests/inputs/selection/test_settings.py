"""What an experiment says of selection."""

import pytest
from pydantic import ValidationError

from unisono.errors import ExperimentError
from unisono.inputs.columns import Columns
from unisono.inputs.selection import Selection, check


def part(**selection: object) -> Columns:
    return Columns(columns=["*"], selection=selection)


def test_a_task_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ExperimentError, match=r'inputs.x.selection.by: "gerne" is no task.*Did you mean "genre"'):
        check({"x": part(by=["gerne"])}, ["genre", "mood"])
    with pytest.raises(ExperimentError, match=r'inputs.x.selection.tasks: "mod"'):
        check({"x": part(tasks={"mod": {"anova": 1}})}, ["genre", "mood"])
    check({"x": part(by=["genre"]), "y": object()}, ["genre"])


def test_numbers_are_counts_and_fractions_are_shares() -> None:
    assert Selection(anova=16).anova == 16
    assert Selection(anova=0.3).anova == 0.3
    for wrong in (0, 1.5, -1):
        with pytest.raises(ValidationError):
            Selection(anova=wrong)
