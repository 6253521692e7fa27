"""Learn a music collection's own tags with one multi-task model, and tag the rest of it.

Eight names: `train` learns an `Experiment` and gives a run; `open_model` gives a tagger; the four kinds of tasks are
`Multiclass`, `Multilabel`, `Regression` and `Distribution`. They are imported when they are first used, so that
tagging never loads torch.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unisono.experiment import Experiment
    from unisono.tagging import open_model
    from unisono.tasks.distribution import Distribution
    from unisono.tasks.multiclass import Multiclass
    from unisono.tasks.multilabel import Multilabel
    from unisono.tasks.regression import Regression
    from unisono.training.run import Run, train

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # from 1.29 on, ONNX Runtime reports to its maker when imported

_HOME = {
    "Distribution": "unisono.tasks.distribution",
    "Experiment": "unisono.experiment",
    "Multiclass": "unisono.tasks.multiclass",
    "Multilabel": "unisono.tasks.multilabel",
    "Regression": "unisono.tasks.regression",
    "Run": "unisono.training.run",
    "open_model": "unisono.tagging",
    "train": "unisono.training.run",
}

__all__ = [
    "Distribution",
    "Experiment",
    "Multiclass",
    "Multilabel",
    "Regression",
    "Run",
    "open_model",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'unisono' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
