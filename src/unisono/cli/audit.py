"""Finds labels that look wrong, and tracks that are one recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono import experiment as experiments
from unisono.cli._catalog import tell_failures, tell_misnamed
from unisono.cli._console import Console
from unisono.cli._experiments import Experiment, Set
from unisono.cli._lists import run_or_experiment, write_csv
from unisono.cli._options import Json, Quiet, Seed, Workers
from unisono.cli._watching import Watcher
from unisono.collection.faults import several
from unisono.curate import FINGERPRINT, Checked, Recording, Suspect, out_of_fold, recordings, suspects
from unisono.curate.recordings import differing
from unisono.inputs.extraction import read_failures
from unisono.training.run import Watching

DONE, SKIPS = 0, 3
SUSPECTS = ("track", "task", "label", "suggested", "confidence", "doubt", "where", "path")
DUPLICATES = ("group", "track", "agreement", "seconds later", "semitones", "tempo", "labels differ", "path")


def audit(
    experiment: Experiment,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the lists go.")] = Path("audit"),
    changes: Set = None,
    seed: Seed = 0,
    sounds: Annotated[bool, typer.Option("--sounds/--no-sounds", help="Compare the tracks' sounds, or not.")] = True,
    shown: Annotated[int, typer.Option("--show", metavar="N", min=0, help="How many labels are shown here.")] = 20,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find labels that look wrong, and tracks that are one recording.

    Trains with folds (five, if the experiment has none), so that every track is judged by a model that has not
    learned from it; or takes a finished run with folds. Nothing is changed: look at the lists and decide.

    Examples:
      unisono audit mine.toml -o audit
      unisono audit run -o audit --no-sounds
    """
    with Console(as_json, quiet) as console:
        asked, run = run_or_experiment(experiment, changes)
        checked = _checked(console, asked, run or output / "run", (seed or 0, run is not None))
        wrong = suspects(checked.table, checked.kinds)
        same = _same(console, checked, workers) if sounds else []
        failed = tell_failures(console, read_failures(checked.run / "failures.csv"))
        heard = {**asked.inputs, **({"sounds": FINGERPRINT} if sounds else {})}
        misnamed = tell_misnamed(console, heard, checked.corpus.tracks)
        write_csv(output / "suspects.csv", SUSPECTS, _suspect_rows(checked, wrong))
        write_csv(output / "duplicates.csv", DUPLICATES, _duplicate_rows(checked, same))
        console.table(("track", "label", "doubt"), [(s.track, f"{s.task}: {s}", s.doubt) for s in wrong[:shown]])
        console.say(f"{several(len(wrong), 'label')} that the models contradict: {output / 'suspects.csv'}")
        if sounds:
            console.say(f"{several(len(same), 'recording')} more than once: {output / 'duplicates.csv'}")
        else:
            console.say("sounds were not compared: nothing is said of recordings that stand more than once")
        groups = [_group(checked, r) for r in same]
        told = {"duplicates": groups, **failed, "misnamed": misnamed}
        console.result({"suspects": [vars(s) for s in wrong], **told})
    return SKIPS if failed["skipped"] else DONE


def _checked(console: Console, asked: experiments.Experiment, run: Path, how: tuple[int, bool]) -> Checked:
    seed, finished = how
    with console.progress("training") as advance:
        watcher = Watcher(console, advance, asked)
        watching = Watching(watcher.progress, watcher.line, watcher.note, console.warn)
        return out_of_fold(asked, run, seed, watching, finished)


def _same(console: Console, checked: Checked, workers: int | None) -> list[Recording]:
    with console.progress("listening") as advance:
        return recordings(checked.corpus.tracks, advance, workers)


def _suspect_rows(checked: Checked, wrong: Sequence[Suspect]) -> list[tuple[object, ...]]:
    places = _places(checked)
    return [
        (s.track, s.task, s.label, s.suggested, _short(s.confidence), _short(s.doubt), *places.get(s.track, ("", "")))
        for s in wrong
    ]


def _duplicate_rows(checked: Checked, same: Sequence[Recording]) -> list[tuple[object, ...]]:
    corpus, rows = checked.corpus, list[tuple[object, ...]]()
    for number, recording in enumerate(same, 1):
        told = ", ".join(differing(recording, corpus.cells))
        for track, fit in zip(recording.tracks, recording.fits, strict=True):
            path = corpus.tracks[track].audio or ""
            how = (_short(fit.agreement), f"{fit.shift:.1f}", f"{fit.semitones:g}", f"{fit.tempo:.3g}")
            rows.append((number, corpus.names[track], *how, told, path))
    return rows


def _group(checked: Checked, recording: Recording) -> dict[str, Any]:
    names = [checked.corpus.names[i] for i in recording.tracks]
    return {"tracks": names, "labels_differ": list(differing(recording, checked.corpus.cells))}


def _places(checked: Checked) -> dict[str, tuple[str, str]]:
    """Where each track stands in its table, and its sound."""
    corpus = checked.corpus
    places = [collection.place(row) for collection in corpus.collections.values() for row in range(len(collection))]
    sounds = ["" if t.audio is None else str(t.audio) for t in corpus.tracks]
    return dict(zip(corpus.names, zip(places, sounds, strict=True), strict=True))


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"
