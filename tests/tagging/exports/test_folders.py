"""Exports of many files: their names, what is already there, and tracks of tables whose sound lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unisono.errors import UserError
from unisono.tagging import Layout, Tagged, Tags, is_folder, steps_of, write
from unisono.tagging.exports import jams, m3u8
from unisono.tagging.exports._naming import Names, plain_name
from unisono.tasks import task

GENRE = task("genre", {"kind": "multiclass", "labels": ["R&B", "r&b", "none/../x"]})
ENERGY = task("energy", {"kind": "regression", "range": [0, 4], "levels": [0, 2, 4]})


def tags(name: str, label: int, energy: float, audio: str | None = None) -> Tags:
    scores = {"genre": np.eye(3, dtype=np.float32)[label], "energy": np.array([energy], np.float32)}
    return Tags(name, tuple(t.answer(scores[t.name]) for t in (GENRE, ENERGY)), scores, audio)


def test_a_playlist_a_tag_and_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine.m3u8").write_text("mine")
    tagged = Tagged((GENRE, ENERGY), (tags("/m/a.mp3", 0, 3.2), tags("row-2", 1, 0.9, "/m/b.mp3")))
    assert write(tagged, tmp_path / "lists.m3u8") == tmp_path / "lists"
    found = {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "lists").iterdir()}
    assert found.pop("mine.m3u8") == "mine"
    assert found["genre - R&B.m3u8"] == "#EXTM3U\n#PLAYLIST:genre - R&B\n/m/a.mp3\n"
    assert found["genre - r&b (2).m3u8"].endswith("\n/m/b.mp3\n"), "one name each where case does not count"
    assert found["genre - none_.._x.m3u8"] == "#EXTM3U\n#PLAYLIST:genre - none/../x\n"
    assert found["energy - 4.m3u8"].endswith("/m/a.mp3\n") and found["energy - 0.m3u8"].endswith("/m/b.mp3\n")
    write(Tagged((GENRE, ENERGY), ()), tmp_path / "lists", "m3u8")
    assert (tmp_path / "lists" / "energy - 4.m3u8").read_text() == "#EXTM3U\n#PLAYLIST:energy - 4\n"


def test_jams_of_two_tracks_of_one_name(tmp_path: Path) -> None:
    jams.write(Tagged((GENRE,), (tags("/a/x.mp3", 0, 1), tags("/b/X.mp3", 0, 1))), tmp_path / "out.jams", Layout())
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["X (2).jams", "x.jams"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file")
    with pytest.raises(UserError, match=r"lists: is a file but a folder is needed"):
        m3u8.write(Tagged((), ()), tmp_path / "lists.m3u8", Layout())


def test_lines_that_a_playlist_cannot_hold_become_uris() -> None:
    assert m3u8.entry("/m/a b.mp3") == "/m/a b.mp3"
    assert m3u8.entry("/m/a\nb.mp3") == "file:///m/a%0Ab.mp3"
    assert m3u8.entry("/m/caf\udce9.mp3") == "file:///m/caf%E9.mp3"


def test_names_are_names_everywhere() -> None:
    names = Names()
    assert [names.of(t, ".x") for t in ("a", "A", "a")] == ["a.x", "A (2).x", "a (3).x"]
    assert len(plain_name("é" * 500).encode()) <= 120
    assert plain_name('<>:"/\\|?*\n') == "_" * 10


def test_what_to_do_next_is_known() -> None:
    assert is_folder("m3u8") and not is_folder("csv")
    assert any("Import To Collection, twice" in step for step in steps_of("rekordbox"))
    assert steps_of("csv") == ()
