"""How a network's weights begin."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from unisono.errors import ExperimentError


def initialise(network: nn.Module, initial: str) -> None:
    """Set the weights of all layers with a matrix or kernel, from torch's global generator.

    Args:
        initial: "torch" leaves every layer's own; "normal S" draws weights from a normal distribution of deviation S,
            cut at two deviations, and sets biases to S (system 004 of docs/systems with S = 0.01). What is
            `pretrained` stays as it is.
    Raises: ExperimentError when S is no positive number.
    """
    if initial == "torch":
        return
    try:
        deviation = float(initial.removeprefix("normal "))
    except ValueError:
        deviation = 0.0
    if deviation <= 0:
        found = f'"{initial}" has no positive deviation'
        raise ExperimentError("network.initial", found, 'Write it like "normal 0.01".')
    for module in _drawn(network):
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if not isinstance(weight, nn.Parameter) or weight.dim() < 2:
            continue
        nn.init.trunc_normal_(weight, 0.0, deviation, -2 * deviation, 2 * deviation)
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            nn.init.zeros_(weight[module.padding_idx])
        if isinstance(bias, nn.Parameter):
            nn.init.constant_(bias, deviation)


def _drawn(module: nn.Module) -> Iterator[nn.Module]:
    """All modules but those with weights that somebody has trained."""
    if not getattr(module, "pretrained", False):
        yield module
        for child in module.children():
            yield from _drawn(child)
