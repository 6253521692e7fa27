"""The optimiser and the learning rate of each step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import Parameter
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer

from unisono.training.settings import TrainingSettings


def optimizer_of(factors: Mapping[Parameter, float], settings: TrainingSettings) -> Optimizer:
    """The optimiser that the settings name.

    Args:
        factors: the parameters that are trained, each with what its learning rate is multiplied by.
    """
    trained: Any = [
        {"params": [p for p, own in factors.items() if own == factor], "factor": factor}
        for factor in dict.fromkeys(factors.values())
    ]
    rate, decay = settings.learning_rate, settings.weight_decay
    fused = torch.get_default_dtype() == torch.float32
    if settings.optimizer == "adam":
        return Adam(trained, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "adamw":
        return AdamW(trained, lr=rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "sgd":
        return SGD(trained, lr=rate, weight_decay=decay, momentum=settings.momentum, nesterov=settings.momentum > 0)
    return Adagrad(trained, lr=rate, weight_decay=decay, initial_accumulator_value=0.1)


@torch.no_grad()
def stepped(optimizer: Optimizer) -> None:
    """A step of the optimiser; of fused Adam, once it has moments, without what torch does around each step.

    For small parameters that takes as long as the step; hooks of an optimiser are not called.
    """
    for group in optimizer.param_groups:
        moved = [p for p in group["params"] if p.grad is not None]
        if not isinstance(optimizer, Adam) or not group["fused"] or not all(optimizer.state[p] for p in moved):
            optimizer.step()
            return
    for group in optimizer.param_groups:
        moved = [p for p in group["params"] if p.grad is not None]
        if not moved:
            continue
        means, squares, steps = ([optimizer.state[p][key] for p in moved] for key in ("exp_avg", "exp_avg_sq", "step"))
        torch._foreach_add_(steps, 1)
        update = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
        betas, own = group["betas"], ("lr", "weight_decay", "eps", "amsgrad", "maximize")
        update(moved, [p.grad for p in moved], means, squares, [], steps, beta1=betas[0], beta2=betas[1],
               **{key: group[key] for key in own})  # fmt: skip


def rate_factor(settings: TrainingSettings, step: int, steps: int) -> float:
    """What the learning rate is multiplied by in one step.

    Args:
        step: from 0.
        steps: of the whole run.
    Example:
        >>> rate_factor(TrainingSettings(schedule="linear"), step=50, steps=100)
        0.5
    """
    warm = int(settings.warmup * steps)
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(steps - warm, 1)
    if settings.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 1 - progress if settings.schedule == "linear" else 1.0


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every parameter group this learning rate, times its own factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("factor", 1.0)
