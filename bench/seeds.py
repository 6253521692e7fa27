"""Ten seeds of a small network as one program, against ten separate runs of ours and ten plain loops with a DataLoader.

MLP 480-128-64 (or of `--features`) with dropout, heads of system 003's five kinds (genre, subgenre, intro, energy,
situation) with labels missing here and there, 449 songs, 20 epochs, batch 32, Adam, another order and other first
weights for each seed. The three ways take turns in one run; medians of their CPU time on one thread are compared.
Checkpoints are written by the first two (the program at its end, separate runs after each epoch, as always); the plain
loop writes nothing. With --validation the first two also judge 90 more songs after each epoch, with all scores, as a
study does.

    python bench/seeds.py [--seeds 10] [--epochs 20] [--rounds 5] [--features 480] [--validation]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn
from torch.utils.data import DataLoader, TensorDataset

from unisono.balancing import Facts, balancer, balancing_of
from unisono.inputs.columns import Columns
from unisono.nets.network import build
from unisono.nets.settings import BlockSettings, NetworkSettings
from unisono.tasks import Task, task
from unisono.training.loop import Loop, start
from unisono.training.material import FoldMaterial
from unisono.training.optimizing import optimizer_of
from unisono.training.sampling_settings import SamplingSettings
from unisono.training.settings import TrainingSettings
from unisono.training.step import Learner
from unisono.training.together.learning import learn_opened
from unisono.training.together.opening import Asked, Opened

SONGS, JUDGED = 449, 90
WIDTHS = {"genre": 6, "subgenre": 23, "intro": 5, "energy": 1, "situation": 8}
BLOCKS = (("linear 128", "relu", "dropout 0.5"), ("linear 64", "relu", "dropout 0.5"))
CLASSES = ("genre", "subgenre", "intro")


def made_tasks() -> dict[str, Task]:
    found: dict[str, Task] = {}
    for name, width in WIDTHS.items():
        labels = [f"label {i}" for i in range(width)]
        kind = "multiclass" if name in CLASSES else "regression" if name == "energy" else "multilabel"
        more: dict[str, Any] = {"range": [0, 1]} if kind == "regression" else {"labels": labels}
        known: list[Any] = [0.0, 1.0] if kind == "regression" else labels
        found[name] = task(name, {"kind": kind, **more}).fit(known, np.ones(len(known), np.bool_))
    return found


def made_songs(count: int, features: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Features, and labels that they tell something of; a tenth of the labels of each task is missing."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(count, features)).astype(np.float32)
    targets = {}
    for name, width in WIDTHS.items():
        said = values @ rng.normal(size=(features, width)).astype(np.float32)
        found = (
            said.argmax(1)[:, None] if name in CLASSES else said > 0 if name == "situation" else 1 / (1 + np.exp(-said))
        )
        targets[name] = found.astype(np.float32)
        targets[name][rng.random(count) < 0.1] = np.nan
    return values, targets


class Bench:
    """The songs, and three ways to learn them."""

    def __init__(self, epochs: int, judged: int, features: int) -> None:
        self.tasks, (self.values, self.targets) = made_tasks(), made_songs(SONGS + judged, features)
        tracks = [SimpleNamespace(values={f"f{i}": float(i + j) for i in range(features)}) for j in range(2)]
        self.numbers = Columns(columns=("f*",)).fit(tracks)
        self.settings = TrainingSettings(epochs=epochs, threads=1)
        self.judged, self.epochs = judged, epochs

    def loop(self, seed: int, folder: Path) -> Loop:
        """A run of ours before its first step."""
        start(seed, 1)
        blocks = tuple(BlockSettings(layers=block) for block in BLOCKS)
        network = build(NetworkSettings(blocks=blocks), {}, {"numbers": self.numbers}, self.tasks)
        facts = {n: Facts(t.kind, t.width, SONGS) for n, t in self.tasks.items()}
        optimizer = optimizer_of(dict.fromkeys(network.parameters(), 1.0), self.settings)
        learner = Learner(network, self.tasks, balancer(balancing_of({}), facts), optimizer, self.settings)
        learner.to_train()
        everyone, tracks = np.arange(len(self.values)), [{"numbers": [{"values": row}]} for row in self.values]
        parts = {"train": everyone[:SONGS], "validation": everyone[SONGS:]}
        names, homes = tuple(map(str, everyone)), np.zeros(len(everyone), np.intp)
        held: Any = tracks
        fold = FoldMaterial({"numbers": self.numbers}, self.tasks, self.targets, held, parts, names, homes, ("",), ())
        return Loop(learner, fold, SamplingSettings(), folder, seed)

    def separate(self, seeds: int, folder: Path) -> list[Tensor]:
        found = []
        for seed in range(seeds):
            loop = self.loop(seed, folder / f"{seed}")
            loop.run({}, resume=False)
            found.append(next(loop.learner.network.parameters()).detach().clone())
        return found

    def together(self, seeds: int, folder: Path) -> list[Tensor]:
        runs = []
        for seed in range(seeds):
            loop = self.loop(seed, folder / f"{seed}")
            loop.open({}, resume=False)
            generator = torch.Generator()
            generator.set_state(torch.get_rng_state())
            asked: Any = None
            runs.append(Opened(loop, Asked(asked, folder / f"{seed}", seed, lambda line: None), generator, left=True))
        assert learn_opened(runs).runs == seeds
        return [next(iter(one.loop.best.values())) for one in runs]  # of the best epoch, as separate runs end

    def plain(self, seeds: int, folder: Path) -> list[Tensor]:
        """As one would write it."""
        whole = [torch.from_numpy(self.values[:SONGS]), *(torch.from_numpy(t[:SONGS]) for t in self.targets.values())]
        data, found = TensorDataset(*whole), []
        for seed in range(seeds):
            torch.manual_seed(seed)
            model = Plain(self.values.shape[1])
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
            for _ in range(self.epochs):
                for values, *targets in DataLoader(data, batch_size=32, shuffle=True):
                    optimizer.zero_grad()
                    loss_of(model(values), dict(zip(WIDTHS, targets, strict=True))).backward()
                    optimizer.step()
            found.append(next(model.parameters()).detach().clone())
        return found


class Plain(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        layers = [nn.Linear(features, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.5)]
        self.trunk = nn.Sequential(*layers)
        self.heads = nn.ModuleDict({name: nn.Linear(64, width) for name, width in WIDTHS.items()})

    def forward(self, values: Tensor) -> dict[str, Tensor]:
        x = self.trunk(values)
        return {name: head(x) for name, head in self.heads.items()}


def loss_of(logits: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
    """Sum of the losses of the labels that are known."""
    terms = []
    for name, target in targets.items():
        known = ~target.isnan().any(dim=1)
        said, truth = logits[name][known], target[known]
        if name in CLASSES:
            terms.append(fn.cross_entropy(said, truth[:, 0].long()))
        elif name == "energy":
            terms.append(fn.mse_loss(said, truth))
        else:
            terms.append(fn.binary_cross_entropy_with_logits(said, truth))
    return torch.stack(terms).sum()


def timed(way: Callable[[int, Path], list[Tensor]], seeds: int) -> tuple[float, list[Tensor]]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        found = way(seeds, Path(folder))
        return time.process_time() - began, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--features", type=int, default=480, help="160 is one set of those of Choi et al.")
    parser.add_argument("--validation", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(args.epochs, JUDGED if args.validation else 0, args.features)
    ways = {"together": bench.together, "separate runs": bench.separate, "plain loops": bench.plain}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(args.rounds + 1):
        ends = {}
        for name, way in ways.items():
            seconds, ends[name] = timed(way, args.seeds)
            if number:  # the first round only warms up
                times[name].append(seconds)
    largest = max(float((a - b).abs().max()) for a, b in zip(ends["together"], ends["separate runs"], strict=True))
    print(f"largest difference of first-layer weights, together against separate: {largest:.1e}")
    for name, seconds in times.items():
        ratios = [other / own for own, other in zip(times["together"], seconds, strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(f"{name:14} {statistics.median(seconds):7.2f} s of CPU  {statistics.median(ratios):.2f}x ({spread})")


if __name__ == "__main__":
    main()
