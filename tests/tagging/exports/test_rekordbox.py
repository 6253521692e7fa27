"""Rekordbox XML: as the format is described, with the user's own tags, and read back as labels by our own reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import xmlschema
from mutagen.flac import FLAC
from pyrekordbox import RekordboxXml

from unisono.collection import CollectionSettings, load
from unisono.tagging import Layout, Tagged, Tags
from unisono.tagging.exports import rekordbox
from unisono.tasks import task

TASKS = (
    task("genre", {"kind": "multiclass", "labels": ["House", "Techno"]}),
    task("situation", {"kind": "multilabel", "labels": ["Midnight", "Peak", "AC/DC"]}),
    task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 200, 300, 400]}),
)
SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("rekordbox.xsd"))


@pytest.fixture
def tagged(tmp_path: Path) -> Tagged:
    """Two sounds with tags of their own, and one that is gone."""
    tracks = []
    answers = [("House", ["Midnight", "AC/DC"], 390.0), ("Techno", [], 110.0), ("House", ["Peak"], 210.0)]
    for number, (genre, situations, energy) in enumerate(answers):
        path = tmp_path / f"Béa #{number} & co.flac"
        if number < 2:
            soundfile.write(path, np.zeros(4410), 44100)
            file = FLAC(path)
            file.update({"artist": "Ada & Bo", "title": f"Neon {number}", "date": "2001-02-03"})
            file["genre"] = "Schlager" if number else "Trance"
            file["comment"] = "my own words /* Mine / Late */"
            file["unisono_fields"] = '{"genre":["Trance"],"comment":["Late"]}'
            file.save()
        scores = {
            "genre": np.array([genre == "House", genre != "House"], np.float32),
            "situation": np.array([s in situations for s in TASKS[1].outputs], np.float32),
            "energy": np.array([energy], np.float32),
        }
        tracks.append(Tags(str(path), tuple(t.answer(scores[t.name]) for t in TASKS), scores))
    return Tagged(TASKS, tuple(tracks))


@pytest.fixture
def written(tagged: Tagged, tmp_path: Path) -> Path:
    rekordbox.write(tagged, tmp_path / "dj.xml", Layout())
    return tmp_path / "dj.xml"


def test_the_document_is_as_the_format_is_described(written: Path) -> None:
    SCHEMA.validate(written)
    spoilt = written.read_text(encoding="utf-8").replace('Key="1"', 'Key="9"', 1)
    assert not SCHEMA.is_valid(spoilt), "the schema sees a track that is not there"


def test_pyrekordbox_reads_the_same(written: Path) -> None:
    xml = RekordboxXml(written)
    first, second, gone = xml.get_tracks()
    assert (first["Name"], first["Artist"], first["Year"], first["Genre"]) == ("Neon 0", "Ada & Bo", 2001, "House")
    assert first["Comments"] == "my own words /* Mine / Midnight / AC/DC */", "what is ours goes, the user's stays"
    assert second["Comments"] == "my own words /* Mine */"
    assert second["Genre"] == "Schlager", "the user's own genre stays; what we wrote earlier is replaced"
    assert [t["Colour"] for t in (first, second, gone)] == ["0xFF007F", "0x660099", "0x25FDE9"]
    assert gone["Name"] == "Béa #2 & co"
    lists = xml.get_playlist("unisono", "situation")
    assert {p.name: len(p.get_tracks()) for p in lists.get_playlists()} == {"Midnight": 1, "Peak": 1, "AC/DC": 1}
    assert {p.name: len(p.get_tracks()) for p in xml.get_playlist("unisono", "energy").get_playlists()}["400"] == 1


def test_our_own_reader_learns_from_it_again(written: Path) -> None:
    settings = CollectionSettings(rekordbox="dj.xml", playlists="situation", missing_audio="ignore")
    frame = load(settings, written.parent).frame
    assert frame["genre"].to_list() == ["House", "Schlager", "House"]
    assert frame["tags"].to_list() == ["Mine;Midnight;AC/DC", "Mine", "Peak"]
    assert frame["playlists"].to_list() == ["Midnight;AC/DC", None, "Peak"]
    assert frame["colour"].to_list() == ["rose", "violet", "turquoise"]


def test_text_that_xml_cannot_hold(tmp_path: Path) -> None:
    odd = task("genre", {"kind": "multiclass", "labels": ["a\x00b\x1b\udce9 <&>", "c"]})
    scores = {"genre": np.array([1, 0], np.float32)}
    tags = Tags(str(tmp_path / "x\x01.mp3"), (odd.answer(scores["genre"]),), scores)
    rekordbox.write(Tagged((odd,), (tags,)), tmp_path / "dj.xml", Layout())
    SCHEMA.validate(tmp_path / "dj.xml")
    assert RekordboxXml(tmp_path / "dj.xml").get_track(0)["Genre"] == "a b <&>"


def test_modes_are_those_of_files(tagged: Tagged, tmp_path: Path) -> None:
    for mode, wanted in (("overwrite", "Techno"), ("append", "Schlager / Techno"), ("keep", "Schlager")):
        labels = {"labels": ["House", "Techno"], "write": {"field": "genre", "mode": mode}}
        tasks = (task("genre", {"kind": "multiclass", **labels}), *TASKS[1:])
        rekordbox.write(Tagged(tasks, tagged.tracks), tmp_path / "dj.xml", Layout())
        assert RekordboxXml(tmp_path / "dj.xml").get_track(1)["Genre"] == wanted
