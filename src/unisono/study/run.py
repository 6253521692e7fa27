"""A whole study: plan, run the cells that are missing, and sum up what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import fmean
from typing import Any

from unisono.errors import ExperimentError, UserError
from unisono.experiment import dump_toml
from unisono.files import commit_bytes
from unisono.study.at_once import Group, groups, learn_group, spoken, spoken_against
from unisono.study.cells import Cell, Parting, Place, cell_of, distinct, pilots, places
from unisono.study.comparing import check_metrics
from unisono.study.hearing import Hearing
from unisono.study.label_relating import label_relatedness
from unisono.study.models import check_models
from unisono.study.one_cell import Job, result_of, result_path, run_cell
from unisono.study.plan import Study
from unisono.study.splits import check_protocols
from unisono.study.summary import summarize
from unisono.study.workers import Event, run_jobs
from unisono.training.together import Learnt

try:
    import fcntl
except ImportError:  # not on Windows: there two studies in one folder are the user's to avoid
    fcntl = None  # type: ignore[assignment]

STUDY = "study.json"
_TOML, _LOCK, _SPLITS, _CELLS = "study.toml", ".lock", "splits", "cells"
Condition = tuple[str, str, Any, Any]  # configuration, protocol, size, auxiliary size


@dataclass(frozen=True)
class StudyWatching:
    """What a study tells while it goes on.

    Args:
        planned: called with all cells, and the names of those that were done before, before cells are run.
        event: called with what becomes of each, with ("told", cell, (epoch, epochs)) while it
            learns, and with "learned" when it waits to be finished.
        progress: called with (what, done, all) while tracks are parted and heard.
        note: called with lines for the user.
    """

    planned: Callable[[Sequence[Cell], frozenset[str]], None] = lambda cells, done: None
    event: Callable[[Event[Cell]], None] = lambda event: None
    progress: Callable[[str, int, int], None] = lambda what, done, of: None
    note: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class StudyRun:
    """A study that has run.

    Args:
        folder: with study.toml, study.json, splits/ and cells/.
        summary: the content of study.json.
        ran: number of cells that were run now.
        failures: "configuration, seed ...: why" of each cell that failed.
    """

    folder: Path
    summary: dict[str, Any]
    ran: int
    failures: tuple[str, ...] = ()


@dataclass
class _Runner:
    study: Study
    folder: Path
    workers: int
    watching: StudyWatching
    failures: dict[str, str] = field(default_factory=dict)
    ran: int = 0

    def run(self, cells: Sequence[Cell]) -> dict[str, dict[str, Any]]:
        """The result of every cell that has one in the end, by name."""
        cells = distinct(cells)
        place = self.folder / _CELLS
        done = set(self._results(cells, place))
        for path in [result_path(place, c) for c in cells if c.name not in done]:
            if path.is_file():
                self.watching.note(f"{path} is damaged: it is made again from the cell's run, or the cell is run again")
        self.watching.planned(cells, frozenset(done))
        keep = self.study.settings.keep == "runs"
        jobs = [Job(c, place, keep) for c in cells if c.name not in done]
        if self.study.settings.at_once:
            self._learn_at_once([job.cell for job in jobs], place)
        for event in run_jobs(jobs, run_cell, self.workers, lambda job, value: self._told(job.cell, *value)):
            if event.what == "failed":
                self.failures[event.job.cell.name] = event.value
            if event.what == "done":
                self.ran += 1
                check_metrics(self.study, event.value["tasks"])
            self.watching.event(Event(event.what, event.job.cell, event.value))
        return self._results(cells, place)

    def _results(self, cells: Sequence[Cell], place: Path) -> dict[str, dict[str, Any]]:
        found = {c.name: one for c in cells if (one := result_of(place, c)) is not None}
        for result in found.values():
            check_metrics(self.study, result["tasks"])
        return found

    def _learn_at_once(self, cells: Sequence[Cell], place: Path) -> None:
        """Bring cells that differ in their seed alone to their last epoch; they are finished one by one."""
        found, against = groups(cells, place)
        for why, names in against.items():
            self.watching.note(spoken_against(why, names))
        known = dict[str, Group]()
        firsts = [one for one in found if known.setdefault(one.configuration, one) is one]
        refused = self._learn_groups(firsts)
        # what one size or protocol of a configuration cannot, the others cannot either: they are not even opened
        self._learn_groups([g for g in found if g not in firsts and g.configuration not in refused])

    def _learn_groups(self, found: Sequence[Group]) -> set[str]:
        """Learn groups; gives the configurations of which seeds learn one by one."""
        refused = set()
        for event in run_jobs(found, learn_group, self.workers, self._told_of_group):
            learnt = event.value if event.what == "done" else Learnt(0, f"could not learn at once: {event.value}")
            if event.what not in ("done", "failed"):
                continue
            self.watching.note(spoken(event.job, learnt))
            if not learnt.runs:
                refused.add(event.job.configuration)
            for cell in event.job.cells if learnt.runs else ():
                self.watching.event(Event("learned", cell))
        return refused

    def _told_of_group(self, group: Group, value: tuple[str, int, int]) -> None:
        name, epoch, epochs = value
        self._told(next(cell for cell in group.cells if cell.name == name), epoch, epochs)

    def _told(self, cell: Cell, epoch: int, epochs: int) -> None:
        self.watching.event(Event("told", cell, (epoch, epochs)))


def run_study(
    study: Study, out: str | Path = "study", resume: bool = False, workers: int = 1,
    watching: StudyWatching | None = None,
) -> StudyRun:  # fmt: skip
    """Run a study, or the cells of it that are missing.

    Args:
        out: the study folder.
        resume: go on with the study of that folder; cells that are done are kept, also when seeds or levels were added.
        workers: processes; one runs the cells in this very process.
    Raises: UserError for everything that is wrong before the first cell runs; DiskFull.
    """
    watching, folder = watching or StudyWatching(), Path(out)
    check_protocols(study)
    check_models(study)
    with _claimed(study, folder, resume), _alone(folder):
        hearing = Hearing(watching.progress)
        parting = Parting(study, folder.resolve() / _SPLITS, hearing.hear)
        parting.folder.mkdir(exist_ok=True)
        runner = _Runner(study, folder, workers, watching)
        epochs = _pilot_epochs(study, parting, runner)
        planned = [(p, cell_of(study, p, parting, epochs.get(_condition(p)))) for p in places(study)]
        found = runner.run([cell for _, cell in planned])
        said = {cell.name: runner.failures.get(cell.name, "") for _, cell in planned if cell.name not in found}
        summary = summarize(study, [(p, c.name, found.get(c.name)) for p, c in planned], said)
        summary["hearing"] = hearing.cost
        for row in summary["cost"]:
            row["hearing_s"] = _hearing(study, hearing, row["configuration"])
        summary["relatedness"] = [*_labels(study, parting), *summary["relatedness"]]
        summary |= {"pilot_epochs": [{**_named(c), "epochs": n} for c, n in epochs.items()]} if epochs else {}
        commit_bytes(folder / STUDY, json.dumps(summary, indent=1, allow_nan=False).encode())
    why = {cell.name: f"{_spoken(p)}: {said[cell.name]}" for p, cell in planned if said.get(cell.name)}
    return StudyRun(folder, summary, runner.ran, tuple(why.values()))


def _pilot_epochs(study: Study, parting: Parting, runner: _Runner) -> dict[Condition, int]:
    """How long each configuration learns: the mean of its pilot runs' best epochs on validation."""
    if study.settings.epochs == "own":
        return {}
    planned = [(place, cell_of(study, place, parting)) for place in pilots(study)]
    found = runner.run([cell for _, cell in planned])
    best: dict[Condition, list[int]] = {}
    for place, cell in planned:
        if cell.name in found:
            best.setdefault(_condition(place), []).append(found[cell.name]["best_epoch"])
    missing = {_condition(p) for p, _ in planned} - set(best)
    if missing:
        why = next(iter(runner.failures.values()), "unknown")
        raise ExperimentError(f"{study.name}: {sorted(missing)[0][0]}", f"every pilot run failed: {why.rstrip('.')}")
    epochs = {condition: max(1, round(fmean(one))) for condition, one in best.items()}
    for condition, count in epochs.items():
        runner.watching.note(f"{_called(condition)}: {count} epochs, the mean of {len(best[condition])} pilot runs")
    return epochs


