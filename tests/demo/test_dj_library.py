"""A DJ's collection as the data set `dj_table` reads it, with a pool beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.collection.datasets.dj_table import ENERGIES, DjTable
from unisono.demo import GENRES, INTROS, SITUATIONS, render_dj


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dj")
    render_dj(folder, tracks=50, pool=20, seed=3, seconds=1)
    return folder


def test_the_reader_takes_it_and_every_task_is_known(folder: Path) -> None:
    frame = DjTable().read(folder).frame
    assert len(frame) == 50
    assert set(frame["main_genre"]) == {genre.name for genre in GENRES}
    assert set(frame["intro"]) == set(INTROS)
    assert set(frame["energy"]) <= set(ENERGIES)
    assert {s for cell in frame["situation"] for s in cell.split(";")} <= {*SITUATIONS, "-"}
    for main, sub in zip(frame["main_genre"], frame["subgenre"], strict=True):
        assert sub in (f"modern {main}", f"old-school {main}")
    assert {sub.split()[0] for sub in frame["subgenre"]} == {"modern", "old-school"}
    assert all((folder / path).is_file() for path in frame["path"])


def test_a_pool_knows_three_tasks_of_other_tracks(folder: Path) -> None:
    pool, own = DjTable().read(folder / "pool").frame, DjTable().read(folder).frame
    assert len(pool) == 20
    assert set(pool["energy"]) == set(pool["situation"]) == {""}
    assert all(pool["main_genre"]) and all(pool["subgenre"]) and all(pool["intro"])
    assert not set(pool["path"]) & set(own["path"])
    assert not (folder / "library.csv").exists()
