"""One network: a branch an input, features joined, a head a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from unisono.inputs import Input
from unisono.nets.branch import Branch
from unisono.nets.copies import copy_name, statistics, trainable
from unisono.nets.heads import Heads
from unisono.nets.initial import initialise
from unisono.nets.settings import HeadSettings, NetworkSettings, check, chosen_encoder, chosen_sharing
from unisono.parts import part_class
from unisono.tasks import Task

Key = tuple[tuple[int, ...], ...]  # whose streams (one index an input) a head reads


class Outcome(NamedTuple):
    """What a network says of a batch.

    Args:
        logits: task -> (n, width).
        representation: task -> (n, d), what its head reads; the same tensor where tasks read the same.
        shared: the one tensor that every task's head reads; None when there is none.
        fork: the last tensor on every task's path, equal to `shared` where there is one; None when there is none.
            It may be a picture: with sharing "low:2" it is what the second block gives.
    """

    logits: dict[str, Tensor]
    representation: dict[str, Tensor]
    shared: Tensor | None
    fork: Tensor | None


class Network(nn.Module):
    """Batches of arrays become logits of every task; made by `build`."""

    def __init__(self, branches: Mapping[str, Branch], heads: Heads, reads: Mapping[str, Key], hide: float) -> None:
        super().__init__()
        self.branches = nn.ModuleDict({copy_name([name], []): branch for name, branch in branches.items()})
        self.heads = heads
        self.reads = dict(reads)
        self.hide = hide

    @property
    def inputs(self) -> dict[str, Branch]:
        """Input -> its branch."""
        return {name.removeprefix("for_"): branch for name, branch in self.branches.items()}  # type: ignore[misc]

    def forward(self, batch: Mapping[str, Tensor]) -> Outcome:
        """Logits and representations of a batch.

        Args:
            batch: "<input>.<array>" -> tensor; with several inputs also "<input>.present", (n,), above 0 where the
                track has that input.
        """
        arrays = {name: _arrays(batch, name) for name in self.inputs}
        present = self._present(batch)
        streams = {name: branch(arrays[name], present.get(name)) for name, branch in self.inputs.items()}
        features = [found.features for found in streams.values()]
        joined = {key: _joined([features[i][at] for one in key for i, at in enumerate(one)])
                  for key in dict.fromkeys(self.reads.values())}  # fmt: skip
        representation = {task: joined[key] for task, key in self.reads.items()}
        shared = next(iter(joined.values())) if len(joined) == 1 else None
        fork = next(iter(streams.values())).fork if len(streams) == 1 else None
        logits = self.heads(representation, self._direct(arrays, present))
        return Outcome(logits, representation, shared, fork if shared is None else shared)

    def last_shared(self) -> list[nn.Parameter]:
        """Weights, without biases, of the last block that all tasks share, of every input; empty when one has none."""
        found = [branch.sharing.last_shared() for branch in self.inputs.values()]
        return [weight for weights in found for weight in weights] if all(found) else []

    def varying(self) -> dict[str, tuple[int, ...]]:
        """ "<input>.<array>" -> axes of a batch, beside the first, whose length varies by track."""
        return {
            f"{name}.{array}": axes for name, branch in self.inputs.items() for array, axes in branch.varying().items()
        }

    def parameter_counts(self) -> dict[str, Any]:
        """Numbers that are learned, running statistics, and what each task's own path learns."""
        return {
            "trainable": trainable(self),
            "statistics": statistics(self),
            "tasks": {task: self._path(task) for task in self.reads},
        }

    def describe(self) -> dict[str, Any]:
        """The whole network as a JSON-able table: blocks by tasks, shapes, parameters. The report draws it."""
        heads = self.heads.rows()
        for name, key in self.reads.items():
            heads[name]["reads"] = [task for task, own in self._own().items() if own in key]
        branches = {name: branch.describe() for name, branch in self.inputs.items()}
        return {"tasks": list(self.reads), "inputs": branches, "heads": heads, "parameters": self.parameter_counts()}

    def _own(self) -> dict[str, tuple[int, ...]]:
        return {task: _stream(self.inputs, task) for task in self.reads}

    def _present(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Which tracks have which input; some inputs are hidden in training, never all of a track's."""
        if len(self.branches) == 1:
            return {}
        there = torch.stack([batch[f"{name}.present"] for name in self.inputs], dim=1)
        if self.training and self.hide:
            kept = there * (torch.rand_like(there) >= self.hide)
            there = torch.where(kept.any(dim=1, keepdim=True), kept, there)
        return dict(zip(self.inputs, there.unbind(dim=1), strict=True))

    def _direct(self, arrays: Mapping[str, Mapping[str, Tensor]], present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        direct = {name: branch for name, branch in self.inputs.items() if len(branch.direct)}
        for task in self.reads if direct else ():
            for name, branch in direct.items():
                logits = branch.linear(task, arrays[name], present.get(name))
                if logits is not None:
                    found[task] = found[task] + logits if task in found else logits
        return found

    def _path(self, task: str) -> int:
        readers = {t for t, own in self._own().items() if own in self.reads[task]}
        blocks = [row for branch in self.inputs.values() for row in branch.sharing.rows()]
        used = [copy["parameters"] for row in blocks for copy in row["copies"] if readers & set(copy["tasks"])]
        direct = [branch.describe()["linear_path"].get(task, 0) for branch in self.inputs.values()]
        total: int = sum(used) + sum(direct) + trainable(self.heads.of(task))
        return total


def build(settings: NetworkSettings, heads: Mapping[str, HeadSettings], inputs: Mapping[str, Input],
          tasks: Mapping[str, Task], seed: int | None = None) -> Network:  # fmt: skip
    """A network with fresh weights.

    Args:
        heads: of tasks that have a table of their own; the others take `settings.head`.
        inputs: fitted, so that shapes and vocabulary are known.
        tasks: fitted, so that widths are known.
        seed: where the weights come from; None takes torch's generator as it stands.
    Raises: ExperimentError for settings that do not fit together.
    """
    check(settings, heads, inputs, list(tasks))
    if seed is None:
        return _built(settings, heads, inputs, tasks)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _built(settings, heads, inputs, tasks)


def _built(settings: NetworkSettings, heads: Mapping[str, HeadSettings], inputs: Mapping[str, Input],
           tasks: Mapping[str, Task]) -> Network:  # fmt: skip
    branches = {name: _branch(settings, name, inputs, tasks) for name in inputs}
    own = {task: _stream(branches, task) for task in tasks}
    reads: dict[str, Key] = {}
    for task in tasks:
        asked = heads.get(task, settings.head).reads
        readers = list(tasks) if asked == "all" else asked or (task,)
        reads[task] = tuple(dict.fromkeys(own[reader] for reader in readers))
    widths = [branch.widths for branch in branches.values()]
    features = {task: sum(widths[i][at] for one in key for i, at in enumerate(one)) for task, key in reads.items()}
    layers = {task: heads.get(task, settings.head).parsed(f"heads.{task}") for task in tasks}
    network = Network(branches, Heads(tasks, layers, features, settings.links), reads, settings.input_dropout)
    initialise(network, settings.initial)
    return network


def _branch(settings: NetworkSettings, name: str, inputs: Mapping[str, Input], tasks: Mapping[str, Task]) -> Branch:
    kind, own, where = chosen_encoder(settings, name, inputs)
    encoder = part_class("nets.encoders", kind)(own, inputs[name], where)
    widths = {task: tasks[task].width for task in tasks}
    learned = settings.missing == "learned" and len(inputs) > 1
    return Branch(encoder, inputs[name].shapes, chosen_sharing(settings, name, inputs), widths, learned)


def _stream(branches: Mapping[str, Branch], task: str) -> tuple[int, ...]:
    return tuple(branch.sharing.stream_of[task] for branch in branches.values())


def _arrays(batch: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}."
    return {key.removeprefix(start): value for key, value in batch.items()
            if key.startswith(start) and key != f"{name}.present"}  # fmt: skip


def _joined(tensors: list[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors, dim=1)
