"""Parts of a fold that cannot do what they are there for: said before anything is learned."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile

from unisono.errors import AudioError, ExperimentError, TableError
from unisono.experiment import Experiment
from unisono.training.material import prepare
from unisono.training.run import train

Make = Callable[..., Experiment]
PARTS = ["train"] * 60 + ["validation"] * 12 + ["test"] * 18


def emptied(experiment: Make, folder: Path, column: str, parts: Collection[str]) -> Experiment:
    """The small experiment with a given split, in which some parts have nothing in one column."""
    made = experiment(
        collection={"table": "songs.csv", "id": "id", "lyrics": "lyrics", "groups": []},
        split={"protocol": "file", "column": "part"},
        training={"epochs": 1, "patience": 2},
    )
    frame = pl.read_csv(folder / "songs.csv", infer_schema=False).with_columns(part=pl.Series(PARTS))
    gone = pl.when(pl.col("part").is_in(list(parts))).then(pl.lit("")).otherwise(pl.col(column))
    frame.with_columns(gone.alias(column)).write_csv(folder / "songs.csv")
    return made


@pytest.mark.parametrize(("part", "rows"), [("validation", 12), ("test", 18)])
def test_a_part_of_which_nothing_can_be_read(experiment: Make, tmp_path: Path, part: str, rows: int) -> None:
    made = emptied(experiment, tmp_path, "lyrics", [part])
    found = rf"songs.csv: none of the {rows} {part} tracks has anything that can be heard or read\. Look at the paths"
    with pytest.raises(TableError, match=found):
        train(made, tmp_path / "run")


@pytest.mark.parametrize(
    ("column", "watch", "said"),
    [
        ("genre", "genre.f1_macro", ["No validation track is labelled for genre, which is watched: the last epoch is"]),
        ("genre", "total", ["No validation track is labelled for genre: the watched total is that of the other tasks"]),
        ("year", "total", []),
        ("genre", "moods.f1_macro", []),
    ],
)
def test_early_stopping_that_has_nothing_to_see(
    experiment: Make, tmp_path: Path, column: str, watch: str, said: list[str]
) -> None:
    made = emptied(experiment, tmp_path, column, ["validation"]).with_training(watch=watch)
    warnings = [w for w in train(made, tmp_path / "run").warnings if w.startswith("No validation")]
    assert [w[: len(s)] for w, s in zip(warnings, said, strict=True)] == said


def test_an_input_that_hears_in_a_table_without_sounds(experiment: Make, tmp_path: Path) -> None:
    made = experiment(inputs={"audio": {"kind": "mel"}})
    found = (
        r"experiment:inputs\.audio: mel hears sounds but no column of their paths is named; songs\.csv has the columns "
        r'"id", "artist", .*\. Set audio = "COLUMN" under \[collection\], or leave this input out\.'
    )
    with pytest.raises(ExperimentError, match=found):
        train(made, tmp_path / "run")


@pytest.mark.parametrize(("on_bad", "heard", "used"), [("skip", False, [False]), ("use", True, [True])])
def test_damaged_files_are_left_out_or_used_in_part(
    tmp_path: Path, on_bad: str, heard: bool, used: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    material = prepare(damaged(tmp_path).with_training(on_bad=on_bad), 0, workers=1)
    assert material.heard.has("audio", 3) == heard
    assert [(Path(f.path).name, f.used) for f in material.failures] == [("3.wav", one) for one in used]


def test_damaged_files_are_the_end_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    with pytest.raises(AudioError, match=r"3.wav: holds 0.6 of 1.2 s that its header promises"):
        prepare(damaged(tmp_path).with_training(on_bad="stop"), 0, workers=1)


def test_sounds_that_teach_nothing_are_said_with_their_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    tables = damaged(tmp_path).tables()
    tables["inputs"]["audio"] |= {"min_duration": 5.0, "duration": 6.0, "normalise": "band"}
    with pytest.raises(AudioError, match=r"^experiment:inputs\.audio: no training track can be heard but band means"):
        train(Experiment.of(tables), tmp_path / "run")


def damaged(folder: Path) -> Experiment:
    """Twelve short sounds, of which one breaks off in the middle."""
    for number in range(12):
        soundfile.write(folder / f"{number}.wav", np.sin(np.arange(9600.0) * (0.1 + 0.05 * number)), 8000)
    whole = (folder / "3.wav").read_bytes()
    (folder / "3.wav").write_bytes(whole[: len(whole) // 2])
    lines = [f"{number}.wav,{'ab'[number % 2]}" for number in range(12)]
    (folder / "songs.csv").write_text("\n".join(["path,genre", *lines]) + "\n")
    tables = {
        "collection": {"table": "songs.csv", "audio": "path"},
        "split": {"protocol": "random"},
        "inputs": {"audio": {"kind": "mel", "sample_rate": 8000, "duration": 1, "min_duration": 0.5}},
        "tasks": {"genre": {"kind": "multiclass"}},
        "network": {"encoder": "conv2d"},
    }
    return Experiment.of(tables, folder)
