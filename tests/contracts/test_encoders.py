"""Laws of every encoder: a new file in `nets/encoders/` is tested here by itself, with its default settings."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.nets.network import Network, build
from unisono.nets.settings import HeadSettings, NetworkSettings
from unisono.parts import names, part_class, part_settings

torch.set_num_threads(1)


@dataclass(frozen=True)
class Source:
    """Stands in for a fitted input."""

    shapes: dict[str, tuple[int | None, ...]]
    vocabulary_size: int = 0
    model: str = ""
    download: bool = False


SOURCES = {
    "sound": Source({"mel": (24, None)}),
    "text": Source({"ids": (None,)}, 40),
    "bag": Source({"ids": (None,), "weights": (None,)}, 30),
    "vector": Source({"values": (9,)}),
}


@pytest.fixture(scope="module", autouse=True)
def pieces(tiny_bert: Path) -> None:
    """Word pieces, whose source names the pre-trained encoder that they are for."""
    SOURCES["pieces"] = Source({"ids": (None,), "mask": (None,)}, 40, str(tiny_bert))


TASKS: dict[str, Any] = {
    "genre": SimpleNamespace(name="genre", kind="multiclass", width=3),
    "energy": SimpleNamespace(name="energy", kind="regression", width=1),
}


def source_of(encoder: str) -> Source:
    """The source that an encoder takes."""
    for source in SOURCES.values():
        try:
            part_class("nets.encoders", encoder)(part_settings("nets.encoders", encoder)(), source, "network")
        except ExperimentError:
            continue
        return source
    pytest.fail(f"{encoder} takes none of the arrays {', '.join(SOURCES)}: add its kind to SOURCES")


def network_of(encoder: str, heads: dict[str, HeadSettings] | None = None, **network: Any) -> Network:
    settings = NetworkSettings(encoder=encoder, **network)
    return build(settings, heads or {}, {"x": source_of(encoder)}, TASKS, seed=1)  # type: ignore[dict-item]


def batch_of(encoder: str, rows: int = 5, length: int = 33, seed: int = 0) -> dict[str, Tensor]:
    source = source_of(encoder)
    generator = torch.Generator().manual_seed(seed)
    made = {
        f"x.{array}": torch.randn((rows, *(length if size is None else size for size in shape)), generator=generator)
        for array, shape in source.shapes.items()
    }
    if "ids" in source.shapes:
        ids = torch.randint(1, source.vocabulary_size, (rows, length), generator=generator, dtype=torch.int32)
        made["x.ids"] = ids.masked_fill(torch.arange(length) >= length - 7 * torch.arange(rows).unsqueeze(1), 0)
    if "mask" in source.shapes:
        made["x.mask"] = (made["x.ids"] != 0).int()
    if "weights" in source.shapes:
        made["x.weights"] = made["x.weights"] * (made["x.ids"] != 0)
    return made


def without_dropout(network: Network) -> Network:
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return network


@pytest.mark.parametrize("encoder", names("nets.encoders"))
class TestEncoder:
    def test_a_row_of_a_batch_is_as_in_a_batch_of_one(self, encoder: str) -> None:
        network = network_of(encoder).eval()
        batch = batch_of(encoder)
        together = network(batch)
        for row in range(5):
            alone = network({name: array[row : row + 1] for name, array in batch.items()})
            for task, logits in together.logits.items():
                torch.testing.assert_close(alone.logits[task][0], logits[row], rtol=1e-4, atol=1e-5)

    def test_padding_changes_nothing(self, encoder: str) -> None:
        """A text says the same alone as beside a longer one; short texts, where padding would show most."""
        if "ids" not in source_of(encoder).shapes:
            pytest.skip("it reads no texts")
        long = batch_of(encoder, rows=12)
        lengths = torch.tensor([33, 1, 1, 1, 2, 2, 2, 3, 4, 5, 8, 13])
        batch = {name: array * (torch.arange(33) < lengths.unsqueeze(1)) for name, array in long.items()}
        for network in (network_of(encoder).eval(), without_dropout(network_of(encoder)).train()):
            together = network(batch).logits
            for row, length in enumerate(lengths.tolist()):
                alone = network({name: array[row : row + 1, :length] for name, array in batch.items()}).logits
                for task, logits in together.items():
                    torch.testing.assert_close(alone[task][0], logits[row], rtol=1e-4, atol=1e-5)

    def test_training_and_evaluation_give_the_same_numbers_without_dropout_and_norms(self, encoder: str) -> None:
        network = without_dropout(network_of(encoder))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.momentum = None  # the running statistics become this batch's
        batch = batch_of(encoder)
        trained = network.train()(batch).logits
        evaluated = network.eval()(batch).logits
        for task, logits in trained.items():
            norms = any(isinstance(module, nn.BatchNorm1d) for module in network.modules())
            torch.testing.assert_close(evaluated[task], logits, rtol=1e-3, atol=2e-2 if norms else 1e-5)

    def test_every_parameter_gets_a_gradient(self, encoder: str) -> None:
        network = without_dropout(network_of(encoder)).train()
        outcome = network(batch_of(encoder))
        torch.cat([logits.flatten() for logits in outcome.logits.values()]).square().sum().backward()
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
            assert parameter.grad.abs().sum() > 0, name

    def test_an_empty_example_is_finite(self, encoder: str) -> None:
        network = network_of(encoder).eval()
        nothing = {name: torch.zeros_like(array) for name, array in batch_of(encoder).items()}
        assert all(torch.isfinite(logits).all() for logits in network(nothing).logits.values())

    def test_it_exports_with_the_same_numbers(self, encoder: str) -> None:
        network = network_of(encoder, sharing="none", links={"genre": ["energy"]}).eval()
        session = exported(network, batch_of(encoder))
        for batch in (batch_of(encoder), batch_of(encoder, rows=2, length=47, seed=1)):
            wanted = Wrapped(network, list(batch))(*batch.values())
            got = session.run(None, {name: array.numpy() for name, array in batch.items()})
            for ours, theirs in zip(wanted, got, strict=True):
                np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-4, atol=1e-5)

    def test_bf16_autocast_works(self, encoder: str) -> None:
        network = network_of(encoder).train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(batch_of(encoder)).logits
        sum(value.float().sum() for value in logits.values()).backward()  # type: ignore[union-attr]
        assert all(torch.isfinite(value).all() for value in logits.values())


class Wrapped(nn.Module):
    """Tensors in, logits a task and the representations out: what a model folder's graph gives."""

    def __init__(self, network: Network, keys: list[str]) -> None:
        super().__init__()
        self.network, self.keys = network, keys

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        outcome = self.network(dict(zip(self.keys, tensors, strict=True)))
        return (*outcome.logits.values(), torch.cat(list(outcome.representation.values()), dim=1))


def exported(network: Network, batch: dict[str, Tensor]) -> onnxruntime.InferenceSession:
    """A session of the network's graph, with free batch and time axes."""
    free = torch.export.Dim.DYNAMIC
    axes = [
        {0: free} | ({array.dim() - 1: free} if name.rpartition(".")[2] in ("ids", "weights", "mask", "mel") else {})
        for name, array in batch.items()
    ]
    stream = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            Wrapped(network, list(batch)), tuple(batch.values()), input_names=list(batch), dynamo=True,
            dynamic_shapes=(tuple(axes),), verbose=False,
        )  # fmt: skip
        assert program is not None
        program.save(stream)
    return onnxruntime.InferenceSession(stream.getvalue(), providers=["CPUExecutionProvider"])
