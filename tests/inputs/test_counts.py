"""Counts: sparse rows by id, weighted as a bag of words is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfTransformer

from unisono.errors import TableError
from unisono.inputs.counts import Counts

IDS = [f"t{i}" for i in range(12)]
ROWS = np.random.default_rng(0).poisson(0.7, (12, 9)).astype(np.float32)


@dataclass(frozen=True)
class Track:
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    audio: Path | None = None
    lyrics: str | None = None


TRACKS = [Track(name) for name in IDS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scipy.sparse.save_npz(tmp_path / "words.npz", scipy.sparse.csr_array(ROWS))
    np.save(tmp_path / "words.npy", ROWS)
    (tmp_path / "ids.txt").write_text("\n".join(IDS))
    return tmp_path


def made(folder: Path, tables: tuple[str, ...] = ("words.npz",), **settings: Any) -> Counts:
    return Counts(tables=tables, ids="ids.txt", **settings).at(folder)


def dense(fitted: Counts, tracks: list[Track]) -> np.ndarray[Any, Any]:
    batch = fitted.collate([fitted.read(t)[0] for t in tracks])
    rows = np.zeros((len(tracks), fitted.vocabulary_size))
    np.add.at(rows, (np.arange(len(tracks))[:, None], batch["ids"]), batch["weights"])
    return rows[:, 1:]


@pytest.mark.parametrize("table", ["words.npz", "words.npy"])
def test_counts_as_they_are(folder: Path, table: str) -> None:
    fitted = made(folder, (table,)).fit(TRACKS)
    assert fitted.vocabulary_size == 10
    np.testing.assert_array_equal(dense(fitted, TRACKS[::-1]), ROWS[::-1])


def test_several_files_have_columns_of_their_own(folder: Path) -> None:
    fitted = made(folder, ("words.npz", "words.npy")).fit(TRACKS)
    np.testing.assert_array_equal(dense(fitted, TRACKS), np.concatenate([ROWS, ROWS], axis=1))


@pytest.mark.parametrize("sublinear", [False, True])
def test_tfidf_is_scikit_learns_fitted_on_training_tracks(folder: Path, sublinear: bool) -> None:
    fitted = made(folder, weighting="tfidf", norm="l2", sublinear=sublinear).fit(TRACKS[:8])
    rival = TfidfTransformer(sublinear_tf=sublinear).fit(ROWS[:8])
    np.testing.assert_allclose(dense(fitted, TRACKS), rival.transform(ROWS).toarray(), atol=1e-6)


def test_a_row_of_zeros_is_there_but_empty(folder: Path) -> None:
    np.save(folder / "words.npy", np.zeros((12, 3)))
    (example,) = made(folder, ("words.npy",)).fit(TRACKS).read(TRACKS[0])
    assert example["ids"].shape == (0,)


def test_a_negative_count_is_an_error(folder: Path) -> None:
    np.save(folder / "words.npy", -ROWS)
    with pytest.raises(TableError, match=r'words.npy, id "t0": holds a count below 0'):
        made(folder, ("words.npy",)).fit(TRACKS)


def test_an_unfitted_input_does_not_read(folder: Path) -> None:
    with pytest.raises(ValueError, match="call fit first"):
        made(folder).read(TRACKS[0])


def test_musixmatch_words(real_data: Path) -> None:
    base = real_data / "msd-lyrics"
    names = pl.read_csv(base / "labels.csv", infer_schema_length=0).get_column("track_id").to_list()
    ids = {"table": "labels.csv", "column": "track_id"}
    fitted = Counts(tables=["bow_csr.npz"], ids=ids).at(base).fit(map(Track, names[:500]))
    assert fitted.vocabulary_size == 5001
    matrix = scipy.sparse.load_npz(base / "bow_csr.npz").tocsr()
    for at in (0, 77, 8372):
        assert fitted.read(Track(names[at]))[0]["weights"].sum() == matrix[at].sum()
