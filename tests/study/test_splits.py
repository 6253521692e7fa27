"""Who learns what: the same tracks judge every configuration, and sizes are beginnings of one order."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import ExperimentError, UserError
from unisono.study.cells import Parting, Place, cell_of
from unisono.study.plan import Study
from unisono.study.splits import check_protocols
from unisono.training.corpus import gather

Made = Callable[..., Study]


def rows(study: Study, folder: Path, place: Place) -> dict[str, tuple[str, set[str]]]:
    """id -> its part, and the tasks whose label is hidden, as the cell's split file says."""
    folder.mkdir(exist_ok=True)
    cell = cell_of(study, place, Parting(study, folder))
    with Path(cell.tables["split"]["file"]).open(newline="") as stream:
        return {
            r["id"]: (r["part"], set(filter(None, r.get("without", "").split(";")))) for r in csv.DictReader(stream)
        }


def taught(found: dict[str, tuple[str, set[str]]], task: str) -> set[str]:
    return {key for key, (part, hidden) in found.items() if part == "train" and task not in hidden}


def test_every_configuration_is_judged_by_the_same_tracks(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    found = [rows(study, tmp_path / "s", Place(name, "", 3)) for name in study.configurations]
    assert found[0] == found[1]
    assert found[0] != rows(study, tmp_path / "s", Place("alone", "", 4))
    # left to themselves, they would not: each balances its parts by its own tasks
    alone = [[gather(c.experiment, seed).split.hash for seed in range(4)] for c in study.configurations.values()]
    assert alone[0] != alone[1]


def test_sizes_hold_each_other_and_vary_for_themselves(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    small, large, helped = (
        rows(study, tmp_path / "s", Place("with year", "", 0, *sizes)) for sizes in ((10, None), (20, None), (10, 30))
    )
    whole = rows(study, tmp_path / "s", Place("with year", "", 0))
    assert taught(small, "genre") < taught(large, "genre") < taught(whole, "genre")
    assert taught(small, "year") == taught(small, "genre"), "without a size of their own they are those of the target"
    assert taught(helped, "genre") == taught(small, "genre")
    cells = gather(study.configurations["with year"].experiment, 0)
    known = {n for n, cell in zip(cells.names, cells.cells["year"], strict=True) if cell is not None}
    assert len(taught(helped, "year") & known) == 30
    for found in (small, large, helped):
        assert {k for k, v in found.items() if v[0] == "test"} == {k for k, v in whole.items() if v[0] == "test"}


def test_hidden_labels_are_not_learned(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    (tmp_path / "s").mkdir()
    cell = cell_of(study, Place("with year", "", 0, 10, 30), Parting(study, tmp_path / "s"))
    corpus = gather(cell.experiment(), 0)
    train = corpus.split.folds[0].part == "train"
    assert sum(c is not None for c, t in zip(corpus.cells["genre"], train, strict=True) if t) == 10
    assert sum(c is not None for c, t in zip(corpus.cells["year"], train, strict=True) if t) == 30
    plain = gather(study.configurations["with year"].experiment, 0)
    held = ~train & (corpus.split.folds[0].part != "dropped")
    for i in np.flatnonzero(held):
        assert corpus.cells["genre"][i] == plain.cells["genre"][i], "what is judged keeps its labels"


def test_shares_of_the_training_tracks(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    half = rows(study, tmp_path / "s", Place("alone", "", 0, 0.5))
    whole = rows(study, tmp_path / "s", Place("alone", "", 0, 1.0))
    assert len(taught(half, "genre")) == round(len(taught(whole, "genre")) / 2)


def test_too_large_a_size_is_told(made_study: Made, tmp_path: Path) -> None:
    with pytest.raises(
        ExperimentError, match=r"^study:study\.sizes: 1,000 is more than the \d+ training tracks with a label of genre"
    ):
        rows(made_study(), tmp_path / "s", Place("alone", "", 0, 1000))


def test_songs_stay_together_where_artists_do_not(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    sides = {}
    for protocol in ("grouped", "songs", "random"):
        found = rows(study, tmp_path / "s", Place("alone", protocol, 0))
        used = {int(key[1:]): part == "train" for key, (part, _) in found.items() if part != "dropped"}
        sides[protocol] = [
            len({(i // n, side) for i, side in used.items()}) - len({i // n for i in used}) for n in (4, 2)
        ]
    assert sides["grouped"] == [0, 0]
    assert sides["songs"][0] > 0 and sides["songs"][1] == 0
    assert sides["random"][0] > 0 and sides["random"][1] > 0


@pytest.mark.parametrize(
    ("protocol", "stamp", "leak"),
    [
        ("grouped", "grouped", ""),
        ("songs", "file", "groups by artist stand in more than one part"),
        ("random", "random", "random split although groups are known"),
        ("published", "published", "published protocol"),
        ("select_on_test", "grouped+select_on_test", "early stopping looks at the test part"),
        ("fit_on_all", "grouped+fit_on_all", "inputs are fitted on the test part too"),
        ("copies_cross", "grouped+copies_cross", "altered copies of test tracks teach"),
        ("excerpts_cross", "grouped+excerpts_cross", "one excerpt of each test track judges, the others teach"),
        ("shuffled", "grouped+shuffled", ""),
    ],
)
def test_a_cell_bears_the_stamp_of_its_protocol(
    made_study: Made, tmp_path: Path, protocol: str, stamp: str, leak: str
) -> None:
    study = made_study(experiment={"split": {"protocol": "grouped"}})
    (tmp_path / "s").mkdir()
    split = gather(cell_of(study, Place("alone", protocol, 0), Parting(study, tmp_path / "s")).experiment(), 0).split
    assert split.protocol == stamp
    assert leak in " ".join(split.leaks)
    assert bool(split.leaks) == bool(leak)


def test_a_protocol_adds_to_what_a_level_leaks_itself(made_study: Made, tmp_path: Path) -> None:
    levels = {"alone": {"tasks": ["genre"]}, "before": {"split": {"on_purpose": ["copies_cross"]}}}
    study = made_study(factors={"x": levels})
    for protocol in ("", "select_on_test", "copies_cross"):
        cell = cell_of(study, Place("before", protocol, 0), Parting(study, tmp_path))
        assert cell.tables["split"]["on_purpose"] == list(dict.fromkeys(["copies_cross", protocol or "copies_cross"]))


@pytest.mark.parametrize("asked", [{"chosen": {"best": ["alone"]}}, {"epochs": "pilot"}])
def test_what_goes_by_validation_needs_some(made_study: Made, tmp_path: Path, asked: dict[str, Any]) -> None:
    key = "epochs" if "epochs" in asked else "chosen.best"
    none = made_study(study=asked, experiment={"split": {"validation": 0}})
    with pytest.raises(ExperimentError, match=f'study.{key}: goes by validation but "alone" has split.validation = 0'):
        check_protocols(none)
    check_protocols(made_study(study=asked))
    fooled = {**asked, "protocols": ["select_on_test"]}
    check_protocols(made_study(study=fooled, experiment={"split": {"validation": 0}}))
    lines = (tmp_path / "songs.csv").read_text().splitlines()
    parts = ["part", *("test" if i % 4 else "train" for i in range(len(lines) - 1))]
    (tmp_path / "songs.csv").write_text("\n".join(f"{a},{b}" for a, b in zip(lines, parts, strict=True)))
    filed = made_study(study=asked, experiment={"split": {"column": "part", "validation": 0}})
    (tmp_path / "songs.csv").write_text("\n".join(f"{a},{b}" for a, b in zip(lines, parts, strict=True)))
    check_protocols(filed)
    with pytest.raises(ExperimentError, match=f'study.{key}: goes by validation but "alone" has no validation tracks'):
        Parting(filed, tmp_path).of(filed.configurations["alone"], "", 0)


def test_pilot_runs_that_watch_nothing_are_refused(made_study: Made) -> None:
    study = made_study(study={"epochs": "pilot"}, experiment={"training": {"watch": "nothing"}})
    with pytest.raises(ExperimentError, match=r'study.epochs: "pilot" asks for the best epoch but "alone" has'):
        check_protocols(study)


def test_shuffled_labels_stay_in_their_part(made_study: Made, tmp_path: Path) -> None:
    study = made_study()
    (tmp_path / "s").mkdir()
    plain, shuffled = (
        gather(cell_of(study, Place("with year", protocol, 0), Parting(study, tmp_path / "s")).experiment(), 0)
        for protocol in ("grouped", "shuffled")
    )
    assert (plain.split.folds[0].part == shuffled.split.folds[0].part).all()
    pairs = [[*zip(c.cells["genre"], c.cells["year"], strict=True)] for c in (plain, shuffled)]
    assert pairs[0] != pairs[1]
    for part in ("train", "validation", "test"):
        at = np.flatnonzero(plain.split.folds[0].part == part)
        assert sorted(map(str, (pairs[0][i] for i in at))) == sorted(map(str, (pairs[1][i] for i in at)))


def test_sizes_do_not_go_with_folds(made_study: Made, tmp_path: Path) -> None:
    study = made_study(experiment={"split": {"folds": 3}})
    with pytest.raises(ExperimentError, match="sizes need one split but the experiment has folds"):
        rows(study, tmp_path / "s", Place("alone", "", 0, 10))
    folds = rows(study, tmp_path / "s", Place("alone", "", 0))
    assert folds


def test_a_split_file_alone_is_unchanged_by_an_empty_column(made_study: Made, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="made goes with a split from a file only"):
        made_study(experiment={"split": {"made": "random"}})


def test_several_collections_have_a_file_each(made_study: Made, tmp_path: Path) -> None:
    study = made_study(
        experiment={
            "collections": {"more": {"table": "more.csv", "id": "id", "lyrics": "lyrics", "groups": ["artist"]}},
            "tasks": {
                "genre": {"kind": "multiclass"},
                "year": {"kind": "regression", "collection": "more", "role": "auxiliary"},
            },
        }
    )
    rows_ = (tmp_path / "songs.csv").read_text().splitlines()
    others = [line.replace(",a", ",b", 1).replace(",s", ",z", 1) for line in rows_[1:]]
    (tmp_path / "more.csv").write_text("\n".join([rows_[0], *others]))
    (tmp_path / "s").mkdir()
    cell = cell_of(study, Place("with year", "", 0, 10, 20), Parting(study, tmp_path / "s"))
    assert cell.tables["split"]["file"] != cell.tables["collections"]["more"]["split"]["file"]
    corpus = gather(cell.experiment(), 0)
    train = corpus.split.folds[0].part == "train"
    assert sum(c is not None for c, t in zip(corpus.cells["genre"], train, strict=True) if t) == 10
    assert sum(c is not None for c, t in zip(corpus.cells["year"], train, strict=True) if t) == 20
    alone = cell_of(study, Place("alone", "", 0, 10, 20), Parting(study, tmp_path / "s"))
    assert "more" not in alone.tables.get("collections", {})
    ids = [
        n for n, part in zip(corpus.names, corpus.split.folds[0].part, strict=True) if part == "test" and "/" not in n
    ]
    one = gather(alone.experiment(), 0)
    assert ids == [n for n, part in zip(one.names, one.split.folds[0].part, strict=True) if part == "test"]
