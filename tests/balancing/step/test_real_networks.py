"""A step over networks as experiments build them: every sharing gives plain autograd's gradients."""

from __future__ import annotations

import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.step import TrainingStep
from unisono.errors import ExperimentError
from unisono.inputs import input_of
from unisono.nets.network import build
from unisono.nets.settings import NetworkSettings
from unisono.tasks import task

TASKS = {
    "genre": task("genre", {"kind": "multiclass", "labels": ["rock", "jazz", "pop"]}),
    "energy": task("energy", {"kind": "regression", "range": [100, 400]}),
    "mood": task("mood", {"kind": "multilabel", "labels": ["calm", "happy"]}),
}
FACTS = {name: Facts(t.kind, t.width, 9) for name, t in TASKS.items()}
SHARED = ["hard", "low:1", "low:2", ["all", "each", "all"], ["all", [["genre", "mood"], ["energy"]], "each"], "high:1"]


def network(sharing, **more):
    mel = input_of({"kind": "mel", "sample_rate": 8000, "duration": 2, "n_mels": 16, "hop_length": 512, "n_fft": 1024})
    blocks = [
        {"layers": ["conv 4 3x3 same", "relu", "maxpool 2x2"]},
        {"layers": ["conv 5 3x3 same", "batchnorm", "elu", "maxpool 4x8", "dropout 0.2"]},
        {"layers": ["conv 6 1x1", "relu", "globalavgpool"]},
    ]
    settings = NetworkSettings.model_validate({"encoder": "conv2d", "blocks": blocks, "sharing": sharing, **more})
    return build(settings, {}, {"audio": mel}, TASKS, seed=1).train().double()


def losses_of(net):
    generator = torch.Generator().manual_seed(2)
    shape = (6, 16, 1 + 16000 // 512)
    torch.manual_seed(3)  # the same dropout
    outcome = net({"audio.mel": torch.randn(shape, generator=generator, dtype=torch.float64)})
    return {n: out.square().mean() * (i + 1) for i, (n, out) in enumerate(outcome.logits.items())}, outcome.fork


@pytest.mark.parametrize("links", [{}, {"mood": ["genre", "energy"]}], ids=["alone", "linked"])
@pytest.mark.parametrize("sharing", SHARED, ids=str)
def test_gradnorm_gives_the_sums_gradient_at_equal_weights(sharing, links):
    net, plain = network(sharing, links=links), network(sharing, links=links)
    losses, fork = losses_of(net)
    step = TrainingStep(losses, fork, net)
    assert set(balancer(balancing_of({"method": "gradnorm"}), FACTS).step(step).values()) == {1.0}
    expected, _ = losses_of(plain)
    found = step.shared_weight_gradients()
    for name, loss in expected.items():
        wanted = torch.autograd.grad(loss, plain.last_shared(), retain_graph=True)
        torch.testing.assert_close(found[name], wanted, rtol=1e-9, atol=1e-12)
    sum(expected.values()).backward()
    for (name, p), (_, q) in zip(net.named_parameters(), plain.named_parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None), name
        if q.grad is not None:
            torch.testing.assert_close(p.grad, q.grad, rtol=1e-9, atol=1e-12, msg=name)


def test_nothing_shared_is_a_clear_error():
    net = network("none")
    losses, fork = losses_of(net)
    with pytest.raises(ExperimentError, match=r"no block with trained weights is shared by all tasks.*Share blocks"):
        balancer(balancing_of({"method": "gradnorm"}), FACTS).step(TrainingStep(losses, fork, net))


def test_block_by_its_dotted_name():
    net = network("low:2")
    losses, fork = losses_of(net)
    step = TrainingStep(losses, fork, net)
    found = step.shared_weight_gradients("branches.for_audio.sharing.block1")
    assert [g.shape for g in found["mood"]] == [(4, 1, 3, 3)]
