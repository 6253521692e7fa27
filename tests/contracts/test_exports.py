"""Laws of every export: a reader that is not ours finds what was written, hostile names included."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import polars as pl
import pytest
from pyrekordbox import RekordboxXml

from unisono.parts import names, part
from unisono.tagging import Layout, Tagged, Tags
from unisono.tagging.exports import __doc__ as contract
from unisono.tagging.rows import records, text_of
from unisono.tasks import task

PATHS = (
    "plain.mp3", 'with "quotes", commas; and\ttabs.mp3', "two\nlines\r\n.mp3", "=1+1.mp3", " space ", "-", "'", "NA",
    "Beyoncé 東京 \U0001f3b5.mp3", "caf\udce9.mp3", "\ufeffmark.mp3", "null", "1.50", "x" * 255, "\\n",
)  # fmt: skip
LABELS = ["rock, pop", 'say "hi"\nagain', "=cmd()", "NA"]
LAYOUTS = [Layout(wide, everything) for wide in (False, True) for everything in (False, True)]


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": read_csv,
    "json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    "jsonl": lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]],
    "parquet": lambda path: pl.read_parquet(path).to_dicts(),
}

Said = set[tuple[str, str, str]]  # (path or name, task, label)


def read_playlists(folder: Path) -> Said:
    """As a player reads them: lines that are no comments are paths or URIs; the title names the tag."""
    said = set()
    for playlist in folder.iterdir():
        first, title, *lines = playlist.read_bytes().decode("utf-8").split("\n")[:-1]
        assert first == "#EXTM3U" and title.startswith("#PLAYLIST:")
        task_name, _, label = title.removeprefix("#PLAYLIST:").partition(" - ")
        for line in lines:
            path = unquote(line.removeprefix("file://"), errors="surrogateescape") if line[:7] == "file://" else line
            said.add((path, task_name, label))
    return said


def read_jams(folder: Path) -> Said:
    said = set()
    for path in folder.iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        assert set(document) == {"file_metadata", "annotations", "sandbox"}
        for annotation in document["annotations"]:
            for one in annotation["data"]:
                assert set(one) == {"time", "duration", "value", "confidence"}
                said.add((document["sandbox"]["path"], annotation["sandbox"]["task"], one["value"]))
    return said


def read_labelstudio(path: Path) -> Said:
    said = set()
    for item in json.loads(path.read_text(encoding="utf-8")):
        (prediction,) = item["predictions"]
        for result in prediction["result"]:
            assert result["to_name"] == "audio" and set(result["value"]) == {result["type"]}
            values = result["value"].get("choices") or [f"{result['value']['number']:g}"]
            said |= {(item["data"]["path"], result["from_name"], value) for value in values}
    return said


def read_rekordbox(path: Path) -> Said:
    xml = RekordboxXml(path)
    paths = {t["TrackID"]: unquote(str(t["Location"]), errors="surrogateescape") for t in xml.get_tracks()}
    assert len(paths) == xml.num_tracks
    (top,) = xml.get_playlist().get_playlists() if xml.num_tracks else (None,)
    said = set()
    for folder in top.get_playlists() if top else ():
        for playlist in folder.get_playlists():
            said |= {(at_root(paths[key]), folder.name, playlist.name) for key in playlist.get_tracks()}
    return said


def at_root(path: str) -> str:
    """pyrekordbox gives paths without their first slash."""
    return path if path.startswith("/") else f"/{path}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def in_lists(path: str, task_name: str, label: str, kind: str) -> Said:
    """A playlist holds the sound's absolute path, and only labels have one."""
    absolute = str(Path.cwd() / path)
    return {(absolute, task_name, one_line(label))} if kind in ("multiclass", "multilabel") else set()


def in_xml(path: str, task_name: str, label: str, kind: str) -> Said:
    """The same; pyrekordbox shows bytes of a path that are no UTF-8 as a question mark."""
    return in_lists(os.fsencode(path).decode("utf-8", "replace"), task_name, label, kind)


