"""Laws of every balancer: a new file in `balancing/` is tested here by itself, with its default settings."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from unisono.balancing import Balancer, Facts, balancer, balancing_of
from unisono.balancing.step import TrainingStep
from unisono.parts import names

torch.set_num_threads(1)

FACTS = {
    "genre": Facts("multiclass", 4, 80),
    "mood": Facts("multilabel", 3, 60),
    "energy": Facts("regression", 1, 70),
    "agf": Facts("distribution", 5, 50),
}
MORE: dict[str, list[dict[str, Any]]] = {  # settings beside the defaults; a method that has no defaults: these alone
    "static": [{"weights": {"genre": 3.0}}],
    "gradnorm": [{"at": "representation"}, {"at": "below"}, {"l0": "epoch"}, {"l0": "ema"}, {"update_every": 2}],
    "surgery": [
        {"aggregator": a}
        for a in (
            "aligned_mtl",
            "config",
            "dualproj",
            "fairgrad",
            "graddrop",
            "gradvac",
            "imtl_g",
            "mgda",
            "pcgrad",
        )
    ],
    "rlw": [{"draw": "dirichlet"}],
    "ema_norm": [{"at": "weights"}, {"shares": {"genre": 5.0}}],
}
NO_DEFAULTS = {"static"}


def cases() -> list[Any]:
    found = []
    for name in names("balancing"):
        settings = [{}] if name not in NO_DEFAULTS else []
        for keys in settings + MORE.get(name, []):
            label = "-".join([name, *(str(v) for v in keys.values() if not isinstance(v, dict))])
            found.append(pytest.param({"method": name, **keys}, id=label))
    return found


class Net(nn.Module):
    """A trunk of two blocks and a head a task; counts the passes back through the first block."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.below = nn.Linear(6, 8)
        self.last = nn.Linear(8, 5)
        self.heads = nn.ModuleDict({task: nn.Linear(5, fact.classes) for task, fact in FACTS.items()})
        self.passes = 0
        self.double()

    def last_shared(self) -> list[nn.Parameter]:
        return [self.last.weight]

    def count(self, gradient: Tensor) -> None:
        self.passes += 1

    def losses(self, tasks: tuple[str, ...], batch: int) -> tuple[dict[str, Tensor], Tensor]:
        generator = torch.Generator().manual_seed(batch)
        x = torch.randn(9, 6, generator=generator, dtype=torch.float64)
        wanted = {t: torch.randn(9, f.classes, generator=generator, dtype=torch.float64) * 3 for t, f in FACTS.items()}
        middle = self.below(x)
        middle.register_hook(self.count)
        shared = torch.tanh(self.last(torch.tanh(middle)))
        return {t: (self.heads[t](shared) - wanted[t]).square().mean() for t in tasks}, shared


ALL = tuple(FACTS)


