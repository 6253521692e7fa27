"""A few steps with every balancer, alone or as one of two processes: `python learning.py` as torchrun would."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.inputs.columns import Columns
from unisono.nets.network import build
from unisono.nets.settings import BlockSettings, NetworkSettings
from unisono.parts import names
from unisono.tasks import Task, task
from unisono.training.devices import Group, joined
from unisono.training.material import FoldMaterial
from unisono.training.optimizing import optimizer_of
from unisono.training.rows import Rows
from unisono.training.sampling import Draw
from unisono.training.settings import TrainingSettings
from unisono.training.step import Learner

ROWS, FEATURES, STEP = 44, 6, 11  # 11 rows: the processes' shares differ
DRAWS = [Draw(np.arange(start, start + STEP)) for start in (0, STEP, 2 * STEP)]
DRAWS += [Draw(np.arange(33, 34)), Draw(np.arange(34, 44), np.arange(10) % 3)]  # one row for two; one task a row
SHARING: dict[str, Any] = {"trunk": "hard", "stitched": {"kind": "cross_stitch"}}
MORE: dict[str, list[dict[str, Any]]] = {
    "static": [{"weights": {"genre": 3.0}}],
    "gradnorm": [{}, {"at": "representation"}, {"l0": "ema"}, {"network": "stitched"}],
    "surgery": [
        {"aggregator": a} for a in ("upgrad", "aligned_mtl", "config", "graddrop", "gradvac", "mgda", "pcgrad")
    ],
    "ema_norm": [{}, {"at": "weights"}],
}


def cases() -> dict[str, dict[str, Any]]:
    """Every balancer, with settings by a readable name."""
    found = [{"method": name, **keys} for name in names("balancing") for keys in MORE.get(name, [{}])]
    return {" ".join(map(str, keys.values())): keys for keys in found}


def made_tasks() -> dict[str, Task]:
    settings: dict[str, dict[str, Any]] = {
        "genre": {"kind": "multiclass", "labels": ["a", "b", "c"]},
        "moods": {"kind": "multilabel", "labels": ["x", "y"]},
        "year": {"kind": "regression", "range": [0, 1], "loss": "rmse"},
    }
    known = {"genre": ["a", "b", "c"], "moods": ["x", "y", "x;y"], "year": [0.0, 1.0, 0.5]}
    return {n: task(n, keys).fit(known[n], np.ones(3, np.bool_)) for n, keys in settings.items()}


def material(tasks: dict[str, Task]) -> FoldMaterial:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    targets = {
        "genre": rng.integers(0, 3, (ROWS, 1)).astype(np.float32),
        "moods": rng.integers(0, 2, (ROWS, 2)).astype(np.float32),
        "year": rng.random((ROWS, 1)).astype(np.float32),
    }
    for target in targets.values():
        target[rng.random(ROWS) < 0.3] = np.nan
    targets["moods"][STEP + 3 : 2 * STEP] = np.nan  # in the second step the second process has no moods
    targets["genre"][2 * STEP : 3 * STEP] = np.nan  # in the third nobody has a genre
    tracks: Any = [{"numbers": [{"values": row}]} for row in values]
    columns = Columns(columns=("f*",)).fit([_track(i) for i in range(2)])
    everyone, ids = np.arange(ROWS), tuple(map(str, range(ROWS)))
    homes = np.zeros(ROWS, np.intp)
    return FoldMaterial({"numbers": columns}, tasks, targets, tracks, {"train": everyone}, ids, homes, ("",), ())


def _track(number: int) -> Any:
    return SimpleNamespace(values={f"f{i}": float(i + number) for i in range(FEATURES)})


def learned(keys: dict[str, Any], group: Group) -> dict[str, Any]:
    """What the network is after a few steps, and the weights of the tasks in each."""
    settings = TrainingSettings(optimizer="sgd", learning_rate=0.1, threads=1, clip=5.0)
    tasks = made_tasks()
    fold = material(tasks)
    blocks = (BlockSettings(layers=("linear 8", "tanh")), BlockSettings(layers=("linear 5", "tanh")))
    network = NetworkSettings(blocks=blocks, sharing=SHARING[keys.get("network", "trunk")])
    torch.manual_seed(0)
    net = build(network, {}, fold.inputs, tasks)
    facts = {n: Facts(t.kind, t.width, 30) for n, t in tasks.items()}
    weigher = balancer(balancing_of({k: v for k, v in keys.items() if k != "network"}), facts)
    optimizer = optimizer_of(dict.fromkeys(net.parameters(), 1.0), settings)
    learner = Learner(net, tasks, weigher, optimizer, settings, group=group)
    rows = Rows(fold, "train", STEP, torch.device("cpu"))
    weigher.start_epoch(1)
    weights = []
    for step, draw in enumerate(DRAWS):
        did = learner.step(rows.batch(group.share(draw)), f"step {step}", look=keys["method"] == "sum")
        weights.append({"weights": did.weights, "losses": {n: float(v) for n, v in did.losses.items()}})
        weights[-1] |= {"cosine": np.nan_to_num(did.conflicts["cosine"]).tolist()} if did.conflicts else {}
    return {"steps": weights, "network": [p.detach().flatten().tolist() for p in net.parameters()]}


def main(path: Path | None) -> None:
    """Learn all cases as this one of the two processes; the first writes what it has learned, where it is asked to."""
    torch.set_num_threads(1)
    with joined(2, {}) as group:
        found = {name: learned(keys, group) for name, keys in cases().items()}
        text = json.dumps(found)
        group.same("results", lambda: text)  # to the last bit the same in both
        if path is not None:
            path.write_text(text)


if __name__ == "__main__":
    main(None)
