"""`inspect` of an experiment says which columns and files its inputs would not find."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]
AGF = '[tasks.agf]\nkind = "distribution"\nrole = "auxiliary"\ntarget = { kind = "artist_groups", topics = 2, '


def experiment(folder: Path, *inputs: str, target: str = "") -> Path:
    """24 rows of two numbers, and files of numbers by id beside them."""
    rows = [f"{i},act {i // 2},{i / 9:.2f},{i % 5},{('rock', 'jazz')[i % 2]}" for i in range(24)]
    (folder / "songs.csv").write_text("\n".join(["id,artist,chroma_1,chroma_2,genre", *rows]) + "\n")
    np.save(folder / "rows.npy", np.zeros((24, 2)))
    (folder / "ids.txt").write_text("\n".join(map(str, range(24))))
    tables = "".join(f"[inputs.in{n}]\n{text}\n" for n, text in enumerate(inputs))
    more = f"{AGF}{target} }}\n" if target else ""
    text = f'[collection]\ntable = "songs.csv"\nid = "id"\n{tables}[tasks.genre]\nkind = "multiclass"\n{more}'
    (folder / "mine.toml").write_text(text)
    return folder / "mine.toml"


def problems(path: Path, capsys: Capture) -> list[str]:
    status = run(["inspect", str(path), "--json"])
    found: list[str] = json.loads(capsys.readouterr().out)["problems"]
    assert status == (3 if found else 0)
    return found


def test_a_pattern_that_matches_no_column(tmp_path: Path, capsys: Capture) -> None:
    path = experiment(tmp_path, 'kind = "columns"\ncolumns = ["chrona_*"]', 'kind = "columns"\ncolumns = ["mfcc*"]')
    near, listed = problems(path, capsys)
    told = 'inputs.in0.columns: "chrona_*" matches none of the 5 columns. Did you mean "chroma_2"?'
    assert near == told
    assert listed.endswith('The columns are "id", "artist", "chroma_1", "chroma_2", "genre".')
    assert run(["train", str(path), "-o", str(tmp_path / "run")]) == 2
    assert told in capsys.readouterr().err, "training says the same"
    path = experiment(tmp_path, 'kind = "columns"\ncolumns = ["chroma_*"]\nexclude = ["chroma_3"]')
    assert problems(path, capsys)[0].startswith('inputs.in0.exclude: "chroma_3" matches none')
    assert problems(experiment(tmp_path, 'kind = "columns"\ncolumns = ["chroma_*"]'), capsys) == []


def test_files_of_rows(tmp_path: Path, capsys: Capture) -> None:
    rows = 'kind = "vectors"\nids = "ids.txt"\n'
    gone, key = problems(
        experiment(tmp_path, f'{rows}tables = ["row.npy"]', f'{rows}tables = ["rows.npy"]\nkey_column = "ids"'), capsys
    )
    assert gone.startswith(f"inputs.in0: {tmp_path / 'row.npy'}: cannot be opened")
    assert key == 'inputs.in1.key_column: "ids" is none of the 5 columns. Did you mean "id"?'
    assert problems(experiment(tmp_path, f'{rows}tables = ["rows.npy"]\nkey_column = "id"'), capsys) == []


def test_computed_targets(tmp_path: Path, capsys: Capture) -> None:
    given = 'kind = "columns"\ncolumns = ["chroma_*"]'
    assert problems(experiment(tmp_path, given, target='columns = ["chrona_*"], codebook = 4'), capsys) == [
        'tasks.agf.target.columns: "chrona_*" matches none of the 5 columns. Did you mean "chroma_2"?'
    ]
    assert problems(experiment(tmp_path, given, target='labels = "genres"'), capsys) == [
        'tasks.agf.target.labels: "genres" matches none of the 5 columns. Did you mean "genre"?'
    ]
    assert problems(experiment(tmp_path, given, target='labels = "genre", min_tracks = 2'), capsys) == []
