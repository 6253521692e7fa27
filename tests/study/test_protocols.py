"""What leaks on purpose does leak, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ExperimentError
from unisono.study.cells import Parting, Place, cell_of
from unisono.study.plan import Study
from unisono.training.material import FoldMaterial, fold_material, prepare


@pytest.fixture
def material(made_study: Callable[..., Study], tmp_path: Path) -> Callable[[str], FoldMaterial]:
    """The material of a cell under a protocol; every track's lyrics hold a word of their own."""
    study = made_study()
    lines = (tmp_path / "songs.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines[1:]]
    rows = [",".join([*row[:3], f"{row[3]} own{row[0]}", *row[4:]]) for row in cells]
    (tmp_path / "songs.csv").write_text("\n".join([lines[0], *rows]))
    (tmp_path / "s").mkdir()

    def made(protocol: str) -> FoldMaterial:
        cell = cell_of(study, Place("alone", protocol, 0), Parting(study, tmp_path / "s"))
        whole = prepare(cell.experiment(), 0)
        return fold_material(whole, whole.corpus.split.folds[0])

    return made


def known_words(found: FoldMaterial, part: str) -> int:
    """How many of a part's tracks have their own word in the vocabulary."""
    vocabulary = set(found.inputs["lyrics"].model_dump()["vocabulary"])
    return sum(f"own{found.names[i]}" in vocabulary for i in found.parts[part])


def test_an_honest_cell_learns_nothing_from_test(material: Callable[[str], FoldMaterial]) -> None:
    found = material("grouped")
    assert known_words(found, "train") == len(found.parts["train"])
    assert known_words(found, "test") == known_words(found, "validation") == 0
    assert not set(found.parts["validation"]) & set(found.parts["test"])


def test_inputs_are_fitted_on_test_when_asked(material: Callable[[str], FoldMaterial]) -> None:
    found = material("fit_on_all")
    assert known_words(found, "test") == len(found.parts["test"]) > 0


def test_early_stopping_looks_at_test_when_asked(material: Callable[[str], FoldMaterial]) -> None:
    found = material("select_on_test")
    assert np.array_equal(found.parts["validation"], found.parts["test"])
    assert np.array_equal(found.parts["test"], material("grouped").parts["test"])
    assert known_words(found, "test") == 0


def test_copies_cross_only_where_there_are_some(material: Callable[[str], FoldMaterial]) -> None:
    with pytest.raises(ExperimentError, match=r'lets "copies_cross" but no input makes copies.*Set for example pitch'):
        material("copies_cross")


def test_excerpts_cross_only_where_there_are_several(material: Callable[[str], FoldMaterial]) -> None:
    with pytest.raises(ExperimentError, match=r'lets "excerpts_cross" but no test track has several.*Set `excerpts`'):
        material("excerpts_cross")
