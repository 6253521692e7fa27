"""The recipes for sound: they learn from a few made sounds, and tag a file that they have not seen, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono import Experiment, train

HELD_OUT = {"split": {"test": 0.25, "validation": 0.0}}
WITHOUT_TORCH = """
import json, sys
sys.modules["torch"] = None
sys.modules["sklearn"] = None
import unisono
tagged = unisono.open_model(sys.argv[1]).tag(sys.argv[2])
print(json.dumps({a.task: a.given[0].label or a.given[0].value for t in tagged.tracks for a in t.answers}))
"""


def told(model: Path, *paths: Path) -> dict[str, object]:
    """What a model says of files, by a process that has neither torch nor scikit-learn."""
    command = [sys.executable, "-c", WITHOUT_TORCH, str(model), *map(str, paths)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert said.returncode == 0, said.stderr
    answer: dict[str, object] = json.loads(said.stdout)
    return answer


def write_sound(path: Path, number: int, seconds: float) -> None:
    """A tone whose height and loudness grow with the number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(seconds * 22_050)) / 22_050
    noise = np.random.default_rng(number).standard_normal(len(t))
    soundfile.write(path, (np.sin(2 * np.pi * 110 * (number + 1) * t) + 0.1 * noise) * 0.03 * (number + 1), 22_050)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    write_sound(tmp_path / "new.wav", 5, 2.0)
    return tmp_path


def trained(recipe: str, folder: Path, epochs: int) -> Path:
    tables = Experiment.load(recipe, [f"base={folder}", f"training.epochs={epochs}"]).tables()
    run = train(Experiment.of(tables | HELD_OUT), folder / "run", seed=1)
    assert all(scores["n"] >= 1 for scores in run.scores["tasks"].values())
    return run.model


def test_audio_small(folder: Path) -> None:
    lines = ["file,artist_norm,title,energy,dancability"]
    for i in range(12):
        write_sound(folder / "mp3" / f"{i}.wav", i, 2.0)
        lines.append(f"{i}.wav,artist {i},title {i},{i / 12},{(i % 3) / 3 if i else ''}")
    (folder / "tracks.csv").write_text("\n".join(lines) + "\n")
    answer = told(trained("audio-small", folder, 3), folder / "new.wav")
    assert list(answer) == ["energy", "danceability"]
    assert all(isinstance(v, float) and 0 <= v <= 1 for v in answer.values())


def test_instrument_notes(folder: Path) -> None:
    names = ("instrument", "note", "pitch_class", "octave", "length", "dynamic")
    lines = [",".join(("file", *names))]
    for i in range(16):
        write_sound(folder / f"{i}.wav", i, 1.5)
        lines.append(f"{i}.wav,{'oboe' if i % 2 else 'flute'},n{i},{'AC'[i % 2]},{i % 2},short,{'pf'[i // 8]}")
    lines[-1] = lines[-1].replace("short", "long")
    lines[-2] = lines[-2].replace("short", "long")
    lines[-5] = lines[-5].replace("short", "long")
    (folder / "meta.csv").write_text("\n".join(lines) + "\n")
    answer = told(trained("instrument-notes", folder, 2), folder / "new.wav")
    assert set(answer) == {"instrument", "octave", "pitch_class", "length", "dynamic"}
    assert answer["instrument"] in ("oboe", "flute")


def test_audio_lyrics(folder: Path) -> None:
    lines, songs = ["file,row,artist,energy,dancability"], ["row,lyrics"]
    for i in range(12):
        write_sound(folder / "energy-dance" / "mp3" / f"{i}.wav", i, 2.0)
        lines.append(f"{i}.wav,{100 + i},artist {i},{i / 12},{(i % 3) / 3}")
        songs.append(f"{100 + i},love you baby {'dance' if i % 2 else 'cry'} tonight")
    (folder / "lyrics-1950-2019").mkdir()
    (folder / "lyrics-1950-2019" / "songs.csv").write_text("\n".join(songs) + "\n")
    (folder / "energy-dance" / "overlap-with-lyrics.csv").write_text("\n".join(lines) + "\n")
    answer = told(trained("audio-lyrics", folder, 3), folder / "new.wav")  # which has no lyrics
    assert list(answer) == ["energy", "danceability"]
