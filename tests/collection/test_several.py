"""Several collections as one: ids, splits, and who may not stand on both sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.collection import Collection, CollectionSettings, Fold, Split, load
from unisono.collection.several import join_splits, unique_ids
from unisono.errors import ExperimentError, TableError


def collection(folder: Path, name: str, rows: list[str], **settings: Any) -> Collection:
    (folder / f"{name}.csv").write_text("\n".join(["id,artist,title", *rows]) + "\n")
    return load(CollectionSettings(table=f"{name}.csv", **settings), folder)


def split(*parts: str, protocol: str = "grouped", **more: Any) -> Split:
    return Split((Fold(np.array(parts, dtype="<U10")),), protocol, more.pop("leaks", ()), "x", **more)


@pytest.fixture
def two(tmp_path: Path) -> dict[str, Collection]:
    one = ["1,Abba,Waterloo", "2,Queen,Innuendo", "3,Kiss,Beth", "4,Nina Simone,Sinnerman"]
    other = ["1,Abba,Fernando", "2,Someone,Innuendo", "3,kiss ,BETH!", "4,Sting,Roxanne"]
    return {"a": collection(tmp_path, "a", one), "b": collection(tmp_path, "b", other)}


def test_ids_are_unique_by_the_name_of_the_collection(two: dict[str, Collection]) -> None:
    assert unique_ids(two)[:5] == ("a/1", "a/2", "a/3", "a/4", "b/1")
    assert unique_ids({"": two["a"], "b": two["b"]})[3:5] == ("4", "b/1")


def test_an_id_that_is_anothers_is_refused(tmp_path: Path, two: dict[str, Collection]) -> None:
    main = collection(tmp_path, "main", ["b/1,x,y"])
    with pytest.raises(TableError, match=r'main.csv: the id "b/1" is that of a track of another collection'):
        unique_ids({"": main, "b": two["b"]})


def test_training_rows_of_judged_artists_and_songs_are_dropped_and_counted(two: dict[str, Collection]) -> None:
    splits = {"a": split("train", "train", "train", "test"), "b": split("test", "test", "validation", "train")}
    joined = join_splits(two, splits)
    # Abba is judged in b; "Innuendo" there is another artist's; Beth by Kiss is one song however it is written
    assert joined.folds[0].part.tolist() == [
        "dropped", "train", "dropped", "test", "test", "test", "validation", "train",
    ]  # fmt: skip
    assert joined.warnings == (
        "Dropped from train: 2 rows of a whose artist or song stands in validation or test of b.",
    )
    assert joined.protocol == "grouped" and not joined.leaks


def test_a_random_split_is_not_made_honest_by_what_others_drop(two: dict[str, Collection]) -> None:
    splits = {
        "a": split("train", "train", "train", "test"),
        "b": split("test", "test", "validation", "train", protocol="random", leaks=("drawn at random",)),
    }
    joined = join_splits(two, splits)
    assert "dropped" not in joined.folds[0].part
    assert joined.protocol == "grouped+random" and joined.leaks == ("b: drawn at random",)


def test_a_file_split_drops_songs_and_leaves_artists(two: dict[str, Collection]) -> None:
    splits = {
        "a": split("train", "train", "train", "test"),
        "b": split("test", "test", "test", "train", protocol="file"),
    }
    assert join_splits(two, splits).folds[0].part[:3].tolist() == ["train", "train", "dropped"]


def test_the_hash_depends_on_every_part(two: dict[str, Collection]) -> None:
    parts = ("train", "train", "train", "test")
    one = join_splits(two, {"a": split(*parts), "b": split(*parts)})
    other = join_splits(two, {"a": split(*parts), "b": split(*reversed(parts))})
    assert one.hash != other.hash


def test_folds_pair(two: dict[str, Collection]) -> None:
    fold = split("train", "train", "train", "test").folds[0]
    several = Split((fold, fold), "grouped", (), "x")
    with pytest.raises(ExperimentError, match=r"^mine:collections: .*different numbers of folds: a 1, b 2"):
        join_splits(two, {"a": split("train", "train", "train", "test"), "b": several}, "mine:collections")


def test_one_collection_is_what_it_was(two: dict[str, Collection]) -> None:
    only = split("train", "train", "train", "test")
    assert join_splits({"a": two["a"]}, {"a": only}) is only
