import csv

import numpy as np
import pytest

from unisono.demo.checking import check_tags, read_rows
from unisono.demo.story import clear, tell
from unisono.errors import TableError, UserError
from unisono.tagging import Tagged, Tags
from unisono.tasks import Answer, Given, task


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A small story, and the lines it said."""
    lines = []
    return tell(tmp_path_factory.mktemp("demo") / "my demo", seed=1, say=lines.append, tracks=30), lines


def test_the_story_leaves_what_it_says(told):
    story, lines = told
    folder = story.table.parent
    for name in ("library.csv", "experiment.toml", "run/scores.json", "run/model/model.onnx", "tags.csv", "README.txt"):
        assert (folder / name).is_file(), name
    assert story.report.read_text("utf8").startswith("<!")
    assert set(story.run.scores["tasks"]) == set(story.checks) == {"genre", "energy", "situation", "intro"}
    said = "\n".join(lines)
    for part in ("Rendered 30 tracks", "Tagged 5 new tracks", str(story.report), "majority", "All in"):
        assert part in said
    assert set(story.seconds) == {"render", "train", "report", "tag"}


def test_every_new_track_is_tagged_for_every_task(told):
    story, _ = told
    with (story.table.parent / "tags.csv").open(encoding="utf8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["path"] for row in rows}) == len(story.tagged) == 5
    assert not story.tagged.skipped
    assert {row["task"] for row in rows} == {"genre", "energy", "situation", "intro"}


def test_the_split_keeps_artists_apart(told):
    story, _ = told
    artist = {row["path"]: row["artist"] for row in read_rows(story.table)}
    with (story.run.folder / "split.csv").open(encoding="utf8", newline="") as stream:
        parts = {}
        for row in csv.DictReader(stream):
            parts.setdefault(row["part"], set()).add(artist[row["id"]])
    assert parts["train"] and parts["test"]
    assert not parts["train"] & parts["test"]
    assert story.run.scores["leaks"] == []


@pytest.mark.parametrize("own", ["holiday.jpg", "library.csv", "music/my song.mp3"])
def test_a_folder_with_other_things_is_left_alone(tmp_path, own):
    (tmp_path / own).parent.mkdir(exist_ok=True)
    (tmp_path / own).write_text("mine")
    with pytest.raises(UserError, match="holds files already but the demo needs a folder of its own"):
        tell(tmp_path, tracks=20)
    assert (tmp_path / own).read_text() == "mine"
    assert not (tmp_path / "README.txt").exists()


TASKS = (
    task("genre", {"kind": "multiclass", "labels": ("house", "techno")}),
    task("energy", {"kind": "regression", "range": (100, 400)}),
    task("situation", {"kind": "multilabel", "labels": ("lounge", "summer")}),
)


def tags(name, genre, energy, situation):
    answers = (
        Answer("genre", (Given(genre, None, 0.9),)),
        Answer("energy", (Given("", energy, None),)),
        Answer("situation", tuple(Given(label, None, 0.8) for label in situation)),
    )
    return Tags(f"somewhere/{name}.flac", answers, {"genre": np.zeros(2)})


def test_answers_are_counted():
    tagged = Tagged(
        TASKS,
        (
            tags("a", "house", 210.0, ["lounge"]),
            tags("b", "techno", 300.0, ["lounge", "summer"]),
            tags("c", "house", 351.0, []),
        ),
    )
    rows = [
        {"path": "new/a.flac", "genre": "house", "energy": "200", "situation": "lounge;summer"},
        {"path": "new/b.flac", "genre": "house", "energy": "250", "situation": "summer"},
        {"path": "new/c.flac", "genre": "house", "energy": "300", "situation": "-"},
    ]
    checks = check_tags(tagged, rows)
    assert checks["genre"].said == "2 of 3 right"
    assert checks["energy"].said == "37 off on average, 2 of 3 at most 50 off"
    assert checks["situation"].said == "2 of 3 given labels right, 3 could have been given"
    assert checks["genre"].right == checks["energy"].right == checks["situation"].right == pytest.approx(2 / 3)


def test_a_track_without_an_answer_is_an_error():
    with pytest.raises(TableError, match="has tags but no answer"):
        check_tags(Tagged(TASKS, (tags("a", "house", 200.0, []),)), [])


def test_an_earlier_demo_is_cleared_away(told):
    """Last in this file: it takes away what the others looked at."""
    folder = told[0].table.parent
    clear(folder)
    assert sorted(p.name for p in folder.iterdir() if p.is_dir()) == []
    assert (folder / "README.txt").is_file()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="holds files already"):
        clear(folder)
