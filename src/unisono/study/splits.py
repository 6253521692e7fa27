"""Who learns what, decided once for all configurations: split files that every cell of a study reads.

Tracks are parted and balanced by the tasks of all configurations together, so that those that learn fewer tasks are
judged by the same tracks. Sizes are beginnings of one random order of the training tracks: a larger one holds the
smaller, whatever the configuration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.collection import SplitSettings
from unisono.collection.split_file import Fold, save_masked, save_parts
from unisono.errors import ExperimentError
from unisono.experiment import Experiment
from unisono.inputs import Input
from unisono.study.plan import Configuration, Study
from unisono.tasks import Cell
from unisono.training.corpus import Corpus, gather
from unisono.training.material import check_leaks

Size = int | float
_DRAWN = ("grouped", "random", "published")  # protocols of a split; the others are said of one
_ORDER = 0x512E  # the order in which training tracks are taken, apart from whatever else a seed draws


@dataclass(frozen=True)
class Part:
    """One way to part the tracks of a collection or several, by one protocol and seed.

    Args:
        made: of each collection: how it was parted, for its stamp.
        extra: of each collection: what its cells' splits say beside the file.
        costly: the costly inputs of all configurations.
    """

    corpus: Corpus
    experiment: Experiment
    seed: int
    made: Mapping[str, str | None]
    extra: Mapping[str, Mapping[str, Any]]
    costly: Mapping[str, Input]

    @property
    def fold(self) -> Fold:
        """The only fold, or the first one."""
        return self.corpus.split.folds[0]

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """All training tracks in the order in which they are taken."""
        order = np.random.default_rng([self.seed, _ORDER]).permutation(len(self.corpus.names))
        return np.asarray(order[self.fold.part[order] == "train"])

    def known(self, tasks: Sequence[str]) -> NDArray[np.bool_]:
        """Tracks with a label of one of the tasks."""
        cells = [self.corpus.cells[task] for task in tasks]
        return np.array([any(_labelled(column[i]) for column in cells) for i in range(len(self.corpus.names))])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all rows."""
        return self.corpus.fingerprint()

    @cached_property
    def share(self) -> float:
        """Test over training tracks, for the corrected t test; of the first fold."""
        return float((self.fold.part == "test").sum() / max((self.fold.part == "train").sum(), 1))

    @cached_property
    def judged(self) -> str:
        """Hash of who is judged, fold by fold: runs are pairs only where it is the same."""
        said = [sorted(self.corpus.names[i] for i in np.flatnonzero(f.part == "test")) for f in self.corpus.split.folds]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


def part(configurations: Sequence[Configuration], protocol: str | None, seed: int) -> Part:
    """Part the tracks for configurations that read the same collections.

    Args:
        protocol: of the study; None as the experiments say.
    Raises: TableError, LabelError, ExperimentError.
    """
    whole = _together([c.experiment for c in configurations])
    rules = {name: _rule(whole.split_of(name), protocol) for name in whole.collections}
    plain = {n: r.model_copy(update={"on_purpose": (), "shuffled": False}) for n, r in rules.items()}
    parted = replace(whole, split=plain.get("", whole.split), splits={n: r for n, r in plain.items() if n})
    made = {n: r.protocol if r.protocol in _DRAWN else None for n, r in rules.items()}
    extra = {n: _said(r) for n, r in rules.items()}
    return Part(gather(parted, seed), whole, seed, made, extra, _costly([c.experiment for c in configurations]))


def check_protocols(study: Study) -> None:
    """Refuse protocols that leak what a configuration does not have, such as copies, and validation where none is.

    Raises: ExperimentError.
    """
    for protocol, one in product(study.settings.protocols or (None,), study.configurations.values()):
        rules = [_rule(one.experiment.split_of(name), protocol) for name in one.experiment.collections]
        leaks = {leak for rule in rules for leak in rule.on_purpose}
        check_leaks(one.experiment, leaks)
        if "select_on_test" not in leaks and all(r.protocol != "file" and not r.validation for r in rules):
            _refuse_unvalidated(study, one.name, "split.validation = 0")
    if study.settings.epochs == "pilot":
        blind = [n for n, e in study.experiments.items() if not e.stages and e.training.watch == "nothing"]
        if blind:
            found = f'"pilot" asks for the best epoch but "{blind[0]}" has training.watch = "nothing"'
            raise ExperimentError(f"{study.name}:study.epochs", found, 'Take watch out, or set epochs = "own".')


