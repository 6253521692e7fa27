"""Small inputs, tasks and batches for the tests of networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from unisono.nets.network import Network, build
from unisono.nets.settings import HeadSettings, NetworkSettings

WIDTHS = {
    "genre": ("multiclass", 6),
    "subgenre": ("multiclass", 23),
    "intro": ("multiclass", 5),
    "energy": ("regression", 1),
    "situation": ("multilabel", 8),
}


@dataclass(frozen=True)
class Source:
    """Stands in for a fitted input."""

    shapes: dict[str, tuple[int | None, ...]]
    vocabulary_size: int = 0


def mel(bands: int = 12, frames: int | None = None) -> Source:
    return Source({"mel": (bands, frames)})


def words(vocabulary: int = 30) -> Source:
    return Source({"ids": (None,)}, vocabulary)


def bag(vocabulary: int = 20) -> Source:
    return Source({"ids": (None,), "weights": (None,)}, vocabulary)


def values(size: int = 7) -> Source:
    return Source({"values": (size,)})


def batch(sources: Mapping[str, Source], rows: int = 3, length: int = 17, seed: int = 0) -> dict[str, Tensor]:
    """Random arrays for every source, and masks where there are several; ids end in padding of uneven length."""
    generator = torch.Generator().manual_seed(seed)
    made: dict[str, Tensor] = {}
    for name, source in sources.items():
        for array, shape in source.shapes.items():
            sizes = (rows, *(length if size is None else size for size in shape))
            made[f"{name}.{array}"] = torch.randn(sizes, generator=generator)
        if "ids" in source.shapes:
            ids = torch.randint(1, source.vocabulary_size, (rows, length), generator=generator, dtype=torch.int32)
            padding = torch.arange(length) >= length - torch.arange(rows).unsqueeze(1)
            made[f"{name}.ids"] = ids.masked_fill(padding, 0)
            if "weights" in source.shapes:
                made[f"{name}.weights"] = made[f"{name}.weights"].masked_fill(padding, 0.0)
        if len(sources) > 1:
            made[f"{name}.present"] = torch.ones(rows)
    return made


def tasks_of(*names: str, **widths: tuple[str, int]) -> dict[str, Any]:
    """Stand-ins for fitted tasks: known names, or name = (kind, width)."""
    known = {name: WIDTHS[name] for name in names} | widths
    return {n: SimpleNamespace(name=n, kind=k, width=w, role="target") for n, (k, w) in known.items()}


def network_of(
    sources: Mapping[str, Source], tasks: Mapping[str, Any], heads: Mapping[str, Any] | None = None, **network: Any
) -> Network:
    """A network from tables as an experiment has them."""
    made = {name: HeadSettings(**head) for name, head in (heads or {}).items()}
    return build(NetworkSettings(**network), made, sources, tasks, seed=network.get("seed", 3))  # type: ignore[arg-type]


@pytest.fixture
def kit() -> SimpleNamespace:
    """Everything of this file: `kit.mel()`, `kit.batch(...)`, `kit.network(...)`."""
    made: dict[str, Callable[..., Any]] = {"mel": mel, "words": words, "bag": bag, "values": values}
    return SimpleNamespace(**made, batch=batch, tasks=tasks_of, network=network_of, source=Source)
