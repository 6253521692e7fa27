"""Whether runs may be one program: reasons against it, each the rest of a sentence that begins with "they"."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.balancing import Fixed
from unisono.experiment import Experiment
from unisono.nets.settings import chosen_encoder
from unisono.nets.stacked import unstackable
from unisono.parts import part_class
from unisono.training.loop import Loop

LARGEST = 2_000_000  # learned numbers of a network: what is larger computes as long alone, and only needs more memory


def unfit(experiment: Experiment) -> str:
    """Why runs of an experiment cannot be one program, as far as its file tells; empty where they may."""
    training, method = experiment.training, experiment.balancing.method
    if experiment.stages:
        return "have stages"
    if not issubclass(part_class("balancing", method), Fixed):
        return f"are balanced by {method}, which looks at the losses of one run"
    if len(experiment.inputs) > 1:
        return "have several inputs"
    for name in experiment.inputs:
        encoder = chosen_encoder(experiment.network, name, experiment.inputs)
        if not getattr(encoder.settings, "stacks", False):
            return f"are no small networks ({encoder.kind})"
    said = {
        f"learn with {training.precision}": training.precision != "fp32",
        f"learn on {training.device}": training.device != "cpu",
        "learn on several devices": training.devices > 1,
        "compare the tasks' gradients": training.diagnostics_every > 0,
    }
    return next((why for why, true in said.items() if true), "")


def unfit_loops(loops: Sequence[Loop]) -> str:
    """Why runs that were opened cannot be one program; empty where they can."""
    first = loops[0].learner
    if any(loop.rows.changing for loop in loops):
        return "change what they hear while they learn (augmentation)"
    if why := unstackable([loop.learner.network for loop in loops]):
        return why
    widths = [{n: t.width for n, t in loop.learner.tasks.items()} for loop in loops]
    if any(list(one.items()) != list(widths[0].items()) for one in widths):
        return "know other labels"
    numbers = max(sum(p.numel() for p in loop.learner.network.parameters()) for loop in loops)
    if numbers > LARGEST:
        return f"learn {numbers:,} numbers each, which is not small"
    held = sum(_bytes(loop) for loop in loops)
    if held > first.settings.memory * 2**30:
        return f"would hold {held / 2**30:.1f} GiB of examples at once, more than training.memory"
    return ""


def _bytes(loop: Loop) -> int:
    """Of all rows of a run at once, every one as long as its longest."""
    rows = [row for part in ("train", "validation") for row in loop.fold.rows(part)]
    largest: dict[tuple[str, str], int] = {}
    for i, at in rows:
        for name, excerpts in loop.fold.tracks[i].items():
            for key, array in excerpts[at].items():
                largest[name, key] = max(largest.get((name, key), 0), array.nbytes)
    return len(rows) * sum(largest.values())
