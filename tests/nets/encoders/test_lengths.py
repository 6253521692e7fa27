"""Groups of like length: the same numbers and gradients as the whole batch at once, with less to compute."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from unisono.nets.encoders import _lengths
from unisono.nets.encoders._lengths import by_length

LENGTHS = [3, 17, 1, 9, 9, 2, 0, 16, 5, 12, 4]


def test_rows_come_back_in_their_order_and_are_cut() -> None:
    seen: list[tuple[int, ...]] = []

    def read(x: Tensor, arrays: dict[str, Tensor]) -> Tensor:
        seen.append(tuple(x.shape))
        assert arrays["ids"].shape == (len(x), x.shape[2])
        return x.sum(dim=2)

    lengths = torch.tensor(LENGTHS)
    ids = (torch.arange(17) < lengths.unsqueeze(1)).int()
    x = torch.randn(11, 2, 17) * ids.unsqueeze(1)
    torch.testing.assert_close(by_length(read, x, {"ids": ids}, lengths), x.sum(dim=2))  # type: ignore[arg-type]
    assert seen == [(3, 2, 2), (3, 2, 5), (3, 2, 12), (2, 2, 17)]


def test_a_small_batch_is_read_at_once() -> None:
    whole = by_length(lambda x, _: x.sum(dim=1), torch.ones(7, 4), {}, torch.tensor([1, 2, 3, 4, 4, 4, 4]))
    assert whole.tolist() == [4.0] * 7


@pytest.mark.parametrize("encoder", ["text_cnn", "transformer"])
def test_an_encoder_learns_the_same(
    encoder: str, kit: SimpleNamespace, tiny_bert: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = SimpleNamespace(shapes={"ids": (None,), "mask": (None,)}, model=str(tiny_bert), download=False)
    source = kit.words() if encoder == "text_cnn" else pieces
    network = kit.network({"lyrics": source}, kit.tasks("genre"), encoder={"kind": encoder, "dropout": 0.0}).eval()
    generator = torch.Generator().manual_seed(0)
    known = torch.arange(17) < torch.tensor(LENGTHS).unsqueeze(1)
    ids = torch.randint(2, 30, (11, 17), generator=generator) * known
    batch = {"lyrics.ids": ids.int(), "lyrics.mask": known.int()}
    found = []
    for groups in (4, 100):  # so many that the batch is too small for them
        monkeypatch.setattr(_lengths, "_GROUPS", groups)
        network.zero_grad()
        logits = network({k: v for k, v in batch.items() if k.split(".")[1] in source.shapes}).logits["genre"]
        logits.square().sum().backward()
        found.append((logits.detach(), [p.grad.clone() for p in network.parameters()]))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)
