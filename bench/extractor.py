"""Networks as ONNX Runtime runs them here, against the same networks in PyTorch eager.

    UNISONO_DATA=FOLDER python bench/extractor.py [--rows 8] [--repeats 7]

The first three rows are the networks of Choi et al. (2017) as the input `choi2017` runs them, with the pooling before
the activation where the published features allow it; the last is a model of ours with five such layers as training
exports it. The rival is the network as one writes it down: convolution, normalisation, ELU, max-pooling, means. CPU
time on one thread, turns alternate, the ratio is of each pair and its median is printed. What is heard are rendered
chords of 29 s. Without UNISONO_DATA the published weights are drawn at random, which costs the same time.
Budget: at least 8x, which is said when it is missed; exit status 1 when the features differ by more than 1e-3.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import copy  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn.modules.batchnorm import _BatchNorm  # noqa: E402

from unisono.inputs.mel import Mel  # noqa: E402
from unisono.inputs.pretrained.choi_front_end import SAMPLE_RATE, heard  # noqa: E402
from unisono.inputs.pretrained.choi_graph import EPSILON, POOLS, Statistics, graph_of  # noqa: E402
from unisono.inputs.pretrained.choi_weights import BLOCKS, CHANNELS, Block, Kind, Weights, read_weights  # noqa: E402
from unisono.inputs.pretrained.session import session_of  # noqa: E402
from unisono.nets.network import build  # noqa: E402
from unisono.nets.settings import NetworkSettings  # noqa: E402
from unisono.tasks import task  # noqa: E402
from unisono.training.export import export  # noqa: E402

Array = NDArray[np.float32]
BUDGET, EQUAL, SECONDS = 8.0, 1e-3, 29.0
FILES = {"theano": "weights_layer4_theano.hdf5", "keras": "keras2_model_best.hdf5"}
ROWS: tuple[tuple[Kind, Statistics], ...] = (("theano", "instance"), ("theano", "batch"), ("keras", "stored"))


class Eager(nn.Module):
    """A network as one writes it down."""

    def __init__(self, weights: Weights, kind: Statistics) -> None:
        super().__init__()
        self.kind, self.published = kind, weights.kind
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        for block in weights.blocks:
            kernel = torch.from_numpy(np.array(block.kernel))
            convolution = nn.Conv2d(kernel.shape[1], CHANNELS, 3, padding=1)
            norm = nn.InstanceNorm2d if kind == "instance" else nn.BatchNorm2d
            made = norm(CHANNELS, eps=EPSILON, affine=True, track_running_stats=kind == "stored")
            _fill(convolution, kernel, block.bias)
            _fill(made, torch.from_numpy(np.array(block.gamma)), block.beta)
            if block.mean is not None and block.variance is not None and kind == "stored":
                made.running_mean = torch.from_numpy(np.array(block.mean))
                made.running_var = torch.from_numpy(np.array(block.variance))
            self.convolutions.append(convolution)
            self.norms.append(made)
        self.eval()

    def forward(self, mel: Tensor) -> Tensor:
        """Shape: (n, 1, 96, frames) -> (n, 160)"""
        flow, features = mel, []
        for convolution, norm, pool in zip(self.convolutions, self.norms, POOLS, strict=True):
            flow = nn.functional.elu(norm(convolution(flow)))
            pooled = nn.functional.max_pool2d(flow, pool)
            features.append((pooled if self.published == "theano" else flow).mean((2, 3)))
            flow = pooled
        return torch.cat(features, 1)


def main() -> None:
    """Print a row a network; exit status 1 when the features differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8, help="excerpts that are run together")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'network':18} {'eager ms':>9} {'ours ms':>8} {'ratio':>6} {'difference':>10}   a row of {SECONDS:g} s")
    same = [_published(kind, statistics, options.rows, options.repeats) for kind, statistics in ROWS]
    sys.exit(0 if all([*same, _exported(options.rows, options.repeats)]) else 1)


def _published(kind: Kind, normalised: Statistics, rows: int, repeats: int) -> bool:
    weights = _weights(kind)
    mels = np.stack([heard(_chords(seed), kind) for seed in range(rows)])[:, None]
    session, network = session_of(graph_of(weights, normalised), 1), Eager(weights, normalised)

    def ours() -> Array:
        return np.asarray(session.run(["features"], {"mel": mels})[0])

    return _row(f"{kind}, {normalised}", ours, _eager(network, mels), rows, repeats)


