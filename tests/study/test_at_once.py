"""Seeds that learn at once: the same cells with the same results, said in the log, and never learned twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unisono.study import at_once
from unisono.study.plan import Study
from unisono.study.run import StudyWatching, run_study
from unisono.training.together import fitness, learning

Made = Callable[..., Study]
ONE = {"alone": {"tasks": ["genre"]}}


def results(folder: Path) -> dict[str, Any]:
    """Every cell's result, without what is of this machine's clock."""
    found = {p.stem: json.loads(p.read_text()) for p in folder.glob("cells/*.json")}
    return {
        name: {**one, "cost": {**one["cost"], "seconds": 0, "step_ms": 0, "together": 1}} for name, one in found.items()
    }


def assert_alike(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    else:
        assert one == (pytest.approx(other, rel=1e-3, abs=1e-5) if isinstance(one, float) else other)


def test_cells_are_those_of_separate_runs_and_the_log_says_so(made_study: Made, tmp_path: Path) -> None:
    notes: list[str] = []
    told: list[tuple[str, Any]] = []
    watching = StudyWatching(note=notes.append, event=lambda event: told.append((event.what, event.value)))
    made = run_study(made_study(factors={"tasks": ONE}, study={"at_once": True}), tmp_path / "one", watching=watching)
    assert made.summary["cost"][0]["together"] == 2
    assert notes == ["alone: 2 seeds learned at once, as one batched program."]
    assert [v for what, v in told if what == "told"][:4] == [(1, 2), (1, 2), (2, 2), (2, 2)]
    other = run_study(made_study(factors={"tasks": ONE}), tmp_path / "other")
    assert other.summary["cost"][0]["together"] is None
    assert_alike(results(tmp_path / "one"), results(tmp_path / "other"))
    cells = [p for p in (tmp_path / "one" / "cells").iterdir() if p.is_dir()]
    for cell in cells:
        there = sorted(p.name for p in (tmp_path / "other" / "cells" / cell.name).rglob("*"))
        assert sorted(p.name for p in cell.rglob("*")) == sorted([*there, at_once.MARK])
        assert json.loads(cell.with_suffix(".json").read_text())["cost"]["together"] == 2


def test_what_cannot_be_learned_at_once_is_said(made_study: Made, tmp_path: Path) -> None:
    notes: list[str] = []
    study = made_study(
        factors={"tasks": {"both": {"tasks": ["genre", "mood"]}}},
        study={"at_once": True, "baseline": "both"},
        experiment={"balancing": {"method": "uncertainty"}},
    )
    run_study(study, tmp_path / "study", watching=StudyWatching(note=notes.append))
    assert len(notes) == 1
    assert re.search("both: seeds learn one by one, for they are balanced by uncertainty, which looks at", notes[0])


def test_a_study_that_is_killed_goes_on_with_what_was_learned(
    made_study: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it learns: from the checkpoints; killed afterwards: nothing is learned again."""
    monkeypatch.setattr(learning, "_PAUSE", 0.0)
    study = made_study(factors={"tasks": ONE}, study={"at_once": True}, experiment={})

    class Kill(BaseException):
        pass

    def kill_at(number: int, what: str) -> StudyWatching:
        seen: list[str] = []

        def event(event: Any) -> None:
            seen.append(event.what)
            if seen.count(what) == number:
                raise Kill

        return StudyWatching(event=event)

    with pytest.raises(Kill):  # in the second epoch, between the two runs
        run_study(study, tmp_path / "study", watching=kill_at(3, "told"))
    with pytest.raises(Kill):  # when all have learned and the first is to be finished
        run_study(study, tmp_path / "study", resume=True, watching=kill_at(1, "started"))
    learned: list[int] = []
    monkeypatch.setattr(at_once, "learn_together", lambda runs: learned.append(len(runs)))
    assert run_study(study, tmp_path / "study", resume=True).ran == 2
    assert learned == []
    monkeypatch.undo()
    run_study(made_study(factors={"tasks": ONE}, study={"at_once": True}), tmp_path / "whole")
    assert results(tmp_path / "study") == results(tmp_path / "whole")


def test_what_one_size_cannot_learn_at_once_the_others_are_not_asked(
    made_study: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitness, "LARGEST", 1)
    tasks, notes = {"alone": {"tasks": ["genre"]}, "both": {"tasks": ["genre", "mood"]}}, list[str]()
    study = made_study(factors={"tasks": tasks}, study={"at_once": True, "sizes": [20, 40]})
    run_study(study, tmp_path / "out", watching=StudyWatching(note=notes.append))
    assert len(notes) == 2 and all("which is not small" in note for note in notes)
    assert [note.split(",")[0] for note in notes] == ["alone", "both"], "in the order of the study"
