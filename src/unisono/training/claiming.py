"""A run's folder: taken by a new run, or proven to be of the same experiment before it is gone on with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from unisono.errors import ExperimentError, TrainingError
from unisono.experiment import Experiment, dump_toml
from unisono.files import commit_bytes
from unisono.training.checkpoint import CHECKPOINT
from unisono.training.material import Material

_EXPERIMENT = "experiment.toml"
_FIRST = re.compile(r"# unisono (\S+), seed (\d+)")
# where things lie may change between two tries; that they are the same things is seen by their hashes
_PLACES = re.compile(
    r"base|(collection|collections\.[^.]+)\.(table|folder|audio_root|rekordbox|beets|root)|inputs\.[^.]+\.model"
)
_SHOWN = 3


def settled(experiment: Experiment, folder: Path, resume: bool) -> Experiment:
    """The experiment with its number of threads: one that is left open is that of the run that is gone on with."""
    if experiment.training.threads:
        return experiment
    known = _tables(folder).get("training", {}).get("threads", 0) if resume else 0
    return experiment.with_training(threads=known or torch.get_num_threads())


def claim(folder: Path, experiment: Experiment, seed: int, resume: bool) -> bool:
    """Write experiment.toml into a fresh folder, or check that a run to resume is of the same experiment.

    Returns: whether the folder held no run before.
    Raises: ExperimentError when it holds a run already, or one of another experiment, seed or version.
    """
    path = folder / _EXPERIMENT
    fresh = not path.is_file()
    if not fresh and not resume:
        found = "holds a run already but a new one needs a folder of its own"
        raise ExperimentError(str(folder), found, "Continue it with --resume, or name another folder with -o.")
    text = f"# unisono {metadata.version('unisono')}, seed {seed}\n" + dump_toml(experiment.tables())
    differing = [] if fresh else list(_differences(folder, text))
    if differing:
        more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        found = f"is a run with {', '.join(differing[:_SHOWN])}{more}, so it cannot be resumed with this one"
        raise ExperimentError(str(folder), found, f"Compare with {path}, or name another folder with -o.")
    commit_bytes(path, text.encode())
    return fresh


def release(folder: Path) -> None:
    """Leave a folder in which nothing was learned yet, so that the mended experiment can run there."""
    if next(folder.rglob(CHECKPOINT), None) is None:
        (folder / _EXPERIMENT).unlink(missing_ok=True)


def check_same_data(material: Material, folder: Path, resume: bool) -> None:
    """Save the split, and refuse to resume when a table or a model that is copied from has changed since.

    Raises: TrainingError.
    """
    corpus, known = material.corpus, folder / "split.sha256"
    digests = {"split.csv": corpus.split.hash, "collection": corpus.fingerprint()}
    digests |= {name: source.digest for name, source in material.sources.items()}
    before = _digests(known) if resume and known.is_file() else digests
    what = {
        "split.csv": "the collection gives another split than when the run began",
        "collection": f"{corpus.where} holds other cells than when the run began",
    }
    for name, digest in digests.items():
        if before.get(name, digest) != digest:
            where = str(folder / "split.csv") if name in what else name
            found = what.get(name, "has other weights than when the run began")
            mend = "table" if name in what else "model"
            raise TrainingError(where, found, f"Restore the {mend}, or start a new run.")
    corpus.write_split(folder / "split.csv")
    commit_bytes(known, "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode())


def _digests(path: Path) -> dict[str, str]:
    lines = (line.partition("  ") for line in path.read_text("utf-8").splitlines())
    return {name: digest for digest, _, name in lines}


def _tables(folder: Path) -> dict[str, Any]:
    path = folder / _EXPERIMENT
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = f"is not valid TOML: {error}"
        raise ExperimentError(str(path), found, "Restore it, or name another folder with -o.") from error


def _differences(folder: Path, text: str) -> Iterator[str]:
    """What the experiment.toml of a folder says otherwise than `text`, in words, places left out."""
    tables = _tables(folder)
    heads = [_FIRST.match(one) for one in ((folder / _EXPERIMENT).read_text("utf-8"), text)]
    for number, what in enumerate(("version", "seed"), 1):
        old, new = (head[number] if head else "unknown" for head in heads)
        if old != new:
            yield f"{what} {old}, not {new}"
    old_keys, new_keys = dict(_flat(tables)), dict(_flat(tomllib.loads(text)))
    for key in dict.fromkeys((*old_keys, *new_keys)):
        if old_keys.get(key) != new_keys.get(key) and not _PLACES.fullmatch(key):
            yield f"{key} = {_short(old_keys.get(key))}, not {_short(new_keys.get(key))}"


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _short(value: object) -> str:
    text = "unset" if value is None else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
