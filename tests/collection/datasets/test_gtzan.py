"""GTZAN from features, from sounds, with its fault-filtered split, and the real features where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, SplitSettings, load, make_split
from unisono.errors import TableError
from unisono.experiment import Experiment
from unisono.study.plan import Study
from unisono.study.run import run_study
from unisono.training.run import train


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="gtzan", root=str(root)), Path())


def test_features_sounds_and_split(layout: Callable[[str], Path]) -> None:
    root = layout("gtzan")
    tracks = opened(root)
    assert tracks.tracks[1].id == "jazz.00000" and tracks.tracks[1].values["genre"] == "jazz"
    assert tracks.tracks[0].audio == root / "Data/genres_original/blues/blues.00000.wav"
    assert tracks.notes == (f"39 of 40 sounds are not below {root / 'Data/genres_original'}: these tracks are silent.",)
    assert Counter(tracks.cells(["fault_filtered"])) == {"train": 16, "validation": 8, "test": 8, None: 8}
    split = make_split(tracks, {}, SplitSettings(column="fault_filtered"), seed=0)
    assert Counter(split.folds[0].part.tolist()) == {"train": 16, "validation": 8, "test": 8, "dropped": 8}
    assert split.leaks == (), "its makers say that no artist stands on two sides"
    assert "no group column" in make_split(tracks, {}, SplitSettings(protocol="random"), seed=0).leaks[0]
    other = tracks.frame.with_columns(moved=tracks.frame["fault_filtered"].reverse())
    moved = replace(tracks, table=replace(tracks.table, frame=other))
    assert make_split(moved, {}, SplitSettings(column="moved"), seed=0).leaks, "another split is not theirs"


def test_it_trains(layout: Callable[[str], Path], tmp_path: Path) -> None:
    settings = {
        "base": str(layout("gtzan").parent),
        "collection": {"dataset": "gtzan", "root": "gtzan"},
        "split": {"column": "fault_filtered"},
        "inputs": {"numbers": {"kind": "columns", "columns": ["chroma_stft_mean", "tempo"]}},
        "tasks": {"genre": {"kind": "multiclass"}},
        "training": {"epochs": 1},
    }
    first = train(Experiment.of(settings), tmp_path / "run")
    assert (tmp_path / "run/model/model.onnx").is_file()
    again = train(tmp_path / "run", tmp_path / "again")
    study = Study.of({"study": {"seeds": [0]}, "experiment": settings})
    leaks = run_study(study, tmp_path / "study").summary["leaks"]
    assert (first.scores["leaks"], again.scores["leaks"], leaks) == ([], [], {}), "stamped alike"


def test_sounds_alone(tmp_path: Path) -> None:
    for name in ("blues/blues.00001.au", "blues/blues.00000.au", "rock/rock.00000.au"):
        (tmp_path / "genres" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "genres" / name).write_bytes(b"")
    tracks = opened(tmp_path)
    assert [t.id for t in tracks.tracks] == ["blues.00000", "blues.00001", "rock.00000"]
    assert tracks.tracks[2].audio == tmp_path / "genres/rock/rock.00000.au"
    assert "get GTZAN_split from https://github.com/jongpillee/music_dataset_split" in tracks.notes[0]


def test_a_track_in_two_parts(layout: Callable[[str], Path]) -> None:
    root = layout("gtzan")
    with (root / "GTZAN_split/test_filtered.txt").open("a") as file:
        file.write("blues/blues.00000.wav\n")
    with pytest.raises(TableError, match=r'test_filtered.txt:9: "blues.00000" is in train too'):
        opened(root)


def test_a_part_that_is_missing(layout: Callable[[str], Path]) -> None:
    root = layout("gtzan")
    (root / "GTZAN_split/valid_filtered.txt").unlink()
    with pytest.raises(TableError, match=r"GTZAN_split: holds no valid_filtered.txt. Get GTZAN_split from https"):
        opened(root)


def test_a_label_against_its_file(tmp_path: Path) -> None:
    (tmp_path / "features_30_sec.csv").write_text("filename,label\nblues.00000.wav,jazz\n")
    with pytest.raises(TableError, match=r'features_30_sec.csv:2:label: "jazz" stands beside .*blues.00000.wav'):
        opened(tmp_path)


def test_the_real_features(real_data: Path) -> None:
    tracks = opened(real_data / "gtzan")
    assert Counter(tracks.cells(["genre"])) == dict.fromkeys(
        ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"], 100
    )
    assert Counter(tracks.cells(["fault_filtered"])) == {"train": 443, "validation": 197, "test": 290, None: 70}
