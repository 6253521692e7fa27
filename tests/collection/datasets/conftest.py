"""Public data sets in small: files made here, in the layout in which their authors publish them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np
import pytest

from unisono.demo import save, tone

TOPICS = (
    "dating,violence,world/life,night/time,shake the audience,family/gospel,romantic,communication,obscene,music,"
    "movement/places,light/visual perceptions,family/spiritual,like/girls,sadness,feelings"
)
SOUND = "danceability,loudness,acousticness,instrumentalness,valence,energy"


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sound(path: Path, hertz: float = 440) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, tone(hertz, 1.2))
    return path


def moura2020(root: Path) -> None:
    lines = [f",artist_name,track_name,release_date,genre,lyrics,len,{TOPICS},{SOUND},topic,age"]
    words = {"pop": "dance night love", "blues": "rain home sad"}
    for number in range(40):
        genre = ("pop", "blues")[number % 2]
        numbers = ",".join(["0.05"] * 16 + [f"{number / 40:.3f}"] * 6)
        song = f'{3 * number},artist {number // 2},"song, {number}",{1950 + number},{genre}'
        lines.append(f"{song},{words[genre]} word{number},4,{numbers},romantic,0.5")
    write(root / "tcc_ceds_music.csv", *lines)


def gtzan(root: Path) -> None:
    lines = ["filename,length,chroma_stft_mean,tempo,label"]
    parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for number in range(40):
        genre = ("blues", "jazz")[number % 2]
        name = f"{genre}.{number // 2:05}.wav"
        lines.append(f"{name},661794,{0.3 + 0.1 * (number % 2):.3f},{100 + number},{genre}")
        part = ("train", "train", "valid", "test", None)[number // 2 % 5]
        if part:
            parts[part].append(f"{genre}/{name}")
    write(root / "Data/features_30_sec.csv", *lines)
    for part, names in parts.items():
        write(root / f"GTZAN_split/{part}_filtered.txt", *names)
    sound(root / "Data/genres_original/blues/blues.00000.wav")


def msd(root: Path) -> None:
    """Twelve songs; no file has the order of another."""
    ids = [f"TRAAAAA{number:012}" for number in range(12)]
    head = ["# words of songs", "%the,love,rain"]
    counts = [f"{track},{7 * n},1:1,{2 + n % 2 if n != 3 else 2}:2" for n, track in enumerate(ids)]
    write(root / "mxm_dataset_train.txt", *head, *counts[:8])
    write(root / "mxm_dataset_test.txt", *head, *counts[8:])
    shuffled = ids[5:] + ids[:5]
    songs = [f"{t}<SEP>SO{t}<SEP>artist {int(t[7:]) // 2}<SEP>title {int(t[7:])}" for t in shuffled]
    write(root / "unique_tracks.txt", *songs)
    years = [f"{1990 + int(t[7:])}<SEP>{t}<SEP>artist<SEP>title" for t in reversed(shuffled) if t != ids[2]]
    write(root / "tracks_per_year.txt", *years)
    genres = [f"{t}\t{('Rock', 'Pop')[int(t[7:]) % 2]}" for t in shuffled]
    write(root / "msd_tagtraum_cd2c.cls", "# genres", *(g + "\tBlues" if ids[0] in g else g for g in genres))
    with closing(sqlite3.connect(root / "lastfm_tags.db")) as base, base:
        base.execute("CREATE TABLE tids (tid TEXT)")
        base.execute("CREATE TABLE tags (tag TEXT)")
        base.execute("CREATE TABLE tid_tag (tid INT, tag INT, val FLOAT)")
        base.executemany("INSERT INTO tids VALUES (?)", [(t,) for t in reversed(ids)])
        base.executemany("INSERT INTO tags VALUES (?)", [("rock",), ("pop",), ("soft; slow",)])
        rows = [(12 - n, 1 + n % 2, 100.0) for n in range(1, 12)] + [(12 - 3, 3, 60.0), (12 - 3, 1, 10.0)]
        base.executemany("INSERT INTO tid_tag VALUES (?, ?, ?)", rows)

    msd_summary(root / "msd_summary_file.h5", ids)


def msd_summary(path: Path, ids: list[str]) -> None:
    """Every song but the last, and one that the words do not know, in the tables and types of the published file."""
    songs = ["TRZZZZZ000000000000", *reversed(ids[:-1])]
    texts, number, whole = "S1024", "f8", "i4"
    metadata = [("analyzer_version", "S32"), ("artist_7digitalid", whole), ("artist_familiarity", number)]
    metadata += [("artist_hotttnesss", number), ("artist_id", "S32"), ("artist_latitude", number)]
    metadata += [("artist_name", texts), ("release", texts), ("song_hotttnesss", number), ("song_id", "S32")]
    metadata += [("title", texts)]
    analysis = [("danceability", number), ("duration", number), ("energy", number), ("key", whole)]
    analysis += [("loudness", number), ("mode", whole), ("tempo", number), ("time_signature", whole)]
    analysis += [("track_id", "S32")]
    known = np.zeros(len(songs), metadata)
    heard = np.zeros(len(songs), analysis)
    dated = np.zeros(len(songs), [("idx_artist_mbtags", whole), ("year", whole)])
    for row, track in enumerate(songs):
        n = int(track[7:])
        known[row]["artist_name"], known[row]["title"] = f"Artist é {n // 2}".encode(), f"Title {n}".encode()
        known[row]["song_id"], known[row]["artist_id"] = f"SO{n:016}".encode(), f"AR{n // 2:016}".encode()
        known[row]["release"], known[row]["song_hotttnesss"] = b"album", np.nan if n % 3 else 0.5
        heard[row]["track_id"], heard[row]["loudness"], heard[row]["tempo"] = track.encode(), -n - 0.5, 100 + n
        dated[row]["year"] = 0 if n == 2 else 1980 + n
    with h5py.File(path, "w") as file:
        for name, table in (("metadata", known), ("analysis", heard), ("musicbrainz", dated)):
            file.create_dataset(f"{name}/songs", data=table, chunks=(4,), compression="gzip")


def fma(root: Path) -> None:
    """Eighteen tracks by nine artists; only the first has its sound."""
    names = "album.title artist.id artist.name set.split set.subset track.duration track.genre_top track.genres"
    names += " track.genres_all track.language_code track.license track.listens track.title"
    first, second = zip(*(name.split(".") for name in names.split()), strict=True)
    lines = [",".join(["", *first]), ",".join(["", *second]), "track_id" + "," * len(first)]
    genres = [("Rock", "[5]", "[5]"), ("Hip-Hop", "[7]", "[21, 7]"), ("", "[]", "[]")]
    for row, number in enumerate((2, 3, 5, 10, 20, 140, *range(200, 212))):
        part = ("training", "validation", "test")[row // 2 % 3]
        top, own, everything = genres[row % 3]
        title = '"Food, and more"' if row == 1 else f"title {row}"
        told = f'AWOL,{row // 2},artist {row // 2},{part},small,30,{top},"{own}","{everything}",en,CC BY,{row},{title}'
        lines.append(f"{number},{told}")
    write(root / "fma_metadata/tracks.csv", *lines)
    tree = ["genre_id,#tracks,parent,title,top_level", "5,2,0,Rock,5", "21,2,0,Hip-Hop,21", "7,2,21,Rap,21"]
    write(root / "fma_metadata/genres.csv", *tree)
    (root / "fma_small/000").mkdir(parents=True)
    sound(root / "fma_small/000/000002.wav").rename(root / "fma_small/000/000002.mp3")


def fma_features(root: Path) -> None:
    fma(root)
    head = ["feature,mfcc,mfcc", "statistics,mean,mean", "number,01,02", "track_id,,"]
    write(root / "fma_metadata/features.csv", *head, "20,1,20.5", "10,1,10.5", "2,1,2.5", "3,1,3.5", "5,1e-3,5")


def mtg_jamendo(root: Path) -> None:
    """Twelve tracks by six artists; one sound in each quality."""
    head = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
    tags = ("genre---rock\tgenre---pop\tmood/theme---happy", "instrument---piano\tgenre---jazz")
    rows = [
        f"track_{n:07}\tartist_{(n - 948) // 2}\talbum_{n}\t{n % 100}/{n}.mp3\t200.5\t{tags[n % 2]}"
        for n in range(948, 960)
    ]
    write(root / "data/autotagging.tsv", head, *rows)
    for number, part in enumerate(("train", "validation", "test")):
        told = [row for place, row in enumerate(rows) if place // 2 % 3 == number]
        write(root / f"data/splits/split-0/autotagging-{part}.tsv", head, *told)
    sound(root / "audio/48/948.wav").rename(root / "audio/48/948.mp3")
    sound(root / "audio-low/49/949.wav").rename(root / "audio-low/49/949.low.mp3")


def emomusic(root: Path) -> None:
    """24 songs by twelve artists, the tables in another order each; one clip."""
    ids = range(2, 26)
    labels = [f"{n},{2.5 + n / 8:.1f},1.2,{5.9 - n / 8:.1f},1.1" for n in ids]
    write(
        root / "annotations/static_annotations.csv",
        "song_id,mean_arousal,std_arousal,mean_valence,std_valence",
        *labels,
    )
    info = [
        f"{n},{n}.mp3,\tartist {n // 2},\ttitle {n}\t,10.5,55.5,\t{('Rock', 'Blues')[n % 2]}\t,"
        f"{'evaluation' if n % 7 in (4, 5, 6) else 'development'}"
        for n in reversed(ids)
    ]
    head = "song_id,file_name,Artist,Song title,start of the segment (min.sec),end of the segment (min.sec),Genre"
    write(root / "annotations/songs_info.csv", f"{head},Mediaeval 2013 set", *info)
    (root / "clips_45seconds").mkdir()
    sound(root / "clips_45seconds/2.wav").rename(root / "clips_45seconds/2.mp3")


def regional_indian(root: Path) -> None:
    """Two languages of four singers each, two songs a singer."""
    for language, name in enumerate(("Hindi", "Khasi & Jaintia")):
        for singer in range(4):
            artist = "two words" if language and singer == 1 else f"singer{4 * language + singer}"
            folder = root / f"{name}_{language}" / f"{artist}_{4 * language + singer}_{'fm'[singer % 2]}_{singer % 2}"
            for song in range(2):
                sound(folder / f"{song}_{1 + singer % 2}.wav", 200 + 100 * song)


def dj_table(root: Path) -> None:
    """24 tracks by twelve artists; the first two have their sounds."""
    lines = ["path,artist,title,main_genre,subgenre,intro,energy,situation"]
    for n in range(24):
        main, sub = (("House", "Tech House"), ("Latin", "Reggae"))[n // 2 % 2]
        situation = ("Warmup;Lounge", "-", "")[n % 3]
        told = f"{('Intro', 'No Intro')[n % 2]},{100 * (n % 4 + 1)},{situation}"
        lines.append(f"music/{n}.wav,artist {n // 2},title {n},{main},{sub},{told}")
    write(root / "dj_tags.csv", *lines)
    for n in range(2):
        sound(root / f"music/{n}.wav")


MAKERS: dict[str, Callable[[Path], None]] = {
    "dj_table": dj_table,
    "emomusic": emomusic,
    "fma": fma,
    "fma_features": fma_features,
    "gtzan": gtzan,
    "moura2020": moura2020,
    "mtg_jamendo": mtg_jamendo,
    "msd": msd,
    "regional_indian": regional_indian,
}


@pytest.fixture
def layout(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a folder in which a small copy of a data set's layout lies."""

    def made(name: str) -> Path:
        MAKERS[name](tmp_path / name)
        return tmp_path / name

    return made
