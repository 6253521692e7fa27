"""Scores a model on labelled tracks, such as a table it has not seen."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._catalog import tell_misnamed
from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet, Workers
from unisono.cli._scores import show_scores
from unisono.cli._tables import AudioColumn, IdColumn, LyricsColumn, collection_at
from unisono.evaluation.judging import Judgement, judge
from unisono.files import commit_bytes
from unisono.model import open_model
from unisono.tagging import Columns

DONE, SKIPS = 0, 3


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder, or a run's.")],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Labelled tracks: a table, or tagged files.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the scores here, as JSON.")
    ] = None,
    workers: Workers = None,
    id_column: IdColumn = None,
    audio_column: AudioColumn = None,
    lyrics_column: LyricsColumn = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Score a model on labelled tracks.

    Labels stand in the columns that the model was taught. Tracks that the model has learned from flatter it: where the
    run of the model lies around it, they are counted and the scores are stamped leaky.

    Examples:
      unisono evaluate run/model new-songs.csv
      unisono evaluate run new-songs.csv -o scores.json
    """
    with Console(as_json, quiet) as console:
        opened = open_model(model)
        columns = Columns(id_column, audio_column, lyrics_column, opened.facts.get("columns", {}))
        collection = collection_at(table, columns)
        with console.progress("reading") as advance:
            judgement = judge(opened, collection, seen=_learned_from(model), workers=workers, progress=advance)
        if output is not None:
            commit_bytes(output, json.dumps(judgement.scores, indent=1, allow_nan=False).encode())
        for note in collection.notes:
            console.warn(note)
        skipped = _skipped(judgement)
        for name, reason in skipped.items():
            console.warn(f"skipped {name}: {reason}")
        misnamed = tell_misnamed(console, opened.inputs, collection.tracks)
        if judgement.without:
            console.warn(f"not scored, for the table has no such column: {', '.join(judgement.without)}")
        show_scores(console, judgement.scores)
        told = {"skipped": [{"track": n, "reason": r} for n, r in skipped.items()], "misnamed": misnamed}
        console.result({**judgement.scores, **told})
    return SKIPS if skipped else DONE


def _skipped(judgement: Judgement) -> dict[str, str]:
    failed = {f.id: f.reason for f in judgement.failures}
    return failed | dict.fromkeys(judgement.lacking, "it has nothing that the model hears or reads")


def _learned_from(model: Path) -> frozenset[str]:
    """Ids of the tracks that a model was trained or selected on, where its run's split lies beside it."""
    split = next((p for p in (model / "split.csv", model.parent / "split.csv") if p.is_file()), None)
    if split is None:
        return frozenset()
    with split.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["id"] for row in csv.DictReader(stream) if row["part"] not in ("test", "dropped"))
