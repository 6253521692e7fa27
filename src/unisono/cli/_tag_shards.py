"""`unisono tag --into`: tags as Parquet shards, for catalogs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from unisono.cli._catalog import absolute, refuse_with_into, summed_up, work_through
from unisono.cli._console import Console
from unisono.cli._writing import Asked
from unisono.inputs.catalog import Catalog, Order
from unisono.inputs.extraction import Failure
from unisono.tagging import Columns, Layout, open_model
from unisono.tagging.catalog import tagging_with
from unisono.tagging.failures import write_failed
from unisono.tagging.rows import text_of


def tag_shards(
    console: Console,
    what: tuple[str, Sequence[str], Columns],
    how: tuple[bool, bool, float | None],
    order: Order,
    files: tuple[Asked, Path | None, Path | None],
) -> bool:
    """Make the shards; whether something was skipped.

    Args:
        what: the model, the paths and their tables' columns.
        how: wide, all labels, and the precision.
        order: where the shards go, and who makes them.
        files: what cannot be had beside shards, files written or one table of tags; and where failures go.
    """
    asked, output, table = files
    refuse_with_into([("-o", output is not None), ("--write", asked.write), ("--diff", asked.diff is not None)])
    (model, paths, columns), (wide, all_labels, precision), began = what, how, time.monotonic()
    tagger = open_model(model)
    layout = Layout(wide, all_labels, {} if precision is None else tagger.half_widths(precision))
    found = tagger.gather(absolute(paths), columns)
    missing = [Failure(-1, one.id, one.id, one.reason, "") for one in found.skipped]
    catalog = Catalog(tagging_with(tagger, layout, precision), found.tracks, order)
    try:
        work_through(console, "tagging", catalog)
    finally:
        if catalog.receipts:
            _list(table, [*missing, *catalog.failures])
            told = summed_up(console, catalog, time.monotonic() - began, missing)
            console.result({"model": model, **told, "passed_over": [text_of(path) for path in found.passed_over]})
    return bool(missing or catalog.failures)


def _list(path: Path | None, failures: Sequence[Failure]) -> None:
    if path is not None:
        write_failed([(one.id, "reading", one.reason) for one in failures], path)
