"""`inspect` of an experiment says what its split leaves nothing to learn of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]
GROUPS = '[tasks.agf]\nkind = "distribution"\nrole = "auxiliary"\n'


def experiment(folder: Path, artists: int, more: str = "", target: str = "") -> Path:
    """48 rows by so many artists in parts that a column gives; mood is labelled in the test part alone."""
    rows = ["id,artist,lyrics,genre,mood,styles,part"]
    for i in range(48):
        part = ("train", "train", "train", "test")[i * 4 // 48]
        mood = ("calm", "bright")[i % 2] if part == "test" else ""
        style = f"style {i % 3}"
        rows.append(f"{i},act {i * artists // 48},one two {i},{('rock', 'jazz')[i % 2]},{mood},{style},{part}")
    (folder / "songs.csv").write_text("\n".join(rows) + "\n")
    computed = (
        f'{GROUPS}target = {{ kind = "artist_groups", labels = "styles", topics = 2{target} }}\n' if target else ""
    )
    (folder / "mine.toml").write_text(
        '[collection]\ntable = "songs.csv"\nid = "id"\nlyrics = "lyrics"\n'
        '[split]\nprotocol = "file"\ncolumn = "part"\n'
        '[inputs.lyrics]\nkind = "bag_of_words"\n[network]\nencoder = "embedding_bag"\n'
        f'[tasks.genre]\nkind = "multiclass"\n{more}{computed}'
    )
    return folder / "mine.toml"


def problems(path: Path, capsys: Capture) -> list[str]:
    status = run(["inspect", str(path), "--json"])
    found: list[str] = json.loads(capsys.readouterr().out)["problems"]
    assert status == (3 if found else 0)
    return found


def test_a_task_without_a_training_label(tmp_path: Path, capsys: Capture) -> None:
    path = experiment(tmp_path, 12, '[tasks.mood]\nkind = "multiclass"\n')
    told = 'songs.csv: no training row of fold 0 is labelled for the task "mood". Label more rows or remove the task.'
    assert problems(path, capsys) == [told]
    assert run(["train", str(path), "-o", str(tmp_path / "run")]) == 2
    assert told in capsys.readouterr().err, "training says the same"


def test_artist_group_factors_of_one_artist(tmp_path: Path, capsys: Capture) -> None:
    needs = "but artist group factors need at least two such artists."
    path = experiment(tmp_path, 1, target=", min_tracks = 2")
    found = problems(path, capsys)
    assert len(found) == 1
    assert found[0].startswith(f"songs.csv: task agf: 1 artist has 2 training tracks or more {needs}")
    found = problems(experiment(tmp_path, 12, target=", min_tracks = 5"), capsys)
    assert found[0].startswith(f"songs.csv: task agf: no artist has 5 training tracks or more {needs}")
    found = problems(experiment(tmp_path, 12, target=', artist = "act"'), capsys)
    assert found == [
        'songs.csv: task agf: there is no column "act" but artist group factors need artists. Set target.artist.'
    ]


def test_one_artist_is_said_also_where_the_split_cannot_be_made(tmp_path: Path, capsys: Capture) -> None:
    path = experiment(tmp_path, 1, target=", min_tracks = 2")
    path.write_text(path.read_text().replace('protocol = "file"\ncolumn = "part"', 'protocol = "grouped"'))
    found = problems(path, capsys)
    assert len(found) == 2 and "task agf: 1 artist has 2 training tracks or more" in found[1]


def test_what_can_be_learned_has_no_problem(tmp_path: Path, capsys: Capture) -> None:
    assert problems(experiment(tmp_path, 12, target=", min_tracks = 4"), capsys) == []
    published = experiment(tmp_path, 4, target=', min_tracks = 12, protocol = "published"')
    assert problems(published, capsys) == []


@pytest.mark.parametrize(
    ("artists", "told"), [(12, []), (5, ["The split: 1 of 5 groups by artist stands in more than one part."])]
)
def test_groups_on_both_sides(artists: int, told: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert run(["inspect", str(experiment(tmp_path, artists)), "--json"]) == 0
    leaks = json.loads(capsys.readouterr().out)["leaks"]
    assert [leak for leak in leaks if leak.startswith("The split")] == told
