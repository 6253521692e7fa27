"""Using a model: files, folders and tables become tags, and tags become tables. No torch, no scikit-learn.

The journey: `gathering` (what was asked for -> tracks) -> `reading` (tracks -> examples, in worker processes) ->
`model.Model.predict` -> `tagged` (answers, and what was skipped) -> `rows` -> `exports`.
"""

from unisono.tagging.exporting import export_for, is_folder, steps_of, write
from unisono.tagging.gathering import Columns
from unisono.tagging.tagged import Layout, Skipped, Tagged, Tags
from unisono.tagging.tagger import Tagger, open_model

__all__ = [
    "Columns",
    "Layout",
    "Skipped",
    "Tagged",
    "Tagger",
    "Tags",
    "export_for",
    "is_folder",
    "open_model",
    "steps_of",
    "write",
]
