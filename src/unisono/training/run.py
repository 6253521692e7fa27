"""A whole run: prepare, train every fold, score with what was exported, and write the model folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from unisono.errors import UserError
from unisono.evaluation import Stamp, score, write_predictions
from unisono.experiment import Experiment, dump_toml
from unisono.files import commit_bytes
from unisono.inputs.extraction import write_failures
from unisono.model import write_model
from unisono.targets import write_factors
from unisono.training.asked import check_asked
from unisono.training.claiming import check_same_data, claim, release, settled
from unisono.training.confidence import confidence_of
from unisono.training.devices import crowd, joined, of_group, place
from unisono.training.folds import Trained, fold_runs, follow_fold, train_fold
from unisono.training.material import Material, Progress, prepare
from unisono.training.stages import FoldRun, Note
from unisono.training.telling import flattery, misnamed, with_details

Show = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Run:
    """A finished run.

    Args:
        folder: with experiment.toml, split.csv, history.jsonl, predictions.parquet, scores.json and model/.
        scores: the content of scores.json.
        failures: tracks that could not be read, "name: reason" each.
        warnings: what to know about split, labels and early stopping, full sentences.
        parity: largest difference between the logits of the exported model and of the trained network, on real rows.
    """

    folder: Path
    scores: dict[str, Any]
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    parity: float | None = None

    @property
    def model(self) -> Path:
        """The model folder."""
        return self.folder / "model"


@dataclass(frozen=True)
class Watching:
    """What a run tells while it goes on.

    Args:
        progress: called with (what, done, all) while tracks are heard.
        line: called with each line of the history.
        note: called with what an epoch is and what a stage copies, freezes and learns, a line at a time.
        warn: called with each of the run's warnings as soon as it is known.
    """

    progress: Progress | None = None
    line: Show | None = None
    note: Note | None = None
    warn: Note | None = None


def train(
    experiment: Experiment | str | Path,
    out: str | Path = "run",
    seed: int = 0,
    resume: bool = False,
    watching: Watching | None = None,
) -> Run:
    """Learn a collection's tags.

    Args:
        experiment: an experiment, its file, or a built-in recipe's name.
        out: the run folder.
        seed: of split, initial weights, orders and dropout.
        resume: go on where an interrupted run of the same experiment stopped; the result is the same to the last bit.
        watching: what to call on the way.
    Returns: the run; of several processes that `torchrun` has started each returns it, and the first has written it.
    Raises: UserError, one line, for everything in experiment, table, labels or sound that the user can mend.
    """
    watching = watching or Watching()
    asked = experiment if isinstance(experiment, Experiment) else Experiment.load(experiment)
    folder, among = Path(out), place()
    whole = settled(of_group(asked, resume), folder, resume)
    check_asked(whole)
    run = FoldRun(folder, seed, resume=resume)
    if among is not None and among.rank:
        with joined(whole.training.devices, {"name": whole.name}) as group:
            return _followed(whole, replace(run, group=group))
    fresh = claim(folder, whole, seed, resume)
    same = {"experiment": dump_toml(whole.tables()), "name": whole.name, "folder": str(folder)}
    try:
        with joined(whole.training.devices, {**same, "seed": seed, "resume": resume}) as group:
            return _trained(whole, replace(run, show=watching.line, note=watching.note, group=group), watching)
    except UserError:
        if fresh:
            release(folder)
        raise


def _followed(experiment: Experiment, run: FoldRun) -> Run:
    """Do a run as one of several processes that writes nothing."""
    material = run.group.first(lambda: prepare(experiment, run.seed))
    split = material.corpus.split
    run.group.same("splits", lambda: split.hash)
    for fold, own in fold_runs(split, run):
        follow_fold(material, fold, own)
    return Run(run.folder, run.group.told(dict))


def _trained(experiment: Experiment, whole: FoldRun, watching: Watching) -> Run:
    warnings: list[str] = []
    warn = _telling(warnings, watching.warn)
    if crowded := crowd(experiment.training.devices):
        warn(crowded)
    material = whole.group.first(lambda: prepare(experiment, whole.seed, watching.progress))
    check_same_data(material, whole.folder, whole.resume)
    split = material.corpus.split
    whole.group.same("splits", lambda: split.hash)
    flatters = flattery(split.leaks, split.protocol)
    for warning in (*flatters, *split.warnings, *misnamed(material.heard.misnamed)):
        warn(warning)
    whole = replace(whole, warn=warn)
    runs = fold_runs(split, whole)
    trained = [train_fold(material, fold, run) for fold, run in runs[: len(split.folds)]]
    done = _finish(material, trained, whole)
    whole.group.told(lambda: done.scores)
    return replace(done, warnings=tuple(warnings))


def _telling(heard: list[str], tell: Note | None) -> Note:
    """Keep each warning, and pass it on."""

    def warn(text: str) -> None:
        heard.append(text)
        if tell is not None:
            tell(text)

    return warn


def _finish(material: Material, trained: list[Trained], whole: FoldRun) -> Run:
    folder, seed = whole.folder, whole.seed
    table = pl.concat([t.predictions for t in trained])
    write_predictions(table, folder / "predictions.parquet")
    split = material.corpus.split
    stamp = Stamp(split.protocol, split.leaks, material.corpus.fingerprint(), split.hash, seed)
    told = table.filter(pl.col("split") == "test")
    scores = score(told, [t.learned for t in trained], stamp, material.corpus.groups())
    confidence, sure = confidence_of(table, trained[0].learned)
    for name, found in sure.items():
        scores["tasks"][name]["sure"] = found
    excerpts = pl.concat([t.excerpts for t in trained])
    scores = with_details(scores, excerpts, [t.learned for t in trained], [t.facts for t in trained])
    commit_bytes(folder / "scores.json", json.dumps(scores, indent=1, allow_nan=False).encode())
    commit_bytes(folder / "stages.json", json.dumps(trained[0].facts["stages"], indent=1, allow_nan=False).encode())
    kept = trained[0]
    if split.final is not None:
        kept = train_fold(material, *fold_runs(split, whole)[-1])
    if len(trained) == 1 or split.final is not None:
        _write_model(folder / "model", material.experiment, replace(kept, facts={**kept.facts, **confidence}), scores)
    _join_histories(folder, _parts(folder, len(trained), split.final is not None, material.experiment))
    if kept.factors:
        write_factors(folder / "artist_factors.parquet", kept.factors)
    write_failures(trained[0].failures, folder / "failures.csv")
    failures = tuple(f"{f.path or f.id}: {f.reason}" for f in trained[0].failures if not f.used)
    every = [*trained, kept]
    return Run(folder, scores, failures, parity=max(one.facts["parity"]["max_difference"] for one in every))


def _write_model(folder: Path, experiment: Experiment, kept: Trained, scores: dict[str, Any]) -> None:
    facts = {
        "description": experiment.description,
        "columns": _columns(experiment),
        **kept.facts,
        "scores": _without_details(scores),
        "signature": scores["signature"],
        "identity": experiment.identity(),
        "versions": {
            n: metadata.version(n) for n in ("unisono", "torch", "onnxruntime", "numpy", "scipy", "soxr", "av")
        },
    }
    write_model(folder, kept.exported.onnx, kept.exported.weights, facts)


def _columns(experiment: Experiment) -> dict[str, str]:
    """Role -> the column of the collection that held it, so that a table of the same form can be tagged as it is."""
    settings = next(iter(experiment.collections.values()))
    named = {"id": settings.id, "audio": settings.audio, "lyrics": settings.lyrics}
    return {role: column for role, column in named.items() if column is not None}


def _without_details(scores: dict[str, Any]) -> dict[str, Any]:
    """Scores for the model card: without folds, curves and matrices."""
    drop = ("confusion_matrix", "calibration", "per_class", "per_label", "sure", "excerpts")
    tasks = {n: {k: v for k, v in t.items() if k not in drop} for n, t in scores["tasks"].items()}
    return {**{k: v for k, v in scores.items() if k not in ("folds", "selection")}, "tasks": tasks}


def _parts(folder: Path, folds: int, final: bool, experiment: Experiment) -> list[Path]:
    """The folders of all folds and stages, in order; the run's own where there is one of each."""
    parts = [folder] if folds == 1 else [folder / f"fold-{i}" for i in range(folds)]
    parts += [folder / "final"] if final else []
    if len(experiment.stages) < 2:
        return parts
    return [part / f"stage-{stage.name}" for part in parts for stage in experiment.stages]


def _join_histories(folder: Path, parts: list[Path]) -> None:
    """With several folds or stages, history.jsonl of the run is all of theirs one after another."""
    if parts == [folder]:
        return
    for name in ("history.jsonl", "timings.jsonl"):
        found = [p / name for p in parts]
        commit_bytes(folder / name, b"".join(f.read_bytes() for f in found if f.is_file()))


__all__ = ["Run", "Watching", "train"]
