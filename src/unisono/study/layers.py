"""What a trained network's layer makes of every track, laid out on a plane (t-SNE or PCA)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unisono.errors import ExperimentError, TrainingError, nearest
from unisono.experiment import Experiment
from unisono.inputs import Progress
from unisono.inputs.batching import batches_of, mean_of_tracks, rows_of
from unisono.inputs.extraction import extract
from unisono.nets.network import Network, build
from unisono.parts import need
from unisono.tasks import Cell
from unisono.training.corpus import Corpus, gather
from unisono.training.stages import plan
from unisono.training.transfer import Source, open_source

REPRESENTATION = "representation"
STUDY = "study.json"
Method = Literal["tsne", "pca"]
_TOGETHER = 256
_FEWEST = 4


@dataclass(frozen=True)
class LayerMap:
    """Tracks on a plane.

    Args:
        parts: of each track: what the run did with it.
        labels: of each track, "" where it has none.
        points: (tracks, 2).
        width: numbers a track that the layer gives.
    """

    layer: str
    task: str
    method: Method
    tracks: tuple[str, ...]
    parts: tuple[str, ...]
    labels: tuple[str, ...]
    points: NDArray[np.float64]
    width: int


def layer_map(
    run: Path, layer: str = REPRESENTATION, task: str = "", method: Method = "tsne", progress: Progress | None = None
) -> LayerMap:
    """Lay out every track of a run's collection by what one layer makes of it.

    Activations over time and frequency are averaged, then those of a track's excerpts.

    Args:
        run: a finished run's folder.
        layer: "representation" is what the heads read; else a layer's dotted name.
        task: whose labels are shown; default: the first.
        method: "tsne" for neighbours, "pca" for the two directions of the largest variance.
    Raises: ExperimentError for an unknown layer or task; TrainingError when it is no finished run.
    """
    experiment = plan(Experiment.load(run / "experiment.toml"))[-1][1]
    source = open_source(run / "model", str(run / "model"))
    task = task or next(iter(source.tasks))
    if task not in source.tasks:
        known = f'"{task}" is no task of the model, which has {", ".join(source.tasks)}'
        raise ExperimentError(str(run), known, nearest(task, source.tasks))
    network = _network(experiment, source, run)
    corpus = gather(experiment, _seed(run))
    at, found = _seen(network, layer, source, corpus, task, progress)
    if len(at) < _FEWEST:
        raise ExperimentError(str(run), f"{len(at)} tracks can be read but {_FEWEST} are needed for a map")
    parts = _parts(run)
    return LayerMap(
        layer, task, method,
        tuple(corpus.names[i] for i in at),
        tuple(parts.get(corpus.names[i], "dropped") for i in at),
        tuple(_said(corpus.cells[task][i]) for i in at),
        on_a_plane(found, method, _seed(run)),
        found.shape[1],
    )  # fmt: skip


def runs_of(folder: Path) -> dict[str, Path]:
    """The runs that a folder holds: itself, or of a study the first cell of each configuration, by name.

    Raises: ExperimentError when a study has kept none.
    """
    if not (folder / STUDY).is_file():
        return {"": folder}
    cells = json.loads((folder / STUDY).read_text("utf-8"))["cells"]
    found: dict[str, Path] = {}
    for cell in cells:
        run = folder / "cells" / cell["cell"]
        if cell["state"] == "done" and run.is_dir():
            found.setdefault(cell["configuration"], run)
    if not found:
        raise ExperimentError(str(folder), "has kept no run of its cells", 'Run the study with keep = "runs".')
    return found


def on_a_plane(values: NDArray[np.float32], method: Method, seed: int) -> NDArray[np.float64]:
    """Two numbers a row; the same for the same rows and seed.

    Shape: (rows, d) -> (rows, 2)
    Example:
        >>> on_a_plane(np.float32([[0, 0], [4, 0], [8, 0.1]]), "pca", 0).shape
        (3, 2)
    """
    centred = np.asarray(values, np.float64) - values.mean(axis=0)
    if method == "tsne":
        manifold = need("sklearn.manifold", "t-SNE")
        perplexity = min(30.0, (len(values) - 1) / 3)
        made = manifold.TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(centred)
        return np.asarray(made, np.float64)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(values), 2))
    kept = min(2, len(sizes))
    points[:, :kept] = left[:, :kept] * sizes[:kept]
    return points


def _network(experiment: Experiment, source: Source, run: Path) -> Network:
    silent = [n for n in experiment.tasks if n not in source.tasks]
    if silent:
        found = f"the model has no labels of {', '.join(silent)}, which its network learned in an earlier stage"
        raise ExperimentError(str(run), found)
    tasks = {n: source.tasks[n] for n in experiment.tasks}
    network = build(experiment.network, experiment.heads, source.inputs, tasks)
    network.load_state_dict(source.state)
    return network.eval()


def _seen(
    network: Network, layer: str, source: Source, corpus: Corpus, task: str, progress: Progress | None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Positions of the tracks that can be read, and what the layer gives for them."""
    heard = extract(source.inputs, corpus.tracks, progress=progress)
    examples = [{n: heard.examples(n, i) for n in source.inputs} for i in range(len(corpus.tracks))]
    at = np.array([i for i, one in enumerate(examples) if rows_of(one)], np.intp)
    caught: list[Tensor] = []
    if layer != REPRESENTATION:
        _layer(network, layer).register_forward_hook(lambda module, given, made: caught.append(_tensor(made, layer)))
    means = []
    for start in range(0, len(at), _TOGETHER):
        chunk = [examples[i] for i in at[start : start + _TOGETHER]]
        positions, rows = [], []
        for of_track, batch in batches_of(source.inputs, chunk, 32):
            with torch.inference_mode():
                outcome = network({n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in batch.items()})
            made = caught or [outcome.representation[task]]
            rows.append(torch.cat([_pooled(one) for one in made], dim=1).numpy())
            positions.append(of_track)
            caught.clear()
        means.append(mean_of_tracks(np.concatenate(rows), np.concatenate(positions), len(chunk)))
    return at, np.concatenate(means) if means else np.zeros((0, 1), np.float32)


