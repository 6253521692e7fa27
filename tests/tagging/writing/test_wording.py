"""Wording: labels and numbers as the texts that stand in a tag."""

from __future__ import annotations

import pytest

from unisono.tagging.writing.wording import texts_of
from unisono.tasks import Answer, Given, task
from unisono.tasks.fields import FieldSettings


def energy(value: float, written: dict[str, object], field: str = "energy", levels: bool = True) -> str:
    of = task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 200, 300, 400] if levels else []})
    return texts_of(Answer("energy", (Given("", value, None),)), of, FieldSettings(**written), field)[0]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ({}, "100", "300"),
        ({"as": "1-10"}, "1", "7"),
        ({"as": "stars"}, "*", "****"),
        ({"as": "colour"}, "Purple", "Orange"),
        ({"as": "text"}, "low", "high"),
        ({"as": "text", "names": {"100": "chill", "300": "party"}}, "chill", "party"),
    ],
)
def test_energy_as_the_user_wants_it(written: dict[str, object], low: str, high: str) -> None:
    assert (energy(90.0, written), energy(310.0, written)) == (low, high)


def test_a_rating_is_one_to_five_stars() -> None:
    assert [energy(v, {}, "rating") for v in (100.0, 400.0)] == ["1", "5"]


def test_without_levels_a_number_is_rounded_to_what_its_range_bears() -> None:
    assert energy(312.4, {}, levels=False) == "312"


def test_labels_are_renamed_cleaned_and_said_once() -> None:
    given = tuple(Given(label, None, 0.9) for label in ("a\0b", "House", "House "))
    answer = Answer("genre", given)
    of = task("genre", {"kind": "multilabel"})
    assert texts_of(answer, of, FieldSettings(names={"House": "Haus"}), "genre") == ("a b", "Haus", "House")


def test_a_language_is_its_three_letters() -> None:
    answer = Answer("language", (Given("German", None, 0.9),))
    assert texts_of(answer, task("language", {"kind": "multiclass"}), FieldSettings(), "language") == ("deu",)


def test_no_label_writes_nothing() -> None:
    assert texts_of(Answer("mood", ()), task("mood", {"kind": "multilabel"}), FieldSettings(), "mood") == ()
