"""A beets library, made by beets itself, becomes a table; it is only ever read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from unisono.collection import CollectionSettings, load
from unisono.errors import TableError
from unisono.files import sha256_of

beets_library = pytest.importorskip("beets.library")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Two items, one in a folder whose name is no UTF-8, with a flexible attribute of ours."""
    music = tmp_path / "music"
    odd = music / os.fsdecode(b"caf\xe9")
    odd.mkdir(parents=True)
    (music / "one.mp3").touch()
    (odd / "two.mp3").touch()
    made = beets_library.Library(str(tmp_path / "library.db"), str(music))
    one = beets_library.Item(path=os.fsencode(music / "one.mp3"), title="One", artist="Ada", year=2001, bpm=0)
    one.genres, one.situation, one.comments = ["House", "Deep House"], "midnight", "mine"
    two = beets_library.Item(path=os.fsencode(odd / "two.mp3"), title="Two", artist="Bo", year=0)
    for item in (one, two):
        made.add(item)
    made._close()
    return tmp_path / "library.db"


def test_fields_and_flexible_attributes(library: Path) -> None:
    before = sha256_of(library)
    songs = load(CollectionSettings(beets="library.db", audio_root="music"), library.parent)
    one, two = songs.frame.to_dicts()
    assert (one["genre"], one["genres"], one["year"]) == ("House", "House;Deep House", "2001")
    assert (one["situation"], one["comment"], one["artist"]) == ("midnight", "mine", "Ada")
    assert two["situation"] is None and two["year"] is None and "bpm" not in two
    assert [t.audio is not None and t.audio.is_file() for t in songs.tracks] == [True, True]
    assert sha256_of(library) == before
    assert not [p for p in library.parent.iterdir() if p.name.endswith(("-wal", "-shm", "-journal"))]


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database " * 100)
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE items (id INTEGER, path BLOB)").connection.close()
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE things (id INTEGER)").connection.close()
    for name, told in (
        ("text.db", "text.db: cannot be read as a beets library"),
        ("empty.db", "empty.db: holds no item"),
        ("other.db", "other.db: is a database without items"),
        ("gone.db", "gone.db: there is no such library"),
    ):
        with pytest.raises(TableError, match=told):
            load(CollectionSettings(beets=name), tmp_path)
