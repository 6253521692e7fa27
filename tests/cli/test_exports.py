"""`unisono tag -o` in every form, from sound files to what another program reads."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile
from pyrekordbox import RekordboxXml

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]
PITCHES = {"Zoë & Bo.flac": "low", "b.flac": "high", "c.flac": "low"}


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for name, pitch in PITCHES.items():
        hertz = 200 if pitch == "low" else 3000
        soundfile.write(folder / name, np.sin(2 * np.pi * hertz * np.arange(8000) / 8000) * 0.3, 8000)
    return folder


def given(music: Path) -> dict[str, str]:
    return {str(music / name): pitch for name, pitch in PITCHES.items()}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", ["tags.csv", "tags.json", "tags.jsonl", "tags.parquet"])
def test_tables(sound_model: Path, music: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert run(["tag", str(sound_model), str(music), "-o", str(path), "-q"]) == 0
    rows = {
        ".csv": read_csv,
        ".json": lambda p: json.loads(p.read_text()),
        ".jsonl": lambda p: [json.loads(line) for line in p.read_text().splitlines()],
        ".parquet": lambda p: pl.read_parquet(p).to_dicts(),
    }[path.suffix](path)
    assert {row["path"]: row["label"] for row in rows if row["task"] == "pitch"} == given(music)


def test_playlists(sound_model: Path, music: Path, tmp_path: Path) -> None:
    assert run(["tag", str(sound_model), str(music), "-o", str(tmp_path / "lists.m3u8"), "-q"]) == 0
    low = (tmp_path / "lists" / "pitch - low.m3u8").read_text("utf-8").splitlines()
    assert low == ["#EXTM3U", "#PLAYLIST:pitch - low", str(music / "Zoë & Bo.flac"), str(music / "c.flac")]


def test_rekordbox(sound_model: Path, music: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "dj.xml"
    assert run(["tag", str(sound_model), str(music), "-o", str(path)]) == 0
    assert "Import To Collection, twice" in capsys.readouterr().out, "it says what to do then"
    xml = RekordboxXml(path)
    names = {t["TrackID"]: t["Name"] for t in xml.get_tracks()}
    lists = xml.get_playlist("unisono", "pitch").get_playlists()
    found = {one.name: {names[key] for key in one.get_tracks()} for one in lists}
    assert found == {"low": {"Zoë & Bo", "c"}, "high": {"b"}}
    assert run(["inspect", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 3, "and our own reader takes it as a collection"


def test_jams(sound_model: Path, music: Path, tmp_path: Path) -> None:
    """Held to what the description of the format demands of a document and its annotations."""
    assert run(["tag", str(sound_model), str(music), "-o", str(tmp_path / "out.jams"), "-q"]) == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {f"{Path(n).stem}.jams" for n in PITCHES}
    document = json.loads((tmp_path / "out" / "b.jams").read_text("utf-8"))
    assert set(document) == {"annotations", "file_metadata", "sandbox"}
    metadata = document["file_metadata"]
    assert {"title", "artist", "release", "duration", "identifiers", "jams_version"} == set(metadata)
    assert metadata["title"] == "b" and metadata["jams_version"].startswith("0.3")
    for annotation in document["annotations"]:
        assert {"namespace", "data", "annotation_metadata", "sandbox", "time", "duration"} == set(annotation)
        assert annotation["namespace"] == "tag_open"
        about = annotation["annotation_metadata"]
        assert about["annotation_tools"].startswith("unisono") and set(about["curator"]) == {"name", "email"}
        for one in annotation["data"]:
            assert isinstance(one["value"], str) and one["time"] >= 0 and one["duration"] >= 0
            assert one["confidence"] is None or 0 <= one["confidence"] <= 1
    values = {a["sandbox"]["task"]: [one["value"] for one in a["data"]] for a in document["annotations"]}
    assert values["pitch"] == ["high"]


def test_label_studio(sound_model: Path, music: Path, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    assert run(["tag", str(sound_model), str(music), "-o", str(path), "--format", "labelstudio", "-q"]) == 0
    items = json.loads(path.read_text("utf-8"))
    assert len(items) == 3
    for item in items:
        assert set(item) == {"data", "predictions"} and item["data"]["audio"].startswith("file:///")
        (prediction,) = item["predictions"]
        assert isinstance(prediction["model_version"], str) and 0 <= prediction["score"] <= 1
        choices = {r["from_name"]: r["value"]["choices"] for r in prediction["result"] if r["type"] == "choices"}
        assert choices["pitch"] == [PITCHES[Path(item["data"]["path"]).name]]
        assert all(r["to_name"] == "audio" and set(r["value"]) == {r["type"]} for r in prediction["result"])
