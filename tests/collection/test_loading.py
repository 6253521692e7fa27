"""From `[collection]` to tracks: ids, joins, selection, sounds, texts, groups and songs."""

from __future__ import annotations

import os
import pickle
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from unisono.collection import Collection, CollectionSettings, Track, load
from unisono.errors import TableError

SONGS = (
    "id,artist,title,year,genre\n1,The Who,I'm Free,1969,rock\n2,the  who,Im free,1970,rock\n3,Can,Tago,1971,kraut\n"
)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Collection]:
    def make(text: str = SONGS, **settings: Any) -> Collection:
        (tmp_path / "songs.csv").write_text(text)
        return load(CollectionSettings(table="songs.csv", **settings), tmp_path)

    return make


def refused(make: Callable[..., Collection], *arguments: str, **settings: Any) -> str:
    with pytest.raises(TableError) as raised:
        make(*arguments, **settings)
    return str(raised.value)


def test_tracks_and_cells(loaded: Callable[..., Collection]) -> None:
    songs = loaded("id,genre,energy\na,rock,\nb, ,3\n")
    assert songs.tracks[0] == Track("a", None, None, {"id": "a", "genre": "rock", "energy": ""})
    assert songs.cells(["genre"]) == ["rock", None]
    assert songs.cells(["genre", "energy"]) == [("rock", None), (None, "3")]
    assert songs.row_numbers.tolist() == [2, 3]
    with pytest.raises(TableError, match=r'no column "energi".*Did you mean "energy"'):
        songs.cells(["energi"])


