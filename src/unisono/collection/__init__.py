"""Tracks in tables and folders, their labels, and the splits that judge honestly.

`load` reads what `[collection]` names, `check_labels` finds every label that cannot be learned, `make_split` makes
train, validation and test of whole groups, `inspect` says what is there and what is wrong with it.
"""

from unisono.collection.findings import Findings, TaskFindings
from unisono.collection.first_experiment import write_experiment
from unisono.collection.inspection import inspect
from unisono.collection.labels import check_labels
from unisono.collection.loading import load
from unisono.collection.settings import CollectionSettings, Join, Latest, SplitSettings
from unisono.collection.split import Split, make_split, read_split, write_split
from unisono.collection.split_file import Fold
from unisono.collection.tracks import Collection, Track

__all__ = [
    "Collection",
    "CollectionSettings",
    "Findings",
    "Fold",
    "Join",
    "Latest",
    "Split",
    "SplitSettings",
    "TaskFindings",
    "Track",
    "check_labels",
    "inspect",
    "load",
    "make_split",
    "read_split",
    "write_experiment",
    "write_split",
]
