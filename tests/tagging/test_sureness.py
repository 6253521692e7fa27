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
from unisono.tagging.silence import Silences
from unisono.tasks import task

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


def test_numbers_are_silent_where_no_interval_is_vouched_for(sure: Callable[..., Tagger]) -> None:
    tagger = sure({}, {})
    told = {p: tagger.at_least(p).tag_tracks(TRACKS).tracks[0]["energy"] for p in (0.9, 0.95)}
    assert [given.value for given in told[0.9].given] == [250.0], "a model without thresholds for numbers"
    assert told[0.95].unsure and told[0.95].withheld[0].value == 250.0
    frame = table(tagger.at_least(0.95).tag_tracks(TRACKS), Layout(wide=True))
    assert frame["energy"].to_list() == [None, None]
    (row,) = [r for r in records(tagger.at_least(0.95).tag_tracks(TRACKS[:1])) if r["task"] == "energy"]
    assert (row["label"], row["value"], row["confidence"]) == (None, None, None)


def test_ends_stay_inside_the_range(sure: Callable[..., Tagger]) -> None:
    layout = Layout(half_widths={"energy": 200.0})
    (row,) = [r for r in records(sure({}, {}).tag_tracks(TRACKS[:1]), layout) if r["task"] == "energy"]
    assert (row["low"], row["value"], row["high"]) == (100.0, 250.0, 400.0)


def test_a_number_with_levels_is_given_where_its_level_is_sure(sure: Callable[..., Tagger]) -> None:
    tagger = sure({}, {})
    tagger.model.tasks["energy"] = task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 250]})
    tagger.model.facts["calibration"]["energy"] |= {"levels": {"unit": 30.0, "slope": [1.0], "offset": [0.0]}}
    steps = {"100": [0.99] * len(PRECISIONS), "250": [0.9] * len(PRECISIONS)}
    vouched = {
        "labels": steps,
        "parents": {},
        "tracks": {"100": 30, "250": 30},
        "half_widths": [50.0] * len(PRECISIONS),
    }
    tagger.model.facts["thresholds"]["tasks"]["energy"] = vouched
    tagged = tagger.at_least(0.9).tag_tracks(TRACKS)
    assert [len(tags["energy"].given) for tags in tagged] == [1, 0]
    frame = table(tagged, Layout(wide=True, half_widths=tagger.at_least(0.9).half_widths(0.9)))
    assert frame.select("energy", "energy_confidence", "energy_low", "energy_high").rows() == [
        (250.0, pytest.approx(0.92, abs=0.02), 200.0, 300.0),
        (None, None, None, None),
    ]


def test_silence_is_counted_with_its_reasons(sure: Callable[..., Tagger]) -> None:
    tagger = sure({"rock": 0.99, "blues": None}, {"night": None, "happy": None})
    tagger.model.facts["thresholds"]["tasks"]["genre"]["tracks"] = {"rock": 80, "blues": 12}
    strict = tagger.at_least(0.9)
    silences = Silences(strict.limits)
    for tags in strict.tag_tracks(TRACKS):
        silences.add(tags)
    genre = silences.tasks["genre"]
    assert (genre.answered, genre.silent) == (0, 2)
    lines = list(silences.lines())
    assert lines[0] == (
        "genre: 0 of 2 tracks answered, 2 left silent: 1 not sure enough; "
        "1 without a threshold, for fewer than 30 tracks could vouch: blues (12)"
    )
    assert "1 where no label was likely" in lines[1]
    assert lines[2] == "energy: 2 of 2 tracks answered"
    assert lines[3].startswith("Fewer than 30 tracks of a label vouch for nothing: label more of them")
    assert silences.records()["genre"]["why"]["too few tracks"] == {"tracks": 1, "labels": {"blues": 1}}
    assert list(Silences(None).lines()) == []


def test_a_model_without_thresholds_says_so(lyrics_model: Path) -> None:
    with pytest.raises(UserError, match=r"--min-precision 0.9: the model has no thresholds"):
        open_model(lyrics_model).at_least(0.9)
