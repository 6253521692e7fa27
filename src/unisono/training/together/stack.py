"""The networks of several runs as one, with what updates them: parameters that are updated alike lie side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from unisono.nets.dropout import Luck
from unisono.nets.stacked import own_part, reached, stacked
from unisono.nets.stacked_layers import Whose
from unisono.training.optimizing import optimizer_of, stepped
from unisono.training.step import Learner

_WIDTH = 64  # numbers that a processor computes at once, at the most
_LARGE = 2**14  # numbers of a parameter that lies alone: the words of several networks are then one table


class _Member(NamedTuple):
    """Where a parameter lies in its block: its name, from where to where, and its shape for one network."""

    name: str
    start: int
    end: int
    shape: tuple[int, ...]


@dataclass
class _Block:
    """Parameters that are updated alike: those that the same tasks reach, or all while every task is in every step.

    Args:
        reach: the tasks that reach each of them.
        values: of all networks. Shape: (networks, numbers)
        own: what an optimiser knows: all values in one while every step is one of all networks, at one rate, else each
            network's row.
    """

    members: list[_Member]
    reach: frozenset[frozenset[str]]
    values: Tensor
    own: list[Parameter]

    def __post_init__(self) -> None:
        whole = len(self.members) == 1 and self.members[0].end == self.values.shape[1]
        self._gradient = None if whole else torch.zeros_like(self.values)
        self._parts = [
            self._gradient[:, m.start : m.end].view(-1, *m.shape) for m in self.members if self._gradient is not None
        ]

    def gradient(self, found: Sequence[Tensor]) -> Tensor:
        """Those of the members side by side; overwritten by the next. Shape: (networks, numbers)"""
        if self._gradient is None:
            return found[0].flatten(1)
        torch._foreach_copy_(self._parts, list(found))
        return self._gradient

    @property
    def joint(self) -> bool:
        """Whether all networks are one parameter."""
        return self.own[0].dim() == 2


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
        self.learners, self._random = tuple(learners), tuple(generators)
        self.whose = Whose(Luck(generators))
        self.network = stacked([one.network for one in learners], self.whose)
        self.settings = learners[0].settings
        self._like = [one.network.state_dict() for one in learners]
        self._names = [name for name, _ in learners[0].network.named_parameters()]
        self._reach = reached(learners[0].network, batch)
        self._lay_out(apart=bool(self.settings.clip) or not self._even(self._names))

    def update(
        self, losses: Tensor, weights: Tensor, present: NDArray[np.bool_], tasks: Sequence[str], rates: Sequence[float]
    ) -> None:
        """One step of the optimisers; what no present task reaches is left as it is, as `train` does.

        Args:
            losses: of all networks.
            weights: what each of them counts. Shape: as `losses`
            present: tasks of each network's step; where there is none it makes no step. Shape: (networks, tasks)
            rates: the learning rate of each network.
        """
        moves = self._moves_of(present, tasks, alike=len(set(rates)) == 1)
        for block, found, moved in zip(self._blocks, self._gradients(losses, weights), moves, strict=True):
            if block.joint:
                block.own[0].grad = found
                continue
            for own, gradient, one in zip(block.own, found.unbind(), moved.tolist(), strict=True):
                own.grad = gradient if one else None
        for group in self._optimizer.param_groups:
            group["lr"] = rates[group["at"]]
        stepped(self._optimizer)

    def _moves_of(self, present: NDArray[np.bool_], tasks: Sequence[str], alike: bool) -> list[NDArray[np.bool_]]:
        """Of each block, which networks' part of it a step reaches; blocks are parted where not all are, or not alike.

        Args:
            alike: whether all networks learn at one rate.
        """
        moves, everywhere = self._moved(present, tasks)
        if everywhere and alike:
            return moves
        if any(len(block.reach) > 1 and not one.all() for block, one in zip(self._blocks, moves, strict=True)):
            for at in range(len(self.learners)):
                self._give_back(at)
            self._lay_out(apart=True)
            moves, _ = self._moved(present, tasks)
        if any(block.joint and not (alike and one.all()) for block, one in zip(self._blocks, moves, strict=True)):
            self._part([block for block, one in zip(self._blocks, moves, strict=True) if not (alike and one.all())])
        return moves

    def _moved(self, present: NDArray[np.bool_], tasks: Sequence[str]) -> tuple[list[NDArray[np.bool_]], bool]:
        """Of each block, which networks' part of it a step reaches, all of it; and whether all of all are reached."""
        key = present.tobytes()
        if key not in self._moves:
            columns = {reach: [name in reach for name in tasks] for block in self._blocks for reach in block.reach}
            moved = {reach: present[:, own].any(axis=1) for reach, own in columns.items()}
            moves = [np.all([moved[reach] for reach in block.reach], axis=0) for block in self._blocks]
            self._moves[key] = moves, all(bool(one.all()) for one in moves)
        return self._moves[key]

    def weights(self, at: int) -> Callable[[], dict[str, Tensor]]:
        """What copies one network's parameters and statistics."""

        def copied() -> dict[str, Tensor]:
            return {n: own_part(self._live[n], at, t).clone() for n, t in self._like[at].items()}

        return copied

    def give_back(self, at: int) -> None:
        """Let a learner stand where its part of this program stands; its generator and torch's random numbers, too."""
        self._give_back(at)
        self._random[at].set_state(self.whose.luck.state(at))
        torch.set_rng_state(self._random[at].get_state())

    def _give_back(self, at: int) -> None:
        learner = self.learners[at]
        learner.network.load_state_dict(self.weights(at)())
        state: dict[int, dict[str, Tensor]] = {}
        for block in self._blocks:
            found = self._moments(block, at)
            for member in block.members:
                parameter = learner.network.get_parameter(member.name)
                own = {
                    key: own_part(value[member.start : member.end].view(1, *member.shape), 0, parameter).clone()
                    if value.shape == block.values[at].shape
                    else value.clone()
                    for key, value in found.items()
                }
                if own:
                    state[self._names.index(member.name)] = own
        learner.optimizer.load_state_dict(
            {"state": state, "param_groups": learner.optimizer.state_dict()["param_groups"]}
        )

    def _lay_out(self, apart: bool) -> None:
        """Parameters one after another in one tensor, a large one in its own.

        Args:
            apart: those that other tasks reach in another one.
        """
        named, groups = dict(self.network.named_parameters()), {}  # type: dict[str, Parameter], dict[object, list[str]]
        for name, parameter in named.items():
            key: object = name if parameter[0].numel() > _LARGE else self._reach[name] if apart else None
            groups.setdefault(key, []).append(name)
        self._blocks = [self._block({name: named[name] for name in names}) for names in groups.values()]
        self._parameters = [self.network.get_parameter(m.name) for block in self._blocks for m in block.members]
        self._live = self.network.state_dict()  # the same memory, whatever is learned
        self._moves: dict[bytes, tuple[list[NDArray[np.bool_]], bool]] = {}
        self._optimizer = self._made_optimizer()
        for block in self._blocks:
            self._take_moments(block)

    def _block(self, parameters: Mapping[str, Parameter]) -> _Block:
        values = _beside([p.detach().flatten(1) for p in parameters.values()]).clone()
        members, start = [], 0
        for name, parameter in parameters.items():
            end, shape = start + parameter[0].numel(), tuple(parameter.shape[1:])
            parameter.data = values[:, start:end].view(len(values), *shape)
            members.append(_Member(name, start, end, shape))
            start = end
        alike = self._even(list(parameters)) and torch.get_num_threads() == 1  # several take parts that begin anywhere
        reach = frozenset(self._reach[name] for name in parameters)
        return _Block(members, reach, values, [Parameter(values)] if alike else [Parameter(row) for row in values])

    def _even(self, names: Sequence[str]) -> bool:
        """Whether these parameters of all networks were updated equally often."""
        return len({self._steps_of(at, name) for at in range(len(self.learners)) for name in names}) == 1

    def _steps_of(self, at: int, name: str) -> tuple[float, ...]:
        """What a learner's optimiser knows of a parameter beside tensors of its size."""
        parameter = self.learners[at].network.get_parameter(name)
        known = self.learners[at].optimizer.state.get(parameter, {})
        return (float(len(known)), *(float(t) for t in known.values() if t is not None and t.dim() == 0))

    def _made_optimizer(self) -> Optimizer:
        """Of all blocks: a group of those that are one parameter, and one of each network's others."""
        joint = [block.own[0] for block in self._blocks if block.joint]
        rows = [[block.own[at] for block in self._blocks if not block.joint] for at in range(len(self.learners))]
        if self.settings.schedule == "constant" and not self.settings.warmup:  # one rate for all, always
            rows = [[p for own in rows for p in own]]
        made = optimizer_of(dict.fromkeys([*joint, *(p for own in rows for p in own)], 1.0), self.settings)
        like = {key: value for key, value in made.param_groups[0].items() if key != "params"}
        groups = [(0, joint), *enumerate(rows)]
        made.param_groups[:] = [{**like, "params": group, "at": at} for at, group in groups if group]
        return made

    def _part(self, blocks: Sequence[_Block]) -> None:
        """From here on these blocks have a parameter a network: their steps are no longer those of the others."""
        before = self._optimizer.state
        known = [[self._moments(block, at) for at in range(len(block.values))] for block in self._blocks]
        for block in blocks:
            block.own = [Parameter(row) for row in block.values]
        self._optimizer = self._made_optimizer()
        for block, moments in zip(self._blocks, known, strict=True):
            if block.joint:
                self._optimizer.state[block.own[0]] = before[block.own[0]]
                continue
            for own, found in zip(block.own, moments, strict=True):
                self._optimizer.state[own] = {k: v if v.dim() else v.clone() for k, v in found.items()}

    def _take_moments(self, block: _Block) -> None:
        """What the learners' optimisers know."""
        mine = [self._learnt_moments(block, at) for at in range(len(self.learners))]
        if not block.joint:
            for own, found in zip(block.own, mine, strict=True):
                self._optimizer.state[own].update(found)
        else:
            rows = {key: [one[key] for one in mine] for key in mine[0]}
            found = {key: torch.stack(many) if many[0].dim() else many[0] for key, many in rows.items()}
            self._optimizer.state[block.own[0]].update(found)

    def _learnt_moments(self, block: _Block, at: int) -> dict[str, Tensor]:
        learner = self.learners[at]
        parameters = [learner.network.get_parameter(member.name) for member in block.members]
        known, found = [learner.optimizer.state.get(p, {}) for p in parameters], {}
        for key, first in known[0].items():
            if first is None or first.shape != parameters[0].shape:
                if first is not None:
                    found[key] = first.clone()
                continue
            whole = torch.zeros_like(block.values[at])
            for member, parameter, state in zip(block.members, parameters, known, strict=True):
                own_part(whole[member.start : member.end].view(1, *member.shape), 0, parameter).copy_(state[key])
            found[key] = whole
        return found

    def _moments(self, block: _Block, at: int) -> dict[str, Tensor]:
        """What the optimiser knows of one network's part; of numbers of its size, views."""
        if not block.joint:
            return dict(self._optimizer.state[block.own[at]])
        found: dict[str, Tensor] = self._optimizer.state[block.own[0]]
        return {key: value[at] if value.dim() == 2 else value for key, value in found.items()}

    def _gradients(self, losses: Tensor, weights: Tensor) -> list[Tensor]:
        """Of each block, of all networks; where asked for, each network's are shortened for themselves."""
        known = torch.autograd.grad(losses, self._parameters, weights, allow_unused=True, materialize_grads=True)
        found = iter(known)
        gradients = [block.gradient([next(found) for _ in block.members]) for block in self._blocks]
        if not self.settings.clip:
            return gradients
        norms = torch.stack([one.square().sum(dim=1) for one in gradients]).sum(dim=0).sqrt()
        factors = (self.settings.clip / (norms + 1e-6)).clamp(max=1.0)[:, None]
        return [one * factors for one in gradients]


def _beside(parts: Sequence[Tensor]) -> Tensor:
    """Parts of each network side by side, and zeros up to a full width: optimisers may round the last few otherwise."""
    short = -sum(part.shape[1] for part in parts) % _WIDTH
    if len(parts) == 1 and not short:
        return parts[0]
    return torch.cat([*parts, parts[0].new_zeros(len(parts[0]), short)], dim=1)
