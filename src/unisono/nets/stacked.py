"""Several networks of one shape as one program: the built network, with each layer in its form for several.

Branches, grids, heads and links are the network's own and run as they are; what they see is a larger batch.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from unisono.nets.encoders.embedding_bag import Bag
from unisono.nets.modules import LayerBlock
from unisono.nets.network import Network
from unisono.nets.stacked_heads import widen
from unisono.nets.stacked_layers import FORMS, Whose, fuse


def stacked(networks: Sequence[Network], whose: Whose) -> Network:
    """One network that computes all; `unstackable` says whether there is one.

    Args:
        whose: says which rows of a batch are which network's; it is read at each call.
    """
    program = copy.deepcopy(networks[0])
    modules = [dict(network.named_modules()) for network in networks]
    for name, module in list(program.named_modules()):
        form = FORMS.get(type(module))
        if form is not None:
            program.set_submodule(name, form([own[name] for own in modules], whose))
    for module in list(program.modules()):
        if isinstance(module, LayerBlock):
            fuse(module)
    widen(program)
    return program.train()


def unstackable(networks: Sequence[Network]) -> str:
    """Why networks cannot be one program, the rest of a sentence that begins with "they"; empty where they can."""
    first = networks[0]
    if len(first.branches) > 1:
        return "have several inputs"
    for name, module in first.named_modules():
        own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        if own and type(module) not in FORMS:
            return f"have a layer without a form for several networks ({name})"
    shapes = [_shapes(network) for network in networks]
    for other in shapes[1:]:
        differing = [name for name in {**shapes[0], **other} if shapes[0].get(name) != other.get(name)]
        if differing:
            return f"differ in their shapes ({differing[0]})"
    return ""


def own_part(tensor: Tensor, at: int, like: Tensor) -> Tensor:
    """The part of a stacked tensor that is one network's, a view; `like` is the network's own tensor."""
    found = tensor[at]
    return found if found.shape == like.shape else found[tuple(slice(size) for size in like.shape)]


def reached(network: Network, batch: dict[str, Tensor]) -> dict[str, frozenset[str]]:
    """Parameter -> the tasks whose losses reach it."""
    named = dict(network.named_parameters())
    network.eval()
    outcome = network(batch)
    found: dict[str, set[str]] = {name: set() for name in named}
    for task, logits in outcome.logits.items():
        gradients = torch.autograd.grad(logits.sum(), list(named.values()), retain_graph=True, allow_unused=True)
        for name, gradient in zip(named, gradients, strict=True):
            if gradient is not None:
                found[name].add(task)
    network.train()
    return {name: frozenset(tasks) for name, tasks in found.items()}


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Shapes of all parameters and statistics; how many words a bag knows may differ."""
    bags = {id(p) for m in network.modules() if isinstance(m, Bag) for p in m.parameters(recurse=False)}
    return {n: tuple(t.shape[1:] if id(t) in bags and t.dim() > 1 else t.shape)
            for n, t in [*network.named_parameters(), *network.named_buffers()]}  # fmt: skip