def _hearing(study: Study, hearing: Hearing, configuration: str) -> float | None:
    """Seconds that hearing a track takes; what counts as one hears what its members hear."""
    names = study.wholes.get(configuration) or study.settings.chosen.get(configuration) or (configuration,)
    inputs = [study.configurations[n].experiment.inputs for n in names if n in study.configurations]
    known = [s for one in inputs if (s := hearing.seconds(one)) is not None]
    return max(known, default=None)


def _labels(study: Study, parting: Parting) -> list[dict[str, Any]]:
    """How the labels of the first training part are related."""
    first = next(places(study))
    part = parting.of(study.configurations[first.configuration], first.protocol, first.seed)
    row = label_relatedness(part, study.settings.groups)
    return [] if row is None else [{"protocol": first.protocol, "size": None, "auxiliary_size": None, **row}]


def _condition(place: Place) -> Condition:
    return place.configuration, place.protocol, place.size, place.auxiliary_size


def _named(condition: Condition) -> dict[str, Any]:
    return dict(zip(("configuration", "protocol", "size", "auxiliary_size"), condition, strict=True))


def _spoken(place: Place) -> str:
    return f"{_called(_condition(place))}, seed {place.seed}"


def _called(condition: Condition) -> str:
    name, protocol, size, auxiliary_size = condition
    more = [protocol, f"size {size}" if size else "", f"auxiliary size {auxiliary_size}" if auxiliary_size else ""]
    return ", ".join([name, *filter(None, more)])