def check_validated(study: Study, part: Part, configurations: Sequence[str], protocol: str | None) -> None:
    """Refuse what looks at validation where a split file leaves none.

    Raises: ExperimentError.
    """
    rules = [_rule(part.experiment.split_of(name), protocol) for name in part.experiment.collections]
    fooled = any("select_on_test" in rule.on_purpose for rule in rules)
    if not fooled and not any((fold.part == "validation").any() for fold in part.corpus.split.folds):
        for name in configurations:
            _refuse_unvalidated(study, name, "no validation tracks")


def _refuse_unvalidated(study: Study, configuration: str, what: str) -> None:
    """What asks this configuration for a validation loss, if anything does, cannot have one."""
    asked = ["epochs"] if study.settings.epochs == "pilot" else []
    asked += [f"chosen.{name}" for name, members in study.settings.chosen.items() if configuration in members]
    if asked:
        found = f'goes by validation but "{configuration}" has {what}'
        advice = f"Give it validation tracks, or take study.{asked[0]} out."
        raise ExperimentError(f"{study.name}:study.{asked[0]}", found, advice)


def groups(configurations: Iterable[Configuration]) -> dict[str, int]:
    """Number of the group of each configuration: those whose collections agree are parted together.

    They need not all have the same ones: what both have must be the same, and one at least. Those that read the most
    are looked at first, so that two that have nothing in common meet in one that reads both.
    """
    found: dict[str, int] = {}
    sources: list[dict[str, str]] = []
    for configuration in sorted(configurations, key=lambda c: -len(c.experiment.collections)):
        mine = _sources(configuration.experiment)
        at = next((i for i, s in enumerate(sources) if _agree(mine, s)), len(sources))
        if at == len(sources):
            sources.append({})
        sources[at] |= mine
        found[configuration.name] = at
    return found


def _sources(experiment: Experiment) -> dict[str, str]:
    """Collection -> all that decides which tracks are in it and how they are parted."""
    return {
        name: f"{experiment.base} {settings!r} {experiment.split_of(name)!r}"
        for name, settings in experiment.collections.items()
    }


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    both = one.keys() & other.keys()
    return bool(both) and all(one[name] == other[name] for name in both)


def write(
    part: Part, configuration: Configuration, sizes: tuple[Size | None, Size | None], folder: Path, name: str = "study"
) -> Any:
    """The tables of a configuration's splits, with its files in a folder; files of the same content are the same.

    Args:
        sizes: of tracks that teach a target, and of tracks that teach an auxiliary task; None: all of them.
        name: of the study, for messages.
    Returns: `[split]` and the splits of `[collections.NAME]`, by collection.
    Raises: ExperimentError when there are fewer tracks than a size asks for.
    """
    fold, masked = _sized(part, configuration, sizes, f"{name}:study")
    tables, start = {}, 0
    for name, collection in part.corpus.collections.items():
        at = slice(start, start + len(collection))
        start += len(collection)
        ids = [t.id for t in collection.tracks]
        temporary = folder / ".split.csv"
        if fold is None:
            save_parts(temporary, ids, [Fold(f.part[at]) for f in part.corpus.split.folds], None)
        else:
            save_masked(temporary, ids, Fold(fold.part[at]), {n: rows[at] for n, rows in masked.items()})
        path = folder / f"{hashlib.sha256(temporary.read_bytes()).hexdigest()[:12]}.csv"
        temporary.replace(path)
        more = {"made": part.made[name]} if part.made[name] else {}
        tables[name] = {"protocol": "file", "file": str(path), **_no_more(part, at), **more, **part.extra[name]}
    return tables