def _layer(network: Network, name: str) -> nn.Module:
    modules: Mapping[str, nn.Module] = dict(network.named_modules())
    if name in modules and name:
        return modules[name]
    known = [n for n in modules if n]
    advice = nearest(name, known) or f"Layers: {REPRESENTATION}, {', '.join(known[:40])}."
    raise ExperimentError(f'layer "{name}"', "is none of this network", advice)


def _tensor(made: Any, name: str) -> Tensor:
    if isinstance(made, Tensor) and made.ndim >= 2:
        return made
    raise ExperimentError(f'layer "{name}"', "gives no tensor of rows but one is needed", "Name a layer inside it.")


def _pooled(made: Tensor) -> Tensor:
    """(rows, channels): the mean over whatever follows."""
    return made.flatten(2).mean(dim=2) if made.ndim > 2 else made


def _seed(run: Path) -> int:
    first = (run / "experiment.toml").read_text("utf-8").partition("\n")[0]
    found = re.search(r"seed (\d+)", first)
    return int(found[1]) if found else 0


def _parts(run: Path) -> dict[str, str]:
    """Part of each track, of the first fold."""
    path = run / "split.csv"
    if not path.is_file():
        raise TrainingError(str(path), "is missing, so this is no finished run", "Finish the run with --resume.")
    with path.open(encoding="utf-8", newline="") as stream:
        rows: Sequence[dict[str, str]] = [row for row in csv.DictReader(stream) if row["fold"] == "0"]
    return {row["id"]: row["part"] for row in rows}


def _said(cell: Cell) -> str:
    values = cell if isinstance(cell, tuple) else (cell,)
    return ", ".join(str(value) for value in values if value is not None)
