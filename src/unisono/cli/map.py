"""Lays out tracks by what one layer of a trained network makes of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.errors import ExperimentError, UserError
from unisono.parts import part


class Method(StrEnum):
    """How many numbers become two."""

    tsne = "tsne"
    pca = "pca"


def map(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, a study's, or a cell of a study.")],
    layer: Annotated[
        str,
        typer.Option("--layer", metavar="NAME", help="A layer's dotted name; default: what heads read."),
    ] = "representation",
    task: Annotated[
        str, typer.Option("--task", metavar="NAME", help="Whose labels are shown; default: the first.")
    ] = "",
    method: Annotated[Method, typer.Option("--method", help="tsne for neighbours, pca for directions.")] = Method.tsne,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A page, or an image (.png, .svg); a .csv stands beside."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Lay out tracks by what one layer of a trained network makes of them.

    Every track of the run's collection, also those that taught, goes through the network once; activations over time
    and frequency are averaged. Writes a page, or an image, and a table of the points. Of a study: a panel for each
    configuration that has the layer, its first seed.

    Examples:
      unisono map run
      unisono map run --layer heads.heads.for_genre --method pca -o map.png
      unisono map study -o maps.html
    """
    with Console(as_json, quiet) as console:
        made = _maps(console, folder, (layer, task, method.value))
        drawing = part("report", "map_page")
        maps = {
            name: [
                drawing.Point(*row, float(x), float(y))
                for row, (x, y) in zip(zip(one.tracks, one.parts, one.labels, strict=True), one.points, strict=True)
            ]
            for name, one in made.items()
        }
        first = next(iter(made.values()))
        title = f"{folder.resolve().name}: {first.task} by {first.layer} ({first.width} numbers, {method.value})"
        page = drawing.write_map(maps, title, output or folder / f"map-{first.layer}-{method.value}.html")
        table = page.with_suffix(".csv")
        said = f"{len(first.tracks)} tracks" + (f", {len(maps)} configurations" if len(maps) > 1 else "")
        console.say(f"{said}: {page} and {table}")
        told = {"configurations": list(maps)} if len(maps) > 1 else {}
        console.result({"page": page, "table": table, "tracks": len(first.tracks), "width": first.width, **told})
    return 0


def _maps(console: Console, folder: Path, asked: tuple[str, str, str]) -> dict[str, Any]:
    """Configuration -> its map; configurations without the layer or the task are named and left out."""
    layers = part("study", "layers")
    runs = layers.runs_of(folder)
    made: dict[str, Any] = {}
    missing: list[UserError] = []
    for name, run in runs.items():
        try:
            with console.progress(f"reading {name}".strip()) as advance:
                made[name] = layers.layer_map(run, *asked, advance)
        except ExperimentError as error:
            missing.append(error)
            if len(runs) > 1:
                console.warn(f"left out {name}: {error}")
    if not made:
        raise missing[0]
    return made
