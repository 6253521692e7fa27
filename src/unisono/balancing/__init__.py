"""How the losses of several tasks become one update: a balancer chooses the weights, or the direction, of a step.

Contract of a balancer (`balancing/<name>.py`, a class named like its file, built as `Name(settings, facts, seed)`;
its settings `NameSettings` stand torch-free in `<name>_settings.py`, have `method = "<name>"` and, where they name
tasks, a method `named` that says where and which, where they compare tasks, `least_tasks`, and where they need packages
that may be absent, `packages`):

* `step` fills the gradients of every parameter, once, and returns the weights it used (for the history). Gradients are
  added to what `.grad` holds, as `backward` does; the caller clears them before and updates the parameters after.
* It sees the losses, their gradients and the tasks' facts, nothing else: no network, no optimiser, no data.
* A task that is absent from a step keeps its weight and its moments; the tasks that are present keep the sum their
  weights had, so that one present task keeps its weight. The order of the tasks changes nothing.
* Settings that choose where gradients are read call it `at`; "weights" are those of the last block all tasks share.
* Weights are numbers of Python: `state` is JSON-able and `restore` continues to the last bit.
* `start_epoch` is called once at the start of each epoch (not again when a run resumes in the middle of one).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from unisono.errors import ExperimentError, nearest
from unisono.parts import names, part_class, part_settings

if TYPE_CHECKING:
    from torch import Tensor

State = dict[str, Any]
NO_SHARED_BLOCK = "no block with trained weights is shared by all tasks, which this method needs"
PLACES = ("representation", "weights")  # where gradients are read, beside blocks by their dotted names
_PARTS = ("branches", "heads")  # what a network's blocks are named by
NO_FORK = "the heads do not all read one trained tensor, which this method needs"
SHARE_BLOCKS = "Share blocks among all tasks, or use a method that needs no gradients, such as sum or uncertainty."


@dataclass(frozen=True)
class Facts:
    """What a balancer may know of a task.

    Args:
        kind: "multiclass", "multilabel", "regression" or "distribution".
        classes: its outputs: classes, labels or shares; 1 for a regression.
        labelled: training tracks that have a label.
    """

    kind: str
    classes: int
    labelled: int


class Step(Protocol):
    """One training step as a balancer sees it; `balancing.step.TrainingStep` is one.

    A gradient that is asked for is computed once and used again by `backward`.
    """

    @property
    def losses(self) -> Mapping[str, Tensor]:
        """The scalar loss of each task that is present in this step."""
        ...

    def representation_gradients(self) -> dict[str, Tensor]:
        """Gradient of each loss at the one tensor that every head reads."""
        ...

    def shared_weight_gradients(self, block: str | None = None) -> dict[str, tuple[Tensor, ...]]:
        """Gradient of each loss at the weights of the last block all tasks share, or of a named block."""
        ...

    def backward(self, weights: Mapping[str, float]) -> None:
        """Every parameter gets the gradient of the weighted sum of the losses."""
        ...

    def backward_representation(self, gradient: Tensor) -> None:
        """The trunk gets this gradient, each head its own loss's."""
        ...


class Balancer(Protocol):
    """Chooses how much each task counts; see the module for the contract."""

    def step(self, step: Step) -> dict[str, float]: ...
    def start_epoch(self, epoch: int) -> None: ...
    def state(self) -> State: ...
    def restore(self, state: State) -> None: ...


@runtime_checkable
class Fixed(Protocol):
    """A balancer whose weights do not depend on what it sees: several runs with it can be one program."""

    def fixed_weights(self, tasks: Collection[str]) -> dict[str, float]:
        """The weights of the tasks that are present in a step."""
        ...


class Method(Protocol):
    """Settings that name their balancer."""

    @property
    def method(self) -> str: ...


@runtime_checkable
class _NamesTasks(Protocol):
    """Settings that name tasks."""

    def named(self) -> Mapping[str, Collection[str]]: ...


@runtime_checkable
class _NeedsSeveral(Protocol):
    """Settings of a method that compares tasks."""

    @property
    def least_tasks(self) -> int: ...


@runtime_checkable
class _ReadsGradients(Protocol):
    """Settings that say where gradients are read."""

    @property
    def at(self) -> str: ...


@runtime_checkable
class _RefusesKinds(Protocol):
    """Settings with which some kinds of tasks cannot be balanced."""

    def refused(self, kinds: Mapping[str, str]) -> Mapping[str, tuple[str, str]]: ...


def balancing_of(settings: Mapping[str, Any]) -> Method:
    """The settings that a `[balancing]` table of an experiment describes; an empty table is the plain sum.

    Raises: ExperimentError when no balancer has this name; pydantic's ValidationError for its keys.
    Example:
        >>> balancing_of({"method": "gradnorm"}).alpha
        0.5
    """
    method = str(settings.get("method", "sum"))
    if method not in names("balancing"):
        part_class("balancing", method)  # raises, with the nearest name
    built: Method = part_settings("balancing", method)(**{**settings, "method": method})
    return built


