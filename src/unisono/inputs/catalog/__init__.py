"""Catalogs: tracks in blocks of hundreds, each made into one Parquet shard by an engine, here or on a cluster.

The journey: `blocks` (tracks -> blocks, named by what decides their result) -> an engine of `engines/` (which machine)
-> `Work.made` (the very same function whichever engine calls it) -> `shards` (a file a block, and its receipt).
"""

from unisono.inputs.catalog.blocks import Block
from unisono.inputs.catalog.catalog import Catalog, Order
from unisono.inputs.catalog.hearing import Hearing, fill
from unisono.inputs.catalog.places import Place, place_of
from unisono.inputs.catalog.shards import Receipt, Shards
from unisono.inputs.catalog.work import Cluster, Made, Task, Work

__all__ = [
    "Block",
    "Catalog",
    "Cluster",
    "Hearing",
    "Made",
    "Order",
    "Place",
    "Receipt",
    "Shards",
    "Task",
    "Work",
    "fill",
    "place_of",
]
