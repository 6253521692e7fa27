"""Groups are shared out among parts so that every part resembles the whole, as well as whole groups allow.

The start is random, so that seeds give different splits; then single groups move to where they are missed most, until
no move helps. What is made small is a chi-square: over strata (classes, labels, ranges of numbers, whether a task is
labelled at all, and the rows themselves), the squared distance from the share that a part should have, over that share.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack

Array = NDArray[np.float32]

_MOST_CLASSES = 64  # more different whole numbers than this are a scale, not classes
_MOST_LEVELS = 12  # the same for other numbers
_BINS = 5  # ranges of equal numbers of rows that a regression's targets are cut into
_SWEEPS = 20  # rounds of moves; a handful is enough in practice
_ROWS_WEIGHT = 4.0  # the size of a part counts as much as this many strata


def strata(targets: Mapping[str, Array], rows: int) -> csr_array:
    """What each row counts for: one column a class, label or range of each task, one for being labelled, one for all.

    Args:
        targets: task -> encoded labels (rows, k), NaN where not labelled.
        rows: number of rows, for a collection without tasks.
    Shape: (rows, strata)
    """
    columns = [np.ones((rows, 1), dtype=np.float64)]
    for array in targets.values():
        known: NDArray[np.bool_] = np.asarray(~np.isnan(array).all(axis=1))
        if not known.any():
            continue
        if not known.all():
            columns.append(known[:, None].astype(np.float64))
        columns.append(_kinds(array, known))
    return csr_array(hstack([csr_array(c) for c in columns], format="csr"))


def share_out(counts: csr_array, shares: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """The part of each group.

    Args:
        counts: how often each stratum stands in each group (groups, strata).
        shares: of the whole that each part should get; sums to 1. A part that should get nothing gets nothing.
    Shape: (groups, strata), (parts,) -> (groups,)
    """
    used = np.flatnonzero(shares > 0)
    if used.size < shares.size:
        return used[share_out(counts, shares[used], rng)]
    groups = counts.shape[0]
    totals = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    weight = np.where(np.arange(totals.size) == 0, _ROWS_WEIGHT, 1.0) / np.maximum(totals, 1.0)
    part = rng.choice(shares.size, size=groups, p=shares).astype(np.int64)
    excess = -np.outer(shares, totals)
    for number in range(shares.size):
        excess[number] += np.asarray(counts[np.flatnonzero(part == number)].sum(axis=0)).ravel()
    for _ in range(_SWEEPS):
        if not _sweep(counts, part, excess, weight[None, :] / shares[:, None], rng):
            break
    _fill(part, shares.size, np.asarray(counts[:, [0]].todense()).ravel())
    return part


def group_counts(per_row: csr_array, groups: NDArray[np.int64]) -> tuple[csr_array, NDArray[np.int64]]:
    """Strata summed over each group's rows, and the group of each row as a position in them."""
    _, position = np.unique(groups, return_inverse=True)
    rows = np.arange(groups.size)
    membership = coo_array((np.ones(groups.size), (position, rows))).tocsr()
    return csr_array(membership @ per_row), position.astype(np.int64)


def classes_of(array: Array) -> NDArray[np.float64] | None:
    """One column a class or label, all zero where a row is not labelled; None for numbers on a scale.

    Shape: (rows, k) -> (rows, classes)
    """
    known = np.asarray(~np.isnan(array).all(axis=1))
    given = array[known]
    if array.shape[1] > 1:
        return np.nan_to_num(array.astype(np.float64), nan=0.0) if np.isin(given, (0, 1, np.nan)).all() else None
    found = np.unique(given)
    if found.size > _MOST_CLASSES or not np.array_equal(found, np.round(found)):
        return None
    return _kinds(array, known)


def _sweep(
    counts: csr_array,
    part: NDArray[np.int64],
    excess: NDArray[np.float64],
    price: NDArray[np.float64],
    rng: np.random.Generator,
) -> bool:
    """Move every group, in random order, to where it fits best; True when any group moved."""
    moved = False
    starts, columns, values = counts.indptr, counts.indices, counts.data
    for group in rng.permutation(part.size):
        at = slice(starts[group], starts[group + 1])
        where, much, here = columns[at], values[at], part[group]
        there, cost = excess[:, where], price[:, where]
        enter = (cost * much * (2 * there + much)).sum(axis=1)
        leave = float((cost[here] * much * (much - 2 * there[here])).sum())
        enter[here] = -leave
        best = int(enter.argmin())
        if best != here and enter[best] + leave < -1e-9:
            excess[here, where] -= much
            excess[best, where] += much
            part[group] = best
            moved = True
    return moved


def _fill(part: NDArray[np.int64], parts: int, sizes: NDArray[np.float64]) -> None:
    """Give an empty part the smallest group of a part that has several."""
    for empty in range(parts):
        if not (part == empty).any():
            spare = np.flatnonzero(np.bincount(part, minlength=parts)[part] > 1)
            if spare.size:
                part[spare[sizes[spare].argmin()]] = empty


def _kinds(array: Array, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One column a class, label or range; all zero where a row is not labelled."""
    if array.shape[1] > 1:
        return np.nan_to_num(array.astype(np.float64), nan=0.0)
    values = array[known, 0]
    found = np.unique(values)
    if found.size > (_MOST_CLASSES if np.array_equal(found, np.round(found)) else _MOST_LEVELS):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
        values = np.searchsorted(edges, values, side="right").astype(np.float32)
        found = np.unique(values)
    columns = np.zeros((array.shape[0], found.size))
    columns[np.flatnonzero(known), np.searchsorted(found, values)] = 1.0
    return columns
