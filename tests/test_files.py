"""A file is as it was before or completely new, and a full disk is told as such whoever found it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from unisono.errors import DiskFull
from unisono.files import commit_bytes, commit_path, disk_error


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    commit_bytes(path, b"old")
    with pytest.raises(RuntimeError, match="half way"), commit_path(path) as temporary:
        temporary.write_bytes(b"ne")
        raise RuntimeError("half way")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OSError("No space left on device (os error 28)")],
    ids=["python", "polars"],
)
def test_a_full_disk_is_told_with_what_is_free(tmp_path: Path, error: OSError) -> None:
    with pytest.raises(DiskFull, match=r"a\.csv: the disk is full \([\d,]+ free\)"), commit_path(tmp_path / "a.csv"):
        raise error


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    error = OSError("Permission denied (os error 13)")
    assert disk_error(error, tmp_path / "a.csv", 0) is error
