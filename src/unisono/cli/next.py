"""Picks the tracks whose labels would teach most, as a playlist and a table to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import unisono
from unisono.cli._catalog import tell_failures, tell_misnamed
from unisono.cli._console import Console
from unisono.cli._experiments import Experiment, Set
from unisono.cli._lists import run_or_experiment, write_csv, write_playlist
from unisono.cli._options import Json, Quiet, Seed
from unisono.cli._watching import Watcher
from unisono.curate import Candidate, candidates
from unisono.errors import UserError
from unisono.model import open_model
from unisono.training.corpus import Corpus, gather
from unisono.training.run import Watching

DONE, SKIPS = 0, 3


def next(
    experiment: Experiment,
    number: Annotated[int, typer.Option("--number", "-n", metavar="N", min=1, help="How many tracks.")] = 30,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the lists go.")] = Path("next"),
    changes: Set = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Pick the tracks whose labels would teach most.

    Tracks of the collection that some task has no label for, of which the model is unsure and which differ from each
    other. Trains first, or takes the model of a finished run. Play next.m3u8, fill in next.csv, train again.

    Examples:
      unisono next mine.toml -n 30
      unisono next run -n 30 -o tonight
    """
    with Console(as_json, quiet) as console:
        asked, run = run_or_experiment(experiment, changes)
        folder = run or _trained(console, asked, output / "run", seed or 0)
        corpus = gather(asked, seed or 0)
        with console.progress("listening") as advance:
            model = open_model(folder)
            found, failures = candidates(model, corpus, number, seed or 0, advance)
        failed = tell_failures(console, failures)
        misnamed = tell_misnamed(console, model.inputs, corpus.tracks)
        if not found:
            raise UserError(asked.name, "every track that can be heard or read has all its labels already")
        _write(output, corpus, found)
        names = [corpus.names[c.index] for c in found]
        rows = [(n, ", ".join(c.missing), ", ".join(c.guesses)) for n, c in zip(names, found, strict=True)]
        console.table(("track", "not labelled", "guess"), rows)
        console.say(f"Play {output / 'next.m3u8'}, fill in {output / 'next.csv'}, and train again.")
        places = {"playlist": output / "next.m3u8", "table": output / "next.csv"}
        console.result({"tracks": names, **places, **failed, "misnamed": misnamed})
    return SKIPS if failed["skipped"] else DONE


def _trained(console: Console, asked: unisono.Experiment, folder: Path, seed: int) -> Path:
    begun = (folder / "experiment.toml").is_file()
    with console.progress("training") as advance:
        watcher = Watcher(console, advance, asked)
        watching = Watching(watcher.progress, watcher.line, watcher.note, console.warn)
        return unisono.train(asked, folder, seed, resume=begun, watching=watching).folder


def _write(output: Path, corpus: Corpus, found: Sequence[Candidate]) -> None:
    """The table has the labels that are there, empty cells for those that are not, and the model's guesses beside."""
    sounds = [sound for c in found if (sound := corpus.tracks[c.index].audio) is not None]
    write_playlist(output / "next.m3u8", "next", sounds)
    tasks = [n for n in corpus.cells if any(n in c.missing for c in found)]
    header = ["id", "path", *tasks, *(f"{n} (guess)" for n in tasks)]
    rows = []
    for c in found:
        guesses = dict(zip(c.missing, c.guesses, strict=True))
        labels = ["" if n in c.missing else corpus.cells[n][c.index] for n in tasks]
        rows.append([corpus.names[c.index], corpus.tracks[c.index].audio, *labels, *(guesses.get(n) for n in tasks)])
    write_csv(output / "next.csv", header, rows)
