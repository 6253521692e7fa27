import csv
import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from unisono.demo import GENRES, INTROS, SAMPLE_RATE, SITUATIONS, render
from unisono.demo.arrangement import play_track
from unisono.demo.lyrics import write_lyrics
from unisono.demo.plan import plan_artists, plan_tracks

TASKS = ("genre", "energy", "situation", "intro")


def rows_of(table):
    with table.open(encoding="utf8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return render(tmp_path_factory.mktemp("rendered"), tracks=52, seed=2, unseen=6, seconds=5.0)


@pytest.fixture(scope="module")
def sounds(collection):
    """Row and waveform of every labelled track."""
    return [(row, soundfile.read(collection.parent / row["path"], dtype="float32")[0]) for row in rows_of(collection)]


def hashes(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        render(tmp_path / name, tracks=4, seed=seed, unseen=2, seconds=2)
    first, second, other = (hashes(tmp_path / name) for name in "abc")
    assert first == second
    assert not set(first.values()) & set(other.values())


def test_every_track_is_there_with_its_length_and_its_own_tags(collection, sounds):
    rows = rows_of(collection)
    assert len(rows) == len({row["path"] for row in rows}) == 52
    for row, waveform in sounds:
        assert len(waveform) == 5 * SAMPLE_RATE
        with soundfile.SoundFile(collection.parent / row["path"]) as file:
            assert (file.artist, file.title, file.samplerate) == (row["artist"], row["title"], SAMPLE_RATE)


def test_levels_are_sane(sounds):
    for row, waveform in sounds:
        level_db = 10 * np.log10(np.mean(waveform**2))
        assert -30 < level_db < -9, row["path"]
        assert np.mean(np.abs(waveform) > 0.97) < 1e-3, f"{row['path']} clips"
        assert abs(waveform.mean()) < 0.005
        assert np.isfinite(waveform).all()


def test_labels_are_of_the_lists_and_a_quarter_of_every_task_is_missing(collection):
    rows = rows_of(collection)
    for task in TASKS:
        assert sum(row[task] == "" for row in rows) == 13, task
    assert {row["genre"] for row in rows} - {""} == {g.name for g in GENRES}
    assert {row["intro"] for row in rows} - {""} == set(INTROS)
    assert {s for row in rows for s in row["situation"].split(";")} <= {*SITUATIONS, "", "-"}
    energies = [int(row["energy"]) for row in rows if row["energy"]]
    assert min(energies) >= 100 and max(energies) <= 400 and {e % 25 for e in energies} == {0}


def test_no_share_missing_means_none_missing(tmp_path):
    rows = rows_of(render(tmp_path, tracks=4, seconds=1, missing=0))
    assert all(row[task] for row in rows for task in TASKS)


def test_artists_of_new_tracks_are_new_and_their_answers_lie_apart(collection):
    root = collection.parent
    answers = rows_of(root / "answers.csv")
    known = {row["artist"] for row in rows_of(collection)}
    assert known and not known & {row["artist"] for row in answers}
    assert {row["path"] for row in answers} == {f"new/{p.name}" for p in (root / "new").glob("*.flac")}
    assert all(row[task] for row in answers for task in TASKS)
    for row in answers:
        sidecar = (root / row["path"]).with_suffix(".txt")
        assert sidecar.exists() == bool(row["lyrics"])


def test_artists_never_take_a_name_that_is_taken():
    first = plan_artists(5, GENRES, np.random.default_rng(1))
    again = plan_artists(5, GENRES, np.random.default_rng(1), taken=[a.name for a in first])
    assert not {a.name for a in first} & {a.name for a in again}


def test_an_artist_has_several_tracks_and_few_genres(tmp_path):
    rng = np.random.default_rng(0)
    tracks = plan_tracks(300, plan_artists(60, GENRES, rng), rng)
    genres = {}
    for track in tracks:
        genres.setdefault(track.artist.name, Counter())[track.artist.genre.name] += 1
    assert len(genres) == 60
    at_home = sum(max(counts.values()) for counts in genres.values()) / 300
    assert 0.88 < at_home < 0.99
    assert len({t.title for t in tracks}) == 300


def onset_envelope(waveform, hop=256):
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 1024)[::hop] * np.hanning(1024)
    loudness = np.log(np.abs(np.fft.rfft(frames)) + 1e-3)
    return np.maximum(np.diff(loudness, axis=0), 0).mean(axis=1)


@pytest.mark.parametrize("genre", GENRES, ids=lambda g: g.name)
def test_the_tempo_shows_in_the_onsets(genre):
    """The onset envelope repeats after a beat, at the planned tempo more than at tempi 7 % beside it."""
    rng = np.random.default_rng(7)
    plan = plan_tracks(1, plan_artists(1, [genre], rng), rng)[0]
    artist = replace(plan.artist, genre=genre)
    plan = replace(plan, artist=artist, tempo=sum(genre.tempo) / 2, intro="no intro", energy=0.5, lyrics="")
    envelope = onset_envelope(play_track(plan, 12))
    envelope -= envelope.mean()

    def again_after(beats):
        lag = beats * 60 / plan.tempo * SAMPLE_RATE / 256
        low = int(lag)
        pairs = [np.dot(envelope[:-n], envelope[n:]) for n in (low, low + 1)]
        return (pairs[0] * (low + 1 - lag) + pairs[1] * (lag - low)) / np.dot(envelope, envelope)

    assert again_after(4) > 0.25
    assert again_after(4) > 2 * max(again_after(4 * 0.93), again_after(4 * 1.07))


def test_energetic_tracks_are_louder_brighter_and_denser():
    rng = np.random.default_rng(3)
    for plan in plan_tracks(4, plan_artists(4, GENRES, rng), rng):
        measured = []
        for energy in (0.1, 0.9):
            waveform = play_track(replace(plan, energy=energy), 6)
            power = np.abs(np.fft.rfft(waveform)) ** 2
            frequency = np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE)
            measured.append((power.sum(), power[frequency > 2000].sum() / power.sum()))
        (calm, dull), (wild, bright) = measured
        assert wild > 2 * calm and bright > 1.5 * dull


