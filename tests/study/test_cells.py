"""Cells are named by what they depend on."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from unisono.experiment import Experiment
from unisono.study.cells import PILOT_SEED, Cell, Parting, Place, cell_of, distinct, pilots, places
from unisono.study.one_cell import Job
from unisono.study.plan import Study

Made = Callable[..., Study]


def cells(study: Study, folder: Path) -> list[Cell]:
    folder.mkdir(exist_ok=True)
    parting = Parting(study, folder)
    return [cell_of(study, place, parting) for place in places(study)]


def test_a_cell_has_a_name_of_its_own(made_study: Made, tmp_path: Path) -> None:
    found = cells(made_study(), tmp_path / "a")
    assert len({c.name for c in found}) == 4
    assert [c.name for c in found] == [c.name for c in cells(made_study(), tmp_path / "b")], "folders do not count"


def test_what_changes_the_result_changes_the_name(made_study: Made, tmp_path: Path) -> None:
    first = cells(made_study(), tmp_path / "a")[0]
    other = cells(made_study(experiment={"training": {"epochs": 3, "batch_size": 32}}), tmp_path / "b")[0]
    assert first.name != other.name
    table = tmp_path / "songs.csv"
    table.write_text(table.read_text().replace("love", "hate"))
    assert cells(made_study(), tmp_path / "c")[0].name != first.name


def test_a_configuration_without_helpers_is_run_once_for_all_auxiliary_sizes(made_study: Made, tmp_path: Path) -> None:
    found = cells(made_study(study={"seeds": 1, "sizes": [10, 20], "auxiliary_sizes": [10, 20, 30]}), tmp_path / "a")
    assert len(found) == 12
    alone = [c for c in found if c.place.configuration == "alone"]
    assert len({c.name for c in alone}) == 2
    assert len(distinct(found)) == 2 + 6


def test_a_cell_can_be_sent_to_another_process(made_study: Made, tmp_path: Path) -> None:
    job = Job(cells(made_study(), tmp_path / "a")[0], tmp_path, True)
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301


def test_one_thread_unless_asked_for(made_study: Made, tmp_path: Path) -> None:
    assert cells(made_study(), tmp_path / "a")[0].experiment().training.threads == 1


def test_pilots_have_seeds_of_their_own(made_study: Made, tmp_path: Path) -> None:
    study = made_study(study={"epochs": "pilot", "pilots": 2, "patience": 4})
    asked = pilots(study)
    assert [p.seed for p in asked] == [PILOT_SEED, PILOT_SEED, PILOT_SEED + 1, PILOT_SEED + 1]
    (tmp_path / "s").mkdir()
    parting = Parting(study, tmp_path / "s")
    pilot = cell_of(study, asked[0], parting)
    assert pilot.pilot and pilot.experiment().training.patience == 4
    final = cell_of(study, replace(asked[0], seed=0), parting, 7).experiment().training
    assert (final.epochs, final.patience, final.watch) == (7, 0, "nothing")


def test_places_go_seed_by_seed(made_study: Made) -> None:
    assert [(p.seed, p.configuration) for p in places(made_study())] == [
        (0, "alone"),
        (0, "with year"),
        (1, "alone"),
        (1, "with year"),
    ]
    assert Place("a", "", 0).size is None


def test_gradients_are_looked_at_only_where_tasks_share_something(made_study: Made, tmp_path: Path) -> None:
    levels = {"together": {}, "apart": {"network": {"sharing": ["each"]}}}
    study = made_study(study={"gradients": 5, "baseline": "together"}, factors={"sharing": levels})
    looks = {
        cell.place.configuration: cell.tables["training"].get("diagnostics_every") for cell in cells(study, tmp_path)
    }
    assert looks["together"] == 5
    assert looks["apart"] != 5
    Experiment.of(next(c.tables for c in cells(study, tmp_path) if c.place.configuration == "apart"))


def test_gradients_are_looked_at_in_the_stages_that_share_something(made_study: Made, tmp_path: Path) -> None:
    copied = {"from": "stage:all", "layers": "branches"}
    frozen = [{"name": "all"}, {"name": "heads", "copy": copied, "freeze": "branches.for_lyrics.sharing.block1"}]
    apart = [{"name": "apart", "network": {"sharing": "none"}}, {"name": "all", "training": {"epochs": 1}}]
    levels: dict[str, Any] = {"together": {}, "frozen": {"stages": frozen}, "apart": {"stages": apart}}
    levels["stitched"] = {
        "training": {"diagnostics_at": "weights"},
        "network": {"sharing": {"kind": "cross_stitch"}},
    }
    study = made_study(study={"gradients": 5, "seeds": 1, "baseline": "together"}, factors={"sharing": levels})
    made = {cell.place.configuration: cell.experiment() for cell in cells(study, tmp_path)}
    looks = {
        name: [one.at(stage).training.diagnostics_every for stage in one.stages] or one.training.diagnostics_every
        for name, one in made.items()
    }
    assert looks == {"together": 5, "frozen": [5, 0], "apart": [0, 5], "stitched": 5}
