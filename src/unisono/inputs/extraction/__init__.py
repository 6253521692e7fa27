"""From many tracks to examples: a content-addressed cache, a pool of guarded processes, a list of failures."""

from unisono.inputs.extraction.bulk import Bulk, Plan, Shard
from unisono.inputs.extraction.cache import Cache
from unisono.inputs.extraction.extracted import Extracted
from unisono.inputs.extraction.extracting import extract, fit
from unisono.inputs.extraction.failures import Failure, OnBad, read_failures, write_failures
from unisono.inputs.extraction.pool import Workers

__all__ = [
    "Bulk",
    "Cache",
    "Extracted",
    "Failure",
    "OnBad",
    "Plan",
    "Shard",
    "Workers",
    "extract",
    "fit",
    "read_failures",
    "write_failures",
]
