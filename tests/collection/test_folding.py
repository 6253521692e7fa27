"""Spellings are folded in a copy; the collection itself stays as it is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from unisono.collection import inspect
from unisono.collection.folding import Folded, fold_spellings
from unisono.errors import UserError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    genres = ["Tech House"] * 20 + ["tech-house"] * 3 + ["Techno"] * 20 + ["Tecno"] * 2 + [""]
    moods = ["calm;Late Night"] * 20 + ["late night;calm", "Late Night;late-night", "-"] + ["calm"] * 23
    rows = [f"{i},act {i // 2},{g},{m}" for i, (g, m) in enumerate(zip(genres, moods, strict=True))]
    path = tmp_path / "songs.csv"
    path.write_text("\n".join(["id,artist,genre,moods", *rows]) + "\n")
    return path


def test_one_spelling_a_label(table: Path, tmp_path: Path) -> None:
    before = table.read_bytes()
    folded = fold_spellings(inspect(table), tmp_path / "fixed.csv")
    assert Folded("genre", "tech-house", "Tech House", 3) in folded
    assert {(f.column, f.meant) for f in folded} == {("genre", "Tech House"), ("moods", "Late Night")}
    with (tmp_path / "fixed.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["genre"] for row in rows].count("Tech House") == 23
    assert [row["genre"] for row in rows].count("Tecno") == 2, "another letter may be another word"
    assert [row["moods"] for row in rows[20:23]] == ["Late Night;calm", "Late Night", "-"]
    assert [row["id"] for row in rows] == [str(i) for i in range(46)]
    assert table.read_bytes() == before
    assert not inspect(tmp_path / "fixed.csv").tasks[0].problems


def test_the_collection_itself_is_never_written(table: Path) -> None:
    with pytest.raises(UserError, match=r"songs.csv: is what the collection is read from, and that is never changed"):
        fold_spellings(inspect(table), table)


def test_sounds_are_found_from_elsewhere(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    names = [f"{i}.mp3" for i in range(12)]
    for name in names:
        (music / name).touch()
    (music / "songs.csv").write_text(
        "\n".join(["path,artist,genre", *(f"{n},x,rock" for n in names), ",y,jazz"]) + "\n"
    )
    for place, path in ((tmp_path / "fixed.csv", str(music / "0.mp3")), (music / "fixed.csv", "0.mp3")):
        fold_spellings(inspect(music / "songs.csv"), place)
        assert place.read_text().splitlines()[1] == f"{path},x,rock"
