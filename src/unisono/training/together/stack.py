"""The networks of several runs as one, with what updates them: parameters that are updated alike lie side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter

from unisono.nets.stacked import own_part, reached, stacked
from unisono.nets.stacked_layers import Whose
from unisono.training.optimizing import optimizer_of, set_rate
from unisono.training.step import Learner

_LARGE = 2**14  # numbers of a parameter that lies alone: the words of several networks are then one table


class _Member(NamedTuple):
    """Where a parameter lies in its block: its name, from where to where, and its shape for one network."""

    name: str
    start: int
    end: int
    shape: tuple[int, ...]


class _Block(NamedTuple):
    """Parameters that the same tasks reach.

    Args:
        values: of all networks. Shape: (networks, numbers)
        own: each network's row of values, as an optimiser knows it.
    """

    members: list[_Member]
    tasks: frozenset[str]
    values: Tensor
    own: list[Parameter]


class Stack:
    """Several learners as one.

    Args:
        learners: each stands where its run stands, with its moments; they are changed by `give_back` only.
        generators: of each one's dropout.
        batch: a few rows of the first.
    """

    def __init__(
        self, learners: Sequence[Learner], generators: Sequence[torch.Generator], batch: dict[str, Tensor]
    ) -> None:
        self.learners = tuple(learners)
        self.whose = Whose(generators)
        self.network = stacked([one.network for one in learners], self.whose)
        self.settings = learners[0].settings
        self._like = [one.network.state_dict() for one in learners]
        self._names = [name for name, _ in learners[0].network.named_parameters()]
        self._blocks = self._laid_out(reached(learners[0].network, batch))
        # One optimiser serves all networks whose rates never differ, else each has its own.
        steady = self.settings.schedule == "constant" and not self.settings.warmup
        own = [[block.own[at] for block in self._blocks] for at in range(len(learners))]
        groups = [[p for parameters in own for p in parameters]] if steady else own
        self._optimizers = [optimizer_of(dict.fromkeys(group, 1.0), self.settings) for group in groups]
        for at in range(len(learners)):
            self._take_moments(at)

    def update(self, loss: Tensor, present: NDArray[np.bool_], tasks: Sequence[str], rates: Sequence[float]) -> None:
        """One step of the optimisers; what no present task reaches is left as it is, as `train` does.

        Args:
            loss: of all networks together.
            present: tasks of each network's step; where there is none it makes no step. Shape: (networks, tasks)
            rates: the learning rate of each network.
        """
        gradients = self._gradients(loss)
        for block, found in zip(self._blocks, gradients, strict=True):
            column = [name in block.tasks for name in tasks]
            moves: list[bool] = np.any(present & column, axis=1).tolist()
            for own, gradient, one in zip(block.own, found.unbind(), moves, strict=True):
                own.grad = gradient if one else None
        for optimizer, rate in zip(self._optimizers, rates, strict=False):
            set_rate(optimizer, rate)
            optimizer.step()

    def weights(self, at: int) -> Callable[[], dict[str, Tensor]]:
        """What copies one network's parameters and statistics."""

        def copied() -> dict[str, Tensor]:
            stacked = self.network.state_dict()
            return {n: own_part(stacked[n], at, t).clone() for n, t in self._like[at].items()}

        return copied

    def give_back(self, at: int) -> None:
        """Let a learner stand where its part of this program stands, torch's random numbers too."""
        learner = self.learners[at]
        learner.network.load_state_dict(self.weights(at)())
        state: dict[int, dict[str, Tensor]] = {}
        for block in self._blocks:
            found = self._state_of(block.own[at])
            for member in block.members:
                parameter = learner.network.get_parameter(member.name)
                own = {
                    key: own_part(value[member.start : member.end].view(1, *member.shape), 0, parameter).clone()
                    if value.shape == block.own[at].shape
                    else value.clone()
                    for key, value in found.items()
                }
                if own:
                    state[self._names.index(member.name)] = own
        learner.optimizer.load_state_dict(
            {"state": state, "param_groups": learner.optimizer.state_dict()["param_groups"]}
        )
        torch.set_rng_state(self.whose.generators[at].get_state())

    def _laid_out(self, reach: Mapping[str, frozenset[str]]) -> list[_Block]:
        """Parameters that the same tasks reach, one after another in one tensor; a large one has its own."""
        named, groups = dict(self.network.named_parameters()), {}  # type: dict[str, Parameter], dict[object, list[str]]
        for name, parameter in named.items():
            key: object = name if parameter[0].numel() > _LARGE else reach[name]
            groups.setdefault(key, []).append(name)
        return [self._block({name: named[name] for name in names}, reach[names[0]]) for names in groups.values()]

    def _block(self, parameters: Mapping[str, Parameter], tasks: frozenset[str]) -> _Block:
        values = torch.cat([p.detach().flatten(1) for p in parameters.values()], dim=1)
        members, start = [], 0
        for name, parameter in parameters.items():
            end, shape = start + parameter[0].numel(), tuple(parameter.shape[1:])
            parameter.data = values[:, start:end].view(len(values), *shape)
            members.append(_Member(name, start, end, shape))
            start = end
        return _Block(members, tasks, values, [Parameter(row) for row in values])

    def _take_moments(self, at: int) -> None:
        learner = self.learners[at]
        for block in self._blocks:
            parameters = [learner.network.get_parameter(member.name) for member in block.members]
            known = [learner.optimizer.state.get(p, {}) for p in parameters]
            mine = self._state_of(block.own[at])
            for key, first in known[0].items():
                if first is None or first.shape != parameters[0].shape:
                    if first is not None:
                        mine[key] = first.clone()
                    continue
                whole = torch.zeros_like(block.values[at])
                for member, parameter, state in zip(block.members, parameters, known, strict=True):
                    own_part(whole[member.start : member.end].view(1, *member.shape), 0, parameter).copy_(state[key])
                mine[key] = whole

    def _state_of(self, parameter: Parameter) -> dict[str, Tensor]:
        for optimizer in self._optimizers:
            if any(parameter is p for group in optimizer.param_groups for p in group["params"]):
                found: dict[str, Tensor] = optimizer.state[parameter]
                return found
        return {}

    def _gradients(self, loss: Tensor) -> list[Tensor]:
        """Of each block, of all networks; where asked for, each network's are shortened for themselves."""
        parameters = [self.network.get_parameter(m.name) for block in self._blocks for m in block.members]
        found = iter(torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True))
        gradients = [_beside([next(found).flatten(1) for _ in block.members]) for block in self._blocks]
        if not self.settings.clip:
            return gradients
        norms = torch.stack([one.square().sum(dim=1) for one in gradients]).sum(dim=0).sqrt()
        factors = (self.settings.clip / (norms + 1e-6)).clamp(max=1.0)[:, None]
        return [one * factors for one in gradients]


def _beside(gradients: Sequence[Tensor]) -> Tensor:
    return gradients[0] if len(gradients) == 1 else torch.cat(list(gradients), dim=1)
