"""One recording in two codecs, quieter, with another intro, higher or faster is found; other music is not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from unisono.collection.tracks import Track
from unisono.curate.fingerprint import FINGERPRINT, picture_of, similar, tokens_of, version
from unisono.curate.recordings import ALIKE, VERSION, Recording, differing, recordings
from unisono.inputs.extraction import Cache

RATE = 16_000


def song(seed: int, seconds: float = 24.0, semitones: float = 0.0, tempo: float = 1.0) -> np.ndarray:
    """Notes of random pitch and length over a beat that all songs share."""
    rng, higher = np.random.default_rng(seed), 2 ** (semitones / 12)
    time = np.arange(int(seconds / tempo * RATE)) / RATE
    sound = 0.1 * np.sin(2 * np.pi * 220 * time) * (time * tempo % 0.5 < 0.05)
    at = 0.0
    while at < seconds / tempo:
        length = rng.uniform(0.15, 0.6) / tempo
        here = (time >= at) & (time < at + length)
        for pitch in higher * rng.uniform(300, 2000, 3):
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
    sounds["higher.flac"] = song(2, semitones=2)
    sounds["faster.flac"] = song(3, tempo=1.04)
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
    copies = {("song0.flac", "song0.ogg"), ("song1.flac", "intro.flac")}
    assert set(found) == copies | {("song2.flac", "higher.flac"), ("song3.flac", "faster.flac")}


def test_a_version_says_how_it_was_changed(found: dict[tuple[str, ...], Recording]) -> None:
    higher, faster = found["song2.flac", "higher.flac"].fits[1], found["song3.flac", "faster.flac"].fits[1]
    assert (higher.semitones, higher.tempo) == (2.0, 1.0)
    assert (faster.semitones, round(faster.tempo, 2)) == (0.0, 1.04)
    assert min(higher.agreement, faster.agreement) > VERSION
    assert abs(higher.shift) < 0.2


def test_the_shift_says_how_much_later_it_comes(found: dict[tuple[str, ...], Recording]) -> None:
    assert [round(f.shift) for f in found["song1.flac", "intro.flac"].fits] == [0, 5]
    assert all(f.agreement > 2 * ALIKE for f in found["song0.flac", "song0.ogg"].fits)


def test_others_are_far_below(library: list[Track]) -> None:
    tokens = [tokens_of(picture_of(FINGERPRINT.read(track)[0]["mel"])) for track in library[:6]]
    agreements = [similar(a, b).agreement for i, a in enumerate(tokens) for b in tokens[i + 1 :]]
    assert max(agreements) < 0.6 * ALIKE
    pictures = [picture_of(FINGERPRINT.read(track)[0]["mel"]) for track in library[:4]]
    assert max(version(a, b).agreement for a, b in pairwise(pictures)) < VERSION / 2
    higher = tokens_of(picture_of(FINGERPRINT.read(library[9])[0]["mel"]))
    assert similar(tokens[2], higher).agreement < ALIKE, "at the same key it is another sound"
    assert similar(tokens[0], tokens[0]).agreement > 0.95
    assert similar(tokens[0][:, :20], tokens[0][:, :20]).agreement == -1, "too short to tell"


def test_many_copies_are_one_recording(tmp_path: Path) -> None:
    """More copies than neighbours are looked at, of two kinds each nearest to its own: one group all the same."""
    plain = song(0, 14.0)
    telephone = scipy.signal.lfilter(*scipy.signal.butter(2, [400, 3000], "band", fs=RATE), plain)
    sounds = {f"{name}{n}": (0.5 + 0.03 * n) * s for name, s in (("a", plain), ("b", telephone)) for n in range(11)}
    sounds |= {f"other{n}": song(10 + n, 14.0) for n in range(2)}
    tracks = []
    for name, sound in sounds.items():
        soundfile.write(tmp_path / f"{name}.flac", sound, RATE)
        tracks.append(Track(name, tmp_path / f"{name}.flac"))
    told: list[tuple[int, int]] = []
    groups = recordings(tracks, lambda done, of: told.append((done, of)), workers=1)
    assert [len(group.tracks) for group in groups] == [22]
    assert told[-1][0] == told[-1][1], "the progress ends at its end"


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
