"""Cost of a training step with each balancer against the plain sum, on system 003's shared CNN with five tasks.

    python bench/balancers.py [--batch 32] [--rounds 4] [--json FILE]

CPU time on one thread; in every round each method's step follows the others', a ratio is to the same round's plain sum
and the median over rounds is printed. Rivals: LibMTL's GradNorm, the package's own where it is installed (`pip install
--no-deps LibMTL==1.1.5`; its torchvision is not needed), and written out as it does it (one backward pass a task over
all shared parameters, weights T softmax, optimised with the model); and GradNorm by its definition (double backward,
`create_graph`, over all shared parameters). Some two minutes on one core.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.diagnostics import Conflicts
from unisono.balancing.step import TrainingStep
from unisono.inputs import input_of
from unisono.nets.network import Network, build
from unisono.nets.settings import NetworkSettings
from unisono.tasks import Task, task

BUDGETS = {"gradnorm at the representation": 1.05, "gradnorm, exact at W": 1.45}
METHODS: dict[str, dict[str, Any]] = {
    "sum": {},
    "gradnorm at the representation": {"method": "gradnorm", "at": "representation"},
    "gradnorm, exact at W": {"method": "gradnorm"},
    "gradnorm, exact at W, every 4th step": {"method": "gradnorm", "update_every": 4},
    "static": {"method": "static", "weights": {"genre": 2.0}},
    "uncertainty": {"method": "uncertainty"},
    "dwa": {"method": "dwa"},
    "rlw": {"method": "rlw"},
    "ema_norm": {"method": "ema_norm"},
    "geometric": {"method": "geometric"},
    "surgery upgrad": {"method": "surgery", "aggregator": "upgrad"},
    "surgery pcgrad": {"method": "surgery", "aggregator": "pcgrad"},
    "surgery mgda": {"method": "surgery", "aggregator": "mgda"},
    "surgery config": {"method": "surgery", "aggregator": "config"},
}
ROUNDS = dict.fromkeys(BUDGETS, 99) | {"rival: GradNorm by double backward": 1}  # the others: at most 2
Losses = dict[str, Tensor]


class Bench:
    """The network, one made-up batch and an optimiser; a step is forward, balancing, update."""

    def __init__(self, batch: int) -> None:
        torch.manual_seed(0)
        self.tasks = _tasks()
        self.net = _network(self.tasks)
        self.batch = {"audio.mel": torch.randn(batch, 48, 1874)}
        self.targets = {name: _target(t, batch) for name, t in self.tasks.items()}
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-4)
        self.facts = {name: Facts(t.kind, t.width, 700) for name, t in self.tasks.items()}

    def losses(self) -> tuple[Losses, Tensor | None]:
        outcome = self.net(self.batch)
        found = {}
        for name, t in self.tasks.items():
            total, weight = t.loss(outcome.logits[name], self.targets[name])
            found[name] = t.finish(total / weight)
        return found, outcome.fork

    def seconds(self, work: Callable[[Losses, Tensor | None], object]) -> float:
        start = time.process_time()
        self.optimizer.zero_grad(set_to_none=True)
        work(*self.losses())
        self.optimizer.step()
        return time.process_time() - start

    def ours(self, settings: dict[str, Any], look: bool = False) -> Callable[[Losses, Tensor | None], object]:
        weigher = balancer(balancing_of(settings), self.facts)
        conflicts = Conflicts(every=1 if look else 0)

        def work(losses: Losses, shared: Tensor | None) -> None:
            step = TrainingStep(losses, shared, self.net)
            conflicts.look(step)
            weigher.step(step)

        return work


def _tasks() -> dict[str, Task]:
    def classes(count: int) -> dict[str, Any]:
        return {"kind": "multiclass", "labels": [f"c{i}" for i in range(count)]}

    settings = {
        "genre": classes(6),
        "subgenre": classes(23),
        "intro": classes(5),
        "energy": {"kind": "regression", "range": [100, 400]},
        "situation": {"kind": "multilabel", "labels": [f"s{i}" for i in range(8)]},
    }
    return {name: task(name, keys) for name, keys in settings.items()}


def _network(tasks: dict[str, Task]) -> Network:
    def block(width: int, pool: str, *last: str) -> dict[str, Any]:
        return {"layers": [f"conv {width} 3x3 same", "relu", f"maxpool {pool}", "dropout 0.5", "batchnorm", *last]}

    mel = input_of(
        {"kind": "mel", "sample_rate": 22050, "duration": 87, "n_mels": 48, "hop_length": 1024, "n_fft": 2048}
    )
    blocks = [block(32, "2x6"), block(64, "4x16"), block(128, "6x19", "flatten")]
    settings = NetworkSettings(encoder="conv2d", blocks=blocks, sharing="low:2")  # type: ignore[arg-type]
    return build(settings, {}, {"audio": mel}, tasks, seed=0).train()


def _target(t: Task, batch: int) -> Tensor:
    if t.kind == "multiclass":
        return torch.randint(t.width, (batch, 1)).float()
    return torch.randint(2, (batch, t.width)).float() if t.kind == "multilabel" else torch.rand(batch, 1)


class LibMTLForm:
    """GradNorm as LibMTL does it: a backward pass a task, the norm over all shared parameters."""

    def __init__(self, bench: Bench, alpha: float = 1.5) -> None:
        self.alpha, self.count = alpha, len(bench.tasks)
        self.shared = _shared(bench.net)
        self.scale = torch.ones(self.count, requires_grad=True)
        bench.optimizer.add_param_group({"params": [self.scale]})
        self.start: Tensor | None = None

    def __call__(self, losses: Losses, shared: Tensor | None) -> None:
        values = torch.stack([loss.detach() for loss in losses.values()])
        self.start = values if self.start is None else self.start
        rows = []
        for loss in losses.values():
            loss.backward(retain_graph=True)
            rows.append(torch.cat([p.grad.flatten() for p in self.shared]))  # type: ignore[union-attr]
            for p in self.shared:
                p.grad = None
        weights = self.count * torch.softmax(self.scale, dim=0)
        gradients = torch.stack(rows)
        lengths = (weights[:, None] * gradients).norm(dim=1)
        left = values / self.start
        (lengths - (lengths.mean() * (left / left.mean()) ** self.alpha).detach()).abs().sum().backward()
        whole, at = weights.detach() @ gradients, 0
        for p in self.shared:
            p.grad = whole[at : at + p.numel()].view_as(p).clone()
            at += p.numel()


def libmtl(bench: Bench, alpha: float = 1.5) -> Callable[[Losses, Tensor | None], object] | None:
    """The package's own GradNorm; None where it is not installed.

    Only its weighting is opened: the package itself wants torchvision.
    """
    spec = importlib.util.find_spec("LibMTL")
    if spec is None or spec.submodule_search_locations is None:
        return None
    package = ModuleType("LibMTL")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["LibMTL"] = package
    weigher: Any = importlib.import_module("LibMTL.weighting.GradNorm").GradNorm()
    shared, count = _shared(bench.net), len(bench.tasks)
    weigher.task_num, weigher.device, weigher.rep_grad, weigher.epoch = count, torch.device("cpu"), False, 1
    weigher.get_share_params = lambda: shared
    weigher.zero_grad_share_params = lambda: [p.grad.zero_() for p in shared if p.grad is not None]
    weigher.init_param()
    bench.optimizer.add_param_group({"params": [weigher.loss_scale]})

    def work(losses: Losses, fork: Tensor | None) -> None:
        if not hasattr(weigher, "train_loss_buffer"):
            weigher.train_loss_buffer = torch.stack([loss.detach() for loss in losses.values()])[:, None].numpy()
        weigh: Any = weigher.backward
        weigh(torch.stack(list(losses.values())), alpha=alpha)

    return work


class DoubleBackward:
    """GradNorm by its definition: the weights' gradient through the gradients' norms, over all shared parameters."""

    def __init__(self, bench: Bench, alpha: float = 0.5) -> None:
        self.alpha, self.shared = alpha, _shared(bench.net)
        self.weights = torch.ones(len(bench.tasks), requires_grad=True)
        self.optimizer = torch.optim.Adam([self.weights], lr=1e-3)
        self.start: Tensor | None = None

    def __call__(self, losses: Losses, shared: Tensor | None) -> None:
        values = torch.stack([loss.detach() for loss in losses.values()])
        self.start = values if self.start is None else self.start
        lengths = []
        for weight, loss in zip(self.weights, losses.values(), strict=True):
            found = torch.autograd.grad(weight * loss, self.shared, create_graph=True)
            lengths.append(torch.cat([gradient.flatten() for gradient in found]).norm())
        norms, left = torch.stack(lengths), values / self.start
        aim = (norms.mean() * (left / left.mean()) ** self.alpha).detach()
        (self.weights.grad,) = torch.autograd.grad((norms - aim).abs().sum(), [self.weights], retain_graph=True)
        (self.weights.detach() @ torch.stack(list(losses.values()))).backward()
        self.optimizer.step()
        with torch.no_grad():
            self.weights.mul_(len(self.weights) / self.weights.sum())


def _shared(net: Network) -> list[Tensor]:
    return [p for name, p in net.named_parameters() if "block3" not in name and not name.startswith("heads")]


def measure(batch: int, rounds: int) -> dict[str, float]:
    """Median ratio of each method's step to the plain sum's."""
    bench = Bench(batch)
    work = {name: bench.ours(settings) for name, settings in METHODS.items()}
    work["sum, conflicts logged every step"] = bench.ours({}, look=True)
    if own := libmtl(bench):
        work["rival: LibMTL's GradNorm, the package"] = own
    work["rival: LibMTL's GradNorm, written out"] = LibMTLForm(bench)
    work["rival: GradNorm by double backward"] = DoubleBackward(bench)
    ratios: dict[str, list[float]] = {name: [] for name in work}
    bench.seconds(work["sum"])
    for number in range(rounds):
        plain = bench.seconds(work["sum"])
        for name, step in work.items():
            if number < ROUNDS.get(name, 2):
                plain = bench.seconds(work["sum"]) if name in BUDGETS else plain
                ratios[name].append(bench.seconds(step) / plain)
    return {name: statistics.median(found) for name, found in ratios.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    ratios = measure(options.batch, options.rounds)
    print("| step | against plain sum | budget |\n|---|---|---|")
    for name, ratio in ratios.items():
        budget = f"{'within' if ratio <= BUDGETS[name] else 'OVER'} {BUDGETS[name]}x" if name in BUDGETS else ""
        print(f"| {name} | {ratio:.2f}x | {budget} |")
    ours, written = ratios["gradnorm, exact at W"], ratios["rival: LibMTL's GradNorm, written out"]
    rival = ratios.get("rival: LibMTL's GradNorm, the package", written)
    print(f"\nexact GradNorm against LibMTL's: {rival / ours:.1f}x faster ({time.perf_counter() - start:.0f} s)")
    if options.json:
        options.json.write_text(json.dumps(ratios, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
