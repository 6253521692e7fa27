"""The fault bench, small: every stage finds no harm in our way of writing, and finds it in the naive way."""

from __future__ import annotations

from pathlib import Path

import pytest
from faultbench import flips, kills, places, shim
from faultbench.__main__ import blind, harm_in

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # children end at once


def test_every_write_call_of_a_save_can_fail(tmp_path: Path) -> None:
    library = shim.compiled(tmp_path)
    if library is None:
        pytest.skip("gcc is not installed, or this is no Linux")
    result = shim.in_preloaded(library, "faultbench.faults", [str(tmp_path / "songs"), "12", "mp3-2.3"])
    assert result["ours"]["struck"] == 48 and not harm_in(result)
    assert result["naive"]["damaged"] > 0


def test_a_killed_tagging_leaves_whole_songs(tmp_path: Path) -> None:
    result = kills.tagging(tmp_path, rounds=2, number=6, seconds=1.0)
    assert result["ours"]["songs"] == 12 and not harm_in(result)


def test_a_killed_undo_leaves_whole_songs(tmp_path: Path) -> None:
    result = kills.undoing(tmp_path, rounds=2, number=6, seconds=0.5)
    assert result["ours"]["songs"] == 12 and not harm_in(result)


def test_flipped_bits_lose_nothing(tmp_path: Path) -> None:
    assert flips.baseline(tmp_path / "intact") == 0
    result = flips.run(tmp_path / "flipped", 150)
    assert not harm_in(result)
    assert result["ours"]["skipped"] > 10 and not blind(result)


def test_links_permissions_and_names(tmp_path: Path) -> None:
    result = places.matrix(tmp_path)
    assert set(result["ours"].values()) == {"right"} and not blind(result)


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    result = places.two_processes(tmp_path, rounds=1, number=8, naive=1)
    assert result["ours"]["songs"] == 8 and not harm_in(result)


def test_files_of_other_programs(tmp_path: Path, real_data: Path) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for number, path in enumerate(sorted((real_data / "formats" / "mutagen").iterdir())):
        if number % 6 == 0 and path.is_file():
            (some / path.name).symlink_to(path)
    result = places.formats(tmp_path / "formats", some)
    assert result["ours"]["files"] > 10 and not harm_in(result)
