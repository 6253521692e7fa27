"""Splits: no group on both sides, songs cleaned, parts alike, the naive way caught by the same check."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from unisono.collection import Collection, SplitSettings, make_split, read_split, write_split
from unisono.collection.crossing import crossing
from unisono.collection.split_file import Fold
from unisono.collection.table import Table
from unisono.collection.tracks import Roles, Track
from unisono.errors import LabelError, TableError


def collection(groups: list[int], songs: list[int] | None = None, **columns: list[str]) -> Collection:
    count = len(groups)
    frame = pl.DataFrame(
        {"id": [f"t{i}" for i in range(count)], "artist": [f"a{g}" for g in groups]}
        | ({"song": [f"s{s}" for s in songs]} if songs else {})
        | columns
    )
    tracks = tuple(Track(f"t{i}") for i in range(count))
    roles = Roles("id", ("artist",), ("song",) if songs else ())
    return Collection(Table(frame, "songs.csv", np.arange(2, count + 2)), tracks, roles)


def drawn(rows: int, groups: int, classes: int, seed: int = 0) -> tuple[Collection, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, groups, rows)
    label = (owner * 7 + rng.integers(0, 2, rows)) % classes
    genre = label[:, None].astype(np.float32)
    energy = rng.random((rows, 1), dtype=np.float32) + genre / classes
    energy[rng.random(rows) < 0.5] = np.nan
    tags = (rng.random((rows, 4)) < [0.5, 0.2, 0.1, 0.02]).astype(np.float32)
    songs = rng.integers(0, rows, rows)
    return collection(owner.tolist(), songs.tolist()), {"genre": genre, "energy": energy, "tags": tags}


def naive(rows: int, seed: int) -> Fold:
    """What most people write: rows shuffled, cut in three."""
    part = np.full(rows, "train", dtype="<U10")
    order = np.random.default_rng(seed).permutation(rows)
    part[order[: rows // 5]] = "test"
    part[order[rows // 5 : rows // 5 + rows // 10]] = "validation"
    return Fold(part)


many = st.tuples(st.integers(40, 200), st.integers(8, 40), st.integers(2, 6), st.integers(0, 99))


@settings(max_examples=25, deadline=None)
@given(many, st.sampled_from([None, 2, 5]))
def test_no_group_on_both_sides_and_no_song_in_train_and_test(
    size: tuple[int, int, int, int], folds: int | None
) -> None:
    rows, groups, classes, seed = size
    songs, targets = drawn(rows, groups, classes, seed)
    try:
        split = make_split(songs, targets, SplitSettings(folds=folds), seed)
    except LabelError as error:  # songs that cross artists can take all labelled rows out of a small training part
        assert "no training row" in error.found and folds == 2
        reject()
    assert split.leaks == ()
    for fold in (*split.folds, *([split.final] if split.final else [])):
        assert crossing(fold.part, songs.groups()).size == 0
        assert crossing(fold.part, songs.songs(), ("validation", "test")).size == 0
    if folds:
        tested = np.sum([fold.part == "test" for fold in split.folds], axis=0)
        assert (tested == 1).all()
        assert all((fold.part == "validation").any() for fold in split.folds)
        assert split.final is not None and not (split.final.part == "test").any()


def test_songs_are_whole_and_alike_where_artists_are_not() -> None:
    owner, song = np.repeat(np.arange(12), 10), np.repeat(np.arange(60), 2)
    tracks = collection(owner.tolist(), song.tolist())
    asked = SplitSettings(protocol="songs", test=0.2, validation=0.2)
    split = make_split(tracks, {"artist": owner[:, None].astype(np.float32)}, asked, 1)
    part = split.folds[0].part
    assert crossing(part, tracks.songs()).size == 0
    for name, each in (("train", 6), ("validation", 2), ("test", 2)):
        assert (np.bincount(owner[part == name], minlength=12) == each).all()
    assert split.protocol == "songs"
    assert split.leaks == ("12 of 12 groups by artist stand in more than one part",)


def test_each_of_many_artists_has_a_song_in_every_part() -> None:
    owner = np.repeat(np.arange(150), 5)
    tracks = collection(owner.tolist(), list(range(750)))
    asked = SplitSettings(protocol="songs", test=0.2, validation=0.2)
    part = make_split(tracks, {"artist": owner[:, None].astype(np.float32)}, asked, 2).folds[0].part
    assert all((np.bincount(owner[part == name], minlength=150) == 1).all() for name in ("validation", "test"))


def test_a_split_by_songs_needs_songs() -> None:
    with pytest.raises(TableError, match=r"songs\.csv: a split by songs needs to know which tracks are one song"):
        make_split(collection([0, 1, 2, 3]), {}, SplitSettings(protocol="songs"), 0)


def test_the_same_check_catches_the_naive_split() -> None:
    songs, _ = drawn(200, 40, 4)
    caught = sum(crossing(naive(200, seed).part, songs.groups()).size > 0 for seed in range(50))
    assert caught == 50
    songs_caught = sum(
        crossing(naive(200, seed).part, songs.songs(), ("validation", "test")).size > 0 for seed in range(50)
    )
    assert songs_caught == 50


def test_dropped_rows_are_exactly_the_training_rows_whose_song_is_judged() -> None:
    songs, targets = drawn(300, 60, 3)
    fold = make_split(songs, targets, SplitSettings(), 1).folds[0]
    judged = set(songs.songs()[np.isin(fold.part, ("validation", "test"))])
    again = np.array([s in judged for s in songs.songs()])
    assert (fold.part == "dropped").sum() > 0
    assert ((fold.part == "dropped") <= again).all()
    assert not (again & (fold.part == "train")).any()


def spread(fold: Fold, columns: np.ndarray) -> float:
    """How far the parts' shares of each column are from the whole's, on average."""
    whole = np.nanmean(columns, axis=0)
    parts = [np.nanmean(columns[fold.rows(p)], axis=0) for p in ("train", "validation", "test")]
    return float(np.mean(np.abs(np.array(parts) - whole) / np.maximum(whole, 1e-9)))


def test_parts_resemble_the_whole_in_all_tasks() -> None:
    songs, targets = drawn(3000, 600, 5)
    songs = Collection(songs.table, songs.tracks, Roles("id", ("artist",)))
    classes = np.eye(5)[targets["genre"][:, 0].astype(int)]
    known = (~np.isnan(targets["energy"])).astype(float)
    columns = np.hstack([classes, targets["tags"], known, targets["energy"]])
    ours = np.mean([spread(make_split(songs, targets, SplitSettings(), s).folds[0], columns) for s in range(3)])
    blind = np.mean([spread(make_split(songs, {}, SplitSettings(), s).folds[0], columns) for s in range(3)])
    assert ours < 0.015 < 0.03 < blind
    sizes = [
        make_split(songs, targets, SplitSettings(), 0).folds[0].rows(p).size for p in ("train", "validation", "test")
    ]
    assert np.allclose(np.array(sizes) / 3000, [0.7, 0.1, 0.2], atol=0.002)


@pytest.mark.parametrize("options", [{}, {"protocol": "random"}])
def test_a_calibration_part_is_held_out_like_the_others(options: dict[str, str], tmp_path: Path) -> None:
    songs, targets = drawn(300, 60, 3)
    split = make_split(songs, targets, SplitSettings(calibration=0.15, **options), 1)
    part = split.folds[0].part
    assert abs((part == "calibration").mean() - 0.15) < 0.03
    write_split(split, songs, tmp_path / "split.csv")
    assert read_split(tmp_path / "split.csv", songs).hash == split.hash
    if not options:
        held = songs.songs()[np.isin(part, ("validation", "calibration", "test"))]
        assert crossing(part, songs.groups()).size == 0
        assert not np.isin(songs.songs()[part == "train"], held).any()


def test_a_given_split_gets_its_calibration_part_from_train() -> None:
    songs, targets = drawn(300, 60, 3)
    part = naive(300, 0).part.tolist()
    songs = Collection(
        Table(songs.frame.with_columns(pl.Series("part", part)), "songs.csv", songs.row_numbers),
        songs.tracks,
        Roles("id", ("artist",)),
    )
    fold = make_split(songs, targets, SplitSettings(column="part", calibration=0.2), 0).folds[0]
    assert {p for p, q in zip(part, fold.part.tolist(), strict=True) if q == "calibration"} == {"train"}
    assert 0.1 < (fold.part == "calibration").mean() < 0.3


def test_seeds_give_different_splits_and_one_seed_the_same() -> None:
    songs, targets = drawn(200, 40, 4)
    hashes = [make_split(songs, targets, SplitSettings(), seed).hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]
    fixed = SplitSettings(seed=7)
    assert make_split(songs, targets, fixed, 0).hash == make_split(songs, targets, fixed, 1).hash


def test_twenty_thousand_rows_in_five_thousand_groups_take_seconds() -> None:
    songs, targets = drawn(20_000, 5_000, 20)
    start = time.process_time()
    make_split(songs, targets, SplitSettings(), 0)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("options", [{}, {"folds": 3}, {"protocol": "random"}, {"folds": 3, "final": False}])
def test_saved_and_read_back_with_the_same_hash(tmp_path: Path, options: dict[str, object]) -> None:
    songs, targets = drawn(90, 30, 3)
    split = make_split(songs, targets, SplitSettings.model_validate(options), 0)
    assert write_split(split, songs, tmp_path / "split.csv") == split.hash
    again = read_split(tmp_path / "split.csv", songs, split.protocol)
    assert (again.hash, again.leaks) == (split.hash, split.leaks)
    assert set(again.warnings) == {w for w in split.warnings if "too rare" not in w}
    assert all((a.part == b.part).all() for a, b in zip(again.folds, split.folds, strict=True))
    mixed = songs.take(np.random.default_rng(0).permutation(len(songs)))
    assert read_split(tmp_path / "split.csv", mixed).hash == split.hash


def test_leaks_are_stamped() -> None:
    songs, targets = drawn(200, 40, 4)
    random = make_split(songs, targets, SplitSettings(protocol="random"), 0).leaks
    assert random[0].startswith("random split although groups are known (")
    assert random[1].endswith("songs stand in train and in validation or test")
    published = make_split(songs, targets, SplitSettings(protocol="published"), 0).leaks
    assert published[0].startswith("published protocol: the rows are drawn at random")
    alone = Collection(songs.table, songs.tracks, Roles("id"))
    assert make_split(alone, targets, SplitSettings(protocol="random"), 0).leaks == (
        "no group column: tracks of one artist may stand on both sides",
    )
    with pytest.raises(TableError, match=r'no column of groups is named. Set groups = \["artist"\]'):
        make_split(alone, targets, SplitSettings(), 0)


def test_groups_that_nobody_knows_are_none() -> None:
    songs, targets = drawn(60, 12, 2)
    songs = replace(songs, table=replace(songs.table, frame=songs.frame.with_columns(artist=pl.lit(""))))
    assert songs.groups() is None
    stamped = make_split(songs, targets, SplitSettings(protocol="random"), 0).leaks
    assert stamped[0] == "artist is empty in every row: tracks of one artist may stand on both sides"
    with pytest.raises(TableError, match=r"but artist is empty in every row\. Fill it, or protocol"):
        make_split(songs, targets, SplitSettings(), 0)


def test_a_large_group_is_warned_of() -> None:
    songs = collection([0] * 20 + list(range(1, 81)))
    warnings = make_split(songs, {}, SplitSettings(), 0).warnings
    assert warnings == ('One group, "a0", holds 20% of the rows (20): parts cannot be even.',)


def test_a_row_without_a_group_is_no_large_group() -> None:
    songs = collection([0, 1, 2, 3], artist=["a", "b", None, None])  # type: ignore[list-item]
    assert make_split(songs, {}, SplitSettings(), 0).warnings == ()


def test_too_few_groups() -> None:
    with pytest.raises(LabelError, match="2 groups cannot fill 3 parts"):
        make_split(collection([0, 1, 0, 1]), {}, SplitSettings(), 0)
    with pytest.raises(LabelError, match="1 group cannot fill 3 parts"):
        make_split(collection([0, 0, 0, 0]), {}, SplitSettings(), 0)


def test_few_groups_fill_every_part() -> None:
    for seed in range(20):
        fold = make_split(collection([0, 0, 0, 1, 2]), {}, SplitSettings(), seed).folds[0]
        assert set(fold.part) == {"train", "validation", "test"}


def test_split_of_a_column_takes_validation_from_train() -> None:
    part = ["Train", "training", "train", "train", "test", ""] * 5
    songs = collection(list(range(30)), part=part)
    split = make_split(songs, {}, SplitSettings(column="part"), 0)
    fold = split.folds[0]
    assert [fold.rows(p).size for p in ("train", "validation", "test", "dropped")] == [18, 2, 5, 5]
    assert split.protocol == "file" and split.leaks == ()
    assert any("no validation part: 10% of the rows of train are taken" in w for w in split.warnings)
    assert any('5 rows are in no part according to the column "part"' in w for w in split.warnings)


def test_the_final_fold_of_a_file_is_kept(tmp_path: Path) -> None:
    songs = collection(list(range(30)))
    made = make_split(songs, {}, SplitSettings(folds=3, validation=0.0), 0)
    write_split(made, songs, tmp_path / "split.csv")
    again = make_split(songs, {}, SplitSettings(file="split.csv", validation=0.0), 0, tmp_path)
    assert again.final is not None and made.final is not None
    assert (again.final.part == made.final.part).all() and again.hash == made.hash
    carved = make_split(songs, {}, SplitSettings(file="split.csv", validation=0.2), 0, tmp_path)
    assert carved.final is not None and carved.final.rows("validation").size == 6
    assert make_split(songs, {}, SplitSettings(file="split.csv", final=False), 0, tmp_path).final is None


def test_split_of_a_column_that_leaks_is_stamped() -> None:
    songs = collection([0, 0, 1, 1], part=["train", "test", "validation", "validation"])
    split = make_split(songs, {}, SplitSettings(column="part"), 0)
    assert split.leaks == ("1 of 2 groups by artist stands in more than one part",)


def test_wrong_split_files(tmp_path: Path) -> None:
    songs = collection([0, 1, 2])
    path = tmp_path / "split.csv"
    for text, told in [
        ("id,part\nt0,trian\n", 'split.csv:2:part: "trian" is no part of a split. Parts are train'),
        ("id,part\nx,train\n", r'none of its ids \("x"\) is one of songs.csv'),
        ("id,part\nt0,train\nt0,test\n", 'split.csv:3:id: "t0" stands twice in fold 0'),
        ("key,part\nt0,train\n", 'there is no column "id"'),
    ]:
        path.write_text(text)
        with pytest.raises(TableError, match=told):
            read_split(path, songs)
    path.write_text("id,part\nt0,train\nt1,train\nt2,validation\n")
    with pytest.raises(LabelError, match="the split has no row in test"):
        read_split(path, songs)
    path.write_text("id,part\nt0,train\nt1,test\nzz,test\n")
    assert make_split(songs, {}, SplitSettings(file="split.csv", validation=0), 0, tmp_path).warnings[:2] == (
        "1 id of split.csv is not in songs.csv.",
        "1 row of songs.csv is not in split.csv and stays unused.",
    )


def test_impossible_settings() -> None:
    with pytest.raises(ValidationError, match=r"test 0\.6 and validation 0\.5 leave nothing"):
        SplitSettings(test=0.6, validation=0.5)
    with pytest.raises(ValidationError, match='protocol = "file" goes with either file or column'):
        SplitSettings(protocol="file")
    with pytest.raises(ValidationError, match='protocol = "file" goes with'):
        SplitSettings(protocol="random", file="a.csv")
    assert SplitSettings(file="split.csv").protocol == "file"
