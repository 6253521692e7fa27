"""Which predictions a run's confidence is calibrated on, and how good it then is on the test part."""

from __future__ import annotations

from typing import Any

import polars as pl

from unisono.evaluation import Learned
from unisono.evaluation.sureness import Facts, confidence_facts, sureness, sureness_of_folds


def confidence_of(table: pl.DataFrame, learned: Learned) -> tuple[Facts, dict[str, Any]]:
    """What goes into model.json as "calibration" and "thresholds", and what goes into scores.json of each task.

    With folds all of it comes from the pooled test parts, and each fold is judged by what the others gave. Without, it
    comes from the calibration part; where there is none, probabilities are calibrated on the validation part, and there
    are no thresholds: early stopping has looked at it.

    Args:
        table: predictions of a run, all folds.
        learned: of the first fold.
    """
    test = table.filter(pl.col("split") == "test")
    if table["fold"].n_unique() > 1:
        return confidence_facts(test, learned.tasks), sureness_of_folds(test, learned.tasks)
    kept = table.filter(pl.col("split") == "calibration")
    part = kept if len(kept) else table.filter(pl.col("split") == "validation")
    facts = confidence_facts(part, learned.tasks, thresholds=len(kept) > 0)
    return facts, sureness(test, learned.tasks, facts)
