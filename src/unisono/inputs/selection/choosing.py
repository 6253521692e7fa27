"""Filters, then the tasks' own choices, then what any of them has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.errors import LabelError, TableError
from unisono.inputs import Labels
from unisono.inputs.selection.filters import Positions, uncorrelated, varying
from unisono.inputs.selection.ranking import ranked
from unisono.inputs.selection.settings import Selected, Selection


class Features(NamedTuple):
    """The training tracks' numbers.

    Args:
        names: one a column.
        values: (tracks, features), as they stand in the table, without gaps.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]


def choose(selection: Selection, features: Features, labels: Mapping[str, Labels]) -> Selected:
    """Which features are kept.

    Args:
        labels: task -> labels of the same tracks.
    Raises: TableError when no feature varies; LabelError when a task that chooses has no two different labels.
    """
    if selection.asks and not labels:
        raise ValueError("this selection needs labels: call fit_labelled")
    varies = varying(features.values, selection.variance)
    if not len(varies):
        found = f"none of the {len(features.names):,} features has a variance above {selection.variance:g}"
        raise TableError("selection", found, "Lower selection.variance.")
    kept = varies
    if selection.correlation is not None:
        kept = varies[uncorrelated(features.values[:, varies], selection.correlation)]
    chosen = _chosen(selection, features.values[:, kept], labels)
    last = kept[np.unique(np.concatenate(list(chosen.values())))] if chosen else kept
    taken = (len(features.names) - len(varies), len(varies) - len(kept), len(kept) - len(last))
    return Selected(
        offered=len(features.names),
        positions=tuple(last.tolist()),
        names=_named(features, last),
        left_out=dict(zip(("variance", "correlation", "tasks"), taken, strict=True)),
        by_task={task: _named(features, kept[at]) for task, at in chosen.items()},
    )


def _chosen(selection: Selection, values: NDArray[np.float64], labels: Mapping[str, Labels]) -> dict[str, Positions]:
    found: dict[str, Positions] = {}
    for task, ranking in selection.rankings(list(labels)).items():
        at = ranked(values, labels[task], ranking)
        if at is None:
            needed = "no two training tracks have different labels but feature selection needs them"
            raise LabelError(f"task {task}", needed, "Label more tracks, or name other tasks in selection.by.")
        found[task] = at
    return found


def _named(features: Features, at: Positions) -> tuple[str, ...]:
    return tuple(features.names[i] for i in at)
