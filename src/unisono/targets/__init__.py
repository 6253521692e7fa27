"""Targets that are computed after the split, on its training tracks: artist group factors, and who is near whom."""

from unisono.targets.artist_groups import Computed, compute, leak_of
from unisono.targets.factors import ArtistFactors, read_factors, write_factors
from unisono.targets.nearest import Near, nearest_artists

__all__ = [
    "ArtistFactors",
    "Computed",
    "Near",
    "compute",
    "leak_of",
    "nearest_artists",
    "read_factors",
    "write_factors",
]
