"""Names of layers by pattern."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError
from unisono.experiment.patterns import matching, pairs

NAMES = [
    "branches.for_audio.sharing.block1.for_all.conv1.weight",
    "branches.for_audio.sharing.block2.for_genre.conv1.weight",
    "branches.for_audio.sharing.block2.for_genre+mood.conv1.weight",
    "heads.heads.for_genre.output.bias",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("branches", [0, 1, 2]),
        ("branches.*", [0, 1, 2]),
        ("*", [0, 1, 2, 3]),
        ("branches.for_audio.sharing.block[12]", [0, 1, 2]),
        ("branches.for_audio.sharing.block?.for_all", [0]),
        ("branches.for_audio.sharing.block2.for_genre", [1]),
        ("branches.for_audio.sharing.block2.for_genre+mood", [2]),
        ("**.for_genre", [1, 3]),
        ("**.weight", [0, 1, 2]),
        ("branches.{name}.sharing.block1", [0]),
    ],
)
def test_a_pattern_names_layers_and_what_is_inside(pattern: str, found: list[int]) -> None:
    assert matching(pattern, NAMES, "freeze") == [NAMES[i] for i in found]


@pytest.mark.parametrize("pattern", ["branches.for_audi", "block1", "heads.for_genre", "branches.*.block1"])
def test_a_pattern_that_fits_nothing_is_an_error(pattern: str) -> None:
    with pytest.raises(ExperimentError, match=r"freeze: the pattern .* fits no layer\."):
        matching(pattern, NAMES, "freeze")


def test_the_nearest_layer_is_proposed() -> None:
    with pytest.raises(ExperimentError, match=r'Did you mean "branches\.for_audio"\?'):
        matching("branches.for_audoi", NAMES, "freeze")


SOURCE = ["net.block1.for_all.w", "net.block1.for_all.b", "net.block2.for_all.w"]
TARGET = ["net.block1.for_x.w", "net.block1.for_x.b", "net.block1.for_y.w", "net.block1.for_y.b", "net.block2.for_x.w"]


def test_one_source_goes_to_every_place_that_fits() -> None:
    found = pairs("net.block1.for_all", "net.block1.for_*", SOURCE, TARGET, "copy")
    assert found == [(SOURCE[i], TARGET[j]) for i, j in ((0, 0), (1, 1), (0, 2), (1, 3))]


def test_named_steps_agree() -> None:
    found = pairs("net.{block}.for_all", "net.{block}.for_*", SOURCE, TARGET, "copy")
    assert found[-1] == (SOURCE[2], TARGET[4]) and len(found) == 5


@pytest.mark.parametrize(
    ("pattern", "place", "message"),
    [
        ("net.*.for_all", "net.*.for_*", r'"net\.block1\.for_x\.w" needs one source but .* gives it .* and '),
        ("net.block1.for_all", "net.{block}.for_x", r"\{block\} stands in one of .* but has to agree in both"),
        ("net.{block}.for_all", "net.{block}.for_y", '"net.block2.for_all.w" has no place'),
        ("net.block9", "net.block1", r"copy\.layers: the pattern .* fits no layer"),
        ("net.block1", "net.block9", r"copy\.to: the pattern .* fits no layer"),
    ],
)
def test_every_source_and_every_place_has_a_partner(pattern: str, place: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        pairs(pattern, place, SOURCE, TARGET, "copy")


def test_a_place_without_a_source() -> None:
    with pytest.raises(ExperimentError, match=r'"net\.block2\.for_x\.w" needs one source but .* gives it none'):
        pairs("net.{block}.for_all", "net.{block}.for_*", SOURCE[:2], TARGET, "copy")
