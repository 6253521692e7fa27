"""The page of a collection: what it says and shows of labels, sounds, texts and numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from unisono.collection.inspection import inspected
from unisono.demo import save, tone
from unisono.experiment import Experiment
from unisono.inputs.augmenting import Augmentation
from unisono.inputs.mel import Mel
from unisono.report.alterations import Heard, Studio, altered
from unisono.report.data_page import Plan, render, write_data_page
from unisono.report.spectrograms import canvas_of

MEL = {"kind": "mel", "sample_rate": 8000, "n_fft": 512, "hop_length": 256, "n_mels": 24, "duration": 2.0}


def page_of(tables, base: Path, seed: int = 0) -> str:
    made = Experiment.of(tables, base=base, name="mine.toml")
    seen = inspected(made.collection, base, made.tasks, None, made.split)
    about = (made.name, made.description, made.inputs, made.training.augmentation)
    return render({"": (seen, Plan(*about, made.split, base, seed))})


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve tones by six artists in two classes, one file that is none, one row without a sound."""
    folder = tmp_path_factory.mktemp("sounds")
    rows = ["path,artist,genre"]
    for number in range(12):
        save(folder / f"{number}.wav", tone(220 * (1 + number % 3), 2.0, sample_rate=8000), 8000)
        rows.append(f"{number}.wav,artist {number // 2},{('rock', 'jazz')[number % 2]}")
    (folder / "0.wav").write_bytes(b"RIFF no sound at all")
    (folder / "library.csv").write_text("\n".join([*rows, ",artist 9,rock"]) + "\n")
    return folder


def audio_tables(**audio):
    return {
        "collection": {"table": "library.csv", "id": "#line", "audio": "path", "groups": ["artist"]},
        "inputs": {"audio": {**MEL, **audio}},
        "tasks": {"genre": {"kind": "multiclass"}},
    }


def test_sounds_are_drawn_as_the_network_gets_them(sounds: Path) -> None:
    page = page_of(audio_tables(scale="db", pitch=[-2, 0, 2]), sounds)
    assert "12 of 13 tracks (92 %) have a sound file." in page
    assert "3 example tracks as the network gets them, dB." in page
    assert page.count("data:image/png") == 3 + 3 + 2  # tracks, copies of the first, two bars of colours
    assert all(f">{text}</text>" in page for text in ("Hz (24 bands)", "seconds", "dB", "-2 semitones", "+2 semitones"))
    assert "learned as each of these, other tracks as they are. Nothing is drawn at random." in page


def test_what_cannot_be_read_is_named_and_left_out(sounds: Path) -> None:
    tables = audio_tables() | {"split": {"protocol": "file", "column": "part"}}
    lines = (sounds / "library.csv").read_text().splitlines()
    parts = ["part", "train", *["test", "validation"] * 3, *["train"] * 6]
    (sounds / "parted.csv").write_text("\n".join(f"{a},{b}" for a, b in zip(lines, parts, strict=True)) + "\n")
    tables["collection"] = {**tables["collection"], "table": "parted.csv"}
    page = page_of(tables, sounds)
    assert "Not drawn, for they cannot be read:" in page
    assert "0.wav: " in page.partition("Not drawn")[2]
    assert "3 example tracks" in page


def test_the_scale_of_bands_is_that_of_training_tracks(sounds: Path) -> None:
    page = page_of(audio_tables(normalise="band"), sounds)
    told = re.search(r"Means and deviations of the bands are those of (\d+) training tracks?\.", page)
    assert told is not None
    assert 0 < int(told[1]) < 12


def test_a_scale_that_no_training_track_can_give_is_said(sounds: Path) -> None:
    tables = audio_tables(normalise="band")
    (sounds / "silent.csv").write_text("path,artist,genre\n" + ",a,rock\n,b,jazz\n" * 10)
    tables["collection"] = {**tables["collection"], "table": "silent.csv"}
    assert "0 of 20 tracks (0 %) have a sound file." in page_of(tables, sounds)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("sound") / "tone.wav"
    save(path, tone(880, 2.0, sample_rate=8000), 8000)
    every = {
        "time_shift": 0.5,
        "gain_db": 6,
        "noise_db": [-40, -20],
        "mask_bands": [2, 6],
        "mask_frames": [2, 9],
        "mixup": 0.2,
    }

    class Source:
        id, audio, lyrics, values = "tone", path, None, {}

    def made(**settings):
        part = Mel(**{**MEL, **settings})
        heard = [Heard("tone", part.read(Source())[0], 0.0)] * 2
        return altered(Studio(part, part.fit(()), canvas_of(part), Augmentation(**every)), heard)

    return made


def test_a_figure_for_each_kind_of_augmentation(studio) -> None:
    figures = studio(pitch=[0, 3])
    told = [said for _, said in figures]
    names = ("pitch", "time_shift", "gain_db", "noise_db", "mask_bands", "mask_frames", "mixup")
    assert [next(n for n in names if f"({n}" in said) for said in told] == list(names)
    assert all(str(figure).count("data:image/png") == 3 for figure, _ in figures)  # the bar of colours is one
    assert all("Drawn with seed" in said for said in told[1:])


