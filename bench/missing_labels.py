"""Cost of missing labels: a training step of 30 tasks with half of all labels missing, against one with all of them.

The same network, rows and batches; every task loses the labels of a random half of its rows. Steps are paired in one
run and the median ratio of their CPU time on one thread is printed, for a small network, where masks weigh most, and
for a wider one. Losses are checked to be finite in every step.

    python bench/missing_labels.py [--tasks 30] [--rows 2048] [--batch 64] [--rounds 40]
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.inputs.columns import Columns
from unisono.nets.network import build
from unisono.nets.settings import BlockSettings, NetworkSettings
from unisono.tasks import Task, task
from unisono.training.material import FoldMaterial
from unisono.training.optimizing import optimizer_of
from unisono.training.rows import Rows
from unisono.training.sampling_settings import SamplingSettings
from unisono.training.settings import TrainingSettings
from unisono.training.step import Learner

KINDS = ("multiclass", "multilabel", "regression")
FEATURES = 160
WARM = 2  # rounds that are not counted


def made_tasks(count: int) -> dict[str, Task]:
    """Tasks of all kinds, in turn."""
    found: dict[str, Task] = {}
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        more: dict[str, Any] = {"range": [0, 1]} if kind == "regression" else {"labels": list("abcdefgh")}
        known = {"multiclass": list("abcdefgh"), "multilabel": list("abcdefgh"), "regression": [0.0, 1.0] * 4}[kind]
        found[f"{kind}{i}"] = task(f"{kind}{i}", {"kind": kind, **more}).fit(known, np.ones(8, np.bool_))
    return found


def targets_of(tasks: dict[str, Task], rows: int, missing: float) -> dict[str, Any]:
    """Made labels, of which a share is missing, other rows for every task."""
    rng = np.random.default_rng(0)
    targets: dict[str, Any] = {}
    for name, one in tasks.items():
        if one.kind == "regression":
            values = rng.random((rows, 1))
        elif one.kind == "multiclass":
            values = rng.integers(0, one.width, (rows, 1))
        else:
            values = rng.integers(0, 2, (rows, one.width))
        targets[name] = values.astype(np.float32)
        targets[name][rng.random(rows) < missing] = np.nan
    return targets


def learner(tasks: dict[str, Task], numbers: Columns, width: int) -> Learner:
    """One trunk of two blocks for all tasks."""
    torch.manual_seed(0)
    blocks = tuple(BlockSettings(layers=(f"linear {w}", "relu")) for w in (width, width // 2))
    network = build(NetworkSettings(blocks=blocks), {}, {"numbers": numbers}, tasks)
    facts = {n: Facts(t.kind, t.width, 1) for n, t in tasks.items()}
    settings = TrainingSettings(threads=1)
    optimizer = optimizer_of(dict.fromkeys(network.parameters(), 1.0), settings)
    return Learner(network, tasks, balancer(balancing_of({}), facts), optimizer, settings)


def material(tasks: dict[str, Task], numbers: Columns, rows: int, missing: float) -> FoldMaterial:
    values = np.random.default_rng(1).normal(size=(rows, FEATURES)).astype(np.float32)
    tracks: Any = [{"numbers": [{"values": row}]} for row in values]
    targets, everyone = targets_of(tasks, rows, missing), np.arange(rows)
    names = tuple(map(str, range(rows)))
    parts = {"train": everyone}
    return FoldMaterial({"numbers": numbers}, tasks, targets, tracks, parts, names, np.zeros(rows, np.intp), ("",), ())


def seconds_a_round(args: argparse.Namespace, width: int) -> dict[float, list[float]]:
    """CPU seconds of a step, round by round, by the share of labels that are missing."""
    tasks = made_tasks(args.tasks)
    tracks = [SimpleNamespace(values={f"f{i}": float(i + j) for i in range(FEATURES)}) for j in range(2)]
    numbers = Columns(columns=("f*",)).fit(tracks)
    stands = {}
    for missing in (0.0, 0.5):
        rows = Rows(material(tasks, numbers, args.rows, missing), "train", args.batch, torch.device("cpu"))
        stands[missing] = learner(tasks, numbers, width), rows, rows.sampler(SamplingSettings(), 0)
    times: dict[float, list[float]] = {missing: [] for missing in stands}
    for number in range(WARM + args.rounds):
        for missing, (one, rows, sampler) in stands.items():
            draws = list(sampler.epoch(number))[:8]
            start = time.process_time()
            for draw in draws:
                did = one.step(rows.batch(draw), f"round {number}")
                assert all(math.isfinite(float(loss)) for loss in did.losses.values())
            times[missing].append((time.process_time() - start) / len(draws))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=30)
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=40)
    args = parser.parse_args()
    torch.set_num_threads(1)
    for width in (64, 512):
        times = seconds_a_round(args, width)
        ratios = sorted(half / whole for whole, half in zip(times[0.0][WARM:], times[0.5][WARM:], strict=True))
        spread = f"{ratios[len(ratios) // 4]:.2f}-{ratios[3 * len(ratios) // 4]:.2f}"
        whole = 1e3 * statistics.median(times[0.0])
        print(f"{args.tasks} tasks, trunk {width}: {whole:.1f} ms with all labels, "
              f"{statistics.median(ratios):.2f}x with half of them missing (quartiles {spread})")  # fmt: skip


if __name__ == "__main__":
    main()
