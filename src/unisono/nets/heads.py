"""Heads: a task's features become its logits; links feed one task's answer into another task's last layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.nets import links
from unisono.nets.copies import copy_name, trainable
from unisono.nets.layers import Layer
from unisono.nets.modules import LayerBlock
from unisono.tasks import Task

Wide = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]  # features of all tasks -> logits of some

_ANSWERS: dict[str, Callable[[Tensor], Tensor]] = {  # logits -> what a link carries, by the task's kind
    "multiclass": lambda logits: torch.softmax(logits, dim=1),
    "distribution": lambda logits: torch.softmax(logits, dim=1),
    "multilabel": torch.sigmoid,
    "regression": lambda logits: logits,
}


class Head(nn.Module):
    """Hidden layers, then a linear layer that also reads the linked answers. Shape: (n, features) -> (n, width)"""

    def __init__(self, layers: Sequence[Layer], features: int, linked: int, width: int) -> None:
        super().__init__()
        self.hidden = LayerBlock(layers, (features,))
        self.output = nn.Linear((self.hidden.shape[0] or 0) + linked, width)

    def forward(self, features: Tensor, linked: Sequence[Tensor]) -> Tensor:
        """`linked` are the answers of other tasks, each (n, its width)."""
        x = self.hidden(features)
        logits: Tensor = self.output(torch.cat([x, *linked], dim=1) if linked else x)
        return logits


class Heads(nn.Module):
    """A head for each task, computed in the order that the links ask for.

    Args:
        tasks: name -> task.
        layers: name -> its head's hidden layers.
        features: name -> how many features its head reads.
        links: name -> tasks whose answers its last layer also reads, gradient stopped.
    """

    def __init__(self, tasks: Mapping[str, Task], layers: Mapping[str, Sequence[Layer]], features: Mapping[str, int],
                 linked: Mapping[str, Sequence[str]]) -> None:  # fmt: skip
        super().__init__()
        self.order = links.order(linked, list(tasks))
        self.linked = {task: tuple(sources) for task, sources in linked.items()}
        self.answers = {source: _answer(tasks[source]) for sources in linked.values() for source in sources}
        self.heads = nn.ModuleDict()
        self.wide: tuple[Wide, ...] = ()  # what computes some heads at once; they are in `heads`, too
        self._texts = {name: [layer.text for layer in layers[name]] for name in tasks}
        for name, task in tasks.items():
            extra = sum(tasks[source].width for source in self.linked.get(name, ()))
            head = Head(layers[name], features[name], extra, task.width)
            self.heads[copy_name([name], [])] = head

    def forward(self, features: Mapping[str, Tensor], direct: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Logits of each task; `direct` is added to a task's own logits where there is a linear path."""
        logits: dict[str, Tensor] = {}
        at_once = {task: found for wide in self.wide for task, found in wide(features).items()}
        for task in self.order:
            answers = [self.answers[source](logits[source]).detach() for source in self.linked.get(task, ())]
            logits[task] = at_once[task] if task in at_once else self.of(task)(features[task], answers)
            if task in direct:
                logits[task] = logits[task] + direct[task]
        return {task: logits[task] for task in features}

    def of(self, task: str) -> nn.Module:
        """A task's head."""
        return self.heads[copy_name([task], [])]

    def rows(self) -> dict[str, dict[str, Any]]:
        """Each head's layers, width, links and parameters, for the description."""
        return {task: self._row(task) for task in self._texts}

    def _row(self, task: str) -> dict[str, Any]:
        output = self.of(task).get_submodule("output")
        assert isinstance(output, nn.Linear)
        layers = [*self._texts[task], f"linear {output.out_features}"]
        parameters = trainable(self.of(task))
        return {"layers": layers, "links": list(self.linked.get(task, ())), "parameters": parameters}


def _answer(task: Task) -> Callable[[Tensor], Tensor]:
    if task.kind not in _ANSWERS:
        found = f"feeds other tasks but a {task.kind} has no answer that a link could carry"
        raise ExperimentError(f"network.links, {task.name}", found, "Take it out of the links.")
    return _ANSWERS[task.kind]
