"""One training step over a network: T cheap head gradients at the shared tensor, then one pass through the trunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import Parameter

from unisono.balancing import NO_FORK, NO_SHARED_BLOCK, SHARE_BLOCKS
from unisono.balancing.step.linear import Found, through
from unisono.balancing.step.tape import parameters_of
from unisono.errors import ExperimentError, nearest

_SHOWN = 6


class Trunk(Protocol):
    """What a step must know of the network."""

    def last_shared(self) -> list[Parameter]:
        """Weights, without biases, of the last block that all tasks share; empty when there is none."""
        ...

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]: ...


def trained_weights(network: Trunk, block: str, where: str = "balancing.at") -> list[Parameter]:
    """Weights, without biases, inside a block that are trained.

    Args:
        block: its dotted name.
        where: the key to name in messages.
    Raises: ExperimentError, with the nearest block or some of them, where there are none.
    """
    trained = {name: p for name, p in network.named_parameters() if p.ndim > 1 and p.requires_grad}
    weights = [p for name, p in trained.items() if f"{name}.".startswith(f"{block}.")]
    if not weights:
        layers = list(dict.fromkeys(name.rpartition(".")[0] for name in trained))
        blocks = dict.fromkeys(".".join(layer.split(".")[:depth]) for layer in layers for depth in range(1, 9))
        more = f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else ""
        listed = f"Trained layers are {', '.join(layers[:_SHOWN])}{more}." if layers else ""
        raise ExperimentError(where, f'no trained weights are named "{block}"', nearest(block, blocks) or listed)
    return weights


class _Head(NamedTuple):
    """One loss's gradients down to the shared tensor."""

    at_shared: Tensor
    parameters: list[Tensor]
    gradients: tuple[Tensor | None, ...]


