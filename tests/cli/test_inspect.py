"""`unisono inspect`: what is shown, the experiment it writes, and its statuses."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


def test_shows_what_is_there(lyrics_table: Path, capsys: Capture) -> None:
    assert run(["inspect", str(lyrics_table)]) == 0
    shown = capsys.readouterr().out
    assert "songs.csv: 60 tracks" in shown
    assert "Task genre (multiclass)" in shown


def test_writes_an_experiment_that_trains(lyrics_table: Path, tmp_path: Path, capsys: Capture) -> None:
    written = tmp_path / "first.toml"
    assert run(["inspect", str(lyrics_table), "--write-experiment", str(written)]) == 0
    assert f"Written: {written}. Look through it, then: unisono train {written} -o run" in capsys.readouterr().out
    assert set(tomllib.loads(written.read_text())["tasks"]) == {"genre", "energy"}
    assert run(["inspect", str(written), "-q"]) == 0
    assert run(["inspect", str(lyrics_table), "--write-experiment", str(written)]) == 2
    assert "is there already. Name another file, or add --overwrite." in capsys.readouterr().err
    assert run(["inspect", str(lyrics_table), "--write-experiment", str(written), "--overwrite", "-q"]) == 0


def test_json(lyrics_table: Path, capsys: Capture) -> None:
    assert run(["inspect", str(lyrics_table), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 60


def test_problems_end_with_3_and_damage_with_2(tmp_path: Path, capsys: Capture) -> None:
    table = tmp_path / "songs.csv"
    table.write_text("path,genre\n" + "".join(f"{n}.mp3,{'rock' if n % 2 else 'jazz'}\n" for n in range(12)))
    assert run(["inspect", str(table)]) == 3
    assert 'there is no file "0.mp3"' in capsys.readouterr().out
    table.write_text('path,genre\n"a,b\n')
    assert run(["inspect", str(table)]) == 2
    assert capsys.readouterr().err.startswith("songs.csv")


def test_nothing_there(capsys: Capture) -> None:
    assert run(["inspect", "nowhere"]) == 2
    assert capsys.readouterr().err == "nowhere: there is no such file, folder or recipe.\n"


def test_every_real_file_of_every_format(real_data: Path, capsys: Capture) -> None:
    assert run(["inspect", str(real_data / "formats"), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == found["sounds"]["files"] > 400
    assert all(found["sounds"]["bad"].values())


def test_a_page_of_an_experiment(experiment: Path, tmp_path: Path, capsys: Capture) -> None:
    page = tmp_path / "data.html"
    assert run(["inspect", str(experiment), "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert run(["inspect", str(experiment), "-o", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == before | {"page": str(page)}
    assert "<h1>mine.toml</h1>" in page.read_text()
    assert run(["inspect", str(experiment), "-o", str(page), "-q"]) == 2
    assert capsys.readouterr().err == f"{page}: is there already. Name another file, or add --overwrite.\n"
    assert run(["inspect", str(experiment), "-o", str(page), "--overwrite", "--seed", "3"]) == 0
    assert capsys.readouterr().out.endswith(f"\n\nPage: {page}\n")
    assert "protocol grouped, seed 3" in page.read_text()


def test_a_page_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path, capsys: Capture) -> None:
    assert run(["inspect", "nowhere", "-o", str(tmp_path / "data.csv")]) == 2
    told = f"the page is HTML but the name ends in .csv. Write -o {tmp_path / 'data.html'}."
    assert capsys.readouterr().err == f"{tmp_path / 'data.csv'}: {told}\n"
    (tmp_path / "file").write_text("")
    assert run(["inspect", "nowhere", "-o", str(tmp_path / "file" / "data.html")]) == 2
    assert "is a file but a folder is needed" in capsys.readouterr().err


def test_what_draws_a_page_is_asked_for_first(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith(("matplotlib", "unisono.report.data_"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["inspect", "nowhere", "-o", str(tmp_path / "data.html")]) == 2
    assert 'pip install "unisono[report]"' in capsys.readouterr().err


def test_a_page_is_drawn_although_something_must_be_mended(tmp_path: Path, capsys: Capture) -> None:
    table = tmp_path / "songs.csv"
    table.write_text("path,genre\n" + "".join(f"{n}.mp3,{'rock' if n % 2 else 'jazz'}\n" for n in range(12)))
    assert run(["inspect", str(table), "-o", str(tmp_path / "data.html")]) == 3
    assert "there is no file &#34;0.mp3&#34;" in (tmp_path / "data.html").read_text()


@pytest.fixture
def two_collections(tmp_path: Path) -> Path:
    """Genres and moods, each with tables of their own; the first act made songs of both."""
    for name, column, labels in (("genres", "genre", ("pop", "jazz")), ("moods", "mood", ("calm", "sad"))):
        rows = [f"{name}{i},act {i // 4 + 5 * (name == 'moods') * (i > 7)},{labels[i % 2]},1.{i}" for i in range(60)]
        (tmp_path / f"{name}.csv").write_text("\n".join([f"id,artist,{column},f1", *rows]) + "\n")
    made = tmp_path / "both.toml"
    made.write_text(
        "".join(f'[collections.{n}]\ntable = "{n}.csv"\nid = "id"\ngroups = ["artist"]\n' for n in ("genres", "moods"))
        + '[inputs.numbers]\nkind = "columns"\ncolumns = ["f1"]\n'
        + '[tasks.genre]\nkind = "multiclass"\ncollection = "genres"\n'
        + '[tasks.mood]\nkind = "multiclass"\ncollection = "moods"\n'
    )
    return made


def test_each_of_several_collections(two_collections: Path, tmp_path: Path, capsys: Capture) -> None:
    page = tmp_path / "data.html"
    assert run(["inspect", str(two_collections), "-o", str(page)]) == 0
    shown = capsys.readouterr().out
    assert (
        "[collections.genres]\ngenres.csv: 60 tracks" in shown and "[collections.moods]\nmoods.csv: 60 tracks" in shown
    )
    assert "rows of genres whose artist or song stands in validation or test of moods." in shown
    text = page.read_text()
    assert all(f'id="{at}"' in text for at in ("genres-task-genre", "moods-task-mood", "genres-short", "moods-input-1"))
    assert "stands in validation or test of moods." in text
    assert run(["inspect", str(two_collections), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {name: one["rows"] for name, one in told["collections"].items()} == {"genres": 60, "moods": 60}
    assert [one["name"] for one in told["collections"]["moods"]["tasks"]] == ["mood"] and len(told["between"]) >= 1


def test_a_fault_in_any_of_several_collections(two_collections: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["inspect", str(two_collections), "--near", "genre"]) == 0
    assert "moods.csv" not in capsys.readouterr().out
    rows = (tmp_path / "moods.csv").read_text().splitlines()
    (tmp_path / "moods.csv").write_text("\n".join([*rows, rows[-1]]) + "\n")
    assert run(["inspect", str(two_collections)]) == 3
    assert "moods59" in capsys.readouterr().out
    assert run(["inspect", str(two_collections), "--fix", str(tmp_path / "fixed.csv")]) == 2
    assert "has the collections genres, moods but one is needed here" in capsys.readouterr().err
