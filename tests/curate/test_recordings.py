"""One recording in two codecs, quieter, or with another intro is found; other music of the same kind is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.collection.tracks import Track
from unisono.curate.fingerprint import FINGERPRINT, similar, tokens_of
from unisono.curate.recordings import ALIKE, Recording, differing, recordings
from unisono.inputs.extraction import Cache

RATE = 16_000


def song(seed: int, seconds: float = 24.0) -> np.ndarray:
    """Notes of random pitch and length over a beat that all songs share."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    sound = 0.1 * np.sin(2 * np.pi * 220 * time) * (time % 0.5 < 0.05)
    at = 0.0
    while at < seconds:
        length = rng.uniform(0.15, 0.6)
        here = (time >= at) & (time < at + length)
        for pitch in rng.uniform(220, 2500, 3):
            sound[here] += 0.1 * np.sin(2 * np.pi * pitch * (time[here] - at)) * np.exp(-3 * (time[here] - at))
        at += length
    return sound + rng.normal(0, 1e-3, len(sound))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    folder = tmp_path_factory.mktemp("music")
    sounds = {f"song{i}.flac": song(i) for i in range(6)}
    sounds["song0.ogg"] = 0.3 * sounds["song0.flac"]
    sounds["intro.flac"] = np.concatenate([song(99, 5.0), sounds["song1.flac"]])
    sounds["short.flac"] = song(7, 3.0)
    tracks = []
    for name, sound in sounds.items():
        soundfile.write(folder / name, sound, RATE)
        tracks.append(Track(name, folder / name))
    (folder / "bad.mp3").write_bytes(b"no sound")
    return [*tracks, Track("bad", folder / "bad.mp3"), Track("silent")]


@pytest.fixture(scope="module")
def found(library: list[Track], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Recording]:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    groups = recordings(library, workers=1, cache=cache)
    return {tuple(library[i].id for i in group.tracks): group for group in groups}


def test_copies_are_found_and_nothing_else(found: dict[tuple[str, ...], Recording]) -> None:
    assert set(found) == {("song0.flac", "song0.ogg"), ("song1.flac", "intro.flac")}


def test_the_shift_says_how_much_later_it_comes(found: dict[tuple[str, ...], Recording]) -> None:
    assert [round(f.shift) for f in found["song1.flac", "intro.flac"].fits] == [0, 5]
    assert all(f.agreement > 2 * ALIKE for f in found["song0.flac", "song0.ogg"].fits)


def test_others_are_far_below(library: list[Track]) -> None:
    tokens = [tokens_of(FINGERPRINT.read(track)[0]["mel"]) for track in library[:6]]
    agreements = [similar(a, b).agreement for i, a in enumerate(tokens) for b in tokens[i + 1 :]]
    assert max(agreements) < ALIKE / 2
    assert similar(tokens[0], tokens[0]).agreement > 0.95
    assert similar(tokens[0][:, :20], tokens[0][:, :20]).agreement == -1, "too short to tell"


def test_labels_that_differ_within_a_recording() -> None:
    group = Recording((0, 2, 3), ())
    cells = {
        "genre": ["House", "x", "Techno", None],
        "energy": [1, 0, 1, None],
        "moods": [("", 1), 0, ("", 1), ("", "")],
    }
    assert differing(group, cells) == ("genre",)


def test_fewer_than_two_sounds_are_no_group(library: list[Track], tmp_path: Path) -> None:
    assert recordings(library[-1:], cache=Cache(tmp_path)) == []
    assert recordings([library[0], library[-1]], workers=1, cache=Cache(tmp_path)) == []