def test_how_a_track_begins():
    rng = np.random.default_rng(11)
    plan = replace(plan_tracks(1, plan_artists(1, GENRES[:1], rng), rng)[0], lyrics="la la")
    begin = {i: play_track(replace(plan, intro=i), 8)[: int(1.5 * SAMPLE_RATE)] for i in INTROS}
    level = {i: float(np.mean(b**2)) for i, b in begin.items()}

    def deep(waveform):
        power = np.abs(np.fft.rfft(waveform)) ** 2
        return power[np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE) < 90].sum() / power.sum()

    assert level["fade-in"] < 0.05 * level["no intro"]
    assert deep(begin["aca-in"]) < 0.1 * deep(begin["no intro"])  # a voice has no bass drum under it
    assert onset_envelope(begin["drum-in"]).std() > onset_envelope(begin["aca-in"]).std()


def test_an_artist_sounds_more_like_itself_than_like_others(tmp_path):
    """What makes a random split leak: the nearest track in tone colour is by the same artist far above chance."""
    rng = np.random.default_rng(4)
    plans = plan_tracks(40, plan_artists(10, GENRES[:2], rng), rng)
    frequency = np.fft.rfftfreq(5 * SAMPLE_RATE, 1 / SAMPLE_RATE)
    bands = np.searchsorted(frequency, np.geomspace(50, 10000, 40))
    colour = np.array([
        np.log(np.add.reduceat(np.abs(np.fft.rfft(play_track(p, 8)[-5 * SAMPLE_RATE :])) ** 2, bands)[:-1])
        for p in plans
    ])  # fmt: skip
    colour -= colour.mean(axis=1, keepdims=True)
    distance = np.linalg.norm(colour[:, None] - colour[None], axis=2) + 1e9 * np.eye(len(plans))
    names = np.array([p.artist.name for p in plans])
    hits = np.mean(names[distance.argmin(axis=1)] == names)
    chance = np.mean([(np.sum(names == n) - 1) / (len(names) - 1) for n in names])
    assert hits > 2.5 * chance


def test_lyrics_tell_the_genre():
    """The words an unseen text shares with ten texts of each genre, weighed by how few genres use them."""
    rng = np.random.default_rng(0)
    sung = {
        g.name: Counter(w for _ in range(10) for w in set(write_lyrics(g.name, "calm", rng).split())) for g in GENRES
    }
    texts = [(g.name, set(write_lyrics(g.name, "calm", rng).split())) for g in GENRES for _ in range(10)]

    def guess(words):
        return max(sung, key=lambda g: sum(sung[g][w] / (1 + sum(c[w] for c in sung.values())) for w in words))

    right = np.mean([guess(words) == genre for genre, words in texts])
    assert 0.6 < right < 1


def test_small_collections_have_fewer_genres(tmp_path):
    rows = rows_of(render(tmp_path, tracks=12, seconds=1, missing=0))
    assert len({row["genre"] for row in rows}) == 2
    assert len({row["artist"] for row in rows}) >= 4


def test_one_track_is_no_collection(tmp_path):
    with pytest.raises(ValueError, match="two tracks at least, not 1"):
        render(tmp_path, tracks=1)
