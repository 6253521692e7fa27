"""Checkpoints: everything a run needs to go on to the same last bit; tensors as safetensors, the rest as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.optim import Optimizer

from unisono.errors import TrainingError
from unisono.files import commit_bytes

CHECKPOINT = "state.bin"  # safetensors, then the 32 bytes of its checksum: a flipped bit would load as other weights
_DIGEST = 32
_SPLIT = "|"  # between the parts of a flattened name


@dataclass(frozen=True)
class Checkpoint:
    """State of a run between two steps.

    Args:
        tensors: by group: "network", "best", "optimizer", "random".
        facts: JSON-able rest: epoch, step, history lines, watch, balancer ...
    """

    tensors: Mapping[str, Mapping[str, Tensor]]
    facts: Mapping[str, Any]

    def save(self, folder: Path) -> None:
        """Write it as one file, or leave the last one; one file, so that its two halves always belong together.

        Raises: DiskFull with the bytes needed and free; the last good checkpoint stays.
        """
        flat = {f"{g}{_SPLIT}{n}": t.contiguous() for g, named in self.tensors.items() for n, t in named.items()}
        unshared = {name: tensor.clone() for name, tensor in flat.items()}
        data = save(unshared, {"facts": json.dumps(self.facts)})
        commit_bytes(folder / CHECKPOINT, data + hashlib.sha256(data).digest())

    @classmethod
    def load(cls, folder: Path) -> Checkpoint | None:
        """The checkpoint of a folder, or None when it has none yet.

        Raises: TrainingError when the file is damaged.
        """
        path = folder / CHECKPOINT
        if not path.is_file():
            return None
        data, digest = path.read_bytes()[:-_DIGEST], path.read_bytes()[-_DIGEST:]
        if hashlib.sha256(data).digest() != digest:
            raise TrainingError(
                str(path), "has other bytes than its checksum says", "Start the run again without --resume."
            )
        flat = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        facts = json.loads(header["__metadata__"]["facts"])
        groups: dict[str, dict[str, Tensor]] = {}
        for name, tensor in flat.items():
            group, _, rest = name.partition(_SPLIT)
            groups.setdefault(group, {})[rest] = tensor
        return cls(groups, facts)


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimiser's moments, flattened to names."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}{_SPLIT}{key}": value if isinstance(value, Tensor) else torch.tensor(value)
        for index, values in state.items()
        for key, value in values.items()
        if value is not None
    }


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put the moments back."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(_SPLIT)
        state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def random_tensors() -> dict[str, Tensor]:
    """State of torch's random numbers (dropout); orders of rows are made from seed and epoch and need none."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def restore_random(tensors: Mapping[str, Tensor]) -> None:
    """Put torch's random state back."""
    torch.set_rng_state(tensors["cpu"])
    if "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"])
