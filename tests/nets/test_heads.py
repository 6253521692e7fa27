"""Heads and links: what a link carries, that it stops gradients, and in which order heads are computed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from unisono.errors import ExperimentError


@pytest.fixture
def linked(kit: SimpleNamespace) -> Any:
    """Situation reads genre (softmax), mood (sigmoid) and energy (value); it stands first on purpose."""
    tasks = kit.tasks(
        situation=("multilabel", 2), genre=("multiclass", 3), mood=("multilabel", 2), energy=("regression", 1)
    )
    heads = {"situation": {"hidden": [4]}}
    return kit.network(
        {"numbers": kit.values(5)},
        tasks,
        heads,
        blocks=[{"layers": []}],
        links={"situation": ["genre", "mood", "energy"]},
    )


def test_the_last_layer_reads_the_answers(linked: Any) -> None:
    x = torch.randn(6, 5)
    logits = linked({"numbers.values": x}).logits
    answers = [torch.softmax(logits["genre"], 1), torch.sigmoid(logits["mood"]), logits["energy"]]
    head = linked.heads.of("situation")
    wanted = head.output(torch.cat([torch.relu(head.hidden.linear1(x)), *answers], 1))
    torch.testing.assert_close(logits["situation"], wanted)
    assert head.output.in_features == 4 + 3 + 2 + 1


def test_no_gradient_goes_through_a_link(linked: Any) -> None:
    linked({"numbers.values": torch.randn(6, 5)}).logits["situation"].sum().backward()
    assert all(p.grad is None for task in ("genre", "mood", "energy") for p in linked.heads.of(task).parameters())
    assert all(p.grad is not None for p in linked.heads.of("situation").parameters())


def test_tasks_come_out_in_their_own_order(linked: Any) -> None:
    assert list(linked({"numbers.values": torch.randn(2, 5)}).logits) == ["situation", "genre", "mood", "energy"]


def test_a_kind_without_an_answer_cannot_feed_others(kit: SimpleNamespace) -> None:
    tasks = kit.tasks(genre=("multiclass", 3), rank=("ordinal", 3))
    with pytest.raises(ExperimentError, match=r"network.links, rank: feeds other tasks but a ordinal has no answer"):
        kit.network({"numbers": kit.values(5)}, tasks, links={"genre": ["rank"]})


@pytest.mark.parametrize("kind", ["mlp", "embedding_bag"])
def test_a_linear_path_adds_to_the_logits(kit: SimpleNamespace, kind: str) -> None:
    inputs = {"x": kit.values(5) if kind == "mlp" else kit.bag(9)}
    tasks = kit.tasks("genre", "energy")
    plain = kit.network(inputs, tasks, encoder=kind).eval()
    beside = kit.network(inputs, tasks, encoder={"kind": kind, "linear_path": True}).eval()
    with torch.no_grad():
        paths = {name: p.normal_() for name, p in beside.named_parameters() if "direct" in name}
    missing = beside.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert sorted(missing) == sorted(paths) and len(paths) == 2
    batch = kit.batch(inputs)
    features = batch["x.values"] if kind == "mlp" else dense(batch, 9)
    for task in tasks:
        (table,) = (p for name, p in paths.items() if f"for_{task}" in name)
        added = features @ (table.t() if kind == "mlp" else table)
        torch.testing.assert_close(beside(batch).logits[task], plain(batch).logits[task] + added)
    counts = beside.parameter_counts()["tasks"], plain.parameter_counts()["tasks"]
    assert counts[0]["genre"] - counts[1]["genre"] == 6 * (5 if kind == "mlp" else 9)


def dense(batch: dict[str, Tensor], vocabulary: int) -> Tensor:
    rows = torch.zeros(len(batch["x.ids"]), vocabulary)
    return rows.scatter_add_(1, batch["x.ids"].long(), batch["x.weights"])