def _sized(
    part: Part, configuration: Configuration, sizes: tuple[Size | None, Size | None], where: str
) -> tuple[Fold | None, dict[str, NDArray[np.bool_]]]:
    """The fold with training tracks left out, and the labels that are not learned; no fold where all are learned."""
    if sizes == (None, None):
        return None, {}
    if len(part.corpus.split.folds) > 1:
        found = "sizes need one split but the experiment has folds"
        raise ExperimentError(f"{configuration.experiment.name}:split.folds", found, "Take the folds or the sizes out.")
    tasks = configuration.experiment.tasks
    targets = [n for n, t in tasks.items() if t.role == "target"]
    helpers = [n for n in tasks if n not in targets]
    taught = _first(part, targets, sizes[0], f"{where}.sizes")
    helped = taught
    if sizes[1] is not None and helpers:
        helped = _first(part, helpers, sizes[1], f"{where}.auxiliary_sizes")
    masked = dict.fromkeys(targets, ~taught) | dict.fromkeys(helpers, ~helped)
    train = part.fold.part == "train"
    used = taught | helped if helpers else taught
    fold = Fold(np.where(train & ~used, "dropped", part.fold.part))
    masked = {n: rows & train & used for n, rows in masked.items()}
    return fold, {n: rows for n, rows in masked.items() if rows.any()}


def _first(part: Part, tasks: Sequence[str], size: Size | None, where: str) -> NDArray[np.bool_]:
    """The first so many training tracks that have a label of these tasks."""
    known = part.known(tasks)
    order = part.order[known[part.order]]
    count = len(order) if size is None else max(1, round(size * len(order))) if isinstance(size, float) else size
    if count > len(order):
        found = f"{count:,} is more than the {len(order):,} training tracks with a label of {' or '.join(tasks)}"
        raise ExperimentError(where, f"{found} (seed {part.seed})", "Ask for fewer.")
    rows = np.zeros(len(known), np.bool_)
    rows[order[:count]] = True
    return rows


def _costly(experiments: Sequence[Experiment]) -> dict[str, Input]:
    """Every different costly input; where several have a name, the others are numbered."""
    found: dict[str, Input] = {}
    for name, one in [pair for e in experiments for pair in e.inputs.items()]:
        if one.costly and one not in found.values():
            found[name if name not in found else f"{name} ({len(found) + 1})"] = one
    return found


def _together(experiments: Sequence[Experiment]) -> Experiment:
    """One experiment with the tasks of all; where a name stands for several, the first one."""
    tasks = {n: t for e in reversed(experiments) for n, t in e.tasks.items()}
    homes = {n: h for e in reversed(experiments) for n, h in e.homes.items()}
    collections = {n: c for e in reversed(experiments) for n, c in e.collections.items()}
    order = {n: tasks[n] for e in experiments for n in e.tasks}
    splits = {n: s for e in reversed(experiments) for n, s in e.splits.items()}
    return replace(experiments[0], tasks=order, homes=homes, collections=collections, splits=splits, stages=())


def _rule(rule: SplitSettings, protocol: str | None) -> SplitSettings:
    """A collection's split by the study's protocol."""
    if protocol is None:
        return rule
    if protocol in ("select_on_test", "fit_on_all", "copies_cross", "excerpts_cross"):
        return rule.model_copy(update={"on_purpose": tuple(dict.fromkeys((*rule.on_purpose, protocol)))})
    if protocol == "shuffled":
        return rule.model_copy(update={"shuffled": True})
    return rule.model_copy(update={"protocol": protocol, "file": None, "column": None, "made": None})


def _said(rule: SplitSettings) -> dict[str, Any]:
    said: dict[str, Any] = {"on_purpose": list(rule.on_purpose)} if rule.on_purpose else {}
    return said | ({"shuffled": True} if rule.shuffled else {})


def _no_more(part: Part, at: slice) -> dict[str, float]:
    """Parts that the file leaves empty stay empty."""
    there = {p for f in part.corpus.split.folds for p in np.unique(f.part[at]).tolist()}
    return {name: 0.0 for name in ("validation", "calibration") if name not in there}


def _labelled(cell: Cell) -> bool:
    return any(one is not None for one in cell) if isinstance(cell, tuple) else cell is not None
