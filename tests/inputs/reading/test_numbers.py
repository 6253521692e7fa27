"""Numbers: what is one, what is missing, and what is neither."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.inputs.reading.numbers import NotANumber, number


@pytest.mark.parametrize("cell", [None, "", "  ", math.nan])
def test_an_empty_cell_is_missing(cell: Any) -> None:
    assert math.isnan(number(cell))


@pytest.mark.parametrize(
    ("cell", "value"), [(3, 3.0), (True, 1.0), (" 2.5 ", 2.5), ("-.5e2", -50.0), ("7.", 7.0), ("+1", 1.0)]
)
def test_numbers_and_their_texts(cell: Any, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("fast", '"fast" is no number'),
        ("120,5", "decimal point in place of the comma"),
        ("NA", "Leave the cell empty"),
        ("nan", "Leave the cell empty"),
        ("-", "Leave the cell empty"),
        ("1_000", "is no number"),
        ("0x10", "is no number"),
        (math.inf, "infinite"),
        ("1e999", "infinite"),
    ],
)
def test_anything_else_is_an_error_with_advice(cell: Any, message: str) -> None:
    with pytest.raises(NotANumber) as caught:
        number(cell)
    assert message in f"{caught.value.found}. {caught.value.advice}"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(value: float) -> None:
    assert number(repr(value)) == value