def test_needed_columns(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text(SONGS)
    with pytest.raises(TableError, match=r'songs.csv: there is no column "gener", needed as labels'):
        load(CollectionSettings(table="songs.csv"), tmp_path, ["gener"])


def test_one_source_is_needed() -> None:
    with pytest.raises(ValidationError, match=r"exactly one of table, .* and beets, but there is none"):
        CollectionSettings()
    with pytest.raises(ValidationError, match="but there is table and folder"):
        CollectionSettings(table="a.csv", folder="b")


def test_an_id_is_never_the_position(loaded: Callable[..., Collection]) -> None:
    told = refused(loaded, "artist,title\na,b\n")
    assert 'no column is named as the id of a track. Set id under [collection], "#line" if none is' in told


def test_ids_that_stand_twice_or_are_empty(loaded: Callable[..., Collection]) -> None:
    told = refused(loaded, "id,x\na,1\na,2\n,3\n")
    assert 'songs.csv:3:id: the id "a" stands in songs.csv:2 too, but each track needs its own' in told
    assert "songs.csv:4:id: is empty but every track needs an id" in told


def test_groups_compare_without_case_and_spaces(loaded: Callable[..., Collection]) -> None:
    songs = loaded()
    assert songs.groups().tolist() == [0, 0, 1]
    assert songs.songs().tolist() == [0, 0, 1]


def test_unknown_artists_are_groups_of_their_own(loaded: Callable[..., Collection]) -> None:
    songs = loaded("id,artist,title\n1,,x\n2,,x\n3,a,\n4,a,\n5,a,!!!\n6,A,!!!\n")
    assert songs.groups().tolist() == [0, 1, 2, 2, 2, 2]
    assert songs.songs().tolist() == [0, 1, 2, 3, 4, 4]


def test_no_groups_where_no_column_says(loaded: Callable[..., Collection]) -> None:
    songs = loaded("id,x\n1,a\n")
    assert songs.groups() is None and songs.songs() is None


def test_near_duplicates_join_songs(loaded: Callable[..., Collection]) -> None:
    text = "id,artist,title,cluster\n1,a,x,1\n2,b,y,1\n3,b,y,2\n4,c,z,\n5,d,w,\n"
    assert loaded(text, duplicates="cluster").songs().tolist() == [0, 0, 0, 1, 2]
    assert loaded(text, duplicates="cluster", song=()).songs().tolist() == [0, 0, 1, 2, 3]


def test_joins_by_id_never_by_position(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text(
        '{"row": 3, "mood": "dry"}\n{"row": 1, "mood": "wild"}\n{"row": 9, "mood": "x"}\n'
    )
    songs = loaded(joins=[{"table": "more.jsonl", "id": "row"}])
    assert songs.cells(["mood"]) == ["wild", None, "dry"]
    assert songs.notes == (
        "1 of 3 rows of songs.csv has no match in more.jsonl.",
        "1 of 3 rows of more.jsonl matches no row of songs.csv.",
    )


def test_joins_that_cannot_be_made(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("row,genre\n1,a\n1,b\n")
    join = {"table": "more.csv", "id": "row"}
    assert '"genre" stands in songs.csv too. Name the columns to add' in refused(loaded, joins=[join])
    (tmp_path / "more.csv").write_text("row,mood\n1,a\n1,b\n")
    assert 'more.csv:3:row: the id "1" stands in line 2 too' in refused(loaded, joins=[join])
    (tmp_path / "more.csv").write_text("row,mood\nx,a\n")
    assert 'no row equals any id of songs.csv ("x" against "1", "2", "3")' in refused(loaded, joins=[join])
    assert 'there is no column "roww"' in refused(loaded, joins=[{"table": "more.csv", "id": "roww"}])


def test_joins_of_some_columns_on_another_key(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    (tmp_path / "acts.csv").write_text("name,genre,land\nCan,x,Germany\n")
    songs = loaded(joins=[{"table": "acts.csv", "id": "name", "on": "artist", "columns": ["land"]}])
    assert songs.cells(["land"]) == [None, None, "Germany"]


def test_keep(loaded: Callable[..., Collection]) -> None:
    songs = loaded(keep={"genre": ["kraut"], "year": [1971, 1969]})
    assert [t.id for t in songs.tracks] == ["3"] and songs.place(0, "genre") == "songs.csv:4:genre"
    told = refused(loaded, keep={"genre": ["krout"]})
    assert 'songs.csv:genre: "krout" is to be kept but stands in no row. Did you mean "kraut"?' in told
    assert "no row passes" in refused(loaded, keep={"genre": ["kraut"], "year": [1969]})


LATEST = "id,year,genre\n1,1990,pop\n2,1992,pop\n3,,pop\n4,1992,pop\n5,1950,jazz\n6,1992,pop\n"


def test_latest(loaded: Callable[..., Collection]) -> None:
    songs = loaded(LATEST, latest={"by": "year", "column": "genre", "rows": {"pop": 2}})
    assert [t.id for t in songs.tracks] == ["4", "5", "6"]
    songs = loaded(LATEST, latest={"by": "year", "column": "genre", "rows": {"pop": 4}})
    assert [t.id for t in songs.tracks] == ["1", "2", "4", "5", "6"]


def test_latest_says_what_it_cannot(loaded: Callable[..., Collection]) -> None:
    latest = {"by": "year", "column": "genre", "rows": {"pop": 9}}
    assert loaded(LATEST, latest=latest).notes == ('Only 5 rows are "pop" (latest 9 asked): all are kept.',)
    assert 'names "popp", which stands in no row. Did you mean "pop"?' in refused(
        loaded, LATEST, latest={**latest, "rows": {"popp": 1}}
    )
    told = refused(loaded, LATEST.replace("1950", "31.12.50"), latest=latest)
    assert 'songs.csv:6:year: "31.12.50" is no number and no date. Write dates year first' in told


def test_sounds_are_relative_to_the_table_or_to_their_root(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    (tmp_path / "mp3").mkdir()
    (tmp_path / "mp3" / "a.mp3").write_bytes(b"x")
    text = "file,genre\na.mp3,rock\n,jazz\n"
    songs = loaded(text.replace("\n,", "\nb,"), id="file", audio=None)
    assert songs.tracks[0].audio is None
    songs = loaded("id,file\n1,a.mp3\n2,\n", audio="file", audio_root="mp3", id="id")
    assert [t.audio for t in songs.tracks] == [tmp_path / "mp3" / "a.mp3", None]


def test_missing_sounds_are_all_named(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    told = refused(loaded, "id,file\n1,a.mp3\n2,b.mp3\n", audio="file", id="id")
    assert 'songs.csv:2:file: there is no file "a.mp3".\n' in told and 'songs.csv:3:file: there is no file "b' in told
    assert told.endswith(f"Paths start at {tmp_path}: correct them or set audio_root; an empty cell means no sound.")
    songs = loaded("id,file\n1,a.mp3\n2,b.mp3\n", audio="file", id="id", missing_audio="ignore")
    assert songs.notes == ("2 sound files are not there: these tracks are silent.",)
    songs = loaded("id,file\n1,a.mp3\n2,\n", audio="file", id="id", missing_audio="ignore")
    assert songs.notes == ("1 sound file is not there: this track is silent.",)


def test_what_stands_in_the_place_of_a_sound_is_named(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    (tmp_path / "album.mp3").mkdir()
    os.mkfifo(tmp_path / "pipe.mp3")
    told = refused(loaded, "id,file\n1,album.mp3\n2,pipe.mp3\n", audio="file", id="id")
    assert '"album.mp3" is a folder but a sound file is needed' in told
    assert '"pipe.mp3" is no regular file' in told


def test_strange_paths(loaded: Callable[..., Collection], tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9 \n-rf.mp3")
    nfd = unicodedata.normalize("NFD", "Beyoncé.mp3")
    for name in (odd, nfd):
        (tmp_path / name).write_bytes(b"x")
    songs = loaded('id,file\n1,"caf\\xe9 \n-rf.mp3"\n2,Beyoncé.mp3\n', audio="file", id="id")
    assert [os.fsencode(t.audio.name) for t in songs.tracks] == [os.fsencode(odd), os.fsencode(nfd)]


def test_lyrics_of_a_column_and_of_the_file(
    loaded: Callable[..., Collection], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("unisono.collection.tracks.lyrics_of", lambda path: f"words of {path.name}")
    (tmp_path / "a.mp3").write_bytes(b"x")
    text = "id,file,words\n1,a.mp3,la la\n2,,\n"
    assert [t.lyrics for t in loaded(text, audio="file", id="id", lyrics="words").tracks] == ["la la", None]
    tracks = loaded(text, audio="file", id="id").tracks
    assert "lyrics" not in tracks[0].__dict__  # not read before it is asked for
    assert [t.lyrics for t in tracks] == ["words of a.mp3", None]
    assert pickle.loads(pickle.dumps(tracks[0])).lyrics == "words of a.mp3"  # noqa: S301


def test_a_part_of_a_collection(loaded: Callable[..., Collection]) -> None:
    songs = loaded()
    part = songs.take([2, 0])
    assert [t.id for t in part.tracks] == ["3", "1"] and part.place(0) == "songs.csv:4"
    assert part.fingerprint() != songs.fingerprint() == loaded().fingerprint()