@contextmanager
def _claimed(study: Study, folder: Path, resume: bool) -> Iterator[None]:
    """Write study.toml into a fresh folder, or check that there is a study to go on with.

    A fresh study that is refused before its first cell leaves nothing behind.
    """
    path, fresh = folder / _TOML, not folder.is_dir()
    known = path.is_file() or (folder / STUDY).is_file()
    if known and not resume:
        found = "holds a study already but a new one needs a folder of its own"
        raise ExperimentError(str(folder), found, "Go on with it with --resume, or name another folder with -o.")
    if not known and folder.is_dir() and any(folder.iterdir()):
        raise ExperimentError(str(folder), "holds something that is no study", "Name another folder with -o.")
    commit_bytes(path, _resolved(study).encode())
    try:
        yield
    except UserError:
        if not known and not (folder / _CELLS).exists() and _free(folder):
            _emptied(folder, fresh)
        raise


def _emptied(folder: Path, fresh: bool) -> None:
    """Without what a study writes before its first cell, and gone if it was not there before."""
    shutil.rmtree(folder / _SPLITS, ignore_errors=True)
    for name in (_TOML, _LOCK):
        (folder / name).unlink(missing_ok=True)
    if fresh:
        folder.rmdir()


def _resolved(study: Study) -> str:
    """The study with every setting written out, and the tables of each configuration."""
    tables: Mapping[str, Any] = {
        "description": study.description or None,
        "study": study.settings.model_dump(mode="json", exclude_none=True),
        "configurations": {n: {"levels": dict(c.levels), **c.tables} for n, c in study.configurations.items()},
    }
    return f"# unisono {metadata.version('unisono')}: {study.name}\n" + dump_toml(tables)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else runs this study now."""
    with (folder / _LOCK).open("w") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ExperimentError(str(folder), "is being run by another process", "Wait for it.") from error
        yield


def _free(folder: Path) -> bool:
    """Whether nobody else runs this study: what is there would be theirs."""
    try:
        with _alone(folder):
            return True
    except ExperimentError:
        return False
