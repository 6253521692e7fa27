"""Augmentation of training tracks: transposed copies, and changes that are drawn anew each time a row is learned."""

from unisono.inputs.augmenting.copies import Transposes, copies_of, copy_name, picked
from unisono.inputs.augmenting.settings import Augmentation, Augments

__all__ = ["Augmentation", "Augments", "Transposes", "copies_of", "copy_name", "picked"]
