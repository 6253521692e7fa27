"""Sparse batches: rows of numbers and weights, padded to one length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unisono.inputs import Batch, Example


def collate_sparse(examples: Sequence[Example | None]) -> Batch:
    """Pad rows to the longest with number 0 and weight 0; a missing example is all padding.

    Shape: {"ids": int32 (examples, longest), "weights": float32 (examples, longest)}, longest at least 1
    """
    lengths = np.array([0 if e is None else len(e["ids"]) for e in examples], dtype=np.int64)
    shape = (len(examples), max(1, int(lengths.max(initial=0))))
    ids, weights = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.float32)
    there = [e for e in examples if e is not None]
    if there:
        filled = np.arange(shape[1]) < lengths[:, None]
        ids[filled] = np.concatenate([e["ids"] for e in there])
        weights[filled] = np.concatenate([e["weights"] for e in there])
    return {"ids": ids, "weights": weights}
