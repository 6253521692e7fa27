"""What there is to run: one cell a configuration, protocol, seed and size, named by the hash of all it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

from unisono.experiment import Experiment
from unisono.experiment.collections import MAIN
from unisono.study.plan import Configuration, Study
from unisono.study.splits import Part, Size, check_validated, groups, part, write

PILOT_SEED = 1_000_000  # pilot runs have seeds that no other run has


@dataclass(frozen=True)
class Place:
    """Where a cell stands in the study's tables; one cell may stand in several places.

    Args:
        protocol: empty: as the experiment says.
        size: of tracks that teach a target; None: all.
        auxiliary_size: of tracks that teach an auxiliary task; None: those of `size`.
    """

    configuration: str
    protocol: str
    seed: int
    size: Size | None = None
    auxiliary_size: Size | None = None


@dataclass(frozen=True)
class Cell:
    """One run.

    Args:
        name: hash of the configuration, its data, its split and its seed.
        tables: of its experiment.
        base: the folder that relative paths start from.
        share: test over training tracks before sizes.
        judged: hash of who is judged.
        pilot: a pilot run, which only tells how long to learn.
    """

    name: str
    tables: Mapping[str, Any]
    base: Path
    place: Place
    share: float
    judged: str
    pilot: bool = False

    def experiment(self) -> Experiment:
        """What is run."""
        place = self.place
        return Experiment.of(self.tables, base=self.base, name=f"{place.configuration}, seed {place.seed}")


@dataclass
class Parting:
    """Tracks parted once for each group of configurations, protocol and seed.

    Args:
        folder: of the split files.
        told: called with each part that was made.
    """

    study: Study
    folder: Path
    told: Callable[[Part], None] | None = None
    known: dict[tuple[int, str, int], Part] = field(default_factory=dict)
    files: dict[Any, Any] = field(default_factory=dict)

    def of(self, configuration: Configuration, protocol: str, seed: int) -> Part:
        """The parted tracks of one configuration; only those of the last seed are kept in memory."""
        group = self.groups[configuration.name]
        key = (group, protocol, seed)
        if key not in self.known:
            if any(k[2] != seed for k in self.known):
                self.known, self.files = {}, {}
            mates = [c for n, c in self.study.configurations.items() if self.groups[n] == group]
            self.known[key] = part(mates, protocol or None, seed)
            check_validated(self.study, self.known[key], [c.name for c in mates], protocol or None)
            if self.told is not None:
                self.told(self.known[key])
        return self.known[key]

    @cached_property
    def groups(self) -> dict[str, int]:
        """Which configurations are parted together."""
        return groups(self.study.configurations.values())

    def written(self, parted: Part, configuration: Configuration, place: Place) -> Any:
        """The splits of a cell; configurations whose tasks have the same roles read the same files."""
        sizes = (place.size, place.auxiliary_size)
        roles = tuple((n, t.role) for n, t in configuration.experiment.tasks.items()) if sizes != (None, None) else ()
        key = (id(parted), sizes, roles)
        if key not in self.files:
            self.files[key] = write(parted, configuration, sizes, self.folder, self.study.name)
        return self.files[key]


def places(study: Study) -> Iterator[Place]:
    """Every place of the study, seed by seed, so that a stopped study has all configurations of its first seeds."""
    asked = study.settings
    for seed, protocol in product(asked.all_seeds, asked.protocols or ("",)):
        sizes = product(asked.sizes or (None,), asked.auxiliary_sizes or (None,))
        for (size, helping), name in product(sizes, study.configurations):
            yield Place(name, protocol, seed, size, helping)


def pilots(study: Study) -> list[Place]:
    """The places of pilot runs: those of the first seed, with seeds of their own."""
    first = study.settings.all_seeds[0]
    seeds = [PILOT_SEED + n for n in range(study.settings.pilots)]
    return [replace(p, seed=seed) for seed in seeds for p in places(study) if p.seed == first]


def cell_of(study: Study, place: Place, parting: Parting, epochs: int | None = None) -> Cell:
    """The cell of a place, with its split written.

    Args:
        epochs: to learn for exactly, the last one being kept; None as the configuration says.
    """
    configuration = study.configurations[place.configuration]
    parted = parting.of(configuration, place.protocol, place.seed)
    splits = parting.written(parted, configuration, place)
    pilot = study.settings.epochs == "pilot" and place.seed >= PILOT_SEED
    training = _training(configuration, epochs, pilot and study.settings.patience)
    tables: dict[str, Any] = {**configuration.tables, "training": training, "base": str(configuration.experiment.base)}
    if study.settings.gradients:
        tables |= _looking(configuration, training, study.settings.gradients)
    if "collection" in tables:
        tables["split"] = splits[MAIN]
    if "collections" in tables:
        tables["collections"] = {n: {**t, "split": splits[n]} for n, t in tables["collections"].items()}
    name, base = _name(tables, place.seed, parted.fingerprint), configuration.experiment.base
    return Cell(name, tables, base, place, parted.share, parted.judged, pilot)


def distinct(cells: Sequence[Cell]) -> list[Cell]:
    """Every cell once, in order."""
    return list({cell.name: cell for cell in cells}.values())


def _training(configuration: Configuration, epochs: int | None, patience: int) -> dict[str, Any]:
    """The `[training]` table of a cell; `patience` is that of a pilot run, else 0."""
    given = dict(configuration.tables.get("training", {}))
    given["threads"] = given.get("threads") or 1
    if patience:
        return {**given, "patience": patience}
    return given if epochs is None else {**given, "epochs": epochs, "patience": 0, "watch": "nothing"}


def _looking(configuration: Configuration, training: dict[str, Any], every: int) -> dict[str, Any]:
    """Tables that look at gradients in each learning, or stage, where there is something to compare."""
    compares, stages = configuration.experiment.compares(), configuration.tables.get("stages", [])
    if not any(compares) or "diagnostics_every" in training:
        return {}
    told: dict[str, Any] = {"training": {**training, "diagnostics_every": every}}
    still = {"diagnostics_every": 0}
    if not all(compares):
        given = zip(stages, compares, strict=True)
        told["stages"] = [s if has else {**s, "training": {**still, **s.get("training", {})}} for s, has in given]
    return told


def _name(tables: Mapping[str, Any], seed: int, data: str) -> str:
    """Split files are named by their content; folders are left out, so that a study can be moved."""
    said = json.loads(json.dumps({k: v for k, v in tables.items() if k not in ("base", "description")}, default=str))
    for rule in [said.get("split", {}), *(t.get("split", {}) for t in said.get("collections", {}).values())]:
        if "file" in rule:
            rule["file"] = Path(rule["file"]).name
    text = json.dumps([said, seed, data, metadata.version("unisono")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
