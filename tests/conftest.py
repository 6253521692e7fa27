"""For every test: one thread per library, no window system, and the real data's folder where there is one."""

from __future__ import annotations

import os
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy, torch and polars are imported
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("NO_COLOR", "1")
os.environ.setdefault("COLUMNS", "120")

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real collections that the environment variable UNISONO_DATA names; the test is skipped without."""
    folder = os.environ.get("UNISONO_DATA")
    if not folder:
        pytest.skip("UNISONO_DATA is not set: the real collections are not on this machine")
    if not Path(folder).is_dir():
        pytest.fail(f"UNISONO_DATA names {folder}, which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def small_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of a rendered collection: 24 tracks of 4 s, four genres, a quarter of the labels missing.

    Shared by all tests of a session: read it, write elsewhere.
    """
    from unisono.demo import render

    return render(tmp_path_factory.mktemp("collection"), tracks=24, seed=5, seconds=4.0)
