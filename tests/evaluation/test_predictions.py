"""The predictions table: round trips, and refusals that name the cause."""

import numpy as np
import polars as pl
import pytest

from unisono.errors import TableError
from unisono.evaluation import Judged, judged, predictions, read_predictions, write_predictions

GENRE = Judged(
    ("rock", "jazz"),
    np.array([[1, 0], [np.nan, np.nan], [0, 1]], np.float32),
    np.array([[0.8, 0.2], [0.5, 0.5], [0.25, 0.75]], np.float32),
)
ENERGY = Judged(("",), np.array([[100], [200], [np.nan]], np.float32), np.array([[90], [210], [300]], np.float32))


def table(**options):
    return predictions(["a.mp3", "b.mp3", "c.mp3"], {"genre": GENRE, "energy": ENERGY}, **options)


def test_one_row_a_track_task_and_label():
    frame = table(split="validation", fold=2)
    assert frame.columns == ["track", "fold", "split", "task", "label", "reference", "score"]
    assert len(frame) == 3 * 2 + 3
    assert frame.row(1) == ("a.mp3", 2, "validation", "genre", "jazz", 0.0, pytest.approx(0.2))
    assert frame.row(2)[5] is None  # not labelled


@pytest.mark.parametrize("task", ["genre", "energy"])
def test_arrays_come_back(task, tmp_path):
    write_predictions(pl.concat([table(), table(fold=1)]), tmp_path / "predictions.parquet")
    back = judged(read_predictions(tmp_path / "predictions.parquet"), task)
    given = {"genre": GENRE, "energy": ENERGY}[task]
    assert back.outputs == given.outputs
    assert back.tracks == ("a.mp3", "b.mp3", "c.mp3") * 2
    assert back.folds.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(back.reference, np.vstack([given.reference] * 2))
    np.testing.assert_array_equal(back.scores, np.vstack([given.scores] * 2))
    assert back.reference.dtype == back.scores.dtype == np.float32


def test_same_predictions_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_predictions(table(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_table_that_was_edited_is_refused():
    with pytest.raises(TableError, match=r'rows of task "genre" are not one block.*Was the file edited'):
        judged(table()[1:], "genre")
    with pytest.raises(TableError, match="not one block"):
        judged(table().sort("label"), "genre")
    with pytest.raises(TableError, match='task "mood"'):
        judged(table(), "mood")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        read_predictions(tmp_path / "damaged.parquet")
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        read_predictions(tmp_path / "absent.parquet")
    pl.DataFrame({"path": ["a"], "task": ["genre"]}).write_parquet(tmp_path / "tags.parquet")
    with pytest.raises(TableError, match=r"has the columns path, task but predictions have.*Is it a tags table"):
        read_predictions(tmp_path / "tags.parquet")


def test_arrays_that_do_not_fit_the_tracks():
    with pytest.raises(ValueError, match=r"genre: reference is \(3, 2\).*2 tracks and 2 outputs need \(2, 2\)"):
        predictions(["a", "b"], {"genre": GENRE})


def test_no_task_is_an_empty_table():
    assert len(predictions(["a"], {})) == 0
