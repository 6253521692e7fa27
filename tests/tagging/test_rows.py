"""Tags as tables: what stands in which column."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unisono.collection.tracks import Track
from unisono.tagging import Layout, Tagged, open_model
from unisono.tagging.rows import records, table, text_of


@pytest.fixture
def tagged(lyrics_model: Path) -> Tagged:
    return open_model(lyrics_model).tag_tracks(
        [Track("a", lyrics="guitar night happy loud"), Track("b", lyrics="sad drums")]
    )


def test_long(tagged: Tagged) -> None:
    rows = [tuple(r.values()) for r in records(tagged)]
    assert rows[:6] == [
        ("a", "genre", "rock", None, 0.952574),
        ("a", "mood", "night", None, 0.952574),
        ("a", "mood", "happy", None, 0.952574),
        ("a", "energy", None, 250.0, None),
        ("a", "style", "choir", 0.5, None),
        ("a", "style", "drums", 0.5, None),
    ]
    assert rows[7] == ("b", "mood", "-", None, None)
    assert table(tagged).columns == ["path", "task", "label", "value", "confidence"]


def test_long_with_all_labels(tagged: Tagged) -> None:
    frame = table(tagged, Layout(all_labels=True))
    genre = [tuple(r.values()) for r in frame.to_dicts() if r["task"] == "genre" and r["path"] == "b"]
    assert genre == [("b", "genre", "rock", 0.0474259, None), ("b", "genre", "blues", 0.952574, 0.952574)]
    assert len(frame.filter(task="mood")) == 4
    assert len(frame.filter(task="style")) == 4


def test_wide(tagged: Tagged) -> None:
    frame = table(tagged, Layout(wide=True))
    assert frame.columns == ["path", "genre", "genre_confidence", "mood", "energy", "style.choir", "style.drums"]
    assert frame.rows()[0] == ("a", "rock", 0.952574, "night;happy", 250.0, 0.5, 0.5)
    assert frame.rows()[1] == ("b", "blues", 0.952574, "-", 100.0, 0.119203, 0.880797)


def test_wide_with_all_labels(tagged: Tagged) -> None:
    frame = table(tagged, Layout(wide=True, all_labels=True))
    assert frame["genre.blues"].to_list() == [0.0474259, 0.952574]
    assert frame["mood.happy"].to_list() == [0.952574, 0.0474259]


def test_no_tracks_make_an_empty_table_with_its_columns(tagged: Tagged) -> None:
    nothing = Tagged(tagged.tasks, ())
    assert table(nothing).shape == (0, 5)
    assert table(nothing, Layout(wide=True)).shape == (0, 7)


def test_paths_that_are_no_text_become_text() -> None:
    assert text_of(os.fsdecode(b"caf\xe9\n.mp3")) == "caf\\xe9\n.mp3"
    assert text_of("café.mp3") == "café.mp3"
