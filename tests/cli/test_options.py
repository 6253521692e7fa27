"""What a shell offers while a command is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.cli import _options


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.toml").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_absolute_paths_complete(here: Path) -> None:
    assert _options.files(f"{here}/mi", ".toml") == [f"{here}/mine.toml"]


def test_folders_are_offered_on_the_way_to_a_file(here: Path) -> None:
    assert _options.files("", ".toml") == ["mine.toml", "more/"]
    assert _options.files("more/", ".toml") == ["more/other.toml"]
    assert _options.files("nowhere/x", ".toml") == []


def test_exports_come_from_the_folder() -> None:
    assert _options.export_names("c") == ["csv"]
