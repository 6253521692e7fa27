"""One HTML page of one or several collections: what `inspect` found, to be looked at before anything is learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Collection, Split
from unisono.collection.counting import labels_of
from unisono.collection.faults import several
from unisono.collection.inspection import Inspected
from unisono.collection.loading import load_whole
from unisono.collection.settings import CollectionSettings, SplitSettings
from unisono.collection.unlearnable import own_split
from unisono.errors import UserError
from unisono.files import commit_bytes
from unisono.inputs import Input
from unisono.inputs.augmenting import Augmentation
from unisono.report.data_figures import BARS, label_figure
from unisono.report.data_inputs import Tracks, input_part
from unisono.report.data_labels import PARTS, tally
from unisono.report.study_page import environment, style
from unisono.tasks import Task
from unisono.tasks.computed import computed_target

Progress = Callable[[int, int], None]
Views = Mapping[str, tuple[Inspected, "Plan | None"]]
_TASKS = 60  # that are drawn; a table of tags may have hundreds of columns


@dataclass(frozen=True)
class Plan:
    """What an experiment makes of the collection.

    Args:
        name: of the experiment.
        description: its own words.
        inputs: what is heard and read of a track.
        augmentation: how training rows are altered.
        rule: of the split.
        base: the folder that the rule's file starts from.
        seed: of the split, where the rule names none.
    """

    name: str
    description: str
    inputs: Mapping[str, Input]
    augmentation: Augmentation
    rule: SplitSettings
    base: Path
    seed: int = 0


def write_data_page(page: Path, views: Views, between: Sequence[str] = (), progress: Progress | None = None) -> Path:
    """Write what was found in one or several collections as a page with figures.

    Args:
        page: the HTML file.
        views: of each collection, by its name: what was found, and the plan of the experiment that names it; None for
            a table, a folder or a library.
        between: what there is to say of all collections together.
        progress: told of the tasks and inputs that are drawn.
    """
    commit_bytes(page, render(views, between, progress).encode("utf-8", "replace"))
    return page


def render(views: Views, between: Sequence[str] = (), progress: Progress | None = None) -> str:
    """The page's text. Every text that comes from a file is escaped."""
    seen, plan = next(iter(views.values()))
    step = _steps(progress, sum(len(_drawn(one)) + len(_inputs(its)) for one, its in views.values()))
    return (
        environment()
        .get_template("data.html")
        .render(
            title=seen.findings.source if plan is None else Path(plan.name).name,
            description="" if plan is None else plan.description,
            views=[_view(name, *view, step) for name, view in views.items()],
            between=between,
            bars=BARS,
            style=style(),
            version=metadata.version("unisono"),
        )
    )


def _view(name: str, seen: Inspected, plan: Plan | None, step: Callable[[], None]) -> dict[str, Any]:
    """One collection."""
    findings, whole = seen.findings, _whole(seen, plan)
    split, unsplit = _split(seen, plan)
    order = _order(split, plan)
    part = None if split is None else split.folds[0].part
    drawn = _drawn(seen)
    tasks = []
    for one in drawn:
        tasks.append(_task(one, seen, whole, part))
        step()
    tracks, inputs = _tracks(seen, part), []
    for called, one_input in _inputs(plan).items():
        inputs.append(input_part(called, one_input, tracks, plan.augmentation if plan else Augmentation()))
        step()
    return {
        "name": name,
        "at": f"{name}-" if name else "",
        "found": findings,
        "facts": _facts(seen, whole, order),
        "unsplit": unsplit,
        "order": order,
        "tasks": tasks,
        "more_tasks": len(seen.tasks) - len(drawn),
        "inputs": inputs,
        "sizes": {} if part is None else {p: int((part == p).sum()) for p in PARTS if (part == p).any()},
    }


def _drawn(seen: Inspected) -> list[Task]:
    return list(seen.tasks.values())[:_TASKS]


def _inputs(plan: Plan | None) -> Mapping[str, Input]:
    return {} if plan is None else plan.inputs


def _steps(progress: Progress | None, number: int) -> Callable[[], None]:
    done = iter(range(1, number + 1))
    return lambda: None if progress is None else progress(next(done), number)


def _whole(seen: Inspected, plan: Plan | None) -> Collection | None:
    """All rows, where the experiment leaves some out."""
    settings = seen.findings.settings
    if plan is None or not (settings.keep or settings.latest):
        return None
    whole = load_whole(settings, seen.findings.base)
    return whole if len(whole) > len(seen.collection) else None