def test_what_an_input_cannot_is_said(studio) -> None:
    figure, said = studio(normalise="track")[1]
    assert figure == ""
    assert 'This input cannot: gain and noise cannot be told from its numbers: normalise = "track"' in said


def test_a_shifted_copy_is_another_picture(studio) -> None:
    ((svg, _), *_) = studio(pitch=[0, 3])
    one, other = re.findall(r"data:image/png;base64,([^\"]+)", str(svg))[:2]
    assert one != other


def test_texts_and_where_they_are_cut(tmp_path: Path) -> None:
    rows = [f'{i},act {i // 2},{("pop", "jazz")[i % 2]},"{"la " * (i + 1)}"' for i in range(40)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,artist,genre,text", *rows, "40,act 9,pop,"]) + "\n")
    tables = {
        "description": "Songs & <words>",
        "collection": {
            "table": "songs.csv",
            "id": "id",
            "lyrics": "text",
            "groups": ["artist"],
            "keep": {"genre": ["pop", "jazz"]},
        },
        "inputs": {"words": {"kind": "words", "max_tokens": 30, "min_count": 1}},
        "tasks": {"genre": {"kind": "multiclass"}},
    }
    page = page_of(tables, tmp_path)
    assert "40 of 41 tracks (98 %) have lyrics." in page
    assert "The network reads 30 at most: 25 % are longer." in page
    assert ">cut after 30</text>" in page
    assert "Songs &amp; &lt;words&gt;" in page
    assert "protocol grouped, seed 0" in page
    assert "all rows before the experiment chooses" not in page  # keep leaves none out


def test_numbers_and_who_has_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{i},act {i // 2},{('pop', 'jazz')[i % 2]},{rng.normal():.3f},{'' if i < 10 else i}" for i in range(40)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,artist,genre,m1,m2", *rows, "40,act 9,rock,1,1"]) + "\n")
    tables = {
        "collection": {"table": "songs.csv", "id": "id", "groups": ["artist"], "keep": {"genre": ["pop", "jazz"]}},
        "inputs": {"numbers": {"kind": "columns", "columns": ["m*"], "missing": "lack"}},
        "tasks": {"genre": {"kind": "multiclass"}},
    }
    page = page_of(tables, tmp_path)
    assert "30 of 40 tracks (75 %) have a row of it." in page
    assert "A row has 2 numbers." in page
    assert "40 used of 41 rows" in page
    assert "Grey: all rows before the experiment chooses; blue: the 40 that it uses." in page
    tables["inputs"] = {"numbers": {"kind": "columns", "columns": ["b*"]}}
    assert "It cannot be shown: " in page_of(tables, tmp_path)


def test_labels_that_are_no_numbers_have_no_range(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("id,artist,year,m\n" + "".join(f"{i},act {i},old,1\n" for i in range(9)))
    tables = {
        "collection": {"table": "songs.csv", "id": "id", "groups": ["artist"]},
        "inputs": {"numbers": {"kind": "columns", "columns": ["m"]}},
        "tasks": {"year": {"kind": "regression"}},
    }
    page = page_of(tables, tmp_path)
    assert '<td class="n">–</td>' in page
    assert "A row has 1 number." in page


def test_a_split_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    rows = [f"{i},act {i // 2},{('pop', 'jazz', 'jazs')[i % 2 + (i == 39)]},{i}" for i in range(40)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,artist,genre,m1", *rows]) + "\n")
    tables = {
        "collection": {"table": "songs.csv", "id": "id", "groups": ["artist"]},
        "inputs": {"numbers": {"kind": "columns", "columns": ["m1"]}},
        "tasks": {"genre": {"kind": "multiclass"}},
    }
    page = page_of(tables, tmp_path)
    assert "The split cannot be drawn: songs.csv:41:genre: label &#34;jazs&#34; has 1 of the" in page
    assert ">jazs</text>" in page
    assert ">validation</th>" not in page


def test_a_table_alone(tmp_path: Path) -> None:
    rows = [f"{i},act {i // 2},{('pop', 'jazz')[i % 2]}" for i in range(40)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,artist,genre", *rows]) + "\n")
    page = write_data_page(tmp_path / "data.html", {"": (inspected(tmp_path / "songs.csv"), None)})
    text = page.read_text()
    assert "songs.csv: the data" in text
    assert all(f">{word}</text>" in text for word in ("pop", "jazz", "20"))
    assert "What the 3 columns were taken for" in text
    assert "validation" not in text.partition("<main>")[2].partition('id="text"')[0]
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", text)
    assert (
        write_data_page(tmp_path / "again.html", {"": (inspected(tmp_path / "songs.csv"), None)}).read_bytes()
        == page.read_bytes()
    )
