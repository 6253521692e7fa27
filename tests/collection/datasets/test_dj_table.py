"""A DJ's five tasks: columns, levels of energy, subgenres below one main genre, sounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, check_labels, load
from unisono.errors import TableError
from unisono.tasks import task

Layout = Callable[[str], Path]


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="dj_table", root=str(root)), Path())


def test_five_tasks(layout: Layout) -> None:
    root = layout("dj_table")
    tracks = opened(root)
    assert tracks.tracks[0].id == "music/0.wav" and tracks.tracks[0].audio == root / "music/0.wav"
    assert tracks.cells(["situation"])[:4] == ["Warmup;Lounge", "-", None, "Warmup;Lounge"]
    groups = tracks.groups()
    assert groups is not None and groups.tolist()[:4] == [0, 0, 1, 1]
    tasks = {name: task(name, {"kind": "multiclass"}) for name in ("main_genre", "subgenre", "intro")}
    tasks["energy"] = task("energy", {"kind": "regression", "range": [100, 400]})
    tasks["situation"] = task("situation", {"kind": "multilabel", "separator": ";"})
    check_labels(tracks, tasks)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (",200,", ",250,", r'dj_tags.csv:3:energy: "250" is no energy. Energies are 100, 200, 300, 400'),
        ("House,Tech House", "Latin,Tech House", r'subgenre: "Tech House" stands below "House", but below "Latin" in'),
        ("music/1.wav", "music/0.wav", r'dj_tags.csv:3:path: "music/0.wav" stands in dj_tags.csv:2 too'),
        ("intro", "start", r'there is no column "intro", needed as one of the five tasks'),
    ],
)
def test_what_is_wrong(layout: Layout, old: str, new: str, told: str) -> None:
    root = layout("dj_table")
    path = root / "dj_tags.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(TableError, match=told):
        opened(root)
