"""What there is to run: one cell a configuration, protocol, seed and size, named by the hash of all it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

from unisono.experiment import Experiment
from unisono.study.plan import Configuration, Study
from unisono.study.splits import Part, Size, group_of, part, write

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
    known: dict[tuple[str, str, int], Part] = field(default_factory=dict)

    def of(self, configuration: Configuration, protocol: str, seed: int) -> Part:
        """The parted tracks of one configuration; only those of the last seed are kept in memory."""
        group = group_of(configuration)
        key = (group, protocol, seed)
        if key not in self.known:
            self.known = {k: p for k, p in self.known.items() if k[2] == seed}
            mates = [c for c in self.study.configurations.values() if group_of(c) == group]
            self.known[key] = part(mates, protocol or None, seed)
            if self.told is not None:
                self.told(self.known[key])
        return self.known[key]


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
    splits = write(parted, configuration, (place.size, place.auxiliary_size), parting.folder)
    pilot = study.settings.epochs == "pilot" and place.seed >= PILOT_SEED
    training = _training(study, configuration, epochs, pilot)
    tables: dict[str, Any] = {**configuration.tables, "training": training, "base": str(configuration.experiment.base)}
    if "" in splits:
        tables["split"] = splits[""]
    if "collections" in tables:
        tables["collections"] = {n: {**t, "split": splits[n]} for n, t in tables["collections"].items() if n in splits}
    data = parted.corpus.fingerprint()
    return Cell(_name(tables, place.seed, data), tables, configuration.experiment.base, place, parted.share,
                parted.judged, pilot)  # fmt: skip


def distinct(cells: Sequence[Cell]) -> list[Cell]:
    """Every cell once, in order."""
    return list({cell.name: cell for cell in cells}.values())


def _training(study: Study, configuration: Configuration, epochs: int | None, pilot: bool) -> dict[str, Any]:
    given = dict(configuration.tables.get("training", {}))
    given["threads"] = given.get("threads") or 1
    if study.settings.gradients:
        given.setdefault("diagnostics_every", study.settings.gradients)
    if pilot:
        return {**given, "patience": study.settings.patience}
    return given if epochs is None else {**given, "epochs": epochs, "patience": 0, "watch": "nothing"}


def _name(tables: Mapping[str, Any], seed: int, data: str) -> str:
    """Split files are named by their content; folders are left out, so that a study can be moved."""
    said = json.loads(json.dumps({k: v for k, v in tables.items() if k not in ("base", "description")}, default=str))
    for rule in [said.get("split", {}), *(t.get("split", {}) for t in said.get("collections", {}).values())]:
        if "file" in rule:
            rule["file"] = Path(rule["file"]).name
    text = json.dumps([said, seed, data, metadata.version("unisono")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
