"""Form of a text: numbers that one can count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unisono.inputs.reading.form import MEASURES, form_of


def form(text: str) -> dict[str, float]:
    return dict(zip(MEASURES, form_of(text.split()), strict=True))


def test_counted_by_hand() -> None:
    # 8 words, 3 different; 7 pairs: la-la, la-love (3 times), love-la (2), love-forever; 6 triples, 4 different
    found = form("la la love la love la love forever")
    assert found == pytest.approx(
        {
            "words": 8,
            "words_log": math.log(8),
            "different_log": math.log(3),
            "different": 3 / 8,
            "different_pairs": 4 / 8,
            "different_triples": 4 / 8,
            "entropy": -(4 / 8 * math.log(4 / 8) + 3 / 8 * math.log(3 / 8) + 1 / 8 * math.log(1 / 8)),
            "once": 1 / 3,
            "thrice": 2 / 3,
            "commonest": 4 / 8,
            "commonest_pair": 3 / 8,
            "commonest_triple": 2 / 8,
            "again": 1 / 8,
            "again_after_one": 4 / 8,
            "halves_share": 2 / 3,
            "letters": (4 * 2 + 3 * 4 + 7) / 8,
            "letters_deviation": np.std([2] * 4 + [4] * 3 + [7]),
            "short": 4 / 8,
            "long": 1 / 8,
        }
    )


@pytest.mark.parametrize("text", ["", "one", "one two"])
def test_the_shortest_texts_have_finite_numbers(text: str) -> None:
    assert np.isfinite(form_of(text.split())).all()


def test_the_subject_does_not_matter() -> None:
    assert form("dog cat dog sun") == form("sky sea sky fog")
