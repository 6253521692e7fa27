"""Which columns go with a task's labels, on a table whose columns were made to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from unisono.cli._app import run
from unisono.errors import ExperimentError
from unisono.experiment import Experiment
from unisono.study.near import near_columns


@pytest.fixture
def asked(tmp_path: Path) -> Experiment:
    """Four hundred songs, half of them to learn from; some columns go with pop, one only where nothing is learned."""
    rng, rows = np.random.default_rng(0), 400
    pop, learned = rng.integers(0, 2, rows), np.arange(rows) < rows // 2
    flipped = {share: np.where(rng.random(rows) < share, 1 - pop, pop) for share in (0.1, 0.3)}
    dance = [None if i % 4 == 0 else int(v) for i, v in enumerate(flipped[0.1])]
    pl.DataFrame(
        {
            "id": [f"s{i}" for i in range(rows)],
            "artist": [f"a{i}" for i in range(rows)],
            "part": ["train" if one else "test" for one in learned],
            "words": [f"some words {i}" for i in range(rows)],
            "pop": pop,
            "dance": dance,
            "metal": 1 - flipped[0.3],
            "mood": np.array(["calm", "loud", "wild"])[(flipped[0.3] * 2 + rng.integers(0, 2, rows)) % 3],
            "chance": rng.normal(size=rows),
            "later": np.where(learned, rng.normal(size=rows), pop * 5.0),
        }
    ).write_csv(tmp_path / "songs.csv")
    tables = {
        "collection": {"table": "songs.csv", "id": "id", "groups": ["artist"], "lyrics": "words"},
        "split": {"protocol": "file", "column": "part"},
        "inputs": {"words": {"kind": "bag_of_words", "min_count": 1}},
        "tasks": {"pop": {"kind": "multiclass"}},
    }
    return Experiment.of(tables, base=tmp_path)


def test_strongest_first_with_sign_and_on_training_tracks_only(asked: Experiment) -> None:
    found = {one.column: one for one in near_columns(asked, "pop", 0)}
    assert list(found)[:2] == ["dance", "mood"] or list(found)[:2] == ["dance", "metal"]
    assert set(found) == {"dance", "metal", "mood", "chance", "later"}, "no key, group, text, split or the task's own"
    assert found["dance"].tracks < found["metal"].tracks < 200, "those with both"
    assert found["dance"].correlation == pytest.approx(0.8, abs=0.1)
    assert found["metal"].correlation == pytest.approx(-0.4, abs=0.15)
    assert found["mood"].correlation is None
    assert found["later"].strength < 0.2, "what goes with it among test tracks is not looked at"


def test_a_task_that_is_none(asked: Experiment) -> None:
    with pytest.raises(ExperimentError, match=r'"pup" is no task of the experiment\. Did you mean "pop"'):
        near_columns(asked, "pup", 0)


def test_the_command(asked: Experiment, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text(
        '[collection]\ntable = "songs.csv"\nid = "id"\nlyrics = "words"\n[split]\nprotocol = "file"\ncolumn = "part"\n'
        '[inputs.words]\nkind = "bag_of_words"\n[tasks.mood]\nkind = "multiclass"\n'
    )
    mine = str(tmp_path / "mine.toml")
    assert run(["inspect", mine, "--near", "pop", "--set", 'tasks={pop={kind="multiclass"}}']) in (0, 3)
    shown = capsys.readouterr().out
    assert "Columns that go with pop, on training tracks:" in shown
    assert "dance" in shown.partition("Columns that go")[2]
    assert run(["inspect", mine, "--near", "mood", "--json"]) in (0, 3)
    near = json.loads(capsys.readouterr().out)["near"]
    assert {"column", "strength", "correlation", "tracks"} == set(near[0])
    assert run(["inspect", str(tmp_path / "songs.csv"), "--near", "pop"]) == 2
    assert "--near looks at an experiment's task but this is none" in capsys.readouterr().err
    assert run(["inspect", str(tmp_path / "songs.csv"), "--set", "split.test=0.3"]) == 2
    assert "--set: changes keys of an experiment" in capsys.readouterr().err


def test_of_several_collections_that_of_the_task(
    asked: Experiment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "two.toml").write_text(
        '[collections.a]\ntable = "songs.csv"\nid = "id"\nlyrics = "words"\n[collections.b]\ntable = "songs.csv"\n'
        'id = "id"\nlyrics = "words"\n[split]\nprotocol = "file"\ncolumn = "part"\n[inputs.words]\n'
        'kind = "bag_of_words"\n[tasks.mood]\nkind = "multiclass"\ncollection = "a"\n[tasks.pop]\n'
        'kind = "multiclass"\ncollection = "b"\n'
    )
    assert run(["inspect", str(tmp_path / "two.toml"), "--near", "pop"]) in (0, 3)
    shown = capsys.readouterr().out.splitlines()
    assert "Columns that go with pop, on training tracks:" in shown
