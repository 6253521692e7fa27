"""Lays out tracks by what one layer of a trained network makes of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.parts import part


class Method(StrEnum):
    """How many numbers become two."""

    tsne = "tsne"
    pca = "pca"


def map(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or a cell of a study.")],
    layer: Annotated[
        str,
        typer.Option("--layer", metavar="NAME", help="A layer's dotted name; default: what heads read."),
    ] = "representation",
    task: Annotated[
        str, typer.Option("--task", metavar="NAME", help="Whose labels are shown; default: the first.")
    ] = "",
    method: Annotated[Method, typer.Option("--method", help="tsne for neighbours, pca for directions.")] = Method.tsne,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="HTML", help="The page; a .csv is written beside it.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Lay out tracks by what one layer of a trained network makes of them.

    Every track of the run's collection, also those that taught, goes through the network once; activations over time
    and frequency are averaged. Writes a page and a table of the points.

    Examples:
      unisono map run
      unisono map run --layer heads.heads.for_genre --method pca -o map.html
    """
    with Console(as_json, quiet) as console:
        with console.progress("reading") as advance:
            made = part("study", "layers").layer_map(folder, layer, task, method.value, advance)
        drawing = part("report", "map_page")
        points = [
            drawing.Point(*row, float(x), float(y))
            for row, (x, y) in zip(zip(made.tracks, made.parts, made.labels, strict=True), made.points, strict=True)
        ]
        title = f"{folder.resolve().name}: {made.task} by {made.layer} ({made.width} numbers, {method.value})"
        page = drawing.write_map(points, title, output or folder / f"map-{made.layer}-{method.value}.html")
        console.say(f"{len(points)} tracks: {page} and {page.with_suffix('.csv')}")
        console.result({"page": page, "table": page.with_suffix(".csv"), "tracks": len(points), "width": made.width})
    return 0