def in_observations(path: str, task_name: str, label: str, kind: str) -> Said:
    return {(text_of(path), task_name, label)}


VIEWS = {  # exports that are no tables: their reader, and what they shall say of each row
    "m3u8": (read_playlists, in_lists),
    "rekordbox": (read_rekordbox, in_xml),
    "jams": (read_jams, in_observations),
    "labelstudio": (read_labelstudio, in_observations),
}


@pytest.fixture(scope="module")
def tagged() -> Tagged:
    tasks = (
        task("genre", {"kind": "multiclass", "labels": LABELS}),
        task("mood", {"kind": "multilabel", "labels": LABELS, "separator": "|"}),
        task("energy", {"kind": "regression", "range": [0, 1]}),
        task("style", {"kind": "distribution", "columns": ["a", "b"]}),
    )
    rng = np.random.default_rng(3)
    tracks = []
    for path in PATHS:
        scores = {t.name: t.scores(rng.normal(size=(1, t.width)).astype(np.float32))[0] for t in tasks}
        tracks.append(Tags(path, tuple(t.answer(scores[t.name]) for t in tasks), scores))
    return Tagged(tasks, tuple(tracks))


def test_every_export_has_a_reader_here() -> None:
    assert set(names("tagging.exports")) == {*READERS, *VIEWS}
    assert contract is not None
    assert "write(tagged, path, layout)" in contract


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("name", READERS)
def test_round_trip(name: str, layout: Layout, tagged: Tagged, tmp_path: Path) -> None:
    part("tagging.exports", name).write(tagged, tmp_path / "out", layout)
    read = READERS[name](tmp_path / "out")
    expected = list(records(tagged, layout))
    assert len(read) == len(expected) >= len(PATHS)
    for ours, theirs in zip(expected, read, strict=True):
        assert list(theirs) == [key for key in theirs if key in ours], "columns differ"
        for key, value in ours.items():
            found = theirs[key]
            assert (float(found) if isinstance(value, float) else found) == value, key


@pytest.mark.parametrize("name", VIEWS)
def test_every_tag_is_found_again(name: str, tagged: Tagged, tmp_path: Path) -> None:
    """Exports that hold no numbers or one kind of task only are held to what they hold."""
    part("tagging.exports", name).write(tagged, tmp_path / "out", LAYOUTS[0])
    reader, view = VIEWS[name]
    expected: Said = set()
    for tags in tagged:
        for one in tagged.tasks:
            for given in tags[one.name].given:
                number = f"{given.value:g}" if given.value is not None else ""
                if name == "labelstudio" and one.kind == "distribution":
                    expected.add((text_of(tags.id), f"{one.name}.{given.label}", number))
                else:
                    expected |= view(tags.id, one.name, given.label or f"{float(number):.6g}", one.kind)
    assert reader(tmp_path / "out") == expected


@pytest.mark.parametrize("name", names("tagging.exports"))
def test_no_tracks(name: str, tagged: Tagged, tmp_path: Path) -> None:
    part("tagging.exports", name).write(Tagged(tagged.tasks, ()), tmp_path / "out", LAYOUTS[0])
    read = READERS[name] if name in READERS else VIEWS[name][0]
    assert not read(tmp_path / "out")


def test_suffixes_are_each_ones_own() -> None:
    suffixes = [suffix for name in names("tagging.exports") for suffix in part("tagging.exports", name).SUFFIXES]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


def test_a_naive_csv_does_not_survive(tagged: Tagged, tmp_path: Path) -> None:
    """The round trip above would catch a writer that joins cells by commas."""
    rows = list(records(tagged))
    lines = [",".join("" if v is None else str(v) for v in row.values()) for row in rows]
    (tmp_path / "out").write_text("\n".join([",".join(rows[0]), *lines]) + "\n", encoding="utf-8")
    assert len(read_csv(tmp_path / "out")) != len(rows)
