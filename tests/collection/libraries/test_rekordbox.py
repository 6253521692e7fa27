"""A Rekordbox export becomes a table of labels; what is no such file is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import CollectionSettings, inspect, load
from unisono.collection.libraries.rekordbox import path_of, read, tags_of_comment
from unisono.errors import TableError

Write = Callable[..., Path]
TRACKS = """
<TRACK TrackID="1" Name="Neon" Artist="Ada" Genre="House" Year="2001" AverageBpm="124.00" Rating="204"
 Colour="0xFF0000" Comments="my own words /* Midnight / Peak */" Location="file://localhost{at}/B%C3%A9a%20%231.mp3"/>
<TRACK TrackID="2" Name="Tide" Artist="Bo" Genre="" Year="0" AverageBpm="0.00" Rating="0"
 Comments="" Location="file://localhost{at}/two.mp3"><POSITION_MARK Num="0"/></TRACK>
<TRACK TrackID="3" Name="No place"/>
"""
LISTS = """
<NODE Type="0" Name="ROOT" Count="2">
 <NODE Name="Situation" Type="0" Count="2">
  <NODE Name="Warm; up" Type="1" KeyType="0" Entries="2"><TRACK Key="1"/><TRACK Key="2"/></NODE>
  <NODE Name="Late" Type="1" KeyType="1" Entries="1"><TRACK Key="file://localhost{at}/two.mp3"/></NODE>
 </NODE>
 <NODE Name="Tonight" Type="1" KeyType="0" Entries="1"><TRACK Key="1"/></NODE>
</NODE>
"""


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(text: str | None = None, entries: int = 3) -> Path:
        for name in ("Béa #1.mp3", "two.mp3"):
            (tmp_path / name).touch()
        whole = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<DJ_PLAYLISTS Version="1.0.0">'
            f'<COLLECTION Entries="{entries}">{TRACKS}</COLLECTION><PLAYLISTS>{LISTS}</PLAYLISTS></DJ_PLAYLISTS>'
        )
        path = tmp_path / "dj.xml"
        path.write_text((text or whole).replace("{at}", str(tmp_path)), encoding="utf-8")
        return path

    return write


def test_labels_of_every_kind(written: Write) -> None:
    songs = load(CollectionSettings(rekordbox="dj.xml", colours={"red": 400, "Aqua": 100}), written().parent)
    first, second = songs.frame.to_dicts()
    assert first["genre"] == "House" and first["year"] == "2001" and first["rating"] == "4"
    assert (first["colour"], first["energy"]) == ("red", "400")
    assert (first["comment"], first["tags"]) == ("my own words", "Midnight;Peak")
    assert [row["playlists"] for row in (first, second)] == ["Warm, up;Tonight", "Warm, up;Late"]
    assert {second[name] for name in ("genre", "year", "bpm", "rating", "colour", "tags")} == {None}
    assert [t.audio.name for t in songs.tracks if t.audio] == ["Béa #1.mp3", "two.mp3"]
    assert songs.notes == ("1 track of dj.xml without a Location: left out.",)
    assert songs.place(0, "genre").endswith("Béa #1.mp3:genre")


def test_playlists_of_one_folder_are_a_task(written: Write) -> None:
    path = written()
    lists = read(path, CollectionSettings(rekordbox="dj.xml", playlists="Situation")).frame["playlists"].to_list()
    assert lists == ["Warm, up", "Warm, up;Late"]
    with pytest.raises(TableError, match=r'no folder of playlists "Situations". Did you mean "Situation"'):
        read(path, CollectionSettings(rekordbox="dj.xml", playlists="Situations"))


def test_inspect_takes_the_file(written: Write) -> None:
    found = inspect(written())
    assert found.settings.rekordbox is not None and found.rows == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<DJ_PLAYLISTS><COLLECTION", "is damaged or no XML"),
        ("<html></html>", "is an XML file of <html> but a Rekordbox XML has <DJ_PLAYLISTS>"),
        ("<DJ_PLAYLISTS><COLLECTION/></DJ_PLAYLISTS>", "has no track with a Location"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><DJ_PLAYLISTS>&a;</DJ_PLAYLISTS>', "declares a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><DJ_PLAYLISTS/>', "declares a document type"),
    ],
)
def test_other_files_are_refused(written: Write, text: str, told: str) -> None:
    with pytest.raises(TableError, match=rf"dj.xml: .*{told}"):
        read(written(text), CollectionSettings(rekordbox="dj.xml"))


def test_a_wrong_count_a_wrong_colour_and_a_missing_sound_are_said(written: Write) -> None:
    path = written(entries=9)
    assert "says that it has 9 tracks but has 3" in read(path, CollectionSettings(rekordbox="dj.xml")).notes[0]
    with pytest.raises(TableError, match=r'"rad" is no colour of Rekordbox.*Did you mean "red"'):
        read(path, CollectionSettings(rekordbox="dj.xml", colours={"rad": 1}))
    (path.parent / "two.mp3").unlink()
    with pytest.raises(TableError, match=r"dj.xml/.*two.mp3:path: there is no file"):
        load(CollectionSettings(rekordbox="dj.xml"), path.parent)


def test_locations_of_every_system() -> None:
    assert path_of("file://localhost/C:/My%20Music/a%25.mp3") == "C:/My Music/a%.mp3"
    assert path_of("file://localhost//music/a.mp3") == "/music/a.mp3", "as some programs write it"
    assert path_of("file:///music/caf%E9.mp3") == r"/music/caf\xe9.mp3"
    assert path_of("file://localhost/music/what?.mp3") == "/music/what?.mp3"


def test_comments_without_a_block_stay_whole() -> None:
    assert tags_of_comment("a / b") == ("a / b", [])
    assert tags_of_comment("/* */") == ("", [])
    assert tags_of_comment("/* 90s */ /* AC/DC / Peak */") == ("", ["90s", "AC/DC", "Peak"])
