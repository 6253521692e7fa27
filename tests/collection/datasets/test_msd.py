"""Million Song Dataset: everything is joined by id, whatever order its files have; damage is told by line."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.sparse import csr_array

from unisono.collection import Collection, CollectionSettings, load
from unisono.collection.datasets import _msd_summary
from unisono.errors import TableError

Layout = Callable[[str], Path]


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="msd", root=str(root)), Path())


def test_everything_is_joined_by_id(layout: Layout) -> None:
    songs = opened(layout("msd"))
    row = {t.id: t for t in songs.tracks}["TRAAAAA000000000003"]
    assert row.lyrics == "the love love" and row.values["part"] == "train"
    assert (row.values["artist"], row.values["title"], row.values["year"]) == ("artist 1", "title 3", "1993")
    assert (row.values["genre"], row.values["genre2"], row.values["tags"]) == ("Pop", None, "pop;soft, slow")
    assert Counter(songs.cells(["part"])) == {"train": 8, "test": 4}
    assert songs.cells(["genre2"])[0] == "Blues" and songs.cells(["tags"])[0] is None
    groups = songs.groups()
    assert groups is not None and len(set(groups.tolist())) == 6 and songs.notes == ()


def test_the_summary_file(layout: Layout) -> None:
    """Read in pieces; what has a file of its own comes from there, and from the summary where that is absent."""
    root = layout("msd")
    songs = {t.id: t.values for t in opened(root).tracks}
    row = songs["TRAAAAA000000000003"]
    assert (row["loudness"], row["tempo"], row["release"]) == ("-3.5", "103.0", "album")
    assert (row["artist"], row["song_hotttnesss"], row["artist_id"]) == ("artist 1", "0.5", "AR0000000000000001")
    assert songs["TRAAAAA000000000002"]["song_hotttnesss"] is None, "not a number is not known"
    assert songs["TRAAAAA000000000002"]["year"] is None, "the year 0 is none"
    assert songs["TRAAAAA000000000011"]["loudness"] is None, "this song is not in the summary"
    (root / "unique_tracks.txt").unlink()
    (root / "tracks_per_year.txt").unlink()
    without = opened(root)
    row = {t.id: t.values for t in without.tracks}["TRAAAAA000000000003"]
    assert (row["artist"], row["title"], row["year"]) == ("Artist é 1", "Title 3", "1983")
    assert without.notes == ()


def test_pieces_of_the_summary_join(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    root = layout("msd")
    whole = opened(root).cells(["loudness"])
    monkeypatch.setattr(_msd_summary, "_ROWS", 5)
    assert opened(root).cells(["loudness"]) == whole and len(set(whole)) == 12


def test_a_summary_of_something_else(layout: Layout) -> None:
    root = layout("msd")
    path = root / "msd_summary_file.h5"
    with h5py.File(path, "a") as file:
        rows = file["musicbrainz/songs"][:5]
        del file["musicbrainz/songs"]
        file["musicbrainz/songs"] = rows
    with pytest.raises(
        TableError, match=r"different lengths: metadata/songs 12, analysis/songs 12, musicbrainz/songs 5"
    ):
        opened(root)
    with h5py.File(path, "a") as file:
        del file["musicbrainz"]
    with pytest.raises(TableError, match=r'msd_summary_file.h5: has no field "year" in a table musicbrainz/songs'):
        opened(root)
    path.write_bytes(b"no HDF5")
    with pytest.raises(TableError, match=r"msd_summary_file.h5: cannot be read as HDF5 .* Get it again from http"):
        opened(root)


def test_what_is_absent_is_noted(layout: Layout) -> None:
    root = layout("msd")
    for name in ("unique_tracks.txt", "lastfm_tags.db", "mxm_dataset_test.txt", "msd_summary_file.h5"):
        (root / name).unlink()
    songs = opened(root)
    assert len(songs) == 8 and songs.cells(["artist"]) == [None] * 8
    assert songs.groups() is None, "nobody's artist is known"
    assert songs.notes[0].startswith("No artists: unique_tracks.txt is not there; it is at http://millionsong")
    assert songs.notes[1].startswith("No tags: lastfm_tags.db is not there")
    assert songs.notes[2].startswith("No loudness, tempo and such: msd_summary_file.h5 is not there")
    assert songs.cells(["loudness"]) == [None] * 8


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("TRX,1,0:3", r'mxm_dataset_train.txt:11: "TRX,1,0:3" is no TRACK,NUMBER,WORD:COUNT'),
        ("TRX,1,9:3", r"mxm_dataset_train.txt:11: "),
        ("TRX", r"mxm_dataset_train.txt:11: "),
        ("TRAAAAA000000000003,1,1:1", r'train.txt:11: "TRAAAAA000000000003" stands in mxm_dataset_train.txt:6 too'),
    ],
)
def test_a_damaged_line(layout: Layout, line: str, told: str) -> None:
    root = layout("msd")
    with (root / "mxm_dataset_train.txt").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(TableError, match=told):
        opened(root)


def test_a_database_of_something_else(layout: Layout) -> None:
    root = layout("msd")
    (root / "lastfm_tags.db").write_text("no database, but long enough to be read as one" * 20)
    with pytest.raises(TableError, match=r"lastfm_tags.db: is not the SQLite file of Last.fm \(file is not a database"):
        opened(root)
    (root / "lastfm_tags.db").unlink()
    sqlite3.connect(root / "lastfm_tags.db").close()
    with pytest.raises(TableError, match=r"no such table"):
        opened(root)


def test_a_line_of_genres_without_a_tab(layout: Layout) -> None:
    root = layout("msd")
    (root / "msd_tagtraum_cd2c.cls").write_text("# genres\nTRAAAAA000000000003 Pop\n")
    with pytest.raises(TableError, match=r"msd_tagtraum_cd2c.cls:2: has 1 cells but needs 2 or 3"):
        opened(root)


def test_the_real_words(real_data: Path, tmp_path: Path) -> None:
    """The first real songs, written as musiXmatch and tagtraum write them, come back with their counts and genres."""
    source = real_data / "msd-lyrics"
    with np.load(source / "bow_csr.npz") as parts:
        counts = csr_array((parts["data"], parts["indices"], parts["indptr"]), shape=tuple(parts["shape"]))[:400]
    vocabulary = (source / "vocab.txt").read_text("utf-8").split("\n")[: counts.shape[1]]
    with (source / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))[:400]
    lines, genres = ["# real", "%" + ",".join(vocabulary)], []
    for row, label in enumerate(labels):
        one = counts[[row]].tocoo()
        pairs = [f"{c + 1}:{int(n)}" for c, n in zip(one.coords[1].tolist(), one.data.tolist(), strict=True)]
        lines.append(",".join([label["track_id"], label["mxm_tid"], *pairs]))
        if label["genre"]:
            genres.append("\t".join(filter(None, [label["track_id"], label["genre"], label["genre2"]])))
    (tmp_path / "mxm_dataset_train.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "msd_tagtraum_cd2c.cls").write_text("\n".join(reversed(genres)), encoding="utf-8")
    songs = opened(tmp_path)
    assert songs.cells(["genre"]) == [label["genre"] or None for label in labels]
    for row, (track, label) in enumerate(zip(songs.tracks, labels, strict=True)):
        heard = Counter((track.lyrics or "").split())
        assert sum(heard.values()) == counts[[row]].sum() and len(heard) == int(label["n_distinct"])