def _exported(rows: int, repeats: int) -> bool:
    """A model with one task, as `unisono train` exports it; its weights are drawn at random."""
    mels = np.stack([heard(_chords(seed), "keras") for seed in range(rows)])
    layers = [["conv 32 3x3 same", "batchnorm", "elu", f"maxpool {a}x{b}"] for a, b in POOLS]
    layers[-1].append("globalavgpool")
    settings = NetworkSettings(encoder="conv2d", blocks=[{"layers": block} for block in layers])
    ear = Mel(sample_rate=SAMPLE_RATE, n_fft=512, hop_length=256, duration=SECONDS)
    tasks = {"genre": task("genre", {"kind": "multiclass", "labels": ["a", "b", "c"]})}
    network = build(settings, {}, {"audio": ear}, tasks, seed=1).eval()
    session = session_of(export(network, ["genre"], {"audio.mel": mels}).onnx, 1)
    rival = _written_down(network)

    def ours() -> Array:
        return np.asarray(session.run(["genre"], {"audio.mel": mels})[0])

    return _row("exported", ours, _eager(rival, mels[:, None]), rows, repeats)


def _written_down(network: nn.Module) -> nn.Module:
    """The same layers and weights in their own order and layout."""
    kept = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear | _BatchNorm)]
    layers = list[nn.Module]()
    for number, pool in enumerate(POOLS):
        convolution, norm = nn.Conv2d(CHANNELS if number else 1, CHANNELS, 3, padding=1), nn.BatchNorm2d(CHANNELS)
        for made, module in zip((convolution, norm), kept[2 * number : 2 * number + 2], strict=True):
            made.load_state_dict(module.state_dict())
        layers += [convolution, norm, nn.ELU(), nn.MaxPool2d(pool)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), copy.deepcopy(kept[-1])).eval()


def _eager(network: nn.Module, mels: Array) -> Callable[[], Array]:
    given = torch.from_numpy(mels)

    def run() -> Array:
        with torch.inference_mode():
            return np.asarray(network(given).numpy())

    return run


def _row(name: str, ours: Callable[[], Array], eager: Callable[[], Array], rows: int, repeats: int) -> bool:
    difference = float(np.abs(ours() - eager()).max())
    pairs = [(_cpu(eager), _cpu(ours)) for _ in range(repeats)]
    ratio = statistics.median(slow / fast for slow, fast in pairs)
    slow, fast = (1000 * statistics.median(times) / rows for times in zip(*pairs, strict=True))
    print(f"{name:18} {slow:9.1f} {fast:8.1f} {ratio:6.1f} {difference:10.1e}", flush=True)
    if ratio < BUDGET:
        print(f"  missed: the budget is {BUDGET:g}x")
    return difference <= EQUAL


def _cpu(call: Callable[[], Array]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def _weights(kind: Kind) -> Weights:
    data = os.environ.get("UNISONO_DATA")
    if data:
        return read_weights(Path(data, "choi2017", "weights", FILES[kind]))
    random = np.random.default_rng(17)

    def drawn(*shape: int, around: float = 0.0) -> Array:
        return (around + 0.1 * random.standard_normal(shape)).astype(np.float32)

    def block(number: int) -> Block:
        stored = (drawn(CHANNELS), np.ones(CHANNELS, np.float32)) if kind == "keras" else (None, None)
        kernel = drawn(CHANNELS, CHANNELS if number else 1, 3, 3)
        return Block(kernel, drawn(CHANNELS), drawn(CHANNELS, around=1.0), drawn(CHANNELS), *stored)

    return Weights(kind, tuple(block(number) for number in range(BLOCKS)))


def _chords(seed: int) -> Array:
    random, at = np.random.default_rng(seed), np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    tones = [np.sin(2 * np.pi * pitch * at) * np.exp(-(at % 0.5) * 4) for pitch in random.uniform(80, 4000, 6)]
    return (0.1 * sum(tones) + 0.01 * random.standard_normal(at.size)).astype(np.float32)


def _fill(layer: nn.Module, weight: Tensor, bias: Array) -> None:
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(torch.from_numpy(np.array(bias)), requires_grad=False)


if __name__ == "__main__":
    main()
