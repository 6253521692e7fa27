"""What a run is asked for, checked against what is known before its tracks are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from unisono.experiment import Experiment
from unisono.experiment.stages import learned
from unisono.parts import need
from unisono.training.stages import plan
from unisono.training.watch import check_watch


@runtime_checkable
class _NeedsPackages(Protocol):
    """Settings of a method that needs packages, by the key that asks for them."""

    def packages(self) -> Mapping[str, Collection[str]]: ...


def check_asked(experiment: Experiment) -> None:
    """Look whether the scores that stages watch exist, and the packages that their balancing needs.

    Raises: ExperimentError with the nearest task or score; MissingExtra for a package that is not installed.
    """
    for stage, alone in plan(experiment):
        kinds = {name: alone.tasks[name].kind for name in learned(stage, alone.tasks)}
        check_watch(alone.training.watch, kinds, f"{alone.name}:training.watch")
        needed = alone.balancing.packages() if isinstance(alone.balancing, _NeedsPackages) else {}
        for key, packages in needed.items():
            for package in packages:
                need(package, f"{alone.name}:balancing.{key}")