def check(settings: Method, tasks: Collection[str]) -> None:
    """Look, without torch, whether the tasks that settings name exist.

    Raises: ExperimentError with the nearest name.
    """
    named: Mapping[str, Collection[str]] = settings.named() if isinstance(settings, _NamesTasks) else {}
    for key, found in named.items():
        for task in found:
            if task not in tasks:
                needed = f'"{task}" is no task, must be one of {", ".join(tasks)}'
                raise ExperimentError(f"balancing.{key}", needed, nearest(task, tasks))


def check_number(settings: Method, tasks: Collection[str], where: str = "balancing.method") -> None:
    """Look, without torch, whether there are tasks enough to compare.

    Args:
        tasks: that are learned together.
    Raises: ExperimentError for a method that needs more than there are.
    """
    if isinstance(settings, _NeedsSeveral) and len(tasks) < settings.least_tasks:
        found = f"{settings.method} needs two tasks or more but there is one"
        raise ExperimentError(where, found, 'Use "sum".')


def check_together(settings: Method, most: int, where: str = "balancing.method") -> None:
    """Look, without torch, whether steps show tasks enough to compare.

    Args:
        most: tasks that one step can show.
    Raises: ExperimentError for a method that would never compare anything.
    """
    if isinstance(settings, _NeedsSeveral) and most < settings.least_tasks:
        found = f"{settings.method} compares the tasks of a step but this sampling shows one task a step"
        raise ExperimentError(where, found, 'Use "sum", or sampling whose steps show several tasks.')


def check_shared(settings: Method, shared: bool, inputs: Collection[str], where: str = "balancing") -> None:
    """Look, without torch, whether there are shared weights where a method reads gradients at them.

    Args:
        shared: whether the network has a block whose weights all tasks share.
        inputs: by their names.
    Raises: ExperimentError for a method that needs one where there is none, or names a place that cannot be.
    """
    if isinstance(settings, _ReadsGradients):
        check_place(settings.at, inputs, f"{where}.at")
    if not shared and isinstance(settings, _ReadsGradients) and settings.at == "weights":
        raise ExperimentError(where, NO_SHARED_BLOCK, SHARE_BLOCKS)


def check_fork(settings: Method, forked: bool, where: str = "balancing") -> None:
    """Look, without torch, whether there is a tensor on every task's path where a method reads gradients at it.

    Raises: ExperimentError for a method that needs one where there is none.
    """
    if not forked and isinstance(settings, _ReadsGradients) and settings.at == "representation":
        raise ExperimentError(where, NO_FORK, SHARE_BLOCKS)


def check_place(at: str, inputs: Collection[str], where: str) -> None:
    """Look, without torch, whether the place where gradients are read can be one; blocks are known when it is built.

    Args:
        inputs: by their names; each has a branch.
    Raises: ExperimentError with the right name.
    """
    part, _, inside = at.partition(".")
    branches, branch = [f"for_{name}" for name in inputs], inside.partition(".")[0]
    if at in PLACES or (part == "branches" and branch in ("", *branches)) or part == "heads":
        return
    found = f'"{at}" is neither {" nor ".join(PLACES)}, nor the dotted name of a block'
    known = [f"branches.{one}" for one in branches]
    meant = nearest(branch, branches) if part == "branches" else nearest(at, PLACES) or nearest(part, _PARTS)
    raise ExperimentError(where, found, meant or f"Names of blocks begin with {' or '.join(known)}.")


def check_frozen(settings: Method, frozen: Mapping[str, str], where: str = "balancing") -> None:
    """Look, without torch, whether a method has gradients to read although what tasks share is frozen.

    Args:
        frozen: the places where none can be read, and what lies there.
    Raises: ExperimentError for a method that reads some there.
    """
    if isinstance(settings, _ReadsGradients) and settings.at in frozen:
        found = f"{settings.method} reads gradients at {frozen[settings.at]} here"
        raise ExperimentError(where, found, 'Use a method that reads none, such as "sum", or unfreeze a block.')


def check_kinds(settings: Method, kinds: Mapping[str, str], where: str = "balancing") -> None:
    """Look, without torch, whether a method can balance tasks of these kinds.

    Args:
        kinds: task -> its kind.
    Raises: ExperimentError for one that it cannot.
    """
    for key, (found, advice) in (settings.refused(kinds) if isinstance(settings, _RefusesKinds) else {}).items():
        raise ExperimentError(f"{where}.{key}", found, advice)


def balancer(settings: Method, facts: Mapping[str, Facts], seed: int = 0) -> Balancer:
    """The balancer that settings describe, for these tasks.

    Args:
        settings: of one method, from `balancing_of`.
        facts: of every task of the experiment, by name.
        seed: of the run; only methods that draw use it.
    Raises: ExperimentError when the method cannot balance these tasks; MissingExtra when it needs an absent package.
    """
    if not facts:
        raise ExperimentError("balancing", "there is no task to balance", "Add a [tasks.NAME] table.")
    check(settings, facts)
    check_number(settings, facts)
    check_kinds(settings, {task: fact.kind for task, fact in facts.items()})
    built: Balancer = part_class("balancing", settings.method)(settings, facts, seed)
    return built
