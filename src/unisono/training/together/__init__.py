"""Several runs of one experiment that differ in seed and split learn as one batched program.

The way through the package: `opening` (each run up to its first step) -> `fitness` (may they be one program?) ->
`pool` (all rows in one place) and `stack` (all networks, and what updates them) -> `learning` (epochs of steps) ->
`learn_together`, which leaves what each run alone would leave: its history and a finished checkpoint.
"""

from unisono.training.together.fitness import unfit
from unisono.training.together.learning import Learnt, learn_together
from unisono.training.together.opening import Asked

__all__ = ["Asked", "Learnt", "learn_together", "unfit"]
