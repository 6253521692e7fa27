"""The experiment file: one frozen description of a run, checked key by key before anything is read or trained."""

from unisono.experiment.experiment import Experiment
from unisono.experiment.toml import dump_toml, load_toml, with_overrides

__all__ = ["Experiment", "dump_toml", "load_toml", "with_overrides"]
