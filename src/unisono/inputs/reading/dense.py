"""Dense batches: rows of numbers of one length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unisono.inputs import Batch, Example


def collate_dense(examples: Sequence[Example | None], width: int) -> Batch:
    """Rows one below the other; a missing example becomes zeros.

    Shape: {"values": float32 (examples, width)}
    """
    values = np.zeros((len(examples), width), dtype=np.float32)
    for row, example in zip(values, examples, strict=True):
        if example is not None:
            row[:] = example["values"]
    return {"values": values}
