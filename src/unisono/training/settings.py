"""How a network is trained; torch-free, read by the experiment file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unisono.inputs.augmenting import Augmentation
from unisono.parts import Settings


class TrainingSettings(Settings):
    """The `[training]` table of an experiment.

    Args:
        epochs: passes over the training rows at most.
        batch_size: rows (excerpts) a step.
        optimizer: "adam", "adamw", "sgd" or "adagrad".
        learning_rate: of the network; a balancer's own weights have theirs.
        weight_decay: L2 for adam, sgd and adagrad, decoupled for adamw.
        momentum: of sgd (Nesterov).
        schedule: of the learning rate over all steps: "constant", "cosine" or "linear" to zero, or "plateau"
            (a tenth when validation has not improved for half the patience).
        warmup: share of all steps in which the rate rises from zero.
        clip: largest gradient norm; 0 for none.
        patience: epochs without a better validation score after which training stops; 0 never stops.
        watch: "total" validation loss of the target tasks, a task's score such as "genre.f1_macro", or "nothing":
            the last epoch is kept.
        precision: "fp32", or "bf16" for autocast.
        threads: of torch; 0 is every core. Part of an experiment, for threads change float sums.
        device: "cpu", "cuda", or "auto".
        devices: processes that learn together, each with `batch_size` rows a step (`train --devices`).
        checkpoint_every: steps between checkpoints inside an epoch; 0 for one at each epoch's end.
        on_bad: damaged files are left out ("skip"), heard as far as they go ("use"), or the end of the run ("stop").
        memory: GiB of examples that are kept in memory; what goes beyond is read from the cache each time.
        augmentation: what is changed in training rows, see `inputs.augmenting.Augmentation`.
        diagnostics_every: steps between comparisons of the tasks' gradients, for the history; 0 for none.
        diagnostics_at: where they are compared: "representation", or "weights" of the last block all tasks share.
    """

    epochs: int = Field(default=40, ge=1)
    batch_size: int = Field(default=32, ge=1)
    optimizer: Literal["adam", "adamw", "sgd", "adagrad"] = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    momentum: float = Field(default=0.0, ge=0, lt=1)
    schedule: Literal["constant", "cosine", "linear", "plateau"] = "constant"
    warmup: float = Field(default=0.0, ge=0, lt=1)
    clip: float = Field(default=0.0, ge=0)
    patience: int = Field(default=0, ge=0)
    watch: str = "total"
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: int = Field(default=0, ge=0)
    device: str = Field(default="cpu", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    devices: int = Field(default=1, ge=1, le=256)
    checkpoint_every: int = Field(default=0, ge=0)
    on_bad: Literal["skip", "use", "stop"] = "skip"
    memory: float = Field(default=4.0, gt=0)
    augmentation: Augmentation = Augmentation()
    diagnostics_every: int = Field(default=0, ge=0)
    diagnostics_at: str = "representation"
