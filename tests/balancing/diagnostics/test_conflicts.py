"""Norms and similarities of gradients, known by hand and by plain autograd."""

from __future__ import annotations

import json

import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.diagnostics import Conflicts, conflicts

FACTS = {t: Facts("regression", 1, 10) for t in "abc"}


def test_angles_and_lengths_known_by_hand():
    found = conflicts(
        {"a": [torch.tensor([1.0, 0.0])], "b": [torch.tensor([-2.0, 0.0])], "c": [torch.tensor([3.0, 3.0])]}
    )
    assert found["tasks"] == ["a", "b", "c"]
    assert found["norm"] == pytest.approx([1, 2, 18**0.5])
    assert found["cosine"][0] == pytest.approx([1, -1, 0.5**0.5])
    assert found["magnitude"][0] == pytest.approx([1, 0.8, 2 * 18**0.5 / 19])
    assert found["cosine"][1][2] == found["cosine"][2][1]


def test_zero_gradient_has_no_angle():
    found = conflicts({"a": [torch.zeros(2)], "b": [torch.ones(2)]})
    assert found["cosine"][0] == [None, None]
    assert found["magnitude"][1][0] is None


def test_tensors_of_a_task_are_one_vector():
    parts = {"a": [torch.tensor([3.0]), torch.tensor([[4.0]])], "b": [torch.tensor([4.0]), torch.tensor([[3.0]])]}
    assert conflicts(parts)["cosine"][0][1] == pytest.approx(24 / 25)


@pytest.mark.parametrize("at", ["representation", "weights", "first"])
def test_looking_is_autograd_and_changes_no_gradient(toy, at):
    net, plain = toy(), toy()
    step = net.step("abc")
    found = json.loads(json.dumps(Conflicts(every=1, at=at).look(step)))
    balancer(balancing_of({}), FACTS).step(step)
    losses, shared = plain.losses("abc")
    target = {"representation": shared, "weights": plain.second.weight, "first": plain.first.weight}[at]
    rows = torch.stack([torch.autograd.grad(loss, target, retain_graph=True)[0].flatten() for loss in losses.values()])
    torch.testing.assert_close(torch.tensor(found["norm"], dtype=torch.float64), rows.norm(dim=1))
    unit = rows / rows.norm(dim=1, keepdim=True)
    torch.testing.assert_close(torch.tensor(found["cosine"], dtype=torch.float64), unit @ unit.T)
    sum(losses.values()).backward()
    for (name, p), (_, q) in zip(net.named_parameters(), plain.named_parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, msg=name)
    if at != "first":
        assert net.trunk_passes == 1


def test_every_third_step_and_after_a_resume(toy):
    def looks(conflict, count):
        return [conflict.look(toy().step("ab")) is not None for _ in range(count)]

    assert looks(Conflicts(every=3), 5) == [True, False, False, True, False]
    assert looks(Conflicts(every=3, done=5), 2) == [False, True]
    assert looks(Conflicts(every=0), 2) == [False, False]