def _split(seen: Inspected, plan: Plan | None) -> tuple[Split | None, str]:
    """The experiment's split; or why there is none, in words."""
    if plan is None:
        return None, ""
    try:
        return own_split(seen.collection, seen.tasks, plan.rule, plan.seed, plan.base), ""
    except UserError as error:
        return None, error.lines()[0]


def _order(split: Split | None, plan: Plan | None) -> str:
    """How the tracks were parted, in words."""
    if split is None or plan is None:
        return ""
    seed = plan.seed if plan.rule.seed is None else plan.rule.seed
    drawn = "" if split.protocol == "file" else f", seed {seed}"
    folds = f", the first of {len(split.folds)} folds" if len(split.folds) > 1 else ""
    return f"protocol {split.protocol}{drawn}{folds}"


def _task(task: Task, seen: Inspected, whole: Collection | None, part: NDArray[np.str_] | None) -> dict[str, Any]:
    found = next((one for one in seen.findings.tasks if one.name == task.name), None)
    said = {"name": task.name, "kind": task.kind, "role": getattr(task, "role", "target"), "found": found}
    if found is None or not found.labelled:
        target = computed_target(task)
        why = "No row is labelled." if target is None else f"Its targets are computed in training ({target.kind})."
        return {**said, "why": why, "figure": None, "tally": None}
    counted = tally(task, seen.collection, whole, part)
    return {**said, "why": "", "figure": label_figure(task.name, counted), "tally": counted}


def _facts(seen: Inspected, whole: Collection | None, order: str) -> dict[str, str]:
    """What is there, for the table on top."""
    f = seen.findings
    rows = several(f.rows, "track")
    repeats = "; ".join(f"{kind}: {count:,}" for kind, count in f.duplicates.items() if count)
    said = {
        "from": f.source,
        "tracks": rows if whole is None else f"{f.rows:,} used of {len(whole):,} rows",
        "rows that are used": _choice(f.settings) if whole is not None else "",
        f"groups by {' and '.join(f.settings.groups or ('artist',))}": f"{f.groups:,}" if f.groups else "",
        "sound": _sound(f.sounds),
        "lyrics": f"{several(f.lyrics['tracks'], 'track')}, {f.lyrics['words']:g} words (median)" if f.lyrics else "",
        "repeated": repeats or "nothing",
        "split": order,
    }
    return {name: value for name, value in said.items() if value}


def _sound(sounds: Mapping[str, Any]) -> str:
    if not sounds:
        return ""
    bad = f", {len(sounds['bad']):,} cannot be read" if sounds["bad"] else ""
    none = f", {several(sounds['none'], 'track')} without" if sounds["none"] else ""
    return f"{several(sounds['files'], 'file')}{bad}{none}"


def _choice(settings: CollectionSettings) -> str:
    """What `keep` and `latest` say, in words."""
    said = [f"{column}: {', '.join(map(str, values))}" for column, values in settings.keep.items()]
    if settings.latest is not None:
        rows = " and ".join(f"{count:,} of {name}" for name, count in settings.latest.rows.items())
        said.append(f"the latest {rows} by {settings.latest.by}")
    return "; ".join(said)


def _tracks(seen: Inspected, part: NDArray[np.str_] | None) -> Tracks:
    """The tracks, and those that stand for others first: one of each class after another, of those that teach."""
    every = seen.collection.tracks
    train = list(range(len(every))) if part is None else [int(at) for at in np.flatnonzero(part == "train")]
    told = _labels(seen)
    kinds = Counter(told.get(at, "") for at in train)
    rank = {label: place for place, (label, _) in enumerate(kinds.most_common())}
    times: Counter[str] = Counter()
    keyed = []
    for at in [one for one in train if every[one].audio is not None]:
        label = told.get(at, "")
        keyed.append((not label, times[label], rank[label], at))
        times[label] += 1
    examples = [at for *_, at in sorted(keyed)]
    others = [at for at in range(len(every)) if every[at].audio is not None and at not in set(examples)]
    titles = {at: f"{every[at].id}: {told[at]}" if at in told else every[at].id for at in [*examples, *others]}
    return Tracks(every, train, [*examples, *others], titles)


def _labels(seen: Inspected) -> dict[int, str]:
    """Position -> the class of its first task of classes."""
    first = next((t for t in seen.tasks.values() if t.kind == "multiclass" and t.columns), None)
    given: Sequence[Sequence[str] | None] = () if first is None else labels_of(seen.collection, first)
    return {at: labels[0] for at, labels in enumerate(given) if labels}
