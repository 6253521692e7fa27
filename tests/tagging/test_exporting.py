"""Which export writes a path, and that a failed write leaves what was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.collection.tracks import Track
from unisono.errors import ExperimentError, UserError
from unisono.parts import part
from unisono.tagging import Tagged, export_for, open_model, write


@pytest.fixture
def tagged(lyrics_model: Path) -> Tagged:
    return open_model(lyrics_model).tag_tracks([Track("a", lyrics="guitar")])


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("b.c/a.parquet", "parquet")],
)
def test_the_suffix_says_how(name: str, form: str) -> None:
    assert export_for(Path(name)) == form


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(UserError, match=r'tags.xls: the suffix ".xls" names no format. Use .csv, .jams, .json, '):
        export_for(Path("tags.xls"))
    with pytest.raises(UserError, match=r"tags: has no suffix that names a format"):
        export_for(Path("tags"))


def test_a_format_can_be_named(tagged: Tagged, tmp_path: Path) -> None:
    write(tagged, tmp_path / "tags.txt", "jsonl")
    assert (tmp_path / "tags.txt").read_text().startswith('{"path": "a", "task": "genre"')
    with pytest.raises(ExperimentError, match=r'"cvs": unknown, must be one of csv, .* Did you mean "csv"'):
        write(tagged, tmp_path / "tags.txt", "cvs")


@pytest.mark.parametrize("name", ["csv", "json", "jsonl", "parquet"])
def test_a_failed_write_leaves_what_was_there(
    tagged: Tagged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "tags"
    path.write_text("before")

    def failing(*_: object) -> object:
        raise RuntimeError("in the middle")

    module = part("tagging.exports", name)
    monkeypatch.setattr(module, "records" if hasattr(module, "records") else "table", failing)
    with pytest.raises(RuntimeError, match="in the middle"):
        write(tagged, path, name)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("tags", "before")]
