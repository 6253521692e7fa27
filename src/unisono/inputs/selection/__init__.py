"""Selection: which of many numbers an input keeps, learned from the training tracks and their labels alone."""

from unisono.inputs.selection.choosing import Features, choose
from unisono.inputs.selection.settings import Ranking, Selected, Selection, check, of_tasks

__all__ = ["Features", "Ranking", "Selected", "Selection", "check", "choose", "of_tasks"]
