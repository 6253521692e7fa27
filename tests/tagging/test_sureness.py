"""Tags that are only given when they are sure: in tables, wide and long, and as the tagger gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection.tracks import Track
from unisono.errors import UserError
from unisono.model.sureness import PRECISIONS
from unisono.tagging import Layout, Tagger, open_model
from unisono.tagging.rows import records, table

TRACKS = [Track("a", lyrics="guitar night happy loud"), Track("b", lyrics="sad drums")]


@pytest.fixture
def sure(lyrics_model: Path) -> Callable[[dict[str, float | None], dict[str, float | None]], Tagger]:
    """The model with calibration and with one threshold a label, whatever the precision."""

    def made(genre: dict[str, float | None], mood: dict[str, float | None]) -> Tagger:
        tagger = open_model(lyrics_model)
        steps = {
            name: {"labels": {k: None if v is None else [v] * len(PRECISIONS) for k, v in of.items()}, "parents": {}}
            for name, of in (("genre", genre), ("mood", mood))
        }
        tagger.model.facts["thresholds"] = {"tasks": steps}
        tagger.model.facts["calibration"] = {
            "genre": {"method": "temperature", "temperature": 2.0},
            "energy": {"method": "residuals", "half_widths": [[0.9, 40.0]]},
        }
        return tagger

    return made


def test_confidence_is_calibrated_and_what_is_not_sure_is_withheld(sure: Callable[..., Tagger]) -> None:
    tagger = sure({"rock": 0.8, "blues": None}, {"night": None, "happy": 0.95})
    plain = [t["genre"].given[0].confidence for t in tagger.tag_tracks(TRACKS)]
    assert plain == pytest.approx([0.8176, 0.8176], abs=1e-4), "0.9526 at a temperature of 2"
    tagged = tagger.at_least(0.9).tag_tracks(TRACKS)
    assert [[g.label for g in t["genre"].given] for t in tagged] == [["rock"], []]
    assert [[g.label for g in t["mood"].given] for t in tagged] == [["happy"], []]
    rows = [(r["task"], r["label"], r["value"], r["confidence"]) for r in records(tagged) if r["path"] == "b"]
    assert rows[:2] == [("genre", None, None, None), ("mood", None, None, None)]
    wide = table(tagged, Layout(wide=True)).to_dicts()
    assert (wide[0]["genre"], wide[1]["genre"], wide[1]["mood"]) == ("rock", None, None)


def test_numbers_get_an_interval(sure: Callable[..., Tagger]) -> None:
    tagger = sure({}, {})
    assert tagger.half_widths(0.9) == {"energy": 40.0}
    layout = Layout(half_widths=tagger.half_widths(0.9))
    (row,) = [r for r in records(tagger.tag_tracks(TRACKS[:1]), layout) if r["task"] == "energy"]
    assert (row["low"], row["value"], row["high"]) == (210.0, 250.0, 290.0)
    frame = table(tagger.tag_tracks(TRACKS), Layout(wide=True, half_widths={"energy": 40.0}))
    assert frame["energy_high"][0] == 290.0
    assert table(tagger.tag_tracks(TRACKS), layout).columns[-2:] == ["low", "high"]


def test_a_model_without_thresholds_says_so(lyrics_model: Path) -> None:
    with pytest.raises(UserError, match=r"--min-precision 0.9: the model has no thresholds"):
        open_model(lyrics_model).at_least(0.9)