def run(
    settings: dict[str, Any],
    steps: int = 8,
    tasks: tuple[str, ...] = ALL,
    scale: float = 1.0,
    present: dict[int, tuple[str, ...]] | None = None,
    state: str | None = None,
    begin: int = 0,
) -> tuple[list[dict[str, float]], Net, Balancer]:
    """Weights of each step; three steps an epoch; `state` continues at step `begin` with the same network."""
    net, balance = Net(), balancer(balancing_of(settings), {t: FACTS[t] for t in tasks}, seed=5)
    if state is not None:
        balance.restore(json.loads(state))
    used = []
    for number in range(begin, steps):
        if number % 3 == 0:
            balance.start_epoch(number // 3)
        here = (present or {}).get(number, tasks)
        losses, shared = net.losses(here, number)
        net.zero_grad()
        used.append(balance.step(TrainingStep({t: scale * loss for t, loss in losses.items()}, shared, net)))
    return used, net, balance


def gradients(net: Net) -> dict[str, Tensor | None]:
    return {name: p.grad for name, p in net.named_parameters()}


@pytest.mark.parametrize("settings", cases())
def test_finite_and_not_below_zero(settings: dict[str, Any]) -> None:
    used, net, _ = run(settings)
    for weights in used:
        assert set(weights) == set(ALL)
        assert all(math.isfinite(w) for w in weights.values())
    for name, gradient in gradients(net).items():
        assert gradient is not None and bool(gradient.isfinite().all()), name
        assert bool(gradient.any()), name


@pytest.mark.parametrize("settings", cases())
def test_order_of_tasks_is_irrelevant(settings: dict[str, Any]) -> None:
    one, net, _ = run(settings)
    two, other, _ = run(settings, tasks=ALL[::-1])
    for first, second in zip(one, two, strict=True):
        assert first == pytest.approx(second, rel=1e-9)
    for name, gradient in gradients(net).items():
        torch.testing.assert_close(gradient, gradients(other)[name], rtol=1e-7, atol=1e-10, msg=name)


@pytest.mark.parametrize("scale", [1e-6, 1e4])
@pytest.mark.parametrize("settings", [c for c in cases() if c.values[0]["method"] not in {"uncertainty"}])
def test_all_losses_times_a_constant_give_the_same_weights(settings: dict[str, Any], scale: float) -> None:
    one, _, _ = run(settings)
    two, _, _ = run(settings, scale=scale)
    for first, second in zip(one, two, strict=True):
        assert first == pytest.approx(second, rel=1e-6)


@pytest.mark.parametrize("settings", cases())
def test_resumes_to_the_last_bit(settings: dict[str, Any]) -> None:
    away = {3: ("mood", "agf"), 5: ("genre",)}
    whole, net, _ = run(settings, present=away)
    for stop in (4, 5, 6):
        first, _, balance = run(settings, steps=stop, present=away)
        rest, other, _ = run(settings, present=away, state=json.dumps(balance.state()), begin=stop)
        assert first + rest == whole
        for name, gradient in gradients(net).items():
            assert torch.equal(gradient, gradients(other)[name]), name  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", cases())
def test_absent_task_is_left_alone(settings: dict[str, Any]) -> None:
    _, net, balance = run(settings, steps=4)
    before = json.loads(json.dumps(balance.state()))
    losses, shared = net.losses(("genre", "energy"), 9)
    net.zero_grad()
    used = balance.step(TrainingStep(losses, shared, net))
    assert set(used) == {"genre", "energy"}
    assert net.heads["mood"].weight.grad is None
    for kept in of_task(before, "mood").keys() | of_task(balance.state(), "mood").keys():
        assert of_task(before, "mood").get(kept) == of_task(balance.state(), "mood").get(kept), kept


def of_task(state: Any, task: str, path: str = "") -> dict[str, Any]:
    """What a state holds under a task's name."""
    found: dict[str, Any] = {}
    for key, value in state.items() if isinstance(state, dict) else ():
        if key == task:
            found[path] = value
        found |= of_task(value, task, f"{path}/{key}")
    return found


@pytest.mark.parametrize("settings", cases())
def test_one_present_task_keeps_its_weight(settings: dict[str, Any]) -> None:
    _, net, balance = run(settings, steps=4)
    before = weights_of(balance)
    losses, shared = net.losses(("energy",), 9)
    balance.step(TrainingStep(losses, shared, net))
    if before is not None:
        assert weights_of(balance) == before


@pytest.mark.parametrize("settings", cases())
def test_present_tasks_keep_their_joint_sum(settings: dict[str, Any]) -> None:
    _, net, balance = run(settings, steps=4)
    before = weights_of(balance)
    losses, shared = net.losses(("genre", "agf"), 9)
    balance.step(TrainingStep(losses, shared, net))
    after = weights_of(balance)
    if before is not None and after is not None:
        assert after["genre"] + after["agf"] == pytest.approx(before["genre"] + before["agf"], rel=1e-12)
        assert (after["mood"], after["energy"]) == (before["mood"], before["energy"])


def weights_of(balance: Balancer) -> dict[str, float] | None:
    """Weights that are carried from step to step, if this method has such."""
    found: dict[str, float] | None = balance.state().get("weights")
    return found


@pytest.mark.parametrize("settings", cases())
def test_one_pass_through_the_trunk_a_step(settings: dict[str, Any]) -> None:
    if settings.get("at") == "below":
        pytest.skip("the named block is the one that is counted")
    _, net, _ = run(settings, steps=7)
    assert net.passes == 7


@pytest.mark.parametrize("settings", cases())
def test_heads_are_trained_by_their_own_loss(settings: dict[str, Any]) -> None:
    used, net, _ = run(settings, steps=3)
    losses, _ = net.losses(ALL, 2)
    for task in ALL:
        (own,) = torch.autograd.grad(losses[task], [net.heads[task].weight], retain_graph=True)
        weight = 1.0 if settings["method"] == "surgery" else used[-1][task]
        torch.testing.assert_close(net.heads[task].weight.grad, own * weight)
