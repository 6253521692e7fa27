"""Scores as a person sees them."""

from __future__ import annotations

import pytest

from unisono.cli._console import Console
from unisono.cli._scores import show_scores

SCORES = {
    "signature": "data:0",
    "split": "test",
    "leaks": ["random split, though artists are known"],
    "tasks": {
        "energy": {"kind": "regression", "role": "auxiliary", "r2": None, "mae": 12.5, "undefined": {"r2": "one track"}}
        | {"interval": {"mae": [10.0, 15.0]}, "majority": {"mae": 20.0}}
    },
}


def test_stamps_reasons_and_baselines(capsys: pytest.CaptureFixture[str]) -> None:
    show_scores(Console(), SCORES)
    shown = capsys.readouterr()
    assert shown.err == "leaky: random split, though artists are known\n"
    assert shown.out.splitlines()[1:] == [
        "energy (only helps)\tr2\tundefined: one track\t\t\t",
        "energy (only helps)\tmae\t12.500\t10.000 to 15.000\t\t20.000",
        "Signature: data:0",
    ]
