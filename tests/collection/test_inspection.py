"""What `inspect` finds, and the experiment that it writes."""

from __future__ import annotations

import json
import os
import struct
import tomllib
import wave
from pathlib import Path

import polars as pl
import pytest

from unisono.collection import CollectionSettings, Findings, inspect, load, write_experiment
from unisono.collection.guessing import guess_columns
from unisono.collection.spelling import slips
from unisono.collection.table import read_table
from unisono.errors import TableError
from unisono.parts import part_class
from unisono.tasks import task

DATA = os.environ.get("UNISONO_DATA")
real = pytest.mark.skipif(not DATA, reason="UNISONO_DATA is not set: no real data")
WORDS = "walk home alone tonight under cold stars and think of what you said to me when we were young"


def sound(path: Path, seconds: float = 1.5, pitch: int = 100) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        samples = [8000 * ((i // pitch) % 2) for i in range(int(seconds * 8000))]
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def songs(folder: Path, rows: int = 60) -> Path:
    """A table with all that can be wrong in one: typos, leaks, repeats, a large group, missing labels."""
    path = folder / "songs.csv"
    lines = ["id,artist,title,genre,style,energy,year,tags,lyrics,sr"]
    for i in range(rows):
        genre = ("rock", "jazz", "pop")[i % 3]
        artist = "Big" if i < 12 else f"act {i // 3}"
        energy = "" if i % 4 == 0 else str(100 * (1 + i % 4))
        lyrics = f"{WORDS} {i} lyric commercial" if i % 4 else f"{WORDS} again{i}"
        tags = ("warm;dark", "warm", "-", "")[i % 4]
        lines.append(f"{i},{artist},t{i},{genre},{genre}-ish,{energy},{1960 + i},{tags},{lyrics},44100")
    lines[5] = lines[5].replace("jazz,", "jaz,")
    lines[8] = lines[8].replace(",1967,", ",67,")
    lines[20] = lines[20].replace(",t19,jazz", ",t18,jazz").replace("act 6", "ACT  6")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def found(tmp_path: Path) -> Findings:
    return inspect(songs(tmp_path))


def test_roles_of_columns(found: Findings) -> None:
    roles = {g.column: (g.role, g.kind) for g in found.columns}
    assert roles == {
        "id": ("id", ""),
        "artist": ("artist", ""),
        "title": ("title", ""),
        "genre": ("task", "multiclass"),
        "style": ("task", "multiclass"),
        "energy": ("task", "regression"),
        "year": ("task", "regression"),
        "tags": ("task", "multilabel"),
        "lyrics": ("lyrics", ""),
        "sr": ("other", ""),
    }


def test_labels_counts_and_chance(found: Findings) -> None:
    tasks = {t.name: t for t in found.tasks}
    assert dict(tasks["genre"].counts) == {"rock": 20, "pop": 20, "jazz": 19, "jaz": 1}
    assert tasks["genre"].chance["accuracy"] == pytest.approx(1 / 3)
    assert dict(tasks["genre"].rare) == {"jaz": 1}
    assert [(s.found, s.meant) for s in tasks["genre"].slips] == [("jaz", "jazz")]
    assert tasks["energy"].levels == (200, 300, 400) and (tasks["energy"].labelled, tasks["energy"].missing) == (45, 15)
    assert dict(tasks["tags"].counts) == {"warm": 30, "dark": 15} and tasks["tags"].labelled == 45
    assert tasks["tags"].chance["average_precision_macro"] == pytest.approx(0.5)


def test_leaks_repeats_and_what_is_good_to_know(found: Findings) -> None:
    told = "\n".join(found.leaks)
    assert 'style is told by the column "genre" (100.0% of the rows): keep it out of the inputs' in told
    assert '"lyric commercial" ends 45 lyrics (75.0%; ' in told and found.leftovers == ("lyric commercial",)
    assert found.duplicates["rows with the song of another"] == 1
    notes = "\n".join(found.notes)
    assert "songs.csv:9:year: 67 is far from the others (1960 to 2019)." in notes
    assert 'One group, "Big", holds 20% of the rows (12)' in notes
    assert '1 song with several labels of genre: "act 6 / t18" is jazz and rock.' in notes


def test_lines_and_json(found: Findings) -> None:
    text = "\n".join(found.lines())
    for part in (
        "songs.csv: 60 tracks, 10 columns",
        "Task genre (multiclass): 60 labelled",
        "rock 20, pop 20, jazz 19, jaz 1",
        'perhaps misspelt: "jaz" (1) for "jazz" (19)',
        "Task energy (regression): 45 labelled, 15 not labelled; 200 to 400 on the levels 200, 300, 400; the mean has",
        "Lyrics: 60 tracks, 0 without; 22 words (median)",
        "Repeated: rows with the song of another: 1",
        "Would flatter the scores:",
    ):
        assert part in text
    assert max(map(len, found.lines())) <= 130
    assert json.loads(json.dumps(found.as_dict()))["tasks"][0]["name"] == "genre"


def test_two_spellings_are_to_be_mended(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text(
        "id,genre\n" + "".join(f"{i},{'Tech House' if i else 'tech-house'}\n{i + 50},Rock\n" for i in range(9))
    )
    found = inspect(path)
    assert found.problems == (
        'songs.csv:2:genre: "tech-house" and "Tech House" are two spellings of one class. Write "Tech House".',
    )
    written = write_experiment(found, tmp_path)
    assert "[tasks.genre]" in written and "# [tasks.genre]" not in written  # the only task stays


def test_decimal_commas_are_numbers_with_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("id;energy\n" + "".join(f"{i};{i},5\n" for i in range(30)))
    with pytest.raises(TableError, match="separated by semicolons"):
        inspect(path)
    path.write_text("id,energy,mood\n" + "".join(f'{i},"{i},5",{i % 2}x\n' for i in range(30)))
    found = inspect(path)
    assert found.tasks[0].kind == "regression"
    assert len(found.problems) == 30 and 'songs.csv:2:energy: "0,5"' in found.problems[0]
    assert "# Left out: 30 problems" in write_experiment(found, tmp_path)


def test_sounds_are_found_below_and_opened(tmp_path: Path) -> None:
    (tmp_path / "wav").mkdir()
    for i in range(12):
        sound(tmp_path / "wav" / f"{i}.wav", 1.5 if i else 0.3, 50 + i)
    (tmp_path / "wav" / "5.wav").write_bytes(b"RIFF nonsense")
    (tmp_path / "wav" / "7.wav").write_bytes((tmp_path / "wav" / "6.wav").read_bytes())
    path = tmp_path / "songs.csv"
    path.write_text("file,genre\n" + "".join(f"{i}.wav,{'ab'[i % 2]}\n" for i in range(13)))
    found = inspect(path)
    assert found.settings.audio_root == str(tmp_path / "wav")
    assert found.sounds["files"] == 12 and found.sounds["opened"] == 12
    assert list(found.sounds["bad"]) == ["songs.csv:7 (5.wav)"]
    assert found.sounds["short"] == {"songs.csv:2 (0.wav)": 0.3}
    assert found.duplicates["sound files equal to another"] == 1
    assert found.problems[0].startswith('songs.csv:14:file: there is no file "12.wav".')
    written = write_experiment(found, tmp_path)
    assert tomllib.loads(written)["collection"] == {
        "table": "songs.csv",
        "id": "file",
        "audio": "file",
        "audio_root": "wav",
    }
    assert tomllib.loads(written)["inputs"]["audio"] == {"kind": "mel", "duration": 2, "min_duration": 0.1}


def test_a_folder_of_sounds(tmp_path: Path) -> None:
    for genre in ("rock", "jazz"):
        (tmp_path / "music" / genre).mkdir(parents=True)
        for i in range(5):
            sound(tmp_path / "music" / genre / f"{i}.wav")
    found = inspect(tmp_path / "music")
    assert [(t.name, dict(t.counts)) for t in found.tasks] == [("folder", {"jazz": 5, "rock": 5})]
    assert tomllib.loads(write_experiment(found, tmp_path))["collection"] == {"folder": "music"}


def test_tasks_of_an_experiment(tmp_path: Path) -> None:
    path = songs(tmp_path)
    settings = CollectionSettings(table="songs.csv", lyrics="lyrics")
    tasks = {"genre": task("genre", {"kind": "multiclass", "labels": ["rock", "jazz", "pop"]})}
    found = inspect(settings, path.parent, tasks)
    assert found.columns == () and [t.name for t in found.tasks] == ["genre"]
    assert found.problems == ('songs.csv:6:genre: "jaz" is not one of rock, jazz, pop. Did you mean "jazz"?',)


def test_a_task_that_names_some_labels_counts_only_them(tmp_path: Path) -> None:
    settings = CollectionSettings(table=str(songs(tmp_path)), id="id")
    asked = {
        "tags": task("tags", {"kind": "multilabel", "labels": ["dark"], "rare": "ignore"}),
        "genre": task("genre", {"kind": "multiclass", "labels": ["rock", "pop"], "rare": "ignore"}),
    }
    tags, genre = inspect(settings, tmp_path, asked).tasks
    assert (tags.counts, tags.labelled) == ({"dark": 15}, 45)
    assert set(genre.counts) == {"rock", "pop"}
    assert genre.missing == 20, "the others are not labelled for it"


def test_phrases_that_an_experiment_takes_out_are_not_told_again(tmp_path: Path) -> None:
    settings = CollectionSettings(table=str(songs(tmp_path)), id="id", lyrics="lyrics")
    asked = {"genre": task("genre", {"kind": "multiclass"})}
    for phrases, left in (((), ("lyric commercial",)), (("lyric commercial",), ())):
        inputs = {"a": part_class("inputs", "words")(drop_phrases=phrases)}
        seen = inspect(settings, tmp_path, asked, inputs=inputs)
        assert seen.leftovers == left and ("lyric commercial" in " ".join(seen.leaks)) == bool(left)
    inputs["b"] = part_class("inputs", "bag_of_words")()
    assert inspect(settings, tmp_path, asked, inputs=inputs).leftovers == ("lyric commercial",), "one input keeps it"


def test_the_first_experiment_can_be_loaded(found: Findings, tmp_path: Path) -> None:
    written = write_experiment(found, tmp_path)
    tables = tomllib.loads(written)
    assert tables["split"] == {"protocol": "grouped", "folds": 5, "validation": 0.1}
    assert tables["inputs"] == {"lyrics": {"kind": "words", "drop_phrases": ["lyric commercial"]}}
    assert tables["tasks"]["genre"] == {"kind": "multiclass", "rare": "ignore"}
    assert "# a label of one or two tracks counts as not labelled" in written
    assert tables["tasks"]["tags"] == {"kind": "multilabel", "separator": ";"}
    assert tables["tasks"]["energy"] == {"kind": "regression", "range": [200, 400], "levels": [200, 300, 400]}
    assert tables["tasks"]["year"]["role"] == "auxiliary"
    built = {name: task(name, settings) for name, settings in tables["tasks"].items()}
    columns = [c for t in built.values() for c in t.columns]
    assert len(load(CollectionSettings.model_validate(tables["collection"]), tmp_path, columns)) == 60


def test_names_that_toml_and_people_find_hard(tmp_path: Path) -> None:
    path = tmp_path / 'so"ngs\\ é.csv'
    header = 'id,"my ""genre"" [x]",Größe'
    path.write_text(header + "\n" + "".join(f"{i},{'ab'[i % 2]}{'ab'[i % 2]},{i * 0.37}\n" for i in range(40)))
    tables = tomllib.loads(write_experiment(inspect(path), tmp_path))
    assert tables["collection"]["table"] == path.name
    assert tables["tasks"]["my_genre_x"] == {"kind": "multiclass", "column": 'my "genre" [x]'}
    assert tables["tasks"]["größe"]["column"] == "Größe"


def test_flags_measurements_and_given_splits(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    header = ["track_id", "part", *(f"f{i}" for i in range(45)), "happy", "sad", "slow"]
    rows = [
        [f"x{n}", ("train", "test")[n % 2], *(str(n * 0.1 + i) for i in range(45)), "0", "1", str(n % 2)]
        for n in range(30)
    ]
    for row in rows[:10]:
        row[-3:] = ["1", "0", "1"]
    path.write_text("\n".join(",".join(r) for r in [header, *rows]) + "\n")
    roles = [g.role for g in guess_columns(read_table(path).frame)]
    assert roles == ["id", "split", *["number"] * 45, *["flag"] * 3]
    written = write_experiment(inspect(path), tmp_path)
    tables = tomllib.loads(written)
    assert tables["tasks"]["tags"]["columns"] == ["happy", "sad", "slow"]
    assert len(tables["inputs"]["numbers"]["columns"]) == 45
    assert '# or, in place of these: column = "part"' in written


def test_slips() -> None:
    assert [s.found for s in slips({"Rock": 50, "rock": 40, "Rokc": 1})] == ["rock", "Rokc"]
    assert slips({"C": 50, "Cs": 1, "D": 40, "80s": 30, "90s": 1, "folk": 40, "funk": 30}) == []


def test_short_texts_are_lyrics_where_the_column_is_called_so() -> None:
    texts = [f"rain number {i}" for i in range(30)]
    roles = {g.column: g.role for g in guess_columns(pl.DataFrame({"lyrics": texts, "remark": texts}))}
    assert roles == {"lyrics": "lyrics", "remark": "other"}
    moods = ["calm night", "loud day", "calm day"] * 10
    assert guess_columns(pl.DataFrame({"text": moods}))[0].role == "task", (
        "labels are no lyrics, whatever they are called"
    )


@real
def test_real_lyrics() -> None:
    found = inspect(Path(DATA or "", "lyrics-1950-2019/songs.csv"))
    assert found.rows == 28_372 and found.settings.lyrics == "lyrics" and found.settings.groups == ("artist_name",)
    assert found.leftovers == ("lyric commercial",)
    assert {t.name: t.kind for t in found.tasks} == {"release_date": "regression", "genre": "multiclass"}


@real
def test_real_sounds() -> None:
    found = inspect(Path(DATA or "", "energy-dance/tracks.csv"))
    assert found.sounds["files"] == 356 and len(found.sounds["short"]) == 4 and not found.sounds["bad"]
    assert [p.split(":")[1:3] for p in found.problems] == [["74", "genre"], ["118", "genre"]]
    assert found.groups == 94


@real
def test_real_folder_of_every_format() -> None:
    found = inspect(Path(DATA or "", "formats"))
    assert found.sounds["files"] == found.rows > 400
    assert len(found.sounds["bad"]) + len(found.sounds["short"]) < found.rows
    assert json.dumps(found.as_dict()) and "\n".join(found.lines()).encode()
