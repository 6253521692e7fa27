"""Labels are checked before anything is learned: all problems of all tasks in one error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.collection import CollectionSettings, check_labels, load
from unisono.errors import LabelError
from unisono.tasks import Task, task

Check = Callable[..., dict[str, Task]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def make(text: str, **tasks: dict[str, Any]) -> dict[str, Task]:
        (tmp_path / "songs.csv").write_text(text)
        built = {name: task(name, settings) for name, settings in tasks.items()}
        return check_labels(load(CollectionSettings(table="songs.csv"), tmp_path), built)

    return make


def rows(*cells: str) -> str:
    return "id,genre,energy\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells))


def test_fitted_tasks_come_back(check: Check) -> None:
    fitted = check(
        rows(*["rock,100", "jazz,", "NA,400"] * 3), genre={"kind": "multiclass"}, energy={"kind": "regression"}
    )
    assert fitted["genre"].outputs == ("NA", "jazz", "rock")
    assert np.isnan(fitted["energy"].encode(["100", None, "400"])).tolist() == [[False], [True], [False]]


def test_every_problem_of_every_task_at_once(check: Check) -> None:
    text = rows("rock,100", "Rcok,120,5".replace(",5", ""), "jazz,loud", "jazz,900", "rock,")
    labels = {"kind": "multiclass", "labels": ["rock", "jazz"]}
    with pytest.raises(LabelError) as raised:
        check(text, genre=labels, energy={"kind": "regression", "range": [100, 400]})
    told = str(raised.value)
    assert told.startswith("songs.csv: 3 problems:\n")
    assert 'songs.csv:3:genre: "Rcok" is not one of rock, jazz. Did you mean "rock"?' in told
    assert 'songs.csv:4:energy: "loud"' in told and "songs.csv:5:energy: " in told


def test_decimal_commas_are_told_with_the_fix(check: Check) -> None:
    with pytest.raises(LabelError, match=r'songs.csv:2:energy: "120,5" is not a number. Write decimals with a point'):
        check(rows('rock,"120,5"', "jazz,1", "jazz,2"), energy={"kind": "regression"})


def test_two_spellings_of_one_class(check: Check) -> None:
    text = rows(*["Tech House,1"] * 3, *["rock,1"] * 3, "tech-house,1", " rock ,1")
    with pytest.raises(LabelError, match=r'songs.csv:8:genre: "tech-house" and "Tech House" are two spellings'):
        check(text, genre={"kind": "multiclass", "min_tracks": 1})


def test_short_names_may_differ_in_case(check: Check) -> None:
    assert check(rows(*["Am,1", "AM,2"] * 3), genre={"kind": "multiclass"})["genre"].outputs == ("AM", "Am")


def test_nothing_to_learn(check: Check) -> None:
    with pytest.raises(LabelError, match=r'songs.csv:genre: no row is labelled for the task "genre". Label some rows'):
        check(rows(",1", ",2"), genre={"kind": "multiclass"})
    with pytest.raises(LabelError, match=r'songs.csv:genre: all 4 labels are "rock", so there is nothing to learn'):
        check(rows(*["rock,1"] * 4), genre={"kind": "multiclass"})
    with pytest.raises(LabelError, match=r'songs.csv:genre: "rock" is the only label of the task "genre" that enough'):
        check(rows(*["rock,1"] * 4, "jazz,1"), genre={"kind": "multiclass", "rare": "ignore"})
    with pytest.raises(LabelError, match=r'songs.csv:energy: all 4 labels are "1", so there is nothing to learn'):
        check(rows(*["rock,1"] * 4), energy={"kind": "regression"})


def test_several_columns_of_one_task(check: Check) -> None:
    text = "id,a,b\n1,1,0\n2,,\n3,0,1\n4,2,1\n"
    with pytest.raises(LabelError, match=r"songs.csv:5:tags"):
        check(text, tags={"kind": "multilabel", "columns": ["a", "b"], "min_tracks": 1})
