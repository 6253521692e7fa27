"""Training step of the shared CNN with five tasks (48 x 1874 mel) against the same network in plain eager torch.

The plain network keeps the layers in their order (convolution, ReLU, pooling, dropout, batch norm) and the usual
layout. Both take the same weights, the same batch, the unweighted sum of losses and Adam; steps are paired in one run.

    python bench/step.py [--batch 8] [--repeats 5] [--threads 1]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from unisono.nets.network import Network, build
from unisono.nets.settings import BlockSettings, NetworkSettings

WIDTHS = {"genre": 6, "subgenre": 23, "intro": 5, "energy": 1, "situation": 8}
SIZES = ((1, 32, (2, 6)), (32, 64, (4, 16)), (64, 128, (6, 19)))


class Plain(nn.Module):
    """The network as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Sequential(*self._block(*SIZES[0]), *self._block(*SIZES[1]))
        self.branches = nn.ModuleDict({task: nn.Sequential(*self._block(*SIZES[2])) for task in WIDTHS})
        self.outputs = nn.ModuleDict({task: nn.Linear(128, width) for task, width in WIDTHS.items()})

    def forward(self, mel: Tensor) -> dict[str, Tensor]:
        x = self.shared(mel.unsqueeze(1))
        return {task: self.outputs[task](branch(x).flatten(1)) for task, branch in self.branches.items()}

    def _block(self, before: int, after: int, pool: tuple[int, int]) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, 3, padding=1)
        return [convolution, nn.ReLU(), nn.MaxPool2d(pool), nn.Dropout(0.5), nn.BatchNorm2d(after)]


def ours() -> Network:
    """The same network from its settings."""
    blocks = [
        [f"conv {after} 3x3 same", "relu", f"maxpool {pool[0]}x{pool[1]}", "dropout 0.5", "batchnorm"]
        for _, after, pool in SIZES
    ]
    blocks[-1].append("flatten")
    settings = NetworkSettings(blocks=tuple(BlockSettings(layers=tuple(b)) for b in blocks), sharing="low:2")
    tasks: dict[str, Any] = {n: SimpleNamespace(name=n, kind="multiclass", width=w) for n, w in WIDTHS.items()}
    source: Any = SimpleNamespace(shapes={"mel": (48, 1874)})
    return build(settings, {}, {"audio": source}, tasks)


def loss_of(logits: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
    terms = [fn.cross_entropy(logits[task], targets[task]) for task in ("genre", "subgenre", "intro")]
    terms.append(fn.mse_loss(logits["energy"], targets["energy"]))
    terms.append(fn.binary_cross_entropy_with_logits(logits["situation"], targets["situation"]))
    return torch.stack(terms).sum()


def targets_of(rows: int) -> dict[str, Tensor]:
    classes = {task: torch.randint(0, WIDTHS[task], (rows,)) for task in ("genre", "subgenre", "intro")}
    return classes | {"energy": torch.rand(rows, 1), "situation": torch.randint(0, 2, (rows, 8)).float()}


def stepper(model: nn.Module, forward: Callable[[], dict[str, Tensor]], targets: dict[str, Tensor], bf16: bool) -> Any:
    """A function that makes one training step and gives its seconds of CPU."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step() -> float:
        start = time.process_time()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16) if bf16 else nullcontext():
            logits = forward()
        loss_of({task: value.float() for task, value in logits.items()}, targets).backward()
        optimizer.step()
        return time.process_time() - start

    return step


def difference(plain: Plain, network: Network, mel: Tensor) -> float:
    """Largest difference of the logits with the same weights, without dropout."""
    network.load_state_dict(dict(zip(network.state_dict(), reordered(plain), strict=True)))
    network.eval(), plain.eval()
    with torch.no_grad():
        one, other = plain(mel), network({"audio.mel": mel}).logits
    network.train(), plain.train()
    return max((one[task] - other[task]).abs().max().item() for task in WIDTHS)


def reordered(plain: Plain) -> list[Tensor]:
    """The plain network's tensors: shared blocks, branches, outputs; ours stand in the same order."""
    return list(plain.state_dict().values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    mel, targets = torch.randn(given.batch, 48, 1874), targets_of(given.batch)
    plain, fast, low = Plain(), ours(), ours()
    print(f"largest difference of the logits, same weights: {difference(plain, fast, mel[:2]):.1e}")
    steps = {
        "plain eager fp32": stepper(plain, lambda: plain(mel), targets, False),
        "unisono fp32": stepper(fast, lambda: fast({"audio.mel": mel}).logits, targets, False),
        "unisono bf16": stepper(low, lambda: low({"audio.mel": mel}).logits, targets, True),
    }
    for step in steps.values():
        step()
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(given.repeats):
        for name, step in steps.items():
            seconds[name].append(step())
    first = seconds["plain eager fp32"]
    for name, times in seconds.items():
        ratios = [a / b for a, b in zip(first, times, strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(f"{name:17} {1e3 * statistics.median(times):7.0f} ms CPU  {statistics.median(ratios):.2f}x ({spread})")


if __name__ == "__main__":
    main()
