"""A run up to its first step, or to where it was stopped: its folder claimed, its folds ready to learn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.training.asked import check_asked
from unisono.training.claiming import check_same_data, claim, release, settled
from unisono.training.folds import fold_runs
from unisono.training.loop import Loop, Show
from unisono.training.material import fold_material, prepare
from unisono.training.stages import FoldRun, single


@dataclass(frozen=True)
class Asked:
    """A run that is to be learned.

    Args:
        folder: the run folder.
        show: called with each history line.
    """

    experiment: Experiment
    folder: Path
    seed: int
    show: Show


@dataclass(frozen=True)
class Opened:
    """One fold of a run.

    Args:
        left: whether it has something left to learn.
        random: torch's random numbers from here on.
    """

    loop: Loop
    asked: Asked
    random: torch.Generator
    left: bool


def opened(asked: Asked) -> list[Opened]:
    """The folds of a run; its folder is as `train` leaves it before the first step.

    Raises: UserError for whatever `train` would refuse.
    """
    whole = settled(asked.experiment, asked.folder, resume=True)
    check_asked(whole)
    fresh = claim(asked.folder, whole, asked.seed, resume=True)
    try:
        material = prepare(whole, asked.seed)
        check_same_data(material, asked.folder, resume=True)
        runs = fold_runs(material.corpus.split, FoldRun(asked.folder, asked.seed, resume=True))
        return [
            _opened(single(whole, fold_material(material, fold), run), run.label or {}, asked) for fold, run in runs
        ]
    except UserError:
        if fresh:
            release(asked.folder)
        raise


def _opened(loop: Loop, label: Any, asked: Asked) -> Opened:
    finished = loop.open(dict(label), resume=True)
    generator = torch.Generator()
    generator.set_state(torch.get_rng_state())
    return Opened(loop, asked, generator, not finished)
