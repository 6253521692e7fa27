"""The rendered songs: laid out as the data set, the same each time, the voice above the band, artists that differ."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

from unisono.collection import CollectionSettings, load

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module")
def sung() -> ModuleType:
    """The script as a module."""
    sys.path.insert(0, str(BENCH))
    try:
        import sung
    finally:
        sys.path.remove(str(BENCH))
    if not sung.there():
        pytest.skip(sung.ABSENT)
    return sung


def test_songs_lie_as_the_data_set_does_and_are_the_same_again(sung: ModuleType, tmp_path: Path) -> None:
    heard = list(sung.render(tmp_path / "one", sung.Size(2, 2, 1, 4.0)))
    collection = load(CollectionSettings(dataset="regional_indian", root=str(tmp_path / "one")), Path())
    assert collection.frame["language"].to_list() == ["German", "German", "Spanish", "Spanish"]
    assert collection.frame["gender"].to_list() == ["f", "m", "f", "m"]
    assert [t.values["artist"] for t in collection.tracks] == [h.artist for h in heard]
    for one in heard:
        sound, rate = soundfile.read(one.path)
        assert (len(sound), rate) == (4 * 22_050, 22_050)
        assert np.abs(sound).max() < 1
        assert one.silent == 0 and 0.3 < one.sung <= 1
        assert -20 < one.loudness < -17
        assert one.over > 3
    women, men = (np.array([h.pitch for h in heard[i::2]]) for i in (0, 1))
    assert women.min() > 1.3 * men.max()
    sung.spoken.cache_clear()
    again = list(sung.render(tmp_path / "two", sung.Size(1, 1, 1, 4.0)))
    assert again[0].path.read_bytes() == heard[0].path.read_bytes()


def test_a_word_is_sung_on_its_note(sung: ModuleType) -> None:
    singer = sung.Singer("de+f2", 90, 200.0, vibrato=0.0, swing=5.0)
    for frequency in (160.0, 240.0):
        pitch = sung.pitch_of(sung.sung_word(singer, "allein", frequency, np.random.default_rng(0)))
        assert np.median(pitch) == pytest.approx(frequency, rel=0.03)


def test_nothing_but_the_voice_tells_the_language(sung: ModuleType) -> None:
    everyone = sung.performers(6, 4, 0)
    for what in (lambda w: w.band.genre.name, lambda w: w.gender, lambda w: w.veteran):
        by_language = {w.language.name: [what(v) for v in everyone if v.language == w.language] for w in everyone}
        assert len({tuple(v) for v in by_language.values()}) == 1
    variants = [w.singer.voice.partition("+")[2] for w in everyone]
    assert {variants.count(v) for v in variants} == {2}
    assert len({w.name for w in everyone}) == 24


def test_no_two_songs_have_the_same_text(sung: ModuleType) -> None:
    texts = [" / ".join(sung.text_of(w, song, 0, 4)) for w in sung.performers(6, 4, 0) for song in range(6)]
    assert len(set(texts)) == 144


def test_without_the_program_one_line_says_so(
    sung: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        RuntimeError, match="espeak-ng is not installed: on Debian and Ubuntu it is the package espeak-ng"
    ):
        next(sung.render(tmp_path))


def cell(study: Path, configuration: str, seed: int, area: float) -> None:
    """A finished cell of a study, as far as scores are read from it."""
    name = f"{configuration.replace(' ', '-')}-{seed}"
    (study / "cells" / name).mkdir(parents=True)
    place = {"protocol": "songs", "configuration": configuration, "seed": seed}
    (study / "cells" / f"{name}.json").write_text(json.dumps({"place": place, "share": 0.25}))
    told = {"roc_auc_macro": area, "average_precision_macro": area / 2}
    excerpts = {metric: value - 0.1 for metric, value in told.items()}
    scores = {"tasks": {"artist": {**told, "excerpts": excerpts}}}
    (study / "cells" / name / "scores.json").write_text(json.dumps(scores))


def test_scores_by_song_and_segment_are_told(
    sung: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        cell(tmp_path, "artist alone", seed, 0.6 + seed / 100)
        cell(tmp_path, "both", seed, 0.7 + seed / 100)
    sung.tell_scores(tmp_path)
    said = capsys.readouterr().out
    assert "songs, artist" in said
    assert "song AUC-ROC 0.710 (0.010) n=3" in said and "segment AUC-PR 0.205 (0.005) n=3" in said
    assert "both against artist alone: song AUC-ROC +0.100 [+0.100, +0.100]" in said


def test_a_study_without_runs_is_told(sung: ModuleType, tmp_path: Path) -> None:
    cell(tmp_path, "both", 0, 0.5)
    (tmp_path / "cells" / "both-0" / "scores.json").unlink()
    with pytest.raises(SystemExit, match=r"has no run folders; study with --set study\.keep=runs"):
        sung.tell_scores(tmp_path)
