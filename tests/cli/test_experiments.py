"""What a shell offers where an experiment is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.cli import _experiments


def test_experiments_are_recipes_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").touch()
    (tmp_path / "more").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_experiments, "recipe_names", lambda: ("mild", "wild"))
    assert _experiments.experiments("m") == ["mild", "mine.toml", "more/"]
