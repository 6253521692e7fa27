"""The tagger on models made by hand: answers, skips, and a process without anything that learns."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from unisono.collection.tracks import Track
from unisono.errors import ModelError, UserError
from unisono.tagging import Tagger, open_model, reading, tagger

Tone = Callable[..., Path]


@pytest.fixture
def reader(lyrics_model: Path) -> Tagger:
    return open_model(lyrics_model)


@pytest.fixture
def hearer(sound_model: Path) -> Tagger:
    return open_model(sound_model)


def test_every_kind_of_task_is_answered_but_no_auxiliary_one(reader: Tagger) -> None:
    tagged = reader.tag_tracks([Track("a", lyrics="guitar night loud choir choir")])
    (tags,) = tagged
    assert [task.name for task in tagged.tasks] == ["genre", "mood", "energy", "style"]
    assert tags["genre"].given[0].label == "rock"
    assert tags["genre"].given[0].confidence == pytest.approx(1 / (1 + np.exp(-3)))
    assert [g.label for g in tags["mood"].given] == ["night"]
    assert tags["energy"].given[0].value == pytest.approx(250)
    assert [g.label for g in tags["style"].given] == ["choir", "drums"]
    assert sum(g.value or 0 for g in tags["style"].given) == pytest.approx(1)
    with pytest.raises(KeyError, match="year"):
        tags["year"]


def test_sounds_are_heard(hearer: Tagger, tone: Tone, tmp_path: Path) -> None:
    low, high = tone(tmp_path / "low.wav", 200), tone(tmp_path / "high.flac", 2500)
    tagged = hearer.tag([low, high])
    assert [(t.id, t["pitch"].given[0].label) for t in tagged] == [(str(low), "low"), (str(high), "high")]
    assert len(tagged) == 2


def test_a_file_that_cannot_be_used_is_named_and_the_rest_goes_on(hearer: Tagger, tone: Tone, tmp_path: Path) -> None:
    tone(tmp_path / "good.wav")
    tone(tmp_path / "short.wav", seconds=0.1)
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.mp3").write_text("this is no sound at all " * 100)
    (tmp_path / "cover.jpg").touch()
    tagged = hearer.tag(tmp_path)
    assert [Path(t.id).name for t in tagged] == ["good.wav"]
    assert sorted(Path(s.id).name for s in tagged.skipped) == ["empty.mp3", "short.wav", "text.mp3"]
    assert all(s.reason for s in tagged.skipped)
    assert [Path(p).name for p in tagged.passed_over] == ["cover.jpg"]


@pytest.mark.parametrize("few", [100, 0], ids=["here", "processes"])
def test_damaged_sound_is_skipped_used_or_the_end(
    hearer: Tagger, tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(reading, "FEW", few)
    cut = tone(tmp_path / "cut.wav", 2500, seconds=2)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    whole = tone(tmp_path / "whole.wav", 200)
    skipped = hearer.tag(tmp_path, workers=1)
    assert [(s.id, s.reason) for s in skipped.skipped] == [(str(cut), "holds 1.0 of 2.0 s that its header promises.")]
    used = hearer.tag(tmp_path, workers=1, on_bad="use")
    assert [(t.id, t["pitch"].given[0].label) for t in used] == [(str(cut), "high"), (str(whole), "low")]
    assert [(s.id, s.reason) for s in used.in_part] == [(str(cut), "holds 1.0 of 2.0 s that its header promises")]
    assert [t.damage for t in used] == ["holds 1.0 of 2.0 s that its header promises", ""] and not used.skipped
    with pytest.raises(UserError, match=r"cut\.wav: holds 1\.0 of 2\.0 s that its header promises\.$"):
        hearer.tag(tmp_path, workers=1, on_bad="stop")
    (tmp_path / "cut.wav").write_bytes(b"no sound")
    assert [s.id for s in hearer.tag(tmp_path, workers=1, on_bad="use").skipped] == [str(cut)], "nothing to be had"
    with pytest.raises(UserError, match=r"gone\.wav: "):
        hearer.tag([whole, tmp_path / "gone.wav"], on_bad="stop")


def test_workers_and_chunks_change_nothing(
    hearer: Tagger, tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        tone(tmp_path / f"{number}.wav", 200 if number % 2 else 2500)
    (tmp_path / "5.wav").write_bytes(b"RIFF")
    alone = hearer.tag(tmp_path, workers=1)
    monkeypatch.setattr(tagger, "SOUNDS", 2)
    seen: list[tuple[int, int]] = []
    together = hearer.tag(tmp_path, workers=2, progress=lambda done, of: seen.append((done, of)))
    assert [(t.id, t.answers) for t in alone] == [(t.id, t.answers) for t in together]
    assert [Path(s.id).name for s in together.skipped] == ["5.wav"]
    assert seen == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]


def test_lyrics_come_from_the_file_beside_the_sound(reader: Tagger, tone: Tone, tmp_path: Path) -> None:
    tone(tmp_path / "sung.wav")
    (tmp_path / "sung.txt").write_text("sad sad")
    tone(tmp_path / "silent.wav")
    tagged = reader.tag(tmp_path)
    assert [t["genre"].given[0].label for t in tagged] == ["blues"]
    assert [(Path(s.id).name, s.reason) for s in tagged.skipped] == [("silent.wav", "it has no lyrics")]


def test_one_file(hearer: Tagger, tone: Tone, tmp_path: Path) -> None:
    assert hearer.tag_file(tone(tmp_path / "a.wav", 2500))["pitch"].given[0].label == "high"
    with pytest.raises(UserError, match=r"gone.wav: there is no such file\."):
        hearer.tag_file(tmp_path / "gone.wav")
    with pytest.raises(UserError, match=r"is no sound file\."):
        hearer.tag_file(tmp_path)
    (tmp_path / "b.mp3").touch()
    with pytest.raises(UserError, match=r"b.mp3: "):
        hearer.tag_file(tmp_path / "b.mp3")


def test_nothing_to_tag_is_said(hearer: Tagger, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"paths: no file found but a sound file, a folder of them or a table"):
        hearer.tag(tmp_path)
    (tmp_path / "cover.jpg").touch()
    with pytest.raises(UserError, match=r"1 file, none of them sound, found"):
        hearer.tag(tmp_path)
    with pytest.raises(UserError, match=r"x: there is no such file \(and 1 more\). There is nothing to tag"):
        hearer.tag(["x", "y"])


def test_an_answer_that_is_no_number_is_no_tag(reader: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    sane = type(reader.model).predict

    def broken(model: object, tracks: list[object]) -> dict[str, np.ndarray]:
        scores = sane(model, tracks)
        scores["energy"][0] = np.nan
        return scores

    monkeypatch.setattr(type(reader.model), "predict", broken)
    tagged = reader.tag_tracks([Track("a", lyrics="sad"), Track("b", lyrics="sad")])
    assert [t.id for t in tagged] == ["b"]
    assert tagged.skipped[0].reason == "the model answers with something that is no number"


def test_a_damaged_model_is_refused(lyrics_model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(lyrics_model, tmp_path / "copy")
    (copy / "model.json").write_bytes((copy / "model.json").read_bytes().replace(b"rock", b"rick"))
    with pytest.raises(ModelError, match=r"model.json: has other bytes than the manifest says"):
        open_model(copy)


def test_tagging_needs_nothing_that_learns(sound_model: Path, tone: Tone, tmp_path: Path) -> None:
    """In a process where importing torch, scikit-learn and their kind fails, workers included."""
    for number in range(6):
        tone(tmp_path / "music" / f"{number}.wav")
    blocked = ("torch", "sklearn", "matplotlib", "jinja2", "onnx", "safetensors", "librosa", "onnxscript")
    for name in blocked:
        (tmp_path / "blocked" / name).mkdir(parents=True)
        (tmp_path / "blocked" / name / "__init__.py").write_text(f"raise ImportError('{name} is blocked')")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'blocked')!r})\n"
        "from unisono.cli._app import run\n"
        f"status = run(['tag', {str(sound_model)!r}, {str(tmp_path / 'music')!r}, '-j', '2'])\n"
        f"assert not set({blocked!r}) & set(sys.modules), sorted(sys.modules)\n"
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(",pitch,low,") == 6