class TrainingStep:
    """The losses of one batch and their gradients (a `Step`).

    Where one tensor is shared by all heads, each head is differentiated once, down to that tensor; its parameters'
    gradients are kept, and whatever weights are chosen then need **one** backward pass through the trunk. Gradients
    at the last shared block's weights are linear in those at the shared tensor: each costs a pass through that block
    only. Parameters that a loss does not reach are not touched (`.grad` stays None), as with `loss.backward()`.

    Args:
        losses: scalar loss of each task present.
        shared: the one tensor that every task's head reads, or None; heads must have no other way to the trunk.
        network: gives the shared weights.
    """

    def __init__(self, losses: Mapping[str, Tensor], shared: Tensor | None, network: Trunk) -> None:
        self.losses = losses
        self._network = network
        self._shared = shared if shared is not None and shared.requires_grad else None
        self._heads: dict[str, _Head] | None = None
        self._at_weights: dict[str | None, tuple[list[Parameter], dict[str, tuple[Tensor, ...]]]] = {}

    def representation_gradients(self) -> dict[str, Tensor]:
        """Gradient of each loss at the shared tensor.

        Shape: {task: the shared tensor's}
        Raises: ExperimentError when the heads do not read one trained tensor.
        """
        return {task: head.at_shared for task, head in self._differentiated().items()}

    def shared_weight_gradients(self, block: str | None = None) -> dict[str, tuple[Tensor, ...]]:
        """Gradient of each loss at the weights of the last block that all tasks share, exactly.

        Args:
            block: the dotted name of another block of the network.
        Shape: {task: one tensor a weight}
        Raises: ExperimentError when there is no such block, or a task does not reach it.
        """
        if block not in self._at_weights:
            weights = self._last_shared() if block is None else trained_weights(self._network, block)
            self._at_weights[block] = weights, self._at(weights)
        return self._at_weights[block][1]

    def backward(self, weights: Mapping[str, float]) -> None:
        """Add the gradient of the weighted sum of the losses to every parameter's `.grad`."""
        if self._heads is None:
            total = [loss * weights[task] for task, loss in self.losses.items()]
            torch.autograd.backward(torch.stack(total).sum())
            return
        self._backward_heads(weights)
        combined = _combined([(head.at_shared, weights[task]) for task, head in self._heads.items()])
        self._backward_trunk(combined, weights)

    def backward_representation(self, gradient: Tensor) -> None:
        """The trunk gets this gradient at the shared tensor, each head its own loss's.

        Shape: the shared tensor's
        """
        self._differentiated()
        self._backward_heads(dict.fromkeys(self.losses, 1.0))
        assert self._shared is not None
        torch.autograd.backward(self._shared, gradient)

    def _differentiated(self) -> dict[str, _Head]:
        if self._shared is None:
            raise ExperimentError("balancing", NO_FORK, SHARE_BLOCKS)
        if self._heads is None:
            self._heads = {task: _head(loss, self._shared) for task, loss in self.losses.items()}
        return self._heads

    def _at(self, weights: list[Parameter]) -> dict[str, tuple[Tensor, ...]]:
        if self._shared is None:
            found = {task: _grad(loss, weights) for task, loss in self.losses.items()}
        else:
            found = self._through(self._shared, weights)
        for task, gradients in found.items():
            if all(gradients[weight] is None for weight in weights):
                raise ExperimentError(
                    "balancing", f"task {task} does not reach the weights at which gradients are compared", SHARE_BLOCKS
                )
        return {task: tuple(_known_or_zero(of[weight], weight) for weight in weights) for task, of in found.items()}

    def _through(self, shared: Tensor, weights: list[Parameter]) -> dict[str, Found]:
        """By linearity below the shared tensor; weights above it were differentiated with their head."""
        heads = self._differentiated()
        found: dict[str, Found] = {
            task: dict(zip(head.parameters, head.gradients, strict=True)) for task, head in heads.items()
        }
        below = [weight for weight in weights if not any(weight in of for of in found.values())]
        by_linearity = through(shared, below, [head.at_shared for head in heads.values()])
        for of, gradients in zip(found.values(), by_linearity, strict=True):
            of |= gradients
        return {task: {weight: of.get(weight) for weight in weights} for task, of in found.items()}

    def _last_shared(self) -> list[Parameter]:
        weights = [weight for weight in self._network.last_shared() if weight.requires_grad]
        if not weights:
            raise ExperimentError("balancing", NO_SHARED_BLOCK, SHARE_BLOCKS)
        return weights

    def _backward_heads(self, weights: Mapping[str, float]) -> None:
        for task, head in self._differentiated().items():
            for parameter, gradient in zip(head.parameters, head.gradients, strict=True):
                if gradient is not None:
                    _add(parameter, gradient, weights[task])

    def _backward_trunk(self, gradient: Tensor, weights: Mapping[str, float]) -> None:
        assert self._shared is not None
        if not self._at_weights:
            torch.autograd.backward(self._shared, gradient)
            return
        # What is known is not computed again: a weight's gradient is the same sum of its tasks' gradients.
        trunk, known = parameters_of(self._shared), self._known()
        others = [parameter for parameter in trunk if parameter not in known]
        if others:
            torch.autograd.backward(self._shared, gradient, inputs=others)
        for weight in known.keys() & set(trunk):
            for task, part in known[weight].items():
                _add(weight, part, weights[task])

    def _known(self) -> dict[Tensor, dict[str, Tensor]]:
        """Weights whose gradients were asked for, with each task's."""
        return {
            weight: {task: gradients[i] for task, gradients in by_task.items()}
            for weights, by_task in self._at_weights.values()
            for i, weight in enumerate(weights)
        }


def _head(loss: Tensor, shared: Tensor) -> _Head:
    parameters = parameters_of(loss, stop=shared)
    at_shared, *gradients = torch.autograd.grad(loss, [shared, *parameters], retain_graph=True, allow_unused=True)
    return _Head(torch.zeros_like(shared) if at_shared is None else at_shared, parameters, tuple(gradients))


def _grad(loss: Tensor, weights: list[Parameter]) -> Found:
    found = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    return dict(zip(weights, found, strict=True))


def _known_or_zero(gradient: Tensor | None, weight: Tensor) -> Tensor:
    return torch.zeros_like(weight) if gradient is None else gradient


def _combined(parts: Sequence[tuple[Tensor, float]]) -> Tensor:
    (first, weight), *others = parts
    total = first * weight
    for gradient, weight in others:
        total.add_(gradient, alpha=weight)
    return total


def _add(parameter: Tensor, gradient: Tensor, weight: float) -> None:
    if parameter.grad is None:
        parameter.grad = gradient * weight
    else:
        parameter.grad.add_(gradient, alpha=weight)
